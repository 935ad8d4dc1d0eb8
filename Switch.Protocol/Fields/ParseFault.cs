namespace Switch.Protocol.Fields;

/// <summary>What is wrong with bytes that were to be a message, or with a message that was to be bytes.</summary>
public enum ParseError : byte
{
    None = 0,

    /// <summary>The message ends inside its MTI, a bitmap, a length prefix or a field.</summary>
    Truncated,

    /// <summary>Bytes follow the last field that the bitmap announced.</summary>
    TrailingBytes,

    /// <summary>A length prefix holds something other than digits of its encoding.</summary>
    LengthNotNumeric,

    /// <summary>A length prefix claims more than the dialect allows for the field, or less.</summary>
    LengthOverLimit,

    /// <summary>A numeric field (n, or the digits of x+n or a track) holds something other than digits.</summary>
    ContentNotNumeric,

    /// <summary>A character field holds a byte outside the class that the dialect asks for.</summary>
    ContentNotPrintable,

    /// <summary>A binary field that travels as hexadecimal holds something other than 0-9 and A-F.</summary>
    ContentNotHex,

    /// <summary>An x+n field does not begin with C or D.</summary>
    BadSign,

    /// <summary>The spare nibble of an odd count of packed digits is not the pad that the dialect states.</summary>
    BadPadding,

    /// <summary>The message type indicator is not four digits.</summary>
    BadMti,

    /// <summary>A bitmap is not hexadecimal, or announces a third bitmap that the dialect does not have.</summary>
    BadBitmap,

    /// <summary>The bitmap announces a field that the dialect does not define.</summary>
    UnknownField,

    /// <summary>The message, or a value that was set, is longer than its place.</summary>
    TooLong,

    /// <summary>A binary value of fixed length is shorter than its place.</summary>
    TooShort,

    /// <summary>A field that must be present is not. Raised by rules above the codec.</summary>
    MissingField,

    /// <summary>A stored field image is not one.</summary>
    BadImage,

    /// <summary>The first digit of the MTI is not that of the dialect's edition. In canonical terms only.</summary>
    WrongEdition,
}

/// <summary>
/// Where and why. <paramref name="Field"/> is 0 for the MTI, 1 for a bitmap, and 0 where no field can be named;
/// <paramref name="Offset"/> counts bytes from the first of the MTI. Never carries bytes of the message: they may be
/// card data.
/// </summary>
public readonly record struct ParseFault(ParseError Error, int Field, int Offset)
{
    public static ParseFault None => default;

    public bool IsNone => Error == ParseError.None;

    /// <summary>
    /// Whether MTI or bitmaps could not be read: then nothing says where the fields are, or what the bytes were to be.
    /// </summary>
    public bool IsInHeader =>
        Error is ParseError.BadMti or ParseError.BadBitmap or ParseError.TooLong
        || (Error == ParseError.Truncated && Field <= 1);
}
