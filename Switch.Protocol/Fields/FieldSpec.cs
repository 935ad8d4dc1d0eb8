namespace Switch.Protocol.Fields;

/// <summary>What a field holds, in the standard's own notation.</summary>
public enum FieldKind : byte
{
    /// <summary>n: digits, right-justified with leading zeros when fixed.</summary>
    N,

    /// <summary>x+n: C or D, then digits.</summary>
    XN,

    /// <summary>a: letters.</summary>
    A,

    /// <summary>an: letters and digits.</summary>
    AN,

    /// <summary>
    /// ans: letters, digits and special characters, left-justified with trailing spaces when fixed.
    /// </summary>
    ANS,

    /// <summary>z: a track of a magnetic stripe: digits and the separator.</summary>
    Z,

    /// <summary>b: bytes.</summary>
    B,
}

/// <summary>How a field's content becomes bytes.</summary>
public enum FieldEncoding : byte
{
    /// <summary>One byte per character.</summary>
    Ascii,

    /// <summary>Two digits per byte; the sign of x+n stays one ASCII byte in front.</summary>
    Bcd,

    /// <summary>Bytes as they are.</summary>
    Binary,

    /// <summary>Two ASCII characters 0-9 A-F per byte.</summary>
    Hex,

    /// <summary>One byte per character in EBCDIC, code page 037.</summary>
    Ebcdic,

    /// <summary>One byte per character in EBCDIC, code page 500.</summary>
    Ebcdic500,

    /// <summary>One byte per character in EBCDIC, code page 1047.</summary>
    Ebcdic1047,

    /// <summary>Two EBCDIC characters 0-9 A-F per byte.</summary>
    HexEbcdic,

    /// <summary>Japanese: one or two bytes per character in Shift-JIS, code page 932.</summary>
    ShiftJis,

    /// <summary>Japanese: one byte per character in JIS X 0201, ASCII and half-width katakana.</summary>
    Jis201,

    /// <summary>Japanese: the single bytes of EBCDIC 930, code page 290, with half-width katakana.</summary>
    Ebcdic930,

    /// <summary>Japanese: the single bytes of EBCDIC 939, code page 1027, with half-width katakana.</summary>
    Ebcdic939,
}

/// <summary>How the digits of a length prefix become bytes.</summary>
public enum PrefixEncoding : byte
{
    /// <summary>The field has a fixed length and no prefix.</summary>
    None,

    /// <summary>One byte per digit.</summary>
    Ascii,

    /// <summary>Two digits per byte, an odd count with a leading zero.</summary>
    Bcd,

    /// <summary>One EBCDIC byte per digit. Digits are the same in all code pages.</summary>
    Ebcdic,

    /// <summary>A big-endian number, one byte for every two places.</summary>
    Binary,

    /// <summary>One ASCII character 0-9 A-F per place.</summary>
    Hex,
}

/// <summary>What the number in a length prefix counts.</summary>
public enum PrefixCount : byte
{
    /// <summary>Digits, characters or bytes of the canonical text: what the field's length is stated in.</summary>
    Units,

    /// <summary>
    /// Bytes on the wire of packed digits or characters on the wire of hexadecimal. Of packed digits an odd last one
    /// can only be told where the pad is F.
    /// </summary>
    Wire,
}

/// <summary>Where the spare nibble of an odd count of packed digits goes.</summary>
public enum OddDigit : byte
{
    Left,
    Right,
}

/// <summary>How narrow the character class of a, an and ans is.</summary>
public enum ContentRule : byte
{
    /// <summary>Any printable character, 0x20 to 0x7E, whatever letter the standard uses.</summary>
    Printable,

    /// <summary>a: letters and space; an: letters, digits and space; ans: printable.</summary>
    Narrow,

    /// <summary>Any byte.</summary>
    Any,
}

/// <summary>One field of a dialect, as its interface specification would put it.</summary>
public sealed record FieldSpec
{
    /// <summary>Greatest length of a fixed field, in units.</summary>
    public const int FixedLengthMax = 999;

    public required int Number { get; init; }

    public required string Name { get; init; }

    public required FieldKind Kind { get; init; }

    /// <summary>
    /// The fixed or greatest length in units: digits or characters of the canonical text; bytes for b. The sign of
    /// x+n counts.
    /// </summary>
    public required int LengthMax { get; init; }

    public required FieldEncoding Encoding { get; init; }

    public PrefixEncoding Prefix { get; init; }

    /// <summary>Places of the length prefix; 0 for a fixed field.</summary>
    public int PrefixDigits { get; init; }

    public PrefixCount PrefixCounts { get; init; }

    public OddDigit Odd { get; init; }

    /// <summary>What fills the spare nibble: 0 or 15.</summary>
    public byte PadNibble { get; init; }

    public ContentRule Content { get; init; }

    /// <summary>What a short value of a fixed field is filled with, a character; b and z are not filled.</summary>
    public byte Fill { get; init; }

    /// <summary>Whether the filling goes in front of the value.</summary>
    public bool FillsLeft { get; init; }

    /// <summary>The separator of a track in an encoding of characters: = or D. Packed, it is nibble D.</summary>
    public byte Separator { get; init; }

    /// <summary>How the canonical text is divided; null where it is not.</summary>
    public CompositeSpec? Composite { get; init; }

    public bool IsVariable => PrefixDigits != 0;

    /// <summary>Whether it may hold Japanese characters: then its canonical text is Shift-JIS.</summary>
    public bool IsJapanese => Kind is FieldKind.A or FieldKind.AN or FieldKind.ANS
        && Encoding is FieldEncoding.ShiftJis or FieldEncoding.Jis201 or FieldEncoding.Ebcdic930
            or FieldEncoding.Ebcdic939;

    /// <summary>Whether a short value is filled up: digits and characters of a fixed length are.</summary>
    public bool IsFilled => !IsVariable && Kind is not (FieldKind.B or FieldKind.Z);

    /// <summary>The standard's notation: "n 6", "ans..25".</summary>
    public string Format => FieldFormat.Of(this).ToString();

    /// <summary>Whether all its bytes on the wire are printable characters.</summary>
    public bool IsText => Encoding is not (FieldEncoding.Bcd or FieldEncoding.Binary) && Content != ContentRule.Any
        && Prefix is not (PrefixEncoding.Bcd or PrefixEncoding.Binary);
}
