using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Switch.Protocol.Framing;

/// <summary>
/// How messages are told apart on a connection, chosen by name. A format is a row of data: how wide the length field
/// is, how it is written, and what else stands in the header. Immutable, shared by all connections.
/// <code>
///   len2:  +----+----+------------------+
///          | big-endian  | message      |     the length counts the message only
///          +----+----+------------------+
/// </code>
/// </summary>
public sealed class FrameFormat
{
    /// <summary>Greatest header of any format.</summary>
    private const int HeaderSizeLimit = 16;

    private static readonly FrameFormat[] All = [new("len2", lengthSize: 2)];

    private readonly int _lengthSize;

    private FrameFormat(string name, int lengthSize)
    {
        Name = name;
        _lengthSize = lengthSize;
    }

    public static IReadOnlyList<string> Names { get; } = Array.ConvertAll(All, format => format.Name);

    public string Name { get; }

    /// <summary>Bytes to leave in front of a message for <see cref="WriteHeader"/>.</summary>
    public int HeaderSizeMax => _lengthSize;

    /// <summary>The longest message that the length field can state.</summary>
    public int BodySizeMax => (1 << (8 * _lengthSize)) - 1;

    public static bool TryGet(string name, [NotNullWhen(true)] out FrameFormat? format)
    {
        format = Array.Find(All, candidate => candidate.Name == name);
        return format is not null;
    }

    /// <summary>
    /// Takes one frame off the front of <paramref name="buffer"/>. The claim of the header is held against
    /// <paramref name="sizeMax"/> before a byte of the message is waited for. The frame is a part of the buffer: it
    /// lives as long.
    /// </summary>
    public FrameStatus TryDecode(
        ref ReadOnlySequence<byte> buffer, int sizeMax, out ReadOnlySequence<byte> frame)
    {
        frame = default;
        Span<byte> copy = stackalloc byte[HeaderSizeLimit];
        scoped ReadOnlySpan<byte> header = buffer.FirstSpan;
        if (header.Length < _lengthSize)
        {
            if (buffer.Length < _lengthSize)
            {
                return FrameStatus.Incomplete;
            }

            buffer.Slice(0, _lengthSize).CopyTo(copy); // The header lies across two segments.
            header = copy;
        }

        int size = ReadLength(header);
        if (size > sizeMax)
        {
            return FrameStatus.OverLimit;
        }

        if (buffer.Length - _lengthSize < size)
        {
            return FrameStatus.Incomplete;
        }

        frame = buffer.Slice(_lengthSize, size);
        buffer = buffer.Slice(frame.End);
        return size == 0 ? FrameStatus.Empty : FrameStatus.Complete;
    }

    /// <summary>Writes the header of a message of so many bytes and returns its size.</summary>
    public int WriteHeader(Span<byte> destination, int bodySize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bodySize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bodySize, BodySizeMax);
        int rest = bodySize;
        for (int index = _lengthSize - 1; index >= 0; index--)
        {
            destination[index] = (byte)rest;
            rest >>= 8;
        }

        return _lengthSize;
    }

    public override string ToString() => Name;

    private int ReadLength(ReadOnlySpan<byte> header)
    {
        int size = 0;
        for (int index = 0; index < _lengthSize; index++)
        {
            size = (size << 8) | header[index];
        }

        return size;
    }
}
