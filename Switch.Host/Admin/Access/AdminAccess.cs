using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Security.Tls;

namespace Switch.Host.Admin.Access;

/// <summary>
/// Recognizes who asks: by a token, a browser's session, a client certificate, or as a process of this machine. Counts
/// and logs what is refused. Any thread.
/// </summary>
internal sealed class AdminAccess
{
    /// <summary>The cookie of a browser that has signed in.</summary>
    public const string Cookie = "switch-session";

    /// <summary>
    /// Failed sign-ins of one address in a minute that are answered and logged one by one. A right token is taken
    /// nevertheless: who shares an address with a guesser is not locked out, and 256 random bits are not guessed.
    /// </summary>
    public const int FailuresMax = 10;

    // Lines of refusals in a minute, about all addresses.
    private const int LinesMax = 60;

    private const string Bearer = "Bearer ";

    private readonly IReadOnlyDictionary<string, AdminRole> _users;
    private readonly ILogger _logger;
    private readonly LineBudget<string> _budget = new(LinesMax, FailuresMax);
    private readonly SwitchClock _clock;
    private AdminCredentials _credentials;
    private long _refused;
    private long _signIns;

    /// <param name="options">Users of this machine, and how long a session lasts.</param>
    /// <param name="credentials">Of the start.</param>
    /// <param name="clock">Ends sessions.</param>
    /// <param name="logger">Of refusals.</param>
    public AdminAccess(AdminOptions options, AdminCredentials credentials, SwitchClock clock, ILogger logger)
    {
        _users = options.Users;
        _credentials = credentials;
        _logger = logger;
        _clock = clock;
        Sessions = new AdminSessions(clock.Time, options.SessionTime);
    }

    public AdminSessions Sessions { get; }

    /// <summary>What client certificates are judged by now; null: they are not asked for.</summary>
    public Func<TlsMaterial?> Tls { get; init; } = static () => null;

    /// <summary>Those that are taken now.</summary>
    public AdminCredentials Credentials => Volatile.Read(ref _credentials);

    public AdminCounters Counters => new(Volatile.Read(ref _refused), Volatile.Read(ref _signIns));

    /// <summary>From here on these are taken, and sessions of others are over.</summary>
    public void Replace(AdminCredentials credentials) => Volatile.Write(ref _credentials, credentials);

    /// <summary>Where a request comes from, for records and limits.</summary>
    public static string AddressOf(HttpContext context) =>
        context.Connection.RemoteIpAddress is not { } address ? "this machine"
        : address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString() : address.ToString();

    /// <summary>What was shown last counts: a token or a session before what the connection says.</summary>
    public Recognition Recognize(HttpContext context)
    {
        string shown = context.Request.Headers.Authorization.ToString();
        if (shown.Length > 0)
        {
            return FindToken(shown) is { } credential
                ? new Recognition(IdentityOf(credential, context), "")
                : new Recognition(null, "this token is not known here");
        }

        if (context.Request.Cookies[Cookie] is { } key)
        {
            return Sessions.Find(key) is { } credential && Credentials.Contains(credential)
                ? new Recognition(IdentityOf(credential, context) with { IsSession = true }, "")
                : new Recognition(null, "the session is over: sign in again");
        }

        if (AdminDoors.PeerOf(context) is { } peer)
        {
            return new Recognition(peer.ToIdentity(_users), "");
        }

        if (context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is { } certificate)
        {
            // The handshake of a connection that stays open was before the list of now.
            return Tls()?.Revoked.Any(list => list.Revokes(certificate)) == true
                ? new Recognition(null, "this client certificate is revoked")
                : Credentials.FindCertificate(TlsMaterial.PinOf(certificate)) is { } credential
                    ? new Recognition(IdentityOf(credential, context), "")
                    : new Recognition(null, "this client certificate has no role in Admin:Tokens");
        }

        return new Recognition(null, "");
    }

    /// <summary>The credential of a header of authorization; null: there is none of that token.</summary>
    public AdminCredential? FindToken(string authorization) =>
        authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? Credentials.FindToken(authorization.AsSpan(Bearer.Length)) : null;

    /// <summary>A browser has signed in.</summary>
    public void OnSignIn(AdminIdentity identity)
    {
        Interlocked.Increment(ref _signIns);
        AdminLog.SignedIn(_logger, identity.Name, AdminPolicies.NameOf(identity.Role), identity.From);
    }

    /// <summary>Something was refused. False: its address has had so many refused that it is told to wait.</summary>
    public bool OnRefused(HttpContext context, int status, string why)
    {
        Interlocked.Increment(ref _refused);
        string address = AddressOf(context);
        bool mayGoOn = _budget.TrySpend(address, _clock.Ticks, out LinesLeftOut left);
        if (left.Count > 0)
        {
            AdminLog.LeftOut(_logger, left.Count, left.Peers, left.Most);
        }

        if (mayGoOn)
        {
            string name = context.User.Identity?.Name ?? "unknown";
            AdminLog.Refused(_logger, name, address, context.Request.Method, PathOf(context), status, why);
        }

        return mayGoOn || status != StatusCodes.Status401Unauthorized;
    }

    private static AdminIdentity IdentityOf(AdminCredential credential, HttpContext context) =>
        new(credential.Name, credential.Role, AddressOf(context));

    // The caller wrote it.
    private static string PathOf(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "";
        return new string([.. path.Take(100).Select(static one => char.IsControl(one) ? '?' : one)]);
    }
}

/// <summary>What was counted at the admin doors.</summary>
/// <param name="Refused">Requests that were refused for who asked, or how.</param>
/// <param name="SignIns">Browsers that have signed in.</param>
internal readonly record struct AdminCounters(long Refused, long SignIns)
{
    /// <summary>Requests that wait for another's approval now.</summary>
    public int RequestsNow { get; init; }

    /// <summary>One person may do what needs two.</summary>
    public bool IsNotDual { get; init; }
}
