using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Host.Wording;

/// <summary>
/// Why bytes are no message, or JSON no bytes, for people and scripts. <paramref name="Field"/> is 0 for the MTI or
/// where no field can be named, 1 for a bitmap; <paramref name="Offset"/> counts bytes from the first of the MTI.
/// Never quotes what it complains about: that may be card data.
/// </summary>
internal readonly record struct MessageMistake(int Field, int Offset, string Reason)
{
    public static MessageMistake Of(ParseFault fault) => new(fault.Field, fault.Offset, ReasonOf(fault));

    /// <summary>"field 4 (Amount, transaction) at byte 48: ..."</summary>
    public string Describe(Dialect dialect)
    {
        string place = Field switch
        {
            0 => "the message",
            1 => "the bitmap",
            _ => dialect[Field] is { } spec ? $"field {Field} ({spec.Name})" : $"field {Field}",
        };
        return $"{place}, at byte {Offset}: {Reason}";
    }

    private static string ReasonOf(ParseFault fault) => fault.Error switch
    {
        ParseError.Truncated => "Truncated: the bytes end before it does",
        ParseError.TrailingBytes => "TrailingBytes: bytes follow the last field that the bitmap announces",
        ParseError.LengthNotNumeric => "LengthNotNumeric: its length is not a number in the dialect's encoding",
        ParseError.LengthOverLimit => "LengthOverLimit: its length is more than the dialect allows",
        ParseError.ContentNotNumeric => "ContentNotNumeric: something other than digits",
        ParseError.ContentNotPrintable => "ContentNotPrintable: a byte outside the characters that it may hold",
        ParseError.ContentNotHex => "ContentNotHex: something other than hexadecimal digits",
        ParseError.BadSign => "BadSign: a signed amount begins with C or D",
        ParseError.BadPadding => "BadPadding: the spare half byte is not the dialect's pad",
        ParseError.BadMti => "BadMti: the message type is not four digits",
        ParseError.BadBitmap => "BadBitmap: not a bitmap of this dialect",
        ParseError.WrongEdition => "WrongEdition: the first digit of its type is not that of the dialect's edition",
        ParseError.UnknownField => "UnknownField: the dialect does not define it",
        ParseError.TooLong => "TooLong: longer than its place",
        ParseError.TooShort => "TooShort: shorter than its place",
        _ => fault.Error.ToString(),
    };
}
