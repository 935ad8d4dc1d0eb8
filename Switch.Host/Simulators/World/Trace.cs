using System.Numerics;
using System.Runtime.InteropServices;

namespace Switch.Host.Simulators.World;

/// <summary>What happens in the world, in order, as one number: two runs are the same when their traces are.</summary>
internal sealed class Trace
{
    private const ulong Prime = 0x9FB21C651E98DF25UL;

    public ulong Value { get; private set; } = 0x6A09E667F3BCC909UL;

    public void Add(ulong word) => Value = BitOperations.RotateLeft((Value ^ word) * Prime, 29);

    public void Add(long word) => Add((ulong)word);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        Add((ulong)bytes.Length);
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
        {
            Add(word);
        }

        ulong rest = 0;
        foreach (byte value in bytes[(words.Length * sizeof(ulong))..])
        {
            rest = (rest << 8) | value;
        }

        Add(rest);
    }

    public static ulong Of(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ulong third)
    {
        var trace = new Trace();
        trace.Add(third);
        trace.Add(first);
        trace.Add(second);
        return trace.Value;
    }
}
