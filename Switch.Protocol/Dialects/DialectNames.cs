using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Dialects;

/// <summary>The words that a dialect's JSON has for its choices.</summary>
public static class DialectNames
{
    public static int YearOf(IsoVersion version) => version switch
    {
        IsoVersion.Iso1993 => 1993,
        IsoVersion.Iso2003 => 2003,
        _ => 1987,
    };

    public static string Of(MtiEncoding encoding) => encoding switch
    {
        MtiEncoding.Bcd => "bcd",
        MtiEncoding.Ebcdic => "ebcdic",
        _ => "ascii",
    };

    public static string Of(BitmapEncoding encoding) => encoding switch
    {
        BitmapEncoding.Hex => "hex",
        BitmapEncoding.HexEbcdic => "hex-ebcdic",
        _ => "binary",
    };

    public static string Of(FieldEncoding encoding) => encoding switch
    {
        FieldEncoding.Bcd => "bcd",
        FieldEncoding.Binary => "binary",
        FieldEncoding.Hex => "hex",
        FieldEncoding.Ebcdic => "ebcdic",
        FieldEncoding.Ebcdic500 => "ebcdic500",
        FieldEncoding.Ebcdic1047 => "ebcdic1047",
        FieldEncoding.HexEbcdic => "hex-ebcdic",
        FieldEncoding.ShiftJis => "shift-jis",
        FieldEncoding.Jis201 => "jis201",
        FieldEncoding.Ebcdic930 => "ebcdic930",
        FieldEncoding.Ebcdic939 => "ebcdic939",
        _ => "ascii",
    };

    public static string Of(PrefixEncoding encoding) => encoding switch
    {
        PrefixEncoding.Ascii => "ascii",
        PrefixEncoding.Bcd => "bcd",
        PrefixEncoding.Ebcdic => "ebcdic",
        PrefixEncoding.Binary => "binary",
        PrefixEncoding.Hex => "hex",
        _ => "none",
    };

    public static string Of(CompositeKind kind) => kind switch
    {
        CompositeKind.Tlv => "tlv",
        CompositeKind.BerTlv => "ber-tlv",
        CompositeKind.Bitmap => "bitmap",
        _ => "positional",
    };

    /// <summary>Field numbers as people write them: "35,36,46-48".</summary>
    public static string Of(in FieldSet set) => DialectWriter.Of(in set);
}
