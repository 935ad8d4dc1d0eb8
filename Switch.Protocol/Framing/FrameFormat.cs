using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Switch.Protocol.Framing;

/// <summary>
/// How messages are told apart on a connection, chosen by name: a <see cref="FrameShape"/>, and what header our own
/// messages bear. Immutable, shared by all connections.
/// </summary>
public sealed class FrameFormat
{
    private const string TpduSuffix = "+tpdu";
    private const int LeadSizeMax = 8;

    private readonly FrameShape _shape;
    private readonly FrameHeader _header;

    private FrameFormat(string name, FrameShape shape, FrameHeader header, bool hasTpdu)
    {
        Name = name;
        _shape = shape;
        _header = header;
        HasTpdu = hasTpdu;
    }

    /// <summary>Framings there are; each also with <c>+tpdu</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = Array.ConvertAll(FrameShape.All, shape => shape.Name);

    /// <summary>As it was asked for: <c>len2</c>, <c>len4-binary+tpdu</c>.</summary>
    public string Name { get; }

    /// <summary>Whether messages bear a TPDU, whose addresses change places on the way back.</summary>
    public bool HasTpdu { get; }

    /// <summary>
    /// Whether a character ends a frame, so that no message may contain it: only dialects of characters can be framed
    /// so.
    /// </summary>
    public bool IsDelimited => _shape.Form == LengthForm.None;

    /// <summary>What our own messages bear; empty where nothing stands between length and message.</summary>
    public FrameHeader Header => _header;

    /// <summary>Most bytes of a frame besides its message.</summary>
    public int OverheadSize => _shape.LeadSize + _header.Size + _shape.TrailSize;

    /// <summary>The longest message that the length can state.</summary>
    public int BodySizeMax => _shape.LengthMax - _shape.Extra - _header.Size;

    /// <summary>A framing without a header of its own choice.</summary>
    public static bool TryGet(string name, [NotNullWhen(true)] out FrameFormat? format) =>
        TryGet(name, null, out format, out _);

    /// <param name="name">One of <see cref="Names"/>, or that and <c>+tpdu</c>.</param>
    /// <param name="header">
    /// What our own messages bear. With a TPDU: its five bytes in hexadecimal, 6000000000 when null. Else: the
    /// characters of a fixed header, or <c>hex:</c> and its bytes; none when null. Everything received must have a
    /// header of that length.
    /// </param>
    /// <param name="reason">Why not.</param>
    public static bool TryGet(
        string name, string? header, [NotNullWhen(true)] out FrameFormat? format, out string reason)
    {
        format = null;
        bool hasTpdu = name.EndsWith(TpduSuffix, StringComparison.Ordinal);
        string shapeName = hasTpdu ? name[..^TpduSuffix.Length] : name;
        FrameShape? shape = Array.Find(FrameShape.All, candidate => candidate.Name == shapeName);
        if (shape is null)
        {
            reason = $"'{name}' is not a framing this switch has. Known: {string.Join(", ", Names)}, "
                + $"each also with {TpduSuffix}.";
            return false;
        }

        if (!TryReadHeader(header, hasTpdu, out FrameHeader bytes))
        {
            reason = hasTpdu
                ? $"'{header}' is not a TPDU: five bytes in hexadecimal, as 6000010002."
                : $"'{header}' is not a header: 1 to {FrameHeader.SizeMax} printable characters, or hex: and bytes.";
            return false;
        }

        format = new FrameFormat(name, shape, bytes, hasTpdu);
        reason = "";
        return true;
    }

    /// <inheritdoc cref="TryDecode(ref ReadOnlySequence{byte}, int, out ReadOnlySequence{byte}, out FrameHeader)"/>
    public FrameStatus TryDecode(ref ReadOnlySequence<byte> buffer, int sizeMax, out ReadOnlySequence<byte> frame) =>
        TryDecode(ref buffer, sizeMax, out frame, out _);

    /// <summary>
    /// Takes one frame off the front of <paramref name="buffer"/>. What it claims to be long is held against
    /// <paramref name="sizeMax"/> before a byte of the message is waited for. The frame is a part of the buffer, and
    /// lives as long; it holds the message alone.
    /// </summary>
    /// <param name="reply">What an answer to this message bears: its TPDU turned round, or its own header.</param>
    public FrameStatus TryDecode(
        ref ReadOnlySequence<byte> buffer, int sizeMax, out ReadOnlySequence<byte> frame, out FrameHeader reply)
    {
        frame = default;
        reply = default;
        FrameStatus status = IsDelimited
            ? FindDelimited(buffer, sizeMax, out ReadOnlySequence<byte> content, out long taken)
            : FindCounted(buffer, sizeMax, out content, out taken);
        if (status is FrameStatus.Complete or FrameStatus.Empty)
        {
            buffer = buffer.Slice(taken);
        }

        if (status == FrameStatus.Complete)
        {
            status = Split(in content, out frame, out reply);
        }

        return status;
    }

