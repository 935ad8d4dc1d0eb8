using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Switch.Host.Files;
using Switch.Host.Security.Tls;

namespace Switch.Host.Configuration;

/// <summary>What TLS with each partner and security module is made of; null where there is none.</summary>
/// <param name="Acquirers">In their order.</param>
/// <param name="Issuers">In their order.</param>
internal sealed record TlsMaterials(
    IReadOnlyList<TlsMaterial?> Acquirers, IReadOnlyList<TlsMaterial?> Issuers)
{
    /// <summary>Whether any partner speaks TLS.</summary>
    public bool Any => Acquirers.Concat(Issuers).Any(static one => one is not null);

    /// <summary>Of security modules, in their order.</summary>
    public IReadOnlyList<TlsMaterial?> Modules { get; init; } = [];

    /// <summary>Of the admin listener.</summary>
    public TlsMaterial? Admin { get; init; }

    /// <summary>
    /// Whom the switch believes, as a hash: trust anchors, pins, names and versions of every partner, security module
    /// and of the admin listener. Not its own certificates, and not revocation lists, which are replaced daily.
    /// </summary>
    public string Trust
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (TlsMaterial? one in Acquirers.Concat(Issuers).Append(Admin).Concat(Modules))
            {
                Add(hash, one is null ? "plain text" : one.IsTls13Only ? "1.3" : "1.2");
                IEnumerable<string> believed =
                    one is null ? [] : one.Trust.Select(AnchorOf).Concat(one.Pins).Concat(one.Names);
                foreach (string text in believed.Order(StringComparer.Ordinal))
                {
                    Add(hash, text);
                }

                Add(hash, "");
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset()[..HashShown]);
        }
    }

    // Bytes: so many that two files of one hash cannot be made.
    private const int HashShown = 16;

    private static string AnchorOf(X509Certificate2 anchor) =>
        Convert.ToHexStringLower(SHA256.HashData(anchor.RawData));

    private static void Add(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
}

/// <summary>What must hold for TLS, and for plain text; reads the files that the configuration names.</summary>
internal sealed class TlsRules
{
    // Bytes of a file: a revocation list of 100,000 serial numbers has some 4 MB.
    private const int FileSizeMax = 16 * 1024 * 1024;

    private readonly ConfigurationErrors _errors;
    private readonly ConfigurationEnvironment _environment;

    private TlsRules(ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        _errors = errors;
        _environment = environment;
    }

    /// <summary>Adds every mistake to <paramref name="errors"/>.</summary>
    public static void Validate(
        SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        Load(options, errors, environment);
        for (int i = 0; i < options.Acquirers.Count; i++)
        {
            AcquirerOptions one = options.Acquirers[i];
            RequireTlsBeyondThisMachine(one.Tls, PlacesOf(one), $"{Root}:Acquirers:{i}", errors);
        }

        for (int i = 0; i < options.Issuers.Count; i++)
        {
            IssuerOptions one = options.Issuers[i];
            RequireTlsBeyondThisMachine(one.Tls, PlacesOf(one), $"{Root}:Issuers:{i}", errors);
        }
    }

    /// <summary>Reads all certificates and keys. What cannot be used is null, and its mistakes are noted.</summary>
    public static TlsMaterials Load(
        SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        var rules = new TlsRules(errors, environment);
        return new TlsMaterials(
            [.. options.Acquirers.Select((one, i) => rules.Read(one.Tls, $"{Root}:Acquirers:{i}:Tls"))],
            [.. options.Issuers.Select((one, i) => rules.Read(one.Tls, $"{Root}:Issuers:{i}:Tls"))])
        {
            Modules = rules.ReadModules(options.Security),
            Admin = rules.Read(options.Admin.Tls, $"{Root}:Admin:Tls", needsTrust: false),
        };
    }

    /// <summary>As <see cref="Load"/>, of security modules alone.</summary>
    public static IReadOnlyList<TlsMaterial?> LoadModules(
        SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment) =>
        new TlsRules(errors, environment).ReadModules(options.Security);

