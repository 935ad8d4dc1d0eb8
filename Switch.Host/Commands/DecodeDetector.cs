using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Switch.Host.Configuration;
using Switch.Host.Wording;
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
    string Reason)
{
    /// <summary>
    /// What a dialect of a partner's own must state for the bytes to be read; null: the dialect reads them as it is.
    /// </summary>
    public string? Variant { get; init; }
}

/// <summary>
/// Tries every framing and dialect on bytes, which may be one message or a piece of a stream, and ranks them: what
/// fits first, and of that what makes the most sense.
/// </summary>
internal sealed class DecodeDetector(DialectCatalog catalog)
{
    private const string Unframed = "none";
    private const string VariantName = "variant";

    /// <summary>Fields whose pad is changed before a dialect is given up.</summary>
    private const int VariantsMax = 4;

    private const int TpduSize = 5;

    /// <summary>The identifier of a TPDU of a transaction.</summary>
    private const byte TpduStart = 0x60;

    /// <summary>Frames of a stream that are looked at: more would not change a verdict.</summary>
    private const int FramesMax = 200;

    /// <summary>Networks that have a fixed header begin it with these letters; then the size of it all.</summary>
    private static readonly (string Start, int Size)[] KnownHeaders = [("ISO", 12)];

    private readonly Message _message = new(DecodeRun.SizeMax);
    private readonly Dictionary<string, Dialect?> _variants = new(StringComparer.Ordinal);

