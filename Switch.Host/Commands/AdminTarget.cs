using System.CommandLine;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;

namespace Switch.Host.Commands;

/// <summary>
/// Which switch a command talks to: the one of the configuration, through its socket where there is one, or the one
/// that is named.
/// </summary>
internal sealed class AdminTarget
{
    private const string Https = "https://";

    private readonly Option<string?> _config = CommonOptions.Config();

    private readonly Option<string?> _address = new("--admin")
    {
        Description = "The admin door, instead of the configuration's: HOST:PORT, https://HOST:PORT, or the path of "
            + "the socket.",
        HelpName = "PLACE",
    };

    private readonly Option<string?> _token = new("--token")
    {
        Description = "Where the token is that is shown to the listener: file:PATH or env:NAME.",
        HelpName = "REFERENCE",
    };

    private readonly Option<string?> _trust = new("--trust")
    {
        Description = "The certificate, in PEM, that the listener's must lead to. Without it the system's are taken.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _certificate = new("--certificate")
    {
        Description = "The client certificate that is shown instead of a token, in PEM with its key.",
        HelpName = "FILE",
    };

    /// <param name="command">Takes the options.</param>
    /// <param name="isRecursive">Its subcommands take them too.</param>
    public void AddTo(Command command, bool isRecursive = false)
    {
        foreach (Option option in (Option[])[_config, _address, _token, _trust, _certificate])
        {
            option.Recursive = isRecursive;
            command.Add(option);
        }
    }

    /// <summary>Whether a door is named, and not the configuration's meant.</summary>
    public bool IsNamed(ParseResult parsed) => parsed.GetValue(_address) is not null;

    /// <summary>The configuration's file; null: where it is by default.</summary>
    public string? ConfigOf(ParseResult parsed) => parsed.GetValue(_config);

    public AdminClient Open(ParseResult parsed)
    {
        byte[]? token = TokenOf(parsed);
        if (parsed.GetValue(_address) is { } named)
        {
            return named.Contains('/', StringComparison.Ordinal)
                && !named.StartsWith(Https, StringComparison.OrdinalIgnoreCase)
                    ? new AdminClient(Path.GetFullPath(named), token)
                    : new AdminClient(AddressOf(named), token, HandlerOf(parsed));
        }

        LoadedConfiguration loaded = ConfigurationLoader.Load(parsed.GetValue(_config));
        string? listen = loaded.Options.Admin.Listen;
        string? socket = AdminRules.SocketOf(loaded.Options, loaded.Environment);

        // A token is shown where tokens are asked for.
        bool isForListener = listen is not null && (token is not null || parsed.GetValue(_certificate) is not null);
        if (socket is not null && !isForListener && (listen is null || File.Exists(socket)))
        {
            return new AdminClient(socket, token);
        }

        string place = listen
            ?? throw new UsageException("The configuration has no admin listener; name one with --admin.");
        string scheme = loaded.Options.Admin.Tls is { IsNone: false } ? Https : "";
        return new AdminClient(AddressOf(scheme + place), token, HandlerOf(parsed));
    }

    private byte[]? TokenOf(ParseResult parsed)
    {
        if (parsed.GetValue(_token) is not { } reference)
        {
            return null;
        }

        var errors = new ConfigurationErrors();
        byte[]? token = KeyFile.LoadToken(reference, errors, "--token", ConfigurationEnvironment.Of(null));
        errors.ThrowIfAny();
        return token;
    }

    private SocketsHttpHandler HandlerOf(ParseResult parsed)
    {
        var options = new SslClientAuthenticationOptions();
        if (parsed.GetValue(_certificate) is { } certificate)
        {
            options.ClientCertificates = [Read(() => X509Certificate2.CreateFromPemFile(certificate), certificate)];
        }

        if (parsed.GetValue(_trust) is { } trust)
        {
            var anchors = new X509Certificate2Collection();
            Read(() => anchors.ImportFromPemFile(trust), trust);
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(anchors);
        }

        return new SocketsHttpHandler { SslOptions = options };
    }

    private static void Read(Action read, string file) => Read(
        () =>
        {
            read();
            return true;
        },
        file);

    private static T Read<T>(Func<T> read, string file)
    {
        try
        {
            return read();
        }
        catch (Exception problem) when (problem is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{file} cannot be used: {problem.Message.TrimEnd('.')}.");
        }
    }

    // A listener on every address is reached on this machine's own.
    private static Uri AddressOf(string listen)
    {
        bool isNamed = listen.StartsWith(Https, StringComparison.OrdinalIgnoreCase);
        return Uri.TryCreate(isNamed ? listen : $"http://{listen}", UriKind.Absolute, out Uri? address)
            ? IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? ip)
                && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
                    ? new UriBuilder(address) { Host = "127.0.0.1" }.Uri
                    : address
            : throw new UsageException($"'{listen}' is not HOST:PORT.");
    }
}
