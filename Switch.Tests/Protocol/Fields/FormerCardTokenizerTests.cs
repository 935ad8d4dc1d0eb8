using System.Security.Cryptography;
using System.Text;
using Switch.Protocol.Fields;

namespace Switch.Tests.Protocol.Fields;

/// <summary>What version 0.1 wrote must be found for as long as anything bears it.</summary>
public class FormerCardTokenizerTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(value => (byte)value)];

    [Fact]
    public void Of_Pan_IsTheFrontOfItsHmac()
    {
        byte[] expected = HMACSHA256.HashData(Key, Encoding.ASCII.GetBytes("4000001234567899"));
        byte[] written = new byte[CardToken.Size];

        CardToken token = new FormerCardTokenizer(Key).Of(PanTests.Parse("4000001234567899"));

        Assert.Equal(CardToken.Size, token.Write(written));
        Assert.Equal(expected[..16], written);
    }

    [Fact]
    public void Of_NoCard_IsNone() => Assert.True(new FormerCardTokenizer(Key).Of(default).IsNone);

    /// <summary>Threads share a tokenizer and never each other's half-made hash.</summary>
    [Fact]
    public void Of_ManyThreadsAtOnce_AreNeverMixedUp()
    {
        var tokenizer = new FormerCardTokenizer(Key);
        CardToken[] expected =
            [.. Enumerable.Range(0, 100).Select(card => new FormerCardTokenizer(Key).Of(CardNumber(card)))];

        Parallel.For(0, 20_000, round =>
            Assert.Equal(expected[round % 100], tokenizer.Of(CardNumber(round % 100))));

        static Pan CardNumber(int card) => PanTests.Parse($"40000012345{card:D5}");
    }

    [Fact]
    public void Constructor_ShortKey_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new FormerCardTokenizer(new byte[15]));

    [Fact]
    public void Dispose_AfterUse_RefusesToGoOn()
    {
        var tokenizer = new FormerCardTokenizer(Key);
        tokenizer.Dispose();

        Assert.Throws<ObjectDisposedException>(() => tokenizer.Of(PanTests.Parse("4000001234567899")));
    }
}
