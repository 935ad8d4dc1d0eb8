namespace Switch.Host.Commands.Dialects;

/// <summary>
/// What the field classes of jPOS put on the wire, one by one as their sources say; a class that is not here is not
/// known. Their names are built of parts: IFA is ASCII, IFB packed, IFE EBCDIC; one L for each digit of a length; H
/// for a length that is a binary number.
/// </summary>
/// <param name="ebcdic">The code page that its EBCDIC is read in, as dialects name it.</param>
internal sealed class JposClasses(string ebcdic)
{
    private const string Package = "org.jpos.iso.";

    /// <param name="className">With or without its package.</param>
    /// <param name="pad">Its attribute: an odd digit of packed ones is padded on the left.</param>
    /// <param name="isTrack">Whether what it calls a number has a separator in it.</param>
    /// <returns>Null for a class whose bytes this switch does not make, or that is not known.</returns>
    public FieldShape? ShapeOf(string className, bool pad, bool isTrack)
    {
        string digits = isTrack ? "z" : "n";
        string odd = pad ? "left" : "right";
        string? padF = pad ? null : "F";
        (string family, int places, string content) = Split(NameOf(className));
        return (family, content, places) switch
        {
            ("IF", "CHAR", 0) => new("ans", "ascii"),
            ("IF", "ECHAR", 0) or ("IFE", "CHAR", 0) => new("ans", ebcdic),
            ("IFA", "NUMERIC", 0) => new("n", "ascii"),
            ("IFA", "AMOUNT", 0) => new("x+n", "ascii"),
            ("IFA", "BINARY", 0) => new("b", "hex"),
            ("IFA", "CHAR", >= 1 and <= 6) => new("ans", "ascii", places),
            ("IFA", "NUM", 2 or 3) => new(digits, "ascii", places),
            ("IFA", "BINARY", >= 1 and <= 6) => new("b", "binary", places),
            ("IFA", "ABINARY", 2 or 3) => new("b", "hex", places),
            ("IFE", "NUMERIC", 0) => new("n", ebcdic),
            ("IFE", "AMOUNT", 0) => new("x+n", ebcdic),
            ("IFE", "BINARY", 0) => new("b", "hex-ebcdic"),
            ("IFE", "CHAR", 2 or 3) => new("ans", ebcdic, places, "ebcdic"),
            ("IFE", "NUM", 2) => new(digits, ebcdic, places, "ebcdic"),
            ("IFE", "BINARY", 2 or 3) => new("b", "binary", places, "ebcdic"),
            ("IFEA", "CHAR", 2) => new("ans", "ascii", places, "ebcdic"),
            ("IFEB", "NUM", 2 or 3) =>
                new(digits, "bcd", places, "ebcdic") { Odd = "right", Pad = "F", Counts = "wire" },
            ("IFB", "NUMERIC", 0) => new("n", "bcd") { Odd = odd },
            ("IFB", "FNUMERIC", 0) => new("n", "bcd") { Odd = odd, Pad = padF },
            ("IFB", "AMOUNT", 0) => new("x+n", "bcd") { Odd = odd },
            ("IFB", "BINARY", 0) => new("b", "binary"),
            ("IFB", "NUM", 2 or 3) => new(digits, "bcd", places, "bcd") { Odd = odd },
            ("IFBF", "NUM", 2 or 3) => new(digits, "bcd", places, "bcd") { Odd = odd, Pad = padF },
            ("IFB", "CHAR", 2 or 3 or 4 or 6) => new("ans", "ascii", places, "bcd"),
            ("IFB", "BINARY", 2 or 3 or 4) => new("b", "binary", places, "bcd"),

            // A binary length: one byte for LLH, two for LLLH.
            ("IFB", "HNUM", 2 or 3) => new(digits, "bcd", BytePlaces(places), "binary") { Odd = odd },
            ("IFB", "HCHAR", 2 or 3) => new("ans", "ascii", BytePlaces(places), "binary"),
            ("IFB", "HECHAR", 2 or 3) => new("ans", ebcdic, BytePlaces(places), "binary"),
            ("IFB", "HBINARY", 2 or 3) => new("b", "binary", BytePlaces(places), "binary"),
            _ => null,
        };
    }

    /// <summary>binary, hex or hex-ebcdic for a class that is a bitmap.</summary>
    public static string? BitmapOf(string className) => NameOf(className) switch
    {
        "IFB_BITMAP" => "binary",
        "IFA_BITMAP" => "hex",
        "IFE_BITMAP" => "hex-ebcdic",
        _ => null,
    };

    /// <summary>ascii, bcd or ebcdic for a class that a message type can have.</summary>
    public static string? MtiOf(string className) => NameOf(className) switch
    {
        "IFA_NUMERIC" or "IF_CHAR" => "ascii",
        "IFB_NUMERIC" => "bcd",
        "IFE_NUMERIC" or "IFE_CHAR" or "IF_ECHAR" => "ebcdic",
        _ => null,
    };

    /// <summary>Fields that are not on the wire.</summary>
    public static bool IsNothing(string className) => NameOf(className) is "IF_NOP" or "IF_UNUSED";

    /// <summary>IFA_TTLLCHAR: a tag of two characters, a length of two digits, characters.</summary>
    public static bool TryTagged(string className, out int tagSize, out int lengthDigits, out string kind)
    {
        const string Prefix = "IFA_";
        string name = NameOf(className);
        string letters = name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : "";
        tagSize = Leading(letters, 'T');
        string rest = letters[tagSize..];
        lengthDigits = Leading(rest, 'L');
        string content = rest[lengthDigits..];
        kind = content == "BINARY" ? "b" : "ans";
        return tagSize is 2 or 3 && lengthDigits is >= 1 and <= 4 && content is "CHAR" or "BINARY";
    }

    private static string NameOf(string className) =>
        className.StartsWith(Package, StringComparison.Ordinal) ? className[Package.Length..] : className;

    /// <summary>IFB_LLHNUM: IFB, 2, HNUM.</summary>
    private static (string Family, int Places, string Content) Split(string name)
    {
        int line = name.IndexOf('_', StringComparison.Ordinal);
        if (line < 0)
        {
            return (name, 0, "");
        }

        string family = name[..line];
        string rest = name[(line + 1)..];
        if (family == "IFB" && rest.StartsWith("FLL", StringComparison.Ordinal))
        {
            // IFB_FLLNUM: packed with a pad of F. IFA_FLLNUM is something else.
            family = "IFBF";
            rest = rest[1..];
        }

        int places = Leading(rest, 'L');
        return (family, places, rest[places..]);
    }

    private static int Leading(string text, char letter) => text.Length - text.TrimStart(letter).Length;

    private static int BytePlaces(int letters) => 2 * (letters - 1);
}
