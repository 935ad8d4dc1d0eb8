using System.Runtime.Versioning;
using Switch.Host.Configuration;
using Switch.Host.Security;
using Switch.Host.Security.Ciphers;
using Switch.Host.Security.Software;
using Switch.Routing.Settings;

namespace Switch.Tests.Support;

/// <summary>
/// An acquirer whose terminals have DUKPT: the published base keys, and a dialect with room for serial numbers.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class DukptParties
{
    public const string DialectFile = "terminals.json";

    // DE 53 of 1987 has sixteen digits, and a serial number has letters.
    private const string Dialect = """
        { "name": "terminals", "extends": "iso87-ascii", "fields": {
          "52": { "format": "b..16" }, "53": { "format": "b..48" } } }
        """;

    public static readonly byte[] BaseKey = Convert.FromHexString("0123456789ABCDEFFEDCBA9876543210");
    public static readonly byte[] AesBaseKey = Convert.FromHexString("FEDCBA9876543210F1F1F1F1F1F1F1F1");

    /// <summary>Writes the module's seed, the key store and the dialect into a folder.</summary>
    /// <param name="hasNewKey">The published base key has been replaced by another one.</param>
    public static void MakeKeys(string folder, bool isPublicTest, bool hasNewKey = false)
    {
        PinParties.MakeKeys(folder, formerKey: null, isPublicTest);
        WriteDialect(folder);
        using SoftwareMasterKey master = isPublicTest
            ? SoftwareMasterKey.PublicTest()
            : SoftwareMasterKey.Derive(Convert.FromHexString(PinParties.Seed));
        string file = Path.Combine(folder, "keys.json");
        TestKeyStore.Add(file, master, "bdk", KeyKind.Bdk, BaseKey);
        if (hasNewKey)
        {
            TestKeyStore.Add(file, master, "bdk", KeyKind.Bdk, PinParties.StandbyKey);
        }

        Assert.True(KeyBlock.TryWrap(
            master.Block, KeyBlockUsage.Header(KeyKind.Bdk, KeyAlgorithm.Aes, 'D'), AesBaseKey, out string? block));
        Assert.True(WrappedKey.TryParse('R' + block, out WrappedKey? aes));
        TestKeyStore.Add(file, "aes-bdk", KeyKind.Bdk, aes, KeyChecks.Value(KeyAlgorithm.Aes, AesBaseKey));
    }

    public static void WriteDialect(string folder) => File.WriteAllText(Path.Combine(folder, DialectFile), Dialect);

    /// <summary>The acquirer's terminals and both issuers' keys of PIN blocks.</summary>
    public static void Configure(SwitchOptions options, bool isAes = false)
    {
        options.Dialects.Add(DialectFile);
        options.Security.KeyStore = "keys.json";
        options.Security.Timeout = TimeSpan.FromSeconds(3); // A busy machine is no silent module.
        AcquirerOptions acquirer = options.Acquirers[0];
        acquirer.Dialect = "terminals";
        acquirer.Pin = PinHandling.Translate;
        acquirer.PinSharedWith = [];
        acquirer.PinFormat = isAes ? PinFormat.Iso4 : PinFormat.Iso0;
        acquirer.Keys.Bdk = isAes ? "aes-bdk" : "bdk";
        options.Issuers[0].Keys.Zpk = "primary-zpk";
        options.Issuers[1].Keys.Zpk = "standby-zpk";
    }
}
