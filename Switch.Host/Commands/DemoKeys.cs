using System.Security.Cryptography;
using Switch.Host.Configuration;
using Switch.Host.Files;
using Switch.Host.Security;
using Switch.Host.Security.Ciphers;
using Switch.Host.Security.Keys;
using Switch.Host.Security.Software;
using Switch.Host.Simulators;

namespace Switch.Host.Commands;

/// <summary>
/// The keys of one run of the demo: each party has keys of its own for PIN blocks and for MACs, made by chance. The
/// parties have them in clear; the switch has them wrapped, in a key store in the demo's folder.
/// </summary>
internal sealed class DemoKeys
{
    public const string MasterFile = "module.key";
    public const string StoreFile = "keys.json";

    private const int KeySize = 16;

    private readonly Dictionary<string, byte[]> _clear = new(StringComparer.Ordinal);

    private DemoKeys()
    {
    }

    public static string PinKeyOf(string party) => $"{party}-zpk";

    public static string MacKeyOf(string party) => $"{party}-zak";

    /// <summary>Makes the keys, and the files that the switch reads.</summary>
    public static DemoKeys Make(string folder, IReadOnlyList<string> parties)
    {
        byte[] seed = RandomNumberGenerator.GetBytes(SoftwareMasterKey.SeedSize);
        string master = Path.Combine(folder, MasterFile);
        OwnFiles.Make(master);
        File.WriteAllText(master, Convert.ToHexStringLower(seed));
        using SoftwareMasterKey above = SoftwareMasterKey.Derive(seed);
        CryptographicOperations.ZeroMemory(seed);
        var keys = new DemoKeys();
        string store = Path.Combine(folder, StoreFile);
        foreach (string party in parties)
        {
            keys.Add(store, above, PinKeyOf(party), KeyKind.Zpk);
            keys.Add(store, above, MacKeyOf(party), KeyKind.Zak);
        }

        return keys;
    }

    public SimulatorPin PinOf(string party) => new(_clear[PinKeyOf(party)]);

    /// <summary>With the terms that <paramref name="mac"/> gives the switch.</summary>
    public SimulatorMacKey MacOf(string party, MacOptions mac) =>
        new(MacRules.PolicyOf(mac).Terms, _clear[MacKeyOf(party)]);

    private void Add(string store, SoftwareMasterKey above, string name, KeyKind kind)
    {
        byte[] key = RandomNumberGenerator.GetBytes(KeySize);
        KeyChecks.MakeOdd(key);
        if (!above.TryWrap(kind, key, out WrappedKey? wrapped))
        {
            throw new InvalidOperationException("A key of chance was a weak one."); // Never seen: 1 in 2^52.
        }

        _clear[name] = key;
        string checkValue = KeyChecks.Value(KeyAlgorithm.Tdes, key);
        KeyStoreFile.Change(store, keys => (
            keys.TryAdd(name, kind, wrapped, checkValue, DateTimeOffset.UnixEpoch, out KeyStore changed), changed));
    }
}
