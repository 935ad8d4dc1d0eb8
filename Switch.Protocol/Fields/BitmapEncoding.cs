namespace Switch.Protocol.Fields;

/// <summary>How bitmaps travel.</summary>
public enum BitmapEncoding : byte
{
    /// <summary>Eight bytes each.</summary>
    Binary,

    /// <summary>Sixteen ASCII characters 0-9 A-F each.</summary>
    Hex,

    /// <summary>Sixteen EBCDIC characters 0-9 A-F each.</summary>
    HexEbcdic,
}
