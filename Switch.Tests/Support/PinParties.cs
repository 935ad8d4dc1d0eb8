using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Switch.Host.Configuration;
using Switch.Host.Security;
using Switch.Host.Security.Software;
using Switch.Host.Simulators;
using Switch.Host.Simulators.Hsm;
using Switch.Routing.Settings;

#pragma warning disable CA5350 // PIN blocks of the trade are under TDES.

namespace Switch.Tests.Support;

/// <summary>
/// A rig whose parties have PINs, each under a key of its own, and the keys of the parties in clear. PIN blocks are
/// made and opened here without the product's code.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class PinParties
{
    public const string Pin = "739251";

    /// <summary>Of the software module's master key.</summary>
    public const string Seed = "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5";

    public const string SecurityControl = "2001017359514286";

    public static readonly byte[] AcquirerKey = Convert.FromHexString("1A2C3E4F5B6D7F8092A4B6C8DAECFE10");
    public static readonly byte[] PrimaryKey = Convert.FromHexString("2A3D4F5E6D7A8F91A2B5C7D9EAFD0E20");
    public static readonly byte[] StandbyKey = Convert.FromHexString("3D4F5E6D7A8A9EA2B5C7D9EAFD0E1F31");

    /// <summary>Settings of a rig with PINs; with the software module where none is named.</summary>
    public static RigSettings Settings(
        TimeSpan? timeout = null, byte[]? formerKey = null, HsmSimulator? hsm = null) => new()
        {
            IssuerTimeout = timeout ?? new RigSettings().IssuerTimeout,
            IsProduction = false,
            Prepare = folder => MakeKeys(folder, formerKey, isPublicTest: hsm is not null),
            Change = options =>
            {
                TestKeyStore.UseModule(options, hsm);
                options.Acquirers[0].Pin = PinHandling.Translate;
                options.Acquirers[0].PinSharedWith = [];
                options.Acquirers[0].Keys.Zpk = "acquirer-zpk";
                options.Issuers[0].Keys.Zpk = "primary-zpk";
                options.Issuers[1].Keys.Zpk = "standby-zpk";
            },
        };

    /// <summary>Writes the module's seed and the key store into a folder.</summary>
    /// <param name="formerKey">Of the acquirer, before the present one; null: there was none.</param>
    public static void MakeKeys(string folder, byte[]? formerKey, bool isPublicTest)
    {
        string seed = Path.Combine(folder, "master.key");
        File.WriteAllText(seed, Seed);
        File.SetUnixFileMode(seed, UnixFileMode.UserRead);
        using SoftwareMasterKey master = isPublicTest
            ? SoftwareMasterKey.PublicTest()
            : SoftwareMasterKey.Derive(Convert.FromHexString(Seed));
        string file = Path.Combine(folder, "keys.json");
        if (formerKey is not null)
        {
            TestKeyStore.Add(file, master, "acquirer-zpk", KeyKind.Zpk, formerKey);
        }

        TestKeyStore.Add(file, master, "acquirer-zpk", KeyKind.Zpk, AcquirerKey);
        TestKeyStore.Add(file, master, "primary-zpk", KeyKind.Zpk, PrimaryKey);
        TestKeyStore.Add(file, master, "standby-zpk", KeyKind.Zpk, StandbyKey);
    }

    /// <summary>An authorization with a PIN block under the acquirer's key, or under another one.</summary>
    public static PlainMessage Purchase(byte[]? key = null, string? stan = null, string pin = Pin)
    {
        PlainMessage message = Purchases.Authorization();
        message[11] = stan ?? message[11];
        message[52] = Encoding.Latin1.GetString(Cipher(key ?? AcquirerKey, ClearBlock(pin), isEncrypting: true));
        message[53] = SecurityControl;
        return message;
    }

    /// <summary>Format 0 of ISO 9564-1.</summary>
    public static byte[] ClearBlock(string pin = Pin) =>
        WithAccount(Convert.FromHexString($"0{pin.Length}{pin}".PadRight(16, 'F')));

    /// <summary>The PIN of a message, as the owner of the key reads it.</summary>
    public static string PinOf(PlainMessage message, byte[] key)
    {
        string field = FieldOf(key, Encoding.Latin1.GetBytes(message[52]!), message.Pan!);
        return field[2..(2 + (field[1] - '0'))];
    }

    /// <summary>The PIN field of a block: length, digits and filler, in hexadecimal digits.</summary>
    public static string FieldOf(byte[] key, byte[] block, string card = Purchases.Card) =>
        Convert.ToHexString(WithAccount(Cipher(key, block, isEncrypting: false), card));

    public static byte[] Cipher(byte[] key, byte[] block, bool isEncrypting)
    {
        using var cipher = TripleDES.Create();
        cipher.Key = [.. key, .. key[..8]];
        return isEncrypting
            ? cipher.EncryptEcb(block, PaddingMode.None)
            : cipher.DecryptEcb(block, PaddingMode.None);
    }

    private static byte[] WithAccount(byte[] field, string card = Purchases.Card)
    {
        byte[] account = Convert.FromHexString($"0000{card[^13..^1]}");
        return [.. field.Zip(account, static (one, other) => (byte)(one ^ other))];
    }
}
