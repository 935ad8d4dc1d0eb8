using System.Text;

namespace Switch.Tests.Support;

/// <summary>A scanner that finds nothing proves nothing: it must find what is planted.</summary>
public class LeakScannerTests
{
    private const string Card = "4000123456789019";

    public static TheoryData<string> Forms => new(
        "text", "utf16le", "utf16be", "ebcdic", "bcd", "bcd-odd", "HEX", "hex", "hex-bcd", "base64-0", "base64-1",
        "base64-2", "base64-bcd");

    [Theory]
    [MemberData(nameof(Forms))]
    public void Scan_PlantedCard_IsFound(string form)
    {
        var scanner = new LeakScanner();
        scanner.AddDigits("card", Card);
        byte[] around = [1, 2, 3, .. Plant(form), 9, 8, 7];

        Assert.NotEmpty(scanner.Scan(around));
    }

    [Fact]
    public void Scan_OtherCard_IsNotFound()
    {
        var scanner = new LeakScanner();
        scanner.AddDigits("card", Card);

        Assert.Empty(scanner.Scan("4000123456789018"u8));
    }

    /// <summary>What is not digits alone, as a key or a key serial number.</summary>
    [Fact]
    public void Scan_PlantedBytes_AreFoundInEachForm()
    {
        byte[] secret = Convert.FromHexString("FFFF7C35A1E94DE00001");
        string upper = Convert.ToHexString(secret);
        string lower = Convert.ToHexStringLower(secret);
        var scanner = new LeakScanner();
        scanner.AddBytes("secret", secret);
        byte[][] planted =
        [
            secret, Convert.FromHexString($"0{upper}0"), Encoding.ASCII.GetBytes(upper), Encoding.ASCII.GetBytes(lower),
            Encoding.Unicode.GetBytes(upper), Encoding.Unicode.GetBytes(lower),
            Encoding.BigEndianUnicode.GetBytes(upper),
            [0xC6, 0xC6, 0xC6, 0xC6, 0xF7, 0xC3, 0xF3, 0xF5, 0xC1, 0xF1, 0xC5, 0xF9, 0xF4, 0xC4, 0xC5, .. "00001"u8
                .ToArray().Select(static digit => (byte)(digit | 0xF0))],
            [0x86, 0x86, 0x86, 0x86, 0xF7, 0x83, 0xF3, 0xF5, 0x81, 0xF1, 0x85, 0xF9, 0xF4, 0x84, 0x85, .. "00001"u8
                .ToArray().Select(static digit => (byte)(digit | 0xF0))],
            .. Enumerable.Range(0, 3).Select(lead => Encoding.ASCII.GetBytes(
                Convert.ToBase64String([.. new byte[lead], .. secret, 0xAA]))),
        ];

        Assert.All(planted, one => Assert.NotEmpty(scanner.Scan([1, .. one, 9])));
        secret[^1] ^= 1;
        Assert.Empty(scanner.Scan(secret));
    }

    private static byte[] Plant(string form)
    {
        byte[] text = Encoding.ASCII.GetBytes(Card);
        byte[] bcd = Convert.FromHexString(Card);
        return form switch
        {
            "text" => text,
            "utf16le" => Encoding.Unicode.GetBytes(Card),
            "utf16be" => Encoding.BigEndianUnicode.GetBytes(Card),
            "ebcdic" => [.. text.Select(static digit => (byte)(digit | 0xF0))],
            "bcd" => bcd,
            "bcd-odd" => Convert.FromHexString($"0{Card}0"),
            "HEX" => Encoding.ASCII.GetBytes(Convert.ToHexString(text)),
            "hex" => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(text)),
            "hex-bcd" => Encoding.ASCII.GetBytes(Convert.ToHexString(bcd)),
            "base64-0" => Encoding.ASCII.GetBytes(Convert.ToBase64String([.. text, 0xAA])),
            "base64-1" => Encoding.ASCII.GetBytes(Convert.ToBase64String([0xAA, .. text, 0xAA])),
            "base64-2" => Encoding.ASCII.GetBytes(Convert.ToBase64String([0xAA, 0xBB, .. text, 0xAA])),
            _ => Encoding.ASCII.GetBytes(Convert.ToBase64String([0xAA, .. bcd, 0xAA])),
        };
    }
}
