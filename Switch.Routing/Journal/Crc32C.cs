using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Switch.Routing.Journal;

/// <summary>
/// CRC-32C (Castagnoli: reflected polynomial 0x82F63B78, start and final inversion), on the processor's instruction
/// where there is one. It finds every error burst of up to 32 bits; it is no protection against a person.
/// </summary>
internal static class Crc32C
{
    /// <summary>The state before the first byte.</summary>
    public const uint Start = uint.MaxValue;

    // Compiled well at once: a start reads gigabytes before the runtime would get to it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint Append(uint state, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        if (!BitConverter.IsLittleEndian)
        {
            words = []; // A word's bytes would be taken backwards; byte by byte is right everywhere.
        }

        foreach (ulong word in words)
        {
            state = BitOperations.Crc32C(state, word);
        }

        bytes = bytes[(words.Length * sizeof(ulong))..];
        if (BitConverter.IsLittleEndian && bytes.Length >= sizeof(uint))
        {
            // A record's checksum begins four bytes into what is a multiple of eight.
            state = BitOperations.Crc32C(state, MemoryMarshal.Read<uint>(bytes));
            bytes = bytes[sizeof(uint)..];
        }

        foreach (byte rest in bytes)
        {
            state = BitOperations.Crc32C(state, rest);
        }

        return state;
    }

    public static uint Finish(uint state) => ~state;

    public static uint Of(ReadOnlySpan<byte> bytes) => Finish(Append(Start, bytes));
}
