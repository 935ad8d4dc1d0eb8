namespace Switch.Protocol.Editions;

/// <summary>The edition of the standard; the value is the first digit of its MTIs.</summary>
public enum IsoVersion : byte
{
    Iso1987 = 0,
    Iso1993 = 1,
    Iso2003 = 2,
}
