using Switch.Host.Configuration;
using Switch.Host.Security;
using Switch.Host.Security.Ciphers;
using Switch.Host.Security.Macs;
using Switch.Host.Security.Software;
using Switch.Host.Simulators;
using Switch.Host.Simulators.Hsm;

namespace Switch.Tests.Support;

/// <summary>A rig whose parties have MACs, each under a key of its own, and the keys of the parties in clear.</summary>
internal static class MacParties
{
    private const string Seed = "b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6";

    public static readonly byte[] AcquirerKey = Odd("1A2C3E4F5B6D7F8092A4B6C8DAECFE11");
    public static readonly byte[] PrimaryKey = Odd("2A3D4F5E6D7A8F91A2B5C7D9EAFD0E21");
    public static readonly byte[] StandbyKey = Odd("3D4F5E6D7A8A9EA2B5C7D9EAFD0E1F32");
    public static readonly byte[] FormerKey = Odd("4D5F6E7D8A9AAEB2C5D7E9FA0D1E2F43");

    /// <summary>What the acquirer seals and checks with.</summary>
    public static SimulatorMac Acquirer(byte[]? key = null) =>
        Of(Rig.AcquirerDialect, MacAlgorithm.Retail, key ?? AcquirerKey);

    public static SimulatorMac Of(string dialect, MacAlgorithm algorithm, byte[] key) =>
        new(DialectFiles.Find(dialect), new MacTerms(algorithm, 64, []), key);

    /// <summary>Settings of a rig with MACs on all sides; with the software module where none is named.</summary>
    public static RigSettings Settings(
        HsmSimulator? hsm = null, TimeSpan? timeout = null, byte[]? formerKey = null,
        byte[]? zmk = null, Action<SwitchOptions>? change = null) => new()
        {
            IssuerTimeout = timeout ?? new RigSettings().IssuerTimeout,
            IsProduction = false,
            PrimaryMac = Of("iso87-binary", MacAlgorithm.Alg1, PrimaryKey),
            StandbyMac = Of("iso87-ascii", MacAlgorithm.Retail, StandbyKey),
            Prepare = folder => MakeKeys(folder, formerKey, zmk, isPublicTest: hsm is not null),
            Change = options =>
            {
                TestKeyStore.UseModule(options, hsm);
                options.Acquirers[0].Keys.Zak = "acquirer-zak";
                options.Acquirers[0].Mac = new MacOptions();
                options.Issuers[0].Keys.Zak = "primary-zak";
                options.Issuers[0].Mac = new MacOptions { Algorithm = MacMethod.Cbc };
                options.Issuers[1].Keys.Zak = "standby-zak";
                options.Issuers[1].Mac = new MacOptions();
                change?.Invoke(options);
            },
        };

    /// <summary>A key with odd parity.</summary>
    public static byte[] Odd(string hex)
    {
        byte[] key = Convert.FromHexString(hex);
        KeyChecks.MakeOdd(key);
        return key;
    }

    private static void MakeKeys(string folder, byte[]? formerKey, byte[]? zmk, bool isPublicTest)
    {
        string seed = Path.Combine(folder, "master.key");
        File.WriteAllText(seed, Seed);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(seed, UnixFileMode.UserRead);
        }

        using SoftwareMasterKey master = isPublicTest
            ? SoftwareMasterKey.PublicTest()
            : SoftwareMasterKey.Derive(Convert.FromHexString(Seed));
        string file = Path.Combine(folder, "keys.json");
        if (formerKey is not null)
        {
            Add(file, master, "acquirer-zak", formerKey);
        }

        if (zmk is not null)
        {
            Add(file, master, "acquirer-zmk", zmk, KeyKind.Zmk);
        }

        Add(file, master, "acquirer-zak", AcquirerKey);
        Add(file, master, "primary-zak", PrimaryKey);
        Add(file, master, "standby-zak", StandbyKey);
    }

    private static void Add(
        string file, SoftwareMasterKey master, string name, byte[] key, KeyKind kind = KeyKind.Zak) =>
        TestKeyStore.Add(file, master, name, kind, key);
}
