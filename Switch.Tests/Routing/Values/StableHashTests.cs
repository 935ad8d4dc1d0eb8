using System.Buffers.Binary;
using Switch.Routing.Values;

namespace Switch.Tests.Routing.Values;

public class StableHashTests
{
    [Fact]
    public void Add_AnyLength_IsAsWordByWordWithZerosAtTheEnd()
    {
        byte[] bytes = [.. Enumerable.Range(1, 40).Select(static number => (byte)(number * 77))];
        for (int length = 0; length <= bytes.Length; length++)
        {
            var hash = new StableHash(5);
            hash.Add(bytes.AsSpan(0, length));

            Assert.Equal(ByWords(5, bytes.AsSpan(0, length)), hash.Value);
        }
    }

    // Values of records that stand in journals.
    [Theory]
    [InlineData("", 0x32CE4980F17ED0C1UL)]
    [InlineData("TERM0001", 0xC29088702265B4E6UL)]
    [InlineData("123", 0x64A9FB884C4525F2UL)]
    [InlineData("123456789012", 0x0FD3653B4531CFC3UL)]
    public void Add_Text_IsWhatJournalsHold(string text, ulong expected)
    {
        var hash = new StableHash(1);
        hash.Add(System.Text.Encoding.ASCII.GetBytes(text));

        Assert.Equal(expected, hash.Value);
    }

    private static ulong ByWords(ulong seed, ReadOnlySpan<byte> bytes)
    {
        var hash = new StableHash(seed);
        hash.Add((ulong)bytes.Length);
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        for (int start = 0; start < bytes.Length; start += sizeof(ulong))
        {
            word.Clear();
            bytes[start..Math.Min(bytes.Length, start + sizeof(ulong))].CopyTo(word);
            hash.Add(BinaryPrimitives.ReadUInt64LittleEndian(word));
        }

        return hash.Value;
    }
}
