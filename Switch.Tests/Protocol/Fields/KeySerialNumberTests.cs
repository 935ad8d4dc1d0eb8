using System.Text;
using Switch.Protocol.Fields;

namespace Switch.Tests.Protocol.Fields;

public class KeySerialNumberTests
{
    [Theory]
    [InlineData("FFFF9876543210E00001", 10, 1u, true)]
    [InlineData("ffff9876543210eff800", 10, 0xFF800u, true)]
    [InlineData("FFFF9876543210FFFFFF", 10, 0x1FFFFFu, false)]
    [InlineData("FFFF9876543210E00000", 10, 0u, false)]
    [InlineData("9876543210E00003", 10, 3u, true)]
    [InlineData("123456789012345600000001", 12, 1u, true)]
    [InlineData("12345678901234560000FFFF", 12, 0xFFFFu, true)]
    [InlineData("12345678901234560001FFFF", 12, 0x1FFFFu, false)]
    [InlineData("123456789012345600000000", 12, 0u, false)]
    public void Parse_Text_GivesSizeCounterAndWhetherATerminalCanHaveIt(
        string text, int size, uint counter, bool isValid)
    {
        Assert.True(KeySerialNumber.TryParseText(Encoding.ASCII.GetBytes(text), out KeySerialNumber number));

        Assert.Equal((size, counter, isValid), (number.Size, number.Counter, number.IsCounterValid));
        Assert.Equal(size == KeySerialNumber.AesSize, number.IsAes);
    }

    [Fact]
    public void CopyTo_ParsedBytes_AreTheSameBytes()
    {
        foreach (string text in new[] { "FFFF9876543210E00001", "123456789012345680000001" })
        {
            byte[] bytes = Convert.FromHexString(text);
            byte[] copy = new byte[bytes.Length];

            Assert.True(KeySerialNumber.TryParse(bytes, out KeySerialNumber number));
            Assert.Equal(bytes.Length, number.CopyTo(copy));
            Assert.Equal(bytes, copy);
            Assert.True(KeySerialNumber.TryParse(copy, out KeySerialNumber same) && number == same);
            copy[^1] ^= 1;
            Assert.True(KeySerialNumber.TryParse(copy, out KeySerialNumber other) && number != other);
            Assert.False(number.Equals((object)other));
            Assert.Equal(number.GetHashCode(), same.GetHashCode());
        }
    }

    [Fact]
    public void Parse_OtherLengths_AreRefused()
    {
        for (int size = 0; size <= 40; size++)
        {
            byte[] digits = Encoding.ASCII.GetBytes(new string('1', size));

            Assert.Equal(size is 8 or 10 or 12, KeySerialNumber.TryParse(new byte[size], out _));
            Assert.Equal(size is 16 or 20 or 24, KeySerialNumber.TryParseText(digits, out _));
        }
    }

    [Theory]
    [InlineData("FFFF9876543210E0000G")]
    [InlineData("FFFF9876543210E0000 ")]
    [InlineData("FFFF9876543210E000\u00e9")]
    public void ParseText_NotHexadecimal_IsRefused(string text) =>
        Assert.False(KeySerialNumber.TryParseText(Encoding.Latin1.GetBytes(text), out _));

    [Fact]
    public void Default_IsNoNumber() =>
        Assert.Equal((0, false), (default(KeySerialNumber).Size, default(KeySerialNumber).IsCounterValid));
}
