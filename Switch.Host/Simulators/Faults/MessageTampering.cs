using System.Buffers;
using Switch.Protocol.Dialects;
using Switch.Protocol.Framing;

namespace Switch.Host.Simulators.Faults;

/// <summary>One frame of a stream as a proxy sees it.</summary>
/// <param name="Bytes">The whole frame, as it came.</param>
/// <param name="Message">What it says; null where it is no message of the dialect.</param>
internal readonly record struct SeenFrame(byte[] Bytes, PlainMessage? Message);

/// <summary>
/// Reads and rewrites the frames of one side of a connection. What is not tampered with goes on byte by byte as it
/// came. Not thread safe.
/// </summary>
internal sealed class MessageTampering(Dialect dialect, FrameFormat framing, int sizeMax)
{
    private readonly PlainCodec _codec = new(dialect, sizeMax);
    private bool _isRaw;

    /// <summary>
    /// Takes the next frame off the front. Behind bytes that are no frame the stream goes on as it comes, in pieces of
    /// any size.
    /// </summary>
    public bool TryTake(ref ReadOnlySequence<byte> buffer, out SeenFrame frame)
    {
        frame = default;
        if (buffer.IsEmpty)
        {
            return false;
        }

        ReadOnlySequence<byte> rest = buffer;
        FrameStatus status = FrameStatus.Malformed;
        ReadOnlySequence<byte> body = default;
        FrameHeader reply = default;
        if (!_isRaw)
        {
            status = framing.TryDecode(ref rest, sizeMax, out body, out reply);
        }

        if (status == FrameStatus.Incomplete)
        {
            return false;
        }

        if (status is FrameStatus.Malformed or FrameStatus.OverLimit)
        {
            _isRaw = true;
            rest = buffer.Slice(buffer.End);
        }

        PlainMessage? message = null;
        if (status == FrameStatus.Complete && _codec.TryDecode(in body, out PlainMessage seen, out _))
        {
            message = seen;
            message.ReplyHeader = reply;
        }

        frame = new SeenFrame(buffer.Slice(buffer.Start, rest.Start).ToArray(), message);
        buffer = rest;
        return true;
    }

    /// <summary>The same message with the last character of a field changed.</summary>
    public byte[] Corrupt(PlainMessage message, int field)
    {
        string text = message[field]!;
        message[field] = text[..^1] + Other(text[^1]);
        FrameHeader header = framing.HasTpdu ? message.ReplyHeader.Swapped() : message.ReplyHeader;
        return Frame(message, in header);
    }

    /// <summary>An answer in place of the party that was asked.</summary>
    public byte[] Answer(PlainMessage message, string code)
    {
        PlainMessage answer = IssuerDesk.AnswerTo(message, code);
        FrameHeader header = answer.Header;
        return Frame(answer, in header);
    }

    private byte[] Frame(PlainMessage message, in FrameHeader header)
    {
        ReadOnlySpan<byte> body = _codec.Encode(message);
        var frame = new byte[framing.OverheadSize + body.Length];
        int size = framing.Write(frame, body, in header);
        return frame[..size];
    }

    private static char Other(char last) => last switch
    {
        >= '0' and <= '9' => (char)('0' + ((last - '0' + 1) % 10)),
        'Z' => 'Y',
        _ => 'Z',
    };
}