    /// <summary>Plain text stays on this machine, unless the configuration says None.</summary>
    /// <param name="path">Of what has the key Tls.</param>
    public static void RequireTlsBeyondThisMachine(
        TlsOptions? tls, IEnumerable<string> places, string path, ConfigurationErrors errors)
    {
        if (tls is null && places.FirstOrDefault(static one => !IsLoopback(one)) is { } place)
        {
            errors.Add(
                $"{path}:Tls",
                $"is missing, and {place} is not a loopback address: card data would cross the network in plain text. "
                + $"Configure TLS, or write \"{TlsOptions.None}\" where the network below is encrypted.");
        }
    }

    /// <summary>Where the acquirer is listened for or connected to.</summary>
    public static IEnumerable<string> PlacesOf(AcquirerOptions acquirer) =>
        acquirer.Connect.Count > 0 ? acquirer.Connect : [acquirer.Listen];

    /// <inheritdoc cref="PlacesOf(AcquirerOptions)"/>
    public static IEnumerable<string> PlacesOf(IssuerOptions issuer) =>
        issuer.Listen is { } listen ? [listen] : issuer.Endpoints;

    /// <summary>Whether the partner speaks plain text beyond this machine, by its configuration.</summary>
    public static bool IsExposed(TlsOptions? tls, params IEnumerable<string> endpoints) =>
        tls is null or { IsNone: true } && !endpoints.All(IsLoopback);

    private static string Root => ConfigurationValidator.Root;

