using System.Buffers.Binary;

namespace Switch.Routing.Values;

/// <summary>
/// A 64-bit hash that is the same in every process and version, because the journal stores it. Multiply-and-fold over
/// 8-byte words; good mixing for keys that differ in a few digits, no defence against someone who forges collisions
/// (a collision is caught by the content check and costs the forger a declined transaction).
/// </summary>
internal struct StableHash
{
    private const ulong First = 0x9E3779B97F4A7C15;
    private const ulong Second = 0xD6E8FEB86659FD93;

    private ulong _state;

    public StableHash(ulong seed) => _state = seed ^ First;

    public readonly ulong Value => Fold(_state ^ Second, First);

    public void Add(ulong value) => _state = Fold(_state ^ value, Second) + First;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        Add((ulong)bytes.Length);
        while (bytes.Length >= sizeof(ulong))
        {
            Add(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        if (!bytes.IsEmpty)
        {
            Add(TailOf(bytes));
        }
    }

    // One to seven bytes as a word with zeros above them. Two reads that overlap, instead of a copy.
    private static ulong TailOf(ReadOnlySpan<byte> bytes)
    {
        int last = bytes.Length - 1;
        if (bytes.Length >= sizeof(uint))
        {
            int second = bytes.Length - sizeof(uint);
            return BinaryPrimitives.ReadUInt32LittleEndian(bytes)
                | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes[second..]) << (8 * second));
        }

        int middle = bytes.Length / 2;
        return bytes[0] | ((ulong)bytes[middle] << (8 * middle)) | ((ulong)bytes[last] << (8 * last));
    }

    public static ulong Of(string name)
    {
        var hash = new StableHash(0);
        foreach (char character in name)
        {
            hash.Add(character);
        }

        return hash.Value;
    }

    private static ulong Fold(ulong left, ulong right)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }
}
