using System.Security.Cryptography;
using Switch.Host.Configuration;
using Switch.Host.Files;
using Switch.Host.Security;
using Switch.Host.Security.Ciphers;
using Switch.Host.Security.Keys;
using Switch.Host.Security.Software;

namespace Switch.Host.Simulators;

/// <summary>
/// The keys of one run: each party has keys of its own for PIN blocks and for MACs, made by chance, and one above them
/// for an exchange. The parties have them in clear; the switch has them wrapped, in a key store in the run's folder.
/// </summary>
internal sealed class PartyKeys
{
    public const string MasterFile = "module.key";
    public const string StoreFile = "keys.json";

    private const int KeySize = 16;

    private readonly Dictionary<string, byte[]> _clear = new(StringComparer.Ordinal);

    private PartyKeys()
    {
    }

    public static string PinKeyOf(string party) => $"{party}-zpk";

    public static string MacKeyOf(string party) => $"{party}-zak";

    public static string ZoneKeyOf(string party) => $"{party}-zmk";

    /// <summary>For the software module: makes the keys, and the files that the switch reads.</summary>
    public static PartyKeys Make(string folder, IReadOnlyList<string> parties)
    {
        byte[] seed = RandomNumberGenerator.GetBytes(SoftwareMasterKey.SeedSize);
        string master = Path.Combine(folder, MasterFile);
        OwnFiles.Make(master);
        File.WriteAllText(master, Convert.ToHexStringLower(seed));
        using SoftwareMasterKey above = SoftwareMasterKey.Derive(seed);
        CryptographicOperations.ZeroMemory(seed);
        return Make(folder, parties, above);
    }

    /// <summary>The same for a simulated hardware module, under the test key that everyone knows.</summary>
    public static PartyKeys MakePublic(string folder, IReadOnlyList<string> parties)
    {
        using SoftwareMasterKey above = SoftwareMasterKey.PublicTest();
        return Make(folder, parties, above);
    }

    /// <summary>A new key of chance, of odd parity.</summary>
    public static byte[] NewKey()
    {
        byte[] key = RandomNumberGenerator.GetBytes(KeySize);
        KeyChecks.MakeOdd(key);
        return key;
    }

    /// <summary>In clear, by its name in the key store.</summary>
    public byte[] Clear(string name) => [.. _clear[name]];

    public SimulatorPin PinOf(string party) => new(_clear[PinKeyOf(party)]);

    /// <summary>With the terms that <paramref name="mac"/> gives the switch.</summary>
    public SimulatorMacKey MacOf(string party, MacOptions mac) =>
        new(MacRules.PolicyOf(mac).Terms, _clear[MacKeyOf(party)]);

    private static PartyKeys Make(string folder, IReadOnlyList<string> parties, SoftwareMasterKey above)
    {
        var keys = new PartyKeys();
        string store = Path.Combine(folder, StoreFile);
        foreach (string party in parties)
        {
            keys.Add(store, above, PinKeyOf(party), KeyKind.Zpk);
            keys.Add(store, above, MacKeyOf(party), KeyKind.Zak);
            keys.Add(store, above, ZoneKeyOf(party), KeyKind.Zmk);
        }

        return keys;
    }

    private void Add(string store, SoftwareMasterKey above, string name, KeyKind kind)
    {
        byte[] key = NewKey();
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
