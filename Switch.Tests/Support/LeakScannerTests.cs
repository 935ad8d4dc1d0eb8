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
