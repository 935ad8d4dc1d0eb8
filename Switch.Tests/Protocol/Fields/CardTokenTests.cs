using System.Buffers.Binary;
using System.Security.Cryptography;
using Switch.Protocol.Fields;

namespace Switch.Tests.Protocol.Fields;

public class CardTokenTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(value => (byte)value)];

    /// <summary>By another's AES, from the key and the block as docs/internals/security.md draws them.</summary>
    [Theory]
    [InlineData("4000001234567899")]
    [InlineData("00000000")]
    [InlineData("9999999999999999999")]
    public void Of_Pan_IsTheCmacOfItsBlock(string digits)
    {
        byte[] own = HMACSHA256.HashData(Key, "switch card token, aes-256-cmac"u8);
        byte[] block = new byte[16];
        block[0] = (byte)digits.Length;
        BinaryPrimitives.WriteUInt64BigEndian(
            block.AsSpan(1), ulong.Parse(digits, System.Globalization.CultureInfo.InvariantCulture));
        using var aes = Aes.Create();
        aes.Key = own;
        byte[] zeros = aes.EncryptEcb(new byte[16], PaddingMode.None);
        UInt128 subkey = BinaryPrimitives.ReadUInt128BigEndian(zeros);
        subkey = (subkey << 1) ^ ((subkey >> 127) * 0x87);
        BinaryPrimitives.WriteUInt128BigEndian(block, BinaryPrimitives.ReadUInt128BigEndian(block) ^ subkey);
        byte[] expected = aes.EncryptEcb(block, PaddingMode.None);
        byte[] written = new byte[CardToken.Size];

        CardToken token = new CardTokenizer(Key).Of(PanTests.Parse(digits));

        Assert.Equal(CardToken.Size, token.Write(written));
        Assert.Equal(expected, written);
        Assert.Equal(token, CardToken.Read(written));
        Assert.Equal(Convert.ToHexStringLower(expected), token.ToString());
    }

    /// <summary>A known answer: these values are in journals, and may never change.</summary>
    [Fact]
    public void Of_Pan_IsTheSameForEver() => Assert.Equal(
        "7af8e89638831d1ae7381e5188513632", new CardTokenizer(Key).Of(PanTests.Parse("4000001234567899")).ToString());

    [Fact]
    public void Of_ManyPans_BothPathsAgree()
    {
        var processor = new CardTokenizer(Key);
        var library = new CardTokenizer(Key, AesPath.Library);
        var random = new Random(20_261_129);
        var seen = new HashSet<CardToken>();
        for (int i = 0; i < 20_000; i++)
        {
            char[] digits = new char[random.Next(Pan.LengthMin, Pan.LengthMax + 1)];
            for (int at = 0; at < digits.Length; at++)
            {
                digits[at] = (char)('0' + random.Next(10));
            }

            Pan pan = PanTests.Parse(new string(digits));
            Assert.Equal(library.Of(pan), processor.Of(pan));
            seen.Add(processor.Of(pan));
        }

        Assert.InRange(seen.Count, 19_900, 20_000); // Few of eight digits come twice.
    }

    [Fact]
    public void Of_Pan_SharesNothingWithTheFormerToken()
    {
        Pan pan = PanTests.Parse("4000001234567899");

        Assert.NotEqual(new FormerCardTokenizer(Key).Of(pan), new CardTokenizer(Key).Of(pan));
    }

    [Fact]
    public void Of_WarmTokenizers_AllocateNothing()
    {
        Pan pan = PanTests.Parse("4000001234567899");
        var tokenizers = new[] { new CardTokenizer(Key), new CardTokenizer(Key, AesPath.Library) };
        foreach (CardTokenizer tokenizer in tokenizers)
        {
            tokenizer.Of(pan);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1_000; i++)
            {
                tokenizer.Of(pan);
            }

            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [Fact]
    public void Dispose_AfterUse_RefusesToGoOn()
    {
        var tokenizer = new CardTokenizer(Key);
        tokenizer.Dispose();

        Assert.Throws<ObjectDisposedException>(() => tokenizer.Of(PanTests.Parse("4000001234567899")));
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

    /// <summary>Threads share a tokenizer and never each other's block, on the library's path too.</summary>
    [Fact]
    public void Of_ManyThreadsAtOnce_AreNeverMixedUp()
    {
        var tokenizer = new CardTokenizer(Key, AesPath.Library);
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
