using System.Globalization;
using System.Text;
using Switch.Protocol.Composites;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Protocol.Masking;

/// <summary>
/// Messages for people: every field by number, with card numbers cut to the first six and last four digits and
/// nothing shown of what must not be. Cold path: dumps and tools, never the life of a message.
/// </summary>
public static class Masker
{
    /// <summary>What stands for a value that is not shown.</summary>
    public const string Hidden = CompositePart.Hidden;

    private const int NumberMax = 12;

    // Cardholder data that is no secret by itself but has no place in a dump either.
    private static readonly FieldSet Starred = FieldSet.Of(Field.Expiry, Field.Account1, Field.Account2);

    /// <summary>Appends "0100 2=400000******7899 3=000000 ..." without a line end.</summary>
    public static void Describe(Message message, StringBuilder text)
    {
        text.Append(message.Mti.ToString());
        foreach (int field in message.Fields)
        {
            text.Append(CultureInfo.InvariantCulture, $" {field}=");
            DescribeField(message, field, text);
        }
    }

    /// <summary>How much of a field people may see.</summary>
    public static FieldExposure ExposureOf(Dialect dialect, int field) =>
        field is Field.Pan or Field.PanExtended ? FieldExposure.CardNumber
        : dialect.Sensitive.Contains(field) || Starred.Contains(field) ? FieldExposure.Hidden
        : dialect[field]?.Composite is not null ? FieldExposure.Parts
        : dialect.Private.Contains(field) ? FieldExposure.Hidden
        : FieldExposure.Plain;

    /// <summary>
    /// How much of a part people may see: nothing of what is sensitive, and in a private field nothing of what the
    /// dialect does not declare, because nothing says that it is harmless.
    /// </summary>
    public static bool IsHidden(CompositePart part, bool isPrivate) =>
        part.IsSensitive || (isPrivate && !part.IsDeclared);

    /// <summary>
    /// Appends one field that the message has, masked as its number asks. Of a value that is not shown nothing is left
    /// in memory.
    /// </summary>
    /// <param name="message">Whose field.</param>
    /// <param name="field">Its number.</param>
    /// <param name="text">What it is appended to.</param>
    /// <param name="hidesNumbers">
    /// Whether values that may hold a card number of which the dialect says nothing are hidden as well.
    /// </param>
    public static void DescribeField(Message message, int field, StringBuilder text, bool hidesNumbers = false)
    {
        FieldSpec? spec = message.Dialect[field];
        FieldExposure exposure = ExposureOf(message.Dialect, field);
        if (exposure == FieldExposure.Hidden)
        {
            text.Append(Hidden);
            return;
        }

        using var room = new ClearedBytes(message.TextLength(field));
        Span<byte> value = room.Span;
        message.CopyText(field, value);
        bool isBytes = spec?.Kind == FieldKind.B;
        var mask = new PartMask(message.Dialect.Private.Contains(field), hidesNumbers);
        if (exposure == FieldExposure.CardNumber)
        {
            text.Append(MaskedPan(value));
        }
        else if (exposure == FieldExposure.Parts
            && CompositeTree.TryReadMasked(
                spec!.Composite!, value, isBytes, mask, out IReadOnlyList<CompositePart> parts))
        {
            DescribeParts(parts, mask.IsPrivate, text);
        }
        else
        {
            bool isHidden = (exposure == FieldExposure.Parts && MayHide(spec!.Composite!, mask.IsPrivate))
                || (hidesNumbers && !IsOfNoCard(field, spec) && LongNumber.IsIn(value, isBytes));
            text.Append(isHidden ? Hidden : TextOf(spec, value, isBytes));
        }
    }

    /// <summary>First six and last four digits; stars for what is no card number where one belongs.</summary>
    public static string MaskedPan(ReadOnlySpan<byte> value) =>
        Pan.TryParse(value, out Pan pan) ? pan.ToString() : Hidden;

    /// <summary>
    /// Whether a composite that cannot be walked to its end is not shown at all: nothing in it can be vouched for.
    /// </summary>
    public static bool MayHide(CompositeSpec spec, bool isPrivate) => spec.HasSensitive || isPrivate;

    // Times, amounts and trace numbers are digits too short for a card's number, which has 13 at least; DE 37 and DE 90
    // name a payment by such.
    private static bool IsOfNoCard(int field, FieldSpec? spec) =>
        field is Field.RetrievalReference or Field.OriginalData
        || spec is { Kind: FieldKind.N, LengthMax: <= NumberMax };

    private static string TextOf(FieldSpec? spec, ReadOnlySpan<byte> value, bool isBytes) =>
        isBytes ? Convert.ToHexString(value)
        : (spec is { IsJapanese: true } ? Characters.Of(spec, value) : Encoding.ASCII.GetString(value)).TrimEnd(' ');

    private static void DescribeParts(IReadOnlyList<CompositePart> parts, bool isPrivate, StringBuilder text)
    {
        string separator = "[";
        foreach (CompositePart part in parts)
        {
            text.Append(separator).Append(part.Key).Append('=');
            separator = " ";
            if (IsHidden(part, isPrivate))
            {
                text.Append(Hidden);
            }
            else if (part.Parts is { } inside)
            {
                DescribeParts(inside, isPrivate, text);
            }
            else
            {
                text.Append(part.Text.TrimEnd(' '));
            }
        }

        text.Append(parts.Count == 0 ? "[]" : "]");
    }
}

/// <summary>How much of a field people may see.</summary>
public enum FieldExposure : byte
{
    Plain,

    /// <summary>First six and last four digits.</summary>
    CardNumber,

    /// <summary>A composite, of which some parts may be hidden; nothing at all when it does not read as one.</summary>
    Parts,

    Hidden,
}
