namespace Switch.Protocol.Fields;

/// <summary>Which arithmetic reads a length prefix.</summary>
internal enum PrefixForm : byte
{
    None,

    /// <summary>Two digits, a byte each: by far the commonest, so it has a form of its own.</summary>
    TwoDigits,

    /// <summary>Two packed digits in one byte: the commonest where digits are packed.</summary>
    OnePacked,

    /// <summary>Any other count of digits, a byte each.</summary>
    Digits,

    /// <summary>More packed digits, two to a byte, an odd count with a leading zero.</summary>
    Packed,

    /// <summary>A big-endian number.</summary>
    Binary,

    /// <summary>Any count of hexadecimal digits, a character each.</summary>
    Hex,
}

/// <summary>What about a field's content cannot be told byte by byte.</summary>
[Flags]
internal enum ContentQuirks : byte
{
    None = 0,

    /// <summary>The first byte is the sign C or D; the class is that of the digits after it.</summary>
    Sign = 1,

    /// <summary>The high nibble of the first byte is a pad when the count of digits is odd.</summary>
    PadLeft = 2,

    /// <summary>The low nibble of the last byte is a pad when the count of digits is odd.</summary>
    PadRight = 4,

    /// <summary>The length prefix counts what is on the wire and not units. No matter of content.</summary>
    CountsWire = 8,

    /// <summary>Some characters are two bytes, which belong together.</summary>
    Pairs = 16,
}

/// <summary>
/// One field of a compiled dialect in 32 bytes: everything that finding, checking and converting it asks for,
/// without a call through a table. A field that the dialect does not define has the default value.
/// </summary>
internal readonly struct FieldRule
{
    /// <summary>
    /// Set in <see cref="RunKey"/> of a field that cannot be checked in one run with the field before it: its prefix
    /// or its sign is not of its class.
    /// </summary>
    public const byte StartsRun = 0x80;

    /// <summary>Size and units of a fixed field, ready to be moved to its offset.</summary>
    public required FieldSlot FixedSlot { get; init; }

    /// <summary>The fixed or greatest length in units (see <see cref="FieldSpec.LengthMax"/>).</summary>
    public required int LengthMax { get; init; }

    /// <summary>Bytes on the wire of a fixed field; 0 for a variable one.</summary>
    public required int FixedSize { get; init; }

    public required PrefixForm Prefix { get; init; }

    public required byte PrefixSize { get; init; }

    /// <summary>
    /// Half bytes that one unit of length takes: 1 packed digit, 2 a character or byte, 4 a byte as hexadecimal.
    /// </summary>
    public required byte UnitNibbles { get; init; }

    /// <summary>The class of the bytes on the wire, a sign and a pad of F aside.</summary>
    public required ByteClassName WireClass { get; init; }

    /// <summary>
    /// The class that runs of neighbouring fields are checked for, and <see cref="StartsRun"/>. It is
    /// <see cref="WireClass"/>, or any byte where the quirks check everything.
    /// </summary>
    public required byte RunKey { get; init; }

    /// <summary>The class of the canonical text.</summary>
    public required ByteClassName TextClass { get; init; }

    public required ContentQuirks Quirks { get; init; }

    public required FieldEncoding Encoding { get; init; }

    /// <summary>The digit 0 of a prefix of digits, a byte each.</summary>
    public required byte PrefixZero { get; init; }

    /// <summary>The sign C on the wire; D follows it, in ASCII and in EBCDIC.</summary>
    public required byte SignC { get; init; }

    /// <summary>What short text of a fixed field is filled with; 0 when it must not be.</summary>
    public required byte Fill { get; init; }

    /// <summary>Whether the filling goes in front.</summary>
    public required bool FillsLeft { get; init; }

    /// <summary>Whether a track in an encoding of characters is separated by D on the wire.</summary>
    public required bool SeparatesByD { get; init; }

    /// <summary>The kind in the low bits and the pad nibble in the high ones.</summary>
    public required byte KindAndPad { get; init; }

    public FieldKind Kind => (FieldKind)(KindAndPad & 15);

    public int PadNibble => KindAndPad >> 4;

    public bool IsVariable => Prefix != PrefixForm.None;

    /// <summary>The number that the length prefix of so many units states.</summary>
    public int WireCountOf(int units) => (Quirks & ContentQuirks.CountsWire) != 0 ? SizeOf(units) : units;

    /// <summary>Bytes on the wire of so many units, without the prefix.</summary>
    public int SizeOf(int units) => IsVariable ? ((units * UnitNibbles) + 1) >> 1 : FixedSize;
}
