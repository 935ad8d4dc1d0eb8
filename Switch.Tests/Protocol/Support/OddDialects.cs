using Switch.Protocol.Dialects;

namespace Switch.Tests.Protocol.Support;

/// <summary>Two dialects that no partner has and that together have everything that a dialect can state.</summary>
internal static class OddDialects
{
    private const string Packed =
        """
        {
          "name": "odd-packed", "version": 1987, "mti": "bcd", "bitmap": "hex",
          "defaults": { "n": { "encoding": "bcd" }, "x+n": { "encoding": "bcd" }, "z": { "encoding": "bcd" } },
          "fields": {
            "2": { "format": "n..19", "odd": "right", "pad": "F", "prefix": "bcd" },
            "3": { "format": "n 5", "odd": "left", "pad": "F" },
            "4": { "format": "n 7", "odd": "right", "pad": "0" },
            "5": { "format": "n.9", "odd": "left" },
            "6": { "format": "n..19", "odd": "right", "pad": "F", "prefix": "binary", "counts": "wire" },
            "7": { "format": "n...19", "odd": "left", "pad": "F", "prefix": "hex", "counts": "wire" },
            "8": { "format": "n........300", "prefix": "binary" },
            "9": { "format": "n......40", "prefix": "bcd" },
            "28": { "format": "x+n 7", "odd": "left" },
            "29": { "format": "x+n 5", "odd": "right", "pad": "F" },
            "35": { "format": "z...37", "odd": "left", "pad": "F", "prefix": "bcd" },
            "36": { "format": "z..37", "odd": "right", "pad": "F", "prefix": "ascii", "counts": "wire" },
            "38": { "format": "a 6", "content": "narrow" },
            "39": { "format": "an....30", "content": "narrow" },
            "40": { "format": "ans.....40", "content": "any", "prefix": "bcd" },
            "41": { "format": "ans 8", "align": "right", "fill": "0" },
            "42": { "format": "ans..99", "prefix": "hex" },
            "52": { "format": "b 8", "encoding": "hex" },
            "53": { "format": "b......48" },
            "54": { "format": "b..48", "encoding": "hex", "counts": "wire" },
            "55": { "format": "b....999", "prefix": "binary" },
            "56": { "format": "b...999", "prefix": "hex", "encoding": "hex" }
          }
        }
        """;

    private const string Mainframe =
        """
        {
          "name": "odd-mainframe", "version": 1993, "mti": "ebcdic", "bitmap": "hex-ebcdic", "bitmaps": 3,
          "defaults": { "*": { "encoding": "ebcdic", "prefix": "ebcdic" }, "b": { "encoding": "hex-ebcdic" } },
          "fields": {
            "2": { "format": "n..19" },
            "3": { "format": "n 6" },
            "4": { "format": "n.9" },
            "28": { "format": "x+n 8" },
            "29": { "format": "x+n 8", "encoding": "ascii" },
            "35": { "format": "z..37" },
            "36": { "format": "z...104", "separator": "D" },
            "37": { "format": "z..37", "separator": "D", "encoding": "ascii", "prefix": "ascii" },
            "38": { "format": "a 6", "content": "narrow" },
            "39": { "format": "an..30", "content": "narrow" },
            "40": { "format": "ans...40", "content": "any" },
            "41": { "format": "ans 8", "encoding": "ebcdic500" },
            "42": { "format": "ans......40", "encoding": "ebcdic1047" },
            "43": { "format": "ans..40", "prefix": "hex" },
            "44": { "format": "ans..99", "encoding": "ascii", "prefix": "binary" },
            "45": { "format": "ans 13", "encoding": "shift-jis" },
            "46": { "format": "an..40", "encoding": "shift-jis", "prefix": "ascii" },
            "47": { "format": "a..30", "encoding": "jis201" },
            "48": { "format": "ans 20", "encoding": "ebcdic930" },
            "49": { "format": "ans..40", "encoding": "ebcdic939" },
            "50": { "format": "n 3", "encoding": "ebcdic930" },
            "51": { "format": "z..37", "encoding": "shift-jis", "separator": "D" },
            "52": { "format": "b 8" },
            "53": { "format": "b..40", "counts": "wire" },
            "55": { "format": "b...255", "encoding": "binary" },
            "64": { "format": "b 8", "encoding": "hex" },
            "70": { "format": "n 3" },
            "128": { "format": "b 8" },
            "130": { "format": "n..11" },
            "160": { "format": "ans...99" },
            "192": { "format": "b 4", "encoding": "binary" }
          }
        }
        """;

    public static Dialect PackedDigits { get; } = Load(Packed);

    public static Dialect EbcdicText { get; } = Load(Mainframe);

    private static Dialect Load(string json)
    {
        bool isGood = new DialectCatalog().TryAdd(json, out Dialect? dialect, out IReadOnlyList<string> mistakes);
        Assert.True(isGood, string.Join('\n', mistakes));
        return dialect!;
    }
}