    // What cannot be parsed is another rule's mistake.
    private static bool IsLoopback(string endpoint) =>
        !HostPort.TryParse(endpoint, out string? host, out _)
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));

    private IReadOnlyList<TlsMaterial?> ReadModules(SecurityOptions security) =>
        [.. security.Hsm.Select((one, i) => Read(one.Tls, $"{Root}:Security:Hsm:{i}:Tls"))];

    private TlsMaterial? Read(TlsOptions? tls, string path, bool needsTrust = true)
    {
        if (tls is null or { IsNone: true })
        {
            return null;
        }

        SslStreamCertificateContext? own = ReadOwn(tls, path);
        X509Certificate2Collection? trust =
            tls.Trust is null && !needsTrust ? [] : ReadTrust(tls.Trust, $"{path}:Trust");
        IReadOnlyList<RevocationList>? revoked = ReadRevoked(tls.Crl, trust, $"{path}:Crl");
        bool isPinned = ArePins(tls.Pins, $"{path}:Pins");
        bool isNamed = AreNames(tls.Names, $"{path}:Names");
        bool isVersion = _errors.Require(
            tls.Minimum is "1.2" or "1.3", $"{path}:Minimum", $"'{tls.Minimum}' is neither 1.2 nor 1.3.");
        if (own is null || trust is null || revoked is null || !isPinned || !isNamed || !isVersion)
        {
            return null;
        }

        return new TlsMaterial
        {
            Own = own,
            Trust = trust,
            Pins = tls.Pins.ToHashSet(StringComparer.Ordinal),
            Names = tls.Names,
            Revoked = revoked,
            IsTls13Only = tls.Minimum == "1.3",
        };
    }

    private SslStreamCertificateContext? ReadOwn(TlsOptions tls, string path)
    {
        byte[]? certificate = Bytes(tls.Certificate, $"{path}:Certificate", isSecret: tls.Key is null);
        byte[]? key = tls.Key is null ? null : Bytes(tls.Key, $"{path}:Key", isSecret: true);
        byte[]? password = tls.Password is null ? null : Bytes(tls.Password, $"{path}:Password", isSecret: true);
        try
        {
            if (certificate is null || (tls.Key is not null && key is null)
                || (tls.Password is not null && password is null))
            {
                return null;
            }

            string? opener = password is null ? null : Encoding.UTF8.GetString(password).TrimEnd('\r', '\n');
            return CertificateFile.ReadOwn(certificate, key, opener);
        }
        catch (TlsFileException problem)
        {
            bool isKey = problem.Part == TlsFilePart.Key && tls.Key is not null;
            _errors.Add($"{path}:{(isKey ? nameof(tls.Key) : nameof(tls.Certificate))}", $"{problem.Message}.");
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            CryptographicOperations.ZeroMemory(password);
        }
    }

    private X509Certificate2Collection? ReadTrust(string? reference, string path)
    {
        if (Bytes(reference, path, isSecret: false) is not { } file)
        {
            return null;
        }

        try
        {
            return CertificateFile.ReadAll(file);
        }
        catch (CryptographicException problem)
        {
            _errors.Add(path, $"cannot be used: {problem.Message.TrimEnd('.')}.");
            return null;
        }
    }

    private IReadOnlyList<RevocationList>? ReadRevoked(
        string? reference, X509Certificate2Collection? trust, string path)
    {
        if (reference is null)
        {
            return [];
        }

        if (Bytes(reference, path, isSecret: false) is not { } file)
        {
            return null;
        }

        try
        {
            IReadOnlyList<RevocationList> lists = RevocationList.ReadAll(file);
            RevocationList? foreign = trust is null ? null : lists.FirstOrDefault(list => !list.IsSignedByOneOf(trust));
            return _errors.Require(
                foreign is null, path, $"has a list of {foreign?.Issuer.Name} that no certificate in Trust has signed.")
                ? lists : null;
        }
        catch (Exception problem) when (problem is CryptographicException or FormatException)
        {
            _errors.Add(path, $"cannot be used: {problem.Message.TrimEnd('.')}.");
            return null;
        }
    }

    private bool ArePins(List<string> pins, string path)
    {
        bool areGood = true;
        for (int i = 0; i < pins.Count; i++)
        {
            areGood &= _errors.Require(
                TlsMaterial.IsPin(pins[i]),
                $"{path}:{i}",
                $"'{pins[i]}' is not {TlsMaterial.PinPrefix} and the base64 of a SHA-256 (44 characters). "
                + "Make it with: openssl x509 -in CERTIFICATE -noout -pubkey | openssl pkey -pubin -outform der | "
                + "openssl dgst -sha256 -binary | base64");
        }

        return areGood;
    }

    private bool AreNames(List<string> names, string path)
    {
        bool areGood = true;
        for (int i = 0; i < names.Count; i++)
        {
            areGood &= _errors.Require(
                Uri.CheckHostName(names[i]) is not (UriHostNameType.Unknown or UriHostNameType.Basic),
                $"{path}:{i}",
                $"'{names[i]}' is neither a DNS name nor an address, such as issuer.example.com.");
        }

        return areGood;
    }

    /// <summary>What a reference stands for; null after a mistake was noted.</summary>
    private byte[]? Bytes(string? reference, string path, bool isSecret)
    {
        if (reference is null)
        {
            _errors.Add(path, "is missing: set it to file:PATH.");
            return null;
        }

        if (reference.StartsWith("env:", StringComparison.Ordinal))
        {
            string? text = Environment.GetEnvironmentVariable(reference[4..]);
            _errors.Require(text is not null, path, $"environment variable {reference[4..]} is not set.");
            return text is null ? null : Encoding.UTF8.GetBytes(text);
        }

        if (!reference.StartsWith("file:", StringComparison.Ordinal))
        {
            _errors.Add(path, "must be file:PATH or env:NAME.");
            return null;
        }

        string file = "";
        try
        {
            file = _environment.Resolve(reference[5..]);
            byte[] bytes = BoundedFile.ReadBytes(file, FileSizeMax);
            if (isSecret)
            {
                KeyFile.RequireOwn(file, _errors, path, _environment);
            }

            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            _errors.Add(path, $"the file cannot be read: {FileFault.Describe(file, e)}.");
            return null;
        }
    }
}