    /// <summary>The likeliest first.</summary>
    public IReadOnlyList<Detection> Try(byte[] bytes)
    {
        var all = new List<Detection>();
        TryDialects(Unframed, null, [new ArraySegment<byte>(bytes)], keepAlives: 0, all);
        TryBareTpdu(bytes, all);
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
                .ThenBy(one => one.Fits && one.Variant is not null)
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
            TryDialects(label, format, pieces, keepAlives, all);
        }
        else
        {
            long offset = bytes.Length - rest.Length;
            string reason = rest.IsEmpty
                ? "only keep-alives"
                : FrameText.Of(format, rest, offset, isShown: offset == 0);
            all.Add(new Detection(label, null, false, 0, keepAlives, 0, 0, offset, reason));
        }
    }

    private void TryDialects(
        string framing, FrameFormat? format, List<ArraySegment<byte>> pieces, int keepAlives,
        List<Detection> all)
    {
        int longest = pieces.Max(static piece => piece.Count);
        foreach (string name in catalog.Names)
        {
            catalog.TryGet(name, out Dialect? dialect);
            all.Add(WhyNotTogether(format, dialect!, longest) is { } reason
                ? new Detection(framing, name, false, 0, keepAlives, 0, 0, pieces[0].Offset, reason)
                : TryDialect(framing, pieces, keepAlives, dialect!));
        }
    }

    /// <summary>Why a connection could not be run so, whatever the bytes say; null when it could.</summary>
    private static string? WhyNotTogether(FrameFormat? format, Dialect dialect, int longest)
    {
        if (format is null)
        {
            return null;
        }

        return format.IsDelimited && !dialect.IsText
                ? $"{format} ends a message at its byte 03, which {dialect} may have anywhere: it has binary parts"
            : longest > WireRules.FrameSizeMax
                ? $"a message of {longest} bytes: a connection takes {WireRules.FrameSizeMax} at most"
            : null;
    }

    /// <summary>
    /// What was captured behind the length often begins with a TPDU. No framing has one without a length in front, so
    /// that it is no fit; but it is what the bytes are.
    /// </summary>
    private void TryBareTpdu(byte[] bytes, List<Detection> all)
    {
        if (bytes.Length <= TpduSize || bytes[0] != TpduStart)
        {
            return;
        }

        var message = new ArraySegment<byte>(bytes, TpduSize, bytes.Length - TpduSize);
        foreach (string name in catalog.Names)
        {
            catalog.TryGet(name, out Dialect? dialect);
            Detection found = TryDialect("none, behind a TPDU", [message], keepAlives: 0, dialect!);
            if (found.Fits)
            {
                all.Add(found with
                {
                    Fits = false,
                    Reason = $"{found.Reason}, behind the TPDU {Convert.ToHexString(bytes, 0, TpduSize)} and without a "
                        + "length: give the frame whole, or the message from its byte 5 on",
                });
            }
        }
    }

    private Detection TryDialect(
        string framing, IReadOnlyList<ArraySegment<byte>> pieces, int keepAlives, Dialect dialect)
    {
        Detection plain = TryAsItIs(framing, pieces, keepAlives, dialect, out ParseFault fault);
        Dialect variant = dialect;
        var changes = new List<string>();
        Detection found = plain;
        while (fault.Error == ParseError.BadPadding && changes.Count < VariantsMax
            && PaddedOtherwise(variant, fault.Field, changes) is { } other)
        {
            variant = other;
            found = TryAsItIs(framing, pieces, keepAlives, variant, out fault);
        }

        if (!found.Fits || changes.Count == 0)
        {
            return plain;
        }

        string change = string.Join(", ", changes);
        return found with
        {
            Dialect = dialect.Name,
            Variant = $"{{\"extends\":\"{dialect.Name}\",\"fields\":{{{change}}}}}",
            Reason = $"{found.Reason}, in a dialect that extends {dialect.Name} with \"fields\":{{{change}}}",
        };
    }

    /// <summary>
    /// The dialect with the other pad in the spare half byte of a field, and that change added to
    /// <paramref name="changes"/>; null where the field has none.
    /// </summary>
    private Dialect? PaddedOtherwise(Dialect dialect, int field, List<string> changes)
    {
        if (dialect[field] is not { Encoding: FieldEncoding.Bcd } spec)
        {
            return null;
        }

        string pad = spec.PadNibble == 0 ? "F" : "0";
        string change = $"\"{field}\":{{\"pad\":\"{pad}\"}}";
        if (changes.Contains(change))
        {
            return null;
        }

        changes.Add(change);
        string key = $"{dialect.Name}/{string.Join(',', changes)}";
        if (!_variants.TryGetValue(key, out Dialect? variant))
        {
            JsonNode json = JsonNode.Parse(dialect.ToJson(VariantName))!;
            json["fields"]![field.ToString(CultureInfo.InvariantCulture)]!["pad"] = pad;
            new DialectCatalog().TryAdd(json.ToJsonString(), out variant, out _);
            _variants.Add(key, variant);
        }

        return variant;
    }

    private Detection TryAsItIs(
        string framing, IReadOnlyList<ArraySegment<byte>> pieces, int keepAlives, Dialect dialect,
        out ParseFault fault)
    {
        var sense = new MessageSense();
        int messages = 0;
        foreach (ArraySegment<byte> piece in pieces)
        {
            string? reason = !_message.TryLoad(dialect, piece.AsSpan(), out fault)
                ? MessageMistake.Of(fault).Describe(dialect)
                : _message.Mti.Version != (int)dialect.IsoVersion
                    ? $"the message type {_message.Mti} begins with {_message.Mti.Version}: those of this dialect "
                        + $"begin with {(int)dialect.IsoVersion}"
                    : null;
            if (reason is not null)
            {
                reason = pieces.Count == 1 ? reason : $"message {messages + 1}: {reason}";
                int offset = piece.Offset + fault.Offset;
                return new Detection(
                    framing, dialect.Name, false, messages, keepAlives, sense.Good, sense.Judged, offset, reason);
            }

            sense.Judge(_message);
            messages++;
        }

        fault = default;
        int end = pieces[^1].Offset + pieces[^1].Count;
        string held = $"{_message.Mti} with {_message.Fields.Count} fields";
        string count = messages == 1 ? held : $"{messages} messages, the last {held}";
        count += keepAlives == 0 ? "" : $", and {keepAlives} keep-alives";
        return new Detection(framing, dialect.Name, true, messages, keepAlives, sense.Good, sense.Judged, end, count);
    }
}
