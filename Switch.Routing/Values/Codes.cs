using System.Globalization;

namespace Switch.Routing.Values;

/// <summary>
/// A response code (DE 39) in the switch's own vocabulary, the two characters of the 1987 edition (docs/domain.md
/// section 1.5); dialects of other editions translate at the codec. Two ASCII bytes in one number; default: none.
/// </summary>
internal readonly record struct ResponseCode(ushort Value)
{
    public const int Size = 2;

    public static readonly ResponseCode Approved = Of("00");
    public static readonly ResponseCode PartialApproval = Of("10");
    public static readonly ResponseCode InvalidTransaction = Of("12");
    public static readonly ResponseCode InvalidAmount = Of("13");
    public static readonly ResponseCode InvalidCard = Of("14");
    public static readonly ResponseCode CustomerCancellation = Of("17");
    public static readonly ResponseCode FileUpdateNotSupported = Of("24");
    public static readonly ResponseCode OriginalNotFound = Of("25");
    public static readonly ResponseCode RecordNotFound = Of("25");
    public static readonly ResponseCode DuplicateRecord = Of("26");
    public static readonly ResponseCode FileUpdateFailed = Of("29");
    public static readonly ResponseCode FormatError = Of("30");
    public static readonly ResponseCode NotSupported = Of("40");
    public static readonly ResponseCode LostCard = Of("41");
    public static readonly ResponseCode ExpiredCard = Of("54");
    public static readonly ResponseCode NotPermitted = Of("57");
    public static readonly ResponseCode OverAmountLimit = Of("61");
    public static readonly ResponseCode SecurityViolation = Of("63");
    public static readonly ResponseCode WrongAmount = Of("64");
    public static readonly ResponseCode OverCountLimit = Of("65");
    public static readonly ResponseCode Inoperative = Of("91");
    public static readonly ResponseCode NoRoute = Of("92");
    public static readonly ResponseCode Duplicate = Of("94");
    public static readonly ResponseCode TotalsDiffer = Of("95");
    public static readonly ResponseCode Malfunction = Of("96");

    public bool IsNone => Value == 0;

    /// <summary>The family that moves money or holds it: a reversal may be owed for each of these.</summary>
    public bool IsApproval => Is("00") || Is("08") || Is("10") || Is("11") || Is("16") || Is("85");

    /// <summary>
    /// The issuer says that it did not decide: the next in line is asked (docs/domain.md section 1.5).
    /// </summary>
    public bool AsksForStandIn => Is("91") || Is("N0");

    public static ResponseCode Of(string code) => new((ushort)(code[0] | (code[1] << 8)));

    public static ResponseCode Read(ReadOnlySpan<byte> text) =>
        text.Length < Size ? default : new((ushort)(text[0] | (text[1] << 8)));

    public int CopyTo(Span<byte> destination)
    {
        destination[1] = (byte)(Value >> 8);
        destination[0] = (byte)Value;
        return Size;
    }

    /// <summary>The code as a number for incidents, -1 when it is not one.</summary>
    public int ToNumber() =>
        int.TryParse(ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1;

    public override string ToString() => IsNone ? "" : $"{(char)(Value & 0xFF)}{(char)(Value >> 8)}";

    private bool Is(string code) => Value == (code[0] | (code[1] << 8));
}

/// <summary>A few response codes.</summary>
internal sealed class CodeSet(IReadOnlyList<string> codes)
{
    private readonly ResponseCode[] _codes = [.. codes.Select(ResponseCode.Of)];

    public bool Contains(ResponseCode code) => Array.IndexOf(_codes, code) >= 0;
}

/// <summary>An approval code (DE 38): six ASCII bytes in one number; default: none.</summary>
internal readonly record struct ApprovalCode(ulong Value)
{
    public const int Size = 6;

    private const int Base = 36;

    public bool IsNone => Value == 0;

    public static ApprovalCode Read(ReadOnlySpan<byte> text)
    {
        ulong value = 0;
        for (int i = Math.Min(Size, text.Length) - 1; i >= 0; i--)
        {
            value = (value << 8) | text[i];
        }

        return new ApprovalCode(value);
    }

    /// <summary>
    /// A code of the switch's own: 'S', which tells it from issuers' digits, and five characters of 0-9 and A-Z that
    /// run through 60 million values, so that two of one day differ.
    /// </summary>
    public static ApprovalCode OfStandIn(ulong transaction)
    {
        Span<byte> text = stackalloc byte[Size];
        text[0] = (byte)'S';
        ulong rest = transaction;
        for (int i = Size - 1; i > 0; i--)
        {
            (rest, ulong digit) = ulong.DivRem(rest, Base);
            text[i] = (byte)(digit < 10 ? '0' + digit : 'A' + digit - 10);
        }

        return Read(text);
    }

    public int CopyTo(Span<byte> destination)
    {
        for (int i = 0; i < Size; i++)
        {
            destination[i] = (byte)(Value >> (8 * i));
        }

        return Size;
    }
}