    /// <summary>Writes a whole frame and returns its size, <see cref="OverheadSize"/> more than the message.</summary>
    /// <param name="header">What an answer bears (see <see cref="TryDecode(ref ReadOnlySequence{byte}, int, out
    /// ReadOnlySequence{byte}, out FrameHeader)"/>); empty for a message of our own.</param>
    public int Write(Span<byte> destination, ReadOnlySpan<byte> message, in FrameHeader header = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(message.Length, BodySizeMax);
        _shape.WriteLead(destination, _header.Size + message.Length + _shape.Extra);
        int at = _shape.LeadSize;
        at += (header.Size == _header.Size ? header : _header).CopyTo(destination[at..]);
        message.CopyTo(destination[at..]);
        at += message.Length;
        if (_shape.EndsWithEtx)
        {
            destination[at++] = FrameShape.Etx;
        }

        return at;
    }

    public override string ToString() => Name;

    private static bool TryReadHeader(string? text, bool isTpdu, out FrameHeader header)
    {
        const string HexPrefix = "hex:";
        header = default;
        text ??= isTpdu ? "6000000000" : "";
        bool isHex = isTpdu || text.StartsWith(HexPrefix, StringComparison.Ordinal);
        if (isHex)
        {
            string hex = isTpdu ? text : text[HexPrefix.Length..];
            Span<byte> bytes = stackalloc byte[FrameHeader.SizeMax];
            OperationStatus status = Convert.FromHexString(hex, bytes, out _, out int count);
            header = status == OperationStatus.Done ? new FrameHeader(bytes[..count]) : default;
            return isTpdu ? header.Size == FrameHeader.TpduSize : !header.IsEmpty;
        }

        if (text.Length > FrameHeader.SizeMax || text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return false;
        }

        header = new FrameHeader(Encoding.ASCII.GetBytes(text));
        return true;
    }

    private FrameStatus FindCounted(
        in ReadOnlySequence<byte> buffer, int sizeMax, out ReadOnlySequence<byte> content, out long taken)
    {
        content = default;
        taken = 0;
        int leadSize = _shape.LeadSize;
        Span<byte> copy = stackalloc byte[LeadSizeMax];
        scoped ReadOnlySpan<byte> lead = buffer.FirstSpan;
        if (lead.Length < leadSize)
        {
            if (buffer.Length < leadSize)
            {
                return FrameStatus.Incomplete;
            }

            buffer.Slice(0, leadSize).CopyTo(copy); // It lies across two segments.
            lead = copy;
        }

        int length = _shape.ReadLength(lead);
        if (length == 0)
        {
            taken = leadSize;
            return FrameStatus.Empty;
        }

        int size = length - _shape.Extra;
        if (size < 0 || !_shape.IsLead(lead))
        {
            return FrameStatus.Malformed;
        }

        if (size - _header.Size > sizeMax)
        {
            return FrameStatus.OverLimit;
        }

        taken = leadSize + size + _shape.TrailSize;
        if (buffer.Length < taken)
        {
            return FrameStatus.Incomplete;
        }

        content = buffer.Slice(leadSize, size);
        return !_shape.EndsWithEtx || ByteAt(in buffer, leadSize + size) == FrameShape.Etx
            ? FrameStatus.Complete
            : FrameStatus.Malformed;
    }

    private FrameStatus FindDelimited(
        in ReadOnlySequence<byte> buffer, int sizeMax, out ReadOnlySequence<byte> content, out long taken)
    {
        content = default;
        taken = 0;
        if (buffer.IsEmpty)
        {
            return FrameStatus.Incomplete;
        }

        int leadSize = _shape.LeadSize;
        if (leadSize > 0 && !_shape.IsLead([ByteAt(in buffer, 0)]))
        {
            return FrameStatus.Malformed;
        }

        int messageAt = leadSize + _header.Size;
        if (buffer.Length < messageAt)
        {
            return FrameStatus.Incomplete;
        }

        // Behind the header, which may hold any byte, and no further than a frame may reach.
        long frameMax = (long)messageAt + sizeMax + 1;
        ReadOnlySequence<byte> within = buffer.Slice(messageAt, Math.Min(buffer.Length, frameMax) - messageAt);
        if (within.PositionOf(FrameShape.Etx) is not { } end)
        {
            return buffer.Length < frameMax ? FrameStatus.Incomplete : FrameStatus.OverLimit;
        }

        content = buffer.Slice(buffer.GetPosition(leadSize), end);
        taken = leadSize + content.Length + 1;
        return FrameStatus.Complete;
    }

    /// <summary>Parts header and message. A frame without a message is a keep-alive.</summary>
    private FrameStatus Split(
        in ReadOnlySequence<byte> content, out ReadOnlySequence<byte> frame, out FrameHeader reply)
    {
        frame = content;
        reply = default;
        if (content.IsEmpty)
        {
            return FrameStatus.Empty;
        }

        if (_header.IsEmpty)
        {
            return FrameStatus.Complete;
        }

        if (content.Length < _header.Size)
        {
            frame = default;
            return FrameStatus.Malformed;
        }

        Span<byte> bytes = stackalloc byte[FrameHeader.SizeMax];
        content.Slice(0, _header.Size).CopyTo(bytes);
        reply = new FrameHeader(bytes[.._header.Size]);
        reply = HasTpdu ? reply.Swapped() : reply;
        frame = content.Slice(_header.Size);
        return frame.IsEmpty ? FrameStatus.Empty : FrameStatus.Complete;
    }

    private static byte ByteAt(in ReadOnlySequence<byte> buffer, long index)
    {
        Span<byte> one = stackalloc byte[1];
        buffer.Slice(index, 1).CopyTo(one);
        return one[0];
    }
}
