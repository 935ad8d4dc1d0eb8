using System.Runtime.CompilerServices;

namespace Switch.Protocol.Framing;

/// <summary>
/// What stands in a frame between its length and its message: a TPDU, or a header that a network wants to see again.
/// Empty by default. A value, so that it rides along with a message without a buffer of its own.
/// </summary>
public readonly struct FrameHeader : IEquatable<FrameHeader>
{
    /// <summary>The longest header known in the field has 22 bytes.</summary>
    public const int SizeMax = 24;

    /// <summary>An identifier, and two addresses of two bytes each.</summary>
    public const int TpduSize = 5;

    private readonly Content _bytes;
    private readonly byte _size;

    /// <param name="bytes">At most <see cref="SizeMax"/>.</param>
    public FrameHeader(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_bytes);
        _size = (byte)bytes.Length;
    }

    public int Size => _size;

    public bool IsEmpty => _size == 0;

    public static bool operator ==(in FrameHeader left, in FrameHeader right) => left.Equals(right);

    public static bool operator !=(in FrameHeader left, in FrameHeader right) => !left.Equals(right);

    /// <summary>Writes the header and returns its size.</summary>
    public int CopyTo(Span<byte> destination)
    {
        ((ReadOnlySpan<byte>)_bytes)[.._size].CopyTo(destination);
        return _size;
    }

    /// <summary>A TPDU on its way back: what was the origin is the destination.</summary>
    /// <exception cref="InvalidOperationException">It is not as long as a TPDU.</exception>
    public FrameHeader Swapped()
    {
        if (_size != TpduSize)
        {
            throw new InvalidOperationException($"A TPDU has {TpduSize} bytes, not {_size}.");
        }

        return new FrameHeader([_bytes[0], _bytes[3], _bytes[4], _bytes[1], _bytes[2]]);
    }

    public bool Equals(FrameHeader other) =>
        ((ReadOnlySpan<byte>)_bytes)[.._size].SequenceEqual(((ReadOnlySpan<byte>)other._bytes)[..other._size]);

    public override bool Equals(object? obj) => obj is FrameHeader other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(((ReadOnlySpan<byte>)_bytes)[.._size]);
        return hash.ToHashCode();
    }

    /// <summary>The bytes in hexadecimal, for people.</summary>
    public override string ToString() => Convert.ToHexString(((ReadOnlySpan<byte>)_bytes)[.._size]);

    [InlineArray(SizeMax)]
    private struct Content
    {
        private byte _first;
    }
}
