using Switch.Host.Files;
using Switch.Host.Security;
using Switch.Host.Security.HostCommands;
using Switch.Host.Security.Keys;
using Switch.Protocol.Dialects;

namespace Switch.Host.Configuration;

/// <summary>
/// Judges the security module's settings and the names of keys, without asking a module: it may be down, and payments
/// without PINs need none.
/// </summary>
internal static class SecurityRules
{
    private const string Path = $"{ConfigurationValidator.Root}:Security";
    private const int ModulesMax = 16;

    public static void Validate(
        SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment,
        DialectCatalog dialects)
    {
        ValidateModule(options, errors, environment);
        KeyStore? keys = ReadKeys(options, errors, environment);
        MacRules.Validate(options, errors, dialects, keys);
        KeyExchangeRules.Validate(options, errors, dialects);
        DukptRules.Validate(options, errors, dialects, keys);
    }

    /// <summary>The key store, with every key that a partner names in it.</summary>
    /// <returns>Null when no key is named, or the store cannot be read.</returns>
    public static KeyStore? ReadKeys(
        SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        KeyStore? store = null;
        foreach ((string path, string name, KeyKind kind) in KeysOf(options))
        {
            if (errors.Require(
                options.Security.Module != SecurityModuleKind.None, path,
                $"'{name}' needs a security module, and {Path}:Module is None."))
            {
                store ??= Read(options, errors, environment);
                StoredKey? key = store?.Find(name);
                errors.Require(
                    store is null || key?.Kind == kind, path,
                    key is null
                        ? $"'{name}' is not in the key store {options.Security.KeyStore}. Make it with: keys "
                            + "generate, or keys import."
                        : $"'{name}' is a key of kind {key.Kind}, and one of kind {kind} is needed.");
            }
        }

        return store;
    }

    /// <summary>The module alone, for the commands that make the keys which the rest names.</summary>
    public static void ValidateModule(
        SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        SecurityOptions security = options.Security;
        bool isSoftware = security.Module == SecurityModuleKind.Software;
        errors.Require(
            !isSoftware || !environment.IsProduction, $"{Path}:Module",
            "is Software, which has clear keys and PINs in this process's memory: for test cards only. Set "
            + "HostCommands, or the environment (DOTNET_ENVIRONMENT) to Development.");
        errors.Require(
            !isSoftware || security.MasterKey is not null, $"{Path}:MasterKey",
            "is missing: Software derives its master key from it. Set file:PATH or env:NAME.");
        errors.Require(
            isSoftware || security.MasterKey is null, $"{Path}:MasterKey",
            "is set, and only the module Software has a master key here.");
        KeyFile.LoadMasterKey(options, errors, environment);
        errors.Require(
            !string.IsNullOrWhiteSpace(security.KeyStore), $"{Path}:KeyStore",
            "is blank. Name the file of wrapped keys.");
        Rules.Range(
            errors, $"{Path}:Timeout", security.Timeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(5),
            "a payment waits this long for a security module.");
        Rules.Range(
            errors, $"{Path}:KeyOverlap", security.KeyOverlap, TimeSpan.Zero, TimeSpan.FromDays(365),
            "a key that was replaced is taken for so long; zero is until the next one.");
        ValidateHsms(security, errors);
    }

    /// <summary>Each key that a partner names, with its path.</summary>
    public static IEnumerable<(string Path, string Name, KeyKind Kind)> KeysOf(SwitchOptions options)
    {
        const string Root = ConfigurationValidator.Root;
        IEnumerable<(string Path, ZoneKeyOptions Keys, KeyExchangeOptions? Exchange)> partners =
        [
            .. options.Acquirers.Select(
                static (one, index) => ($"{Root}:Acquirers:{index}", (ZoneKeyOptions)one.Keys, one.KeyExchange)),
            .. options.Issuers.Select(static (one, index) => ($"{Root}:Issuers:{index}", one.Keys, one.KeyExchange)),
        ];
        foreach ((string path, ZoneKeyOptions keys, KeyExchangeOptions? exchange) in partners)
        {
            if (keys.Zpk is { } zpk)
            {
                yield return ($"{path}:Keys:Zpk", zpk, KeyKind.Zpk);
            }

            if (keys is AcquirerKeyOptions { Bdk: { } bdk })
            {
                yield return ($"{path}:Keys:Bdk", bdk, KeyKind.Bdk);
            }

            if (keys.Zak is { } zak)
            {
                yield return ($"{path}:Keys:Zak", zak, KeyKind.Zak);
            }

            if (exchange is not null)
            {
                yield return ($"{path}:KeyExchange:Under", exchange.Under, KeyKind.Zmk);
            }
        }
    }

    /// <summary>Of modules that passed validation.</summary>
    public static IReadOnlyList<HsmSettings> SettingsOf(SecurityOptions security) =>
    [
        .. security.Hsm.Select(static one => HostPort.TryParse(one.Endpoint, out string? host, out int port)
            ? new HsmSettings(host, port, one.HeaderLength, one.LmkId)
            : throw new ArgumentException($"'{one.Endpoint}' was not validated.", nameof(security))),
    ];

    private static void ValidateHsms(SecurityOptions security, ConfigurationErrors errors)
    {
        bool isHardware = security.Module == SecurityModuleKind.HostCommands;
        errors.Require(
            isHardware == security.Hsm.Count > 0 && security.Hsm.Count <= ModulesMax, $"{Path}:Hsm",
            isHardware
                ? $"must name 1 to {ModulesMax} modules, because {Path}:Module is HostCommands."
                : $"names modules, and {Path}:Module is {security.Module}.");
        for (int i = 0; i < security.Hsm.Count; i++)
        {
            HsmOptions hsm = security.Hsm[i];
            string path = $"{Path}:Hsm:{i}";
            if (errors.Require(
                HostPort.TryParse(hsm.Endpoint, out _, out int port) && port > 0,
                $"{path}:Endpoint", $"'{hsm.Endpoint}' must be HOST:PORT, as in 10.0.0.5:1500."))
            {
                TlsRules.RequireTlsBeyondThisMachine(hsm.Tls, [hsm.Endpoint], path, errors);
            }

            Rules.Range(
                errors, $"{path}:HeaderLength", hsm.HeaderLength, 1, HsmSettings.HeaderLengthMax,
                "the module is configured with it.");
            Rules.Range(
                errors, $"{path}:LmkId", hsm.LmkId ?? 0, 0, HsmSettings.LmkIdMax, "the number of a master key.");
        }

        Rules.Distinct(
            errors, security.Hsm.Select(static one => one.Endpoint), static index => $"{Path}:Hsm:{index}:Endpoint",
            "each module once.");
    }

    private static KeyStore? Read(
        SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        string file = environment.Resolve(options.Security.KeyStore);
        try
        {
            return KeyStoreFile.Read(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            string fault = e is FormatException ? e.Message : FileFault.Describe(file, e);
            errors.Add($"{Path}:KeyStore", $"{file} cannot be read: {fault}");
            return null;
        }
    }
}
