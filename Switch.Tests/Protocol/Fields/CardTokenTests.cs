using System.Security.Cryptography;
using System.Text;
using Switch.Protocol.Fields;

namespace Switch.Tests.Protocol.Fields;

public class CardTokenTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(value => (byte)value)];

    [Fact]
    public void Of_Pan_IsTheFrontOfItsHmac()
    {
        byte[] expected = HMACSHA256.HashData(Key, Encoding.ASCII.GetBytes("4000001234567899"));
        byte[] written = new byte[CardToken.Size];

        CardToken token = new CardTokenizer(Key).Of(PanTests.Parse("4000001234567899"));

        Assert.Equal(CardToken.Size, token.Write(written));
        Assert.Equal(expected[..16], written);
        Assert.Equal(token, CardToken.Read(written));
        Assert.Equal(Convert.ToHexStringLower(expected[..16]), token.ToString());
    }

    [Fact]
    public void Of_OtherCardOrKey_Differs()
    {
        Pan pan = PanTests.Parse("4000001234567899");
        CardToken token = new CardTokenizer(Key).Of(pan);

        Assert.NotEqual(token, new CardTokenizer(Key).Of(PanTests.Parse("4000001234567898")));
        Assert.NotEqual(token, new CardTokenizer(Key.AsSpan(1)).Of(pan));
        Assert.NotEqual(token, new CardTokenizer(Key).Of(PanTests.Parse("04000001234567899")));
    }

    /// <summary>Threads share a tokenizer and never each other's half-made hash.</summary>
    [Fact]
    public void Of_ManyThreadsAtOnce_AreNeverMixedUp()
    {
        var tokenizer = new CardTokenizer(Key);
        CardToken[] expected =
            [.. Enumerable.Range(0, 100).Select(card => new CardTokenizer(Key).Of(CardNumber(card)))];

        Parallel.For(0, 20_000, round =>
            Assert.Equal(expected[round % 100], tokenizer.Of(CardNumber(round % 100))));

        static Pan CardNumber(int card) => PanTests.Parse($"40000012345{card:D5}");
    }

    [Fact]
    public void Of_NoCard_IsNone()
    {
        Assert.True(new CardTokenizer(Key).Of(default).IsNone);
        Assert.Equal("none", default(CardToken).ToString());
    }

    [Fact]
    public void Constructor_ShortKey_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new CardTokenizer(new byte[15]));
}
