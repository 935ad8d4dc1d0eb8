using System.Buffers.Binary;

namespace Switch.Protocol.Fields;

/// <summary>
/// A stand-in for a card number in tables, journals and logs: a keyed code of 128 bits over its digits, which
/// <see cref="CardTokenizer"/> makes. Equal for equal cards under one key; says nothing about the card to a reader
/// without the key (PCI DSS 3.5.1.1).
/// </summary>
public readonly struct CardToken : IEquatable<CardToken>
{
    public const int Size = 16;

    private readonly ulong _high;
    private readonly ulong _low;

    internal CardToken(ulong high, ulong low)
    {
        _high = high;
        _low = low;
    }

    /// <summary>The default value: no card is known.</summary>
    public bool IsNone => (_high | _low) == 0;

    /// <summary>
    /// Eight of its bytes, for tables that compare cards and must stay small; 0: no card is known. Two cards agree in
    /// it by chance once in 2^64 pairs.
    /// </summary>
    public ulong Short => _high;

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static CardToken Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[8..]));

    /// <summary>Writes 16 bytes and returns 16.</summary>
    public int Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        return Size;
    }

    public static bool operator ==(CardToken left, CardToken right) =>
        left._high == right._high && left._low == right._low;

    public static bool operator !=(CardToken left, CardToken right) => !(left == right);

    public bool Equals(CardToken other) => this == other;

    public override bool Equals(object? obj) => obj is CardToken other && this == other;

    // The token is the output of a keyed function: any of its bits are as good as a hash of all of them.
    public override int GetHashCode() => (int)_high;

    public override string ToString() => IsNone ? "none" : $"{_high:x16}{_low:x16}";
}
