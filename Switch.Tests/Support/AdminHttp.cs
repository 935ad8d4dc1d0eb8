using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Switch.Host.Admin.Access;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Files;
using Switch.Host.Security.Tls;

namespace Switch.Tests.Support;

/// <summary>HTTP to the admin doors, and tokens that open them.</summary>
internal static class AdminHttp
{
    /// <summary>This process's user, as the socket knows it.</summary>
    public static string OwnName => UserNames.UserOf(Posix.UserId())!;

    /// <summary>Through the socket, as this process.</summary>
    public static HttpClient Through(string socket)
    {
        HttpClient client = SocketHttp.Through(socket);
        client.Timeout = TimeSpan.FromSeconds(30);
        return client;
    }

    /// <summary>The token of a role, as hexadecimal digits: in tests each role has one, named as the role.</summary>
    public static string TokenOf(AdminRole role) => Convert.ToHexStringLower(BytesOf(role));

    public static AuthenticationHeaderValue HeaderOf(AdminRole role) => new("Bearer", TokenOf(role));

    /// <summary>The file of tokens with one of each role.</summary>
    public static string TokenFile() => string.Concat(
        new[] { AdminRole.Viewer, AdminRole.Operator, AdminRole.Approver }.Select(static role =>
            $"{NameOf(role)} {AdminPolicies.NameOf(role)} {AdminCredentials.HashOf(BytesOf(role))}\n"));

    /// <summary>Whose token it is.</summary>
    public static string NameOf(AdminRole role) => $"the-{AdminPolicies.NameOf(role)}";

    /// <summary>Lets those tokens in.</summary>
    public static AdminAccess Access(
        TimeProvider? clock = null, AdminOptions? options = null, ILogger? logger = null, bool hasTokens = true,
        Func<TlsMaterial?>? tls = null)
    {
        var errors = new ConfigurationErrors();
        AdminCredentials credentials =
            hasTokens ? AdminCredentials.Parse(TokenFile(), errors, "tokens") : AdminCredentials.None;
        Assert.False(errors.Any);
        return new AdminAccess(
            options ?? new AdminOptions(), credentials, new SwitchClock(clock ?? TimeProvider.System),
            logger ?? NullLogger.Instance)
        {
            Tls = tls ?? (static () => null),
        };
    }

    private static byte[] BytesOf(AdminRole role)
    {
        byte[] token = new byte[AdminCredentials.TokenSize];
        token.AsSpan().Fill((byte)(0xA0 + role));
        return token;
    }
}
