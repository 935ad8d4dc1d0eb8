using System.Text;
using Switch.Protocol.Fields;

namespace Switch.Tests.Protocol.Fields;

public class PanTests
{
    [Theory]
    [InlineData("4111111111111111", true)]
    [InlineData("4111111111111112", false)]
    [InlineData("5500005555555559", true)]
    [InlineData("378282246310005", true)]
    [InlineData("6011000990139424", true)]
    [InlineData("3530111333300000", true)]
    [InlineData("4222222222222", true)]
    [InlineData("6304000000000000", true)]
    [InlineData("9999999999999999999", false)]
    [InlineData("0000000000000000", true)]
    public void IsLuhnValid_KnownNumbers_IsRight(string digits, bool valid) =>
        Assert.Equal(valid, Parse(digits).IsLuhnValid);

    /// <summary>Any single wrong digit breaks the check digit.</summary>
    [Fact]
    public void IsLuhnValid_OneDigitChanged_IsFalse()
    {
        byte[] digits = "4111111111111111"u8.ToArray();
        for (int index = 0; index < digits.Length; index++)
        {
            byte original = digits[index];
            for (byte digit = (byte)'0'; digit <= '9'; digit++)
            {
                digits[index] = digit;
                Assert.True(Pan.TryParse(digits, out Pan pan));
                Assert.Equal(digit == original, pan.IsLuhnValid);
            }

            digits[index] = original;
        }
    }

    [Theory]
    [InlineData("4000001234567899", "400000******7899")]
    [InlineData("9999999999999999999", "999999*********9999")]
    [InlineData("0000000000000", "000000***0000")]
    [InlineData("123456789012", "********9012")]
    [InlineData("12345678", "****5678")]
    public void ToString_AnyLength_ShowsAtMostSixAndFour(string digits, string masked) =>
        Assert.Equal(masked, Parse(digits).ToString());

    [Theory]
    [InlineData("00000000")]
    [InlineData("0400000123456789912")]
    [InlineData("9999999999999999999")]
    public void CopyDigits_AnyNumber_RoundTrips(string digits)
    {
        Span<byte> copy = stackalloc byte[Pan.LengthMax];

        int length = Parse(digits).CopyDigits(copy);

        Assert.Equal(digits, Encoding.ASCII.GetString(copy[..length]));
    }

    [Fact]
    public void CopyDigits_RandomNumbersOfAnyLength_RoundTrips()
    {
        var random = new Random(1);
        byte[] digits = new byte[Pan.LengthMax];
        byte[] copy = new byte[Pan.LengthMax];
        for (int i = 0; i < 100_000; i++)
        {
            Span<byte> text = digits.AsSpan(0, random.Next(Pan.LengthMin, Pan.LengthMax + 1));
            foreach (ref byte digit in text)
            {
                digit = (byte)random.Next('0', '9' + 1);
            }

            Assert.True(Pan.TryParse(text, out Pan pan));
            copy.AsSpan().Clear();
            Assert.Equal(text.Length, pan.CopyDigits(copy));
            Assert.True(text.SequenceEqual(copy.AsSpan(0, text.Length)));
            Assert.Equal(-1, copy.AsSpan(text.Length).IndexOfAnyExcept((byte)0));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("1234567")]
    [InlineData("12345678901234567890")]
    [InlineData("400000123456789X")]
    [InlineData("400000 12345678")]
    public void TryParse_NotEightToNineteenDigits_IsFalse(string text)
    {
        Assert.False(Pan.TryParse(Encoding.ASCII.GetBytes(text), out Pan pan));
        Assert.True(pan.IsNone);
        Assert.False(pan.IsLuhnValid);
        Assert.Equal("", pan.ToString());
    }

    [Theory]
    [InlineData("4000001234567899", 6, 400000)]
    [InlineData("0012345678", 6, 1234)]
    [InlineData("12345678", 19, 12345678)]
    public void Leading_Count_GivesThePrefix(string digits, int count, ulong leading) =>
        Assert.Equal(leading, Parse(digits).Leading(count));

    [Fact]
    public void Equality_LeadingZeros_Count()
    {
        Assert.NotEqual(Parse("012345678"), Parse("12345678"));
        Assert.Equal(Parse("12345678"), Parse("12345678"));
    }

    internal static Pan Parse(string digits)
    {
        Assert.True(Pan.TryParse(Encoding.ASCII.GetBytes(digits), out Pan pan));
        return pan;
    }
}
