using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;

namespace Switch.Host.Commands;

/// <summary>One way to read some bytes, and how far it came.</summary>
/// <param name="Framing">Its name, or "none" for a message without a frame.</param>
/// <param name="Dialect">Null where the bytes are not even frames.</param>
/// <param name="Fits">Whether all of it could be read.</param>
/// <param name="Messages">Whole messages that were read.</param>
/// <param name="KeepAlives">
/// Frames without one. Four bytes of length look like a keep-alive and two bytes of length: what needs none comes
/// first.
/// </param>
/// <param name="Sense">Of what can be judged by its meaning, how much makes sense.</param>
/// <param name="Judged">How much can be judged.</param>
/// <param name="Offset">Where it ended, from the first of the bytes.</param>
/// <param name="Reason">Why it does not fit; what it holds where it does.</param>
internal sealed record Detection(
    string Framing, string? Dialect, bool Fits, int Messages, int KeepAlives, int Sense, int Judged, long Offset,
    string Reason);

/// <summary>
/// Tries every framing and dialect on bytes, which may be one message or a piece of a stream, and ranks them: what
/// fits first, and of that what makes the most sense.
/// </summary>
internal sealed class DecodeDetector(DialectCatalog catalog)
{
    private const string Unframed = "none";

    /// <summary>Frames of a stream that are looked at: more would not change a verdict.</summary>
    private const int FramesMax = 200;

    /// <summary>Networks that have a fixed header begin it with these letters; then the size of it all.</summary>
    private static readonly (string Start, int Size)[] KnownHeaders = [("ISO", 12)];

    private readonly Message _message = new(DecodeRun.SizeMax);

    /// <summary>The likeliest first.</summary>
    public IReadOnlyList<Detection> Try(byte[] bytes)
    {
        var all = new List<Detection>();
        TryDialects(Unframed, [new ArraySegment<byte>(bytes)], keepAlives: 0, all);
        foreach (string name in FrameFormat.Names)
        {
            TryFraming(name, null, bytes, all);
            TryFraming($"{name}+tpdu", null, bytes, all);
            foreach ((string start, int size) in KnownHeaders)
            {
                if (HeaderIn(bytes, start, size) is { } header)
                {
                    TryFraming(name, header, bytes, all);
                }
            }
        }

        // The sort keeps the order of equals: plain framings and built-in dialects come first.
        return
        [
            .. all.OrderByDescending(one => one.Fits)
                .ThenByDescending(one => one.Fits ? ShareOf(one) : 0)
                .ThenByDescending(one => one.Fits ? one.Messages : 0)
                .ThenBy(one => one.Fits ? one.KeepAlives : 0)
                .ThenByDescending(one => one.Dialect is not null)
                .ThenByDescending(one => one.Offset),
        ];
    }

    private static double ShareOf(Detection one) => one.Judged == 0 ? 0 : (double)one.Sense / one.Judged;

    private static string? HeaderIn(byte[] bytes, string start, int size)
    {
        int at = bytes.AsSpan(0, Math.Min(bytes.Length, 16)).IndexOf(Encoding.ASCII.GetBytes(start));
        return at < 0 || at + size > bytes.Length ? null : "hex:" + Convert.ToHexString(bytes, at, size);
    }

    private void TryFraming(string name, string? header, byte[] bytes, List<Detection> all)
    {
        if (!FrameFormat.TryGet(name, header, out FrameFormat? format, out _))
        {
            return;
        }

        string label = header is null ? name : $"{name} with header {header}";
        var pieces = new List<ArraySegment<byte>>();
        int keepAlives = 0;
        var rest = new ReadOnlySequence<byte>(bytes);
        FrameStatus status = FrameStatus.Complete;
        while (!rest.IsEmpty && pieces.Count < FramesMax && status is FrameStatus.Complete or FrameStatus.Empty)
        {
            status = format.TryDecode(ref rest, DecodeRun.SizeMax, out ReadOnlySequence<byte> frame);
            keepAlives += status == FrameStatus.Empty ? 1 : 0;
            if (status == FrameStatus.Complete && SequenceMarshal.TryGetArray(frame, out ArraySegment<byte> body))
            {
                pieces.Add(body);
            }
        }

        // A stream may be cut anywhere, so its last frame need not be whole, if there was one before it.
        bool isFramed = pieces.Count > 0 && (rest.IsEmpty || status is FrameStatus.Incomplete or FrameStatus.Complete);
        if (isFramed)
        {
            TryDialects(label, pieces, keepAlives, all);
        }
        else
        {
            long offset = bytes.Length - rest.Length;
            string reason = rest.IsEmpty
                ? "nothing but keep-alives"
                : FrameText.Of(format, rest, offset, isShown: offset == 0);
            all.Add(new Detection(label, null, false, 0, keepAlives, 0, 0, offset, reason));
        }
    }

    private void TryDialects(
        string framing, IReadOnlyList<ArraySegment<byte>> pieces, int keepAlives, List<Detection> all)
    {
        foreach (string name in catalog.Names)
        {
            catalog.TryGet(name, out Dialect? dialect);
            all.Add(TryDialect(framing, pieces, keepAlives, dialect!));
        }
    }

    private Detection TryDialect(
        string framing, IReadOnlyList<ArraySegment<byte>> pieces, int keepAlives, Dialect dialect)
    {
        var sense = new MessageSense();
        int messages = 0;
        foreach (ArraySegment<byte> piece in pieces)
        {
            if (!_message.TryLoad(dialect, piece.AsSpan(), out ParseFault fault))
            {
                string reason = MessageMistake.Of(fault).Describe(dialect);
                reason = pieces.Count == 1 ? reason : $"message {messages + 1}: {reason}";
                int offset = piece.Offset + fault.Offset;
                return new Detection(
                    framing, dialect.Name, false, messages, keepAlives, sense.Good, sense.Judged, offset, reason);
            }

            sense.Judge(_message);
            messages++;
        }

        int end = pieces[^1].Offset + pieces[^1].Count;
        string held = $"{_message.Mti} with {_message.Fields.Count} fields";
        string count = messages == 1 ? held : $"{messages} messages, the last {held}";
        count += keepAlives == 0 ? "" : $", and {keepAlives} keep-alives";
        return new Detection(framing, dialect.Name, true, messages, keepAlives, sense.Good, sense.Judged, end, count);
    }
}
