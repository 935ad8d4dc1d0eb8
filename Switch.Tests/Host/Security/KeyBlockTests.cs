using Switch.Host.Security;
using Switch.Host.Security.Ciphers;

namespace Switch.Tests.Host.Security;

public class KeyBlockTests
{
    private static readonly byte[] Above = Enumerable.Range(1, 32).Select(static value => (byte)(value * 7)).ToArray();

    public static TheoryData<char, int, int> Sizes() => new()
    {
        { 'D', 32, 16 }, { 'D', 32, 32 }, { 'D', 24, 24 }, { 'D', 16, 16 }, { 'B', 16, 16 }, { 'B', 24, 24 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Block_EachCharacterChanged_IsRefused(char version, int aboveSize, int size)
    {
        string block = Wrapped(version, aboveSize, size);
        for (int at = 0; at < block.Length; at++)
        {
            char[] changed = block.ToCharArray();
            changed[at] = changed[at] switch { '9' => '8', 'F' => 'E', var other => (char)(other + 1) };

            bool isOpened = KeyBlock.TryUnwrap(Above.AsSpan(0, aboveSize), changed, out _, out Secret? key);

            Assert.False(isOpened, $"{at}");
            Assert.Null(key);
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Block_CutOrLengthened_IsRefused(char version, int aboveSize, int size)
    {
        string block = Wrapped(version, aboveSize, size);
        for (int length = 0; length < block.Length; length++)
        {
            Assert.False(KeyBlock.TryUnwrap(Above.AsSpan(0, aboveSize), block.AsSpan(0, length), out _, out _));
        }

        Assert.False(KeyBlock.TryUnwrap(Above.AsSpan(0, aboveSize), block + "00", out _, out _));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Block_OfEachSize_OpensToItsKeyAndHeader(char version, int aboveSize, int size)
    {
        string block = Wrapped(version, aboveSize, size);

        Assert.True(KeyBlock.TryUnwrap(
            Above.AsSpan(0, aboveSize), block, out KeyBlockHeader header, out Secret? key));

        using (key)
        {
            Assert.Equal(Above.AsSpan(0, size).ToArray(), key.Bytes.ToArray());
            Assert.Equal(new KeyBlockHeader(version, "P0", 'A', 'B', "07", 'N'), header);
        }
    }

    [Fact]
    public void Block_UnderAnotherKey_IsRefused()
    {
        byte[] other = [.. Above];
        other[0] ^= 2;

        Assert.False(KeyBlock.TryUnwrap(other, Wrapped('D', 32, 16), out _, out _));
        Assert.False(KeyBlock.TryUnwrap(Above.AsSpan(0, 16), Wrapped('D', 32, 16), out _, out _));
        Assert.False(KeyBlock.TryUnwrap([], Wrapped('D', 32, 16), out _, out _));
        Assert.False(KeyBlock.TryUnwrap(Above.AsSpan(0, 7), Wrapped('B', 16, 16), out _, out _));
    }

    [Fact]
    public void Block_OfAnyCharacters_IsRefusedAndThrowsNothing()
    {
        var chance = new Random(20261130);
        string block = Wrapped('D', 32, 16);
        for (int round = 0; round < 20_000; round++)
        {
            char[] text = block[..chance.Next(block.Length + 1)].ToCharArray();
            int changes = chance.Next(1, 20);
            for (int i = 0; i < changes && text.Length > 0; i++)
            {
                text[chance.Next(text.Length)] = (char)chance.Next(0, round % 2 == 0 ? 128 : 0x300);
            }

            Assert.False(
                KeyBlock.TryUnwrap(Above, text, out _, out _) && !text.AsSpan().SequenceEqual(block), new string(text));
        }
    }

    /// <summary>The blocks of two keys, one twice as long as the other, do not tell which is which.</summary>
    [Fact]
    public void Block_OfAShorterKey_IsAsLong() =>
        Assert.Equal(Wrapped('D', 32, 32).Length, Wrapped('D', 32, 16).Length);

    private static string Wrapped(char version, int aboveSize, int size)
    {
        Assert.True(KeyBlock.TryWrap(
            Above.AsSpan(0, aboveSize), new KeyBlockHeader(version, "P0", 'A', 'B', "07", 'N'), Above.AsSpan(0, size),
            out string? block));
        return block;
    }
}
