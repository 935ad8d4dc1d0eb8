using System.Buffers;
using Switch.Host.Wording;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;

namespace Switch.Host.Commands;

/// <summary>Takes bytes apart into frames and messages, one after the other, and counts what was wrong.</summary>
/// <param name="dialect">What messages are in.</param>
/// <param name="framing">What tells them apart; null: each piece of input is one.</param>
/// <param name="view">Shows them.</param>
/// <param name="unmask">Whether bytes that are no frame may be shown, wherever they are from.</param>
internal sealed class DecodeRun(Dialect dialect, FrameFormat? framing, IDecodeView view, bool unmask)
{
    /// <summary>The largest message that is decoded.</summary>
    public const int SizeMax = (1 << 20) - 1;

    private readonly Message _message = new(SizeMax);

    /// <summary>Messages and bytes that were not what they should be.</summary>
    public int Problems { get; private set; }

    /// <summary>Bytes that are complete: one message, or whole frames.</summary>
    public void Decode(byte[]? bytes)
    {
        if (bytes is null)
        {
            Fail(0, "The line is neither hexadecimal nor base64.", null);
        }
        else if (framing is null)
        {
            Show(new ReadOnlySequence<byte>(bytes), default, null);
        }
        else
        {
            var rest = new ReadOnlySequence<byte>(bytes);
            DecodeFrames(ref rest, null);
            if (!rest.IsEmpty)
            {
                long offset = bytes.Length - rest.Length;
                Fail(0, FrameText.Of(framing, rest, offset, unmask || offset == 0), null);
            }
        }
    }

    /// <summary>
    /// Takes whole frames off the front. False when what follows is no frame; true also when the next is not there
    /// to its end.
    /// </summary>
    public bool DecodeFrames(ref ReadOnlySequence<byte> bytes, MessageFlow? flow)
    {
        while (!bytes.IsEmpty)
        {
            FrameStatus status = framing!.TryDecode(
                ref bytes, SizeMax, out ReadOnlySequence<byte> frame, out FrameHeader reply);
            if (status == FrameStatus.Complete)
            {
                // What is given back is for the answer: a TPDU turned round.
                Show(in frame, framing.HasTpdu ? reply.Swapped() : reply, flow);
            }
            else if (status != FrameStatus.Empty)
            {
                return status == FrameStatus.Incomplete;
            }
        }

        return true;
    }

    /// <summary>Whether a byte ends each frame, so that frames are found again in any stream.</summary>
    public bool IsDelimited => framing!.IsDelimited;

    /// <summary>
    /// What bytes begin with that may be of the middle of a message: a frame counts when the dialect can read the
    /// message in it, or when it and those that follow end where the bytes do.
    /// </summary>
    public FrameStart StartOf(ReadOnlySequence<byte> bytes)
    {
        bool isFramed = false;
        while (!bytes.IsEmpty)
        {
            FrameStatus status = framing!.TryDecode(ref bytes, SizeMax, out ReadOnlySequence<byte> frame);
            if (status == FrameStatus.Complete)
            {
                if (_message.TryLoad(dialect, in frame, out _) && _message.Mti.Version == (int)dialect.IsoVersion)
                {
                    return FrameStart.Message;
                }

                isFramed = true;
            }
            else if (status != FrameStatus.Empty)
            {
                return status == FrameStatus.Incomplete ? FrameStart.Unknown : FrameStart.Nothing;
            }
        }

        return isFramed ? FrameStart.Message : FrameStart.Unknown;
    }

    /// <summary>Why a stream that stands here, which may be inside a message, cannot be followed.</summary>
    public string FrameFault(in ReadOnlySequence<byte> bytes) => FrameText.Of(framing!, bytes, 0, unmask);

    public void Fail(int offset, string reason, MessageFlow? flow)
    {
        Problems++;
        view.Show(new DecodedMessage(null, default, new MessageMistake(0, offset, reason), flow));
    }

    private void Show(in ReadOnlySequence<byte> bytes, in FrameHeader header, MessageFlow? flow)
    {
        bool good = _message.TryLoad(dialect, in bytes, out ParseFault fault);
        Problems += good ? 0 : 1;
        view.Show(new DecodedMessage(_message, header, good ? null : MessageMistake.Of(fault), flow));
    }
}

/// <summary>What bytes from anywhere in a stream begin with.</summary>
internal enum FrameStart
{
    /// <summary>No frame.</summary>
    Nothing,

    /// <summary>It may be the beginning of one that has not come to its end.</summary>
    Unknown,

    /// <summary>A frame with a message.</summary>
    Message,
}

/// <summary>Says why bytes are no frame.</summary>
internal static class FrameText
{
    /// <param name="framing">What the bytes were to be.</param>
    /// <param name="bytes">From where the frame should begin.</param>
    /// <param name="offset">How many bytes went before them.</param>
    /// <param name="isShown">
    /// Whether the first bytes are shown, and not as dots. From inside a message they may be of a card number or a PIN
    /// block.
    /// </param>
    public static string Of(FrameFormat framing, in ReadOnlySequence<byte> bytes, long offset, bool isShown)
    {
        ReadOnlySequence<byte> copy = bytes;
        FrameStatus status = framing.TryDecode(ref copy, DecodeRun.SizeMax, out _);
        byte[] first = bytes.Slice(0, Math.Min(bytes.Length, 4)).ToArray();
        string start = isShown ? Convert.ToHexString(first) : new string('.', 2 * first.Length);
        return status switch
        {
            FrameStatus.Incomplete =>
                $"{framing}: the frame at byte {offset} begins with {start} and is longer than the {bytes.Length} "
                + "bytes of the input",
            FrameStatus.OverLimit =>
                $"{framing}: the frame at byte {offset} begins with {start}, a length beyond all limits",
            _ => $"{framing}: the bytes {start} at byte {offset} do not start a frame",
        };
    }
}
