using System.Text;

namespace Switch.Protocol.Fields;

/// <summary>
/// Characters in EBCDIC. Each page is a permutation of the 256 byte values over Latin-1, so any byte converts there
/// and back unchanged.
/// </summary>
internal sealed class CodePage
{
    /// <summary>The digit 0 and the letter C, which are the same in every page.</summary>
    public const byte Zero = 0xF0;
    public const byte C = 0xC3;

    private static readonly CodePage Page037 = new(37);
    private static readonly CodePage Page500 = new(500);
    private static readonly CodePage Page1047 = new(1047);

    private readonly byte[] _toText = new byte[256];
    private readonly byte[] _toWire = new byte[256];

    private CodePage(int number)
    {
        Encoding encoding = CodePagesEncodingProvider.Instance.GetEncoding(number)
            ?? throw new InvalidOperationException($"The runtime lacks code page {number}.");
        Span<char> character = stackalloc char[1];
        for (int value = 0; value < 256; value++)
        {
            encoding.GetChars([(byte)value], character);
            _toText[value] = (byte)character[0];
            _toWire[_toText[value]] = (byte)value;
        }
    }

    public static CodePage Of(FieldEncoding encoding) => encoding switch
    {
        FieldEncoding.Ebcdic500 => Page500,
        FieldEncoding.Ebcdic1047 => Page1047,
        _ => Page037,
    };

    public static bool IsEbcdic(FieldEncoding encoding) =>
        encoding is FieldEncoding.Ebcdic or FieldEncoding.Ebcdic500 or FieldEncoding.Ebcdic1047;

    public byte ToWire(byte character) => _toWire[character];

    public void Decode(ReadOnlySpan<byte> wire, Span<byte> text) => Map(_toText, wire, text);

    public void Encode(ReadOnlySpan<byte> text, Span<byte> wire) => Map(_toWire, text, wire);

    private static void Map(byte[] table, ReadOnlySpan<byte> from, Span<byte> to)
    {
        to = to[..from.Length];
        for (int index = 0; index < from.Length; index++)
        {
            to[index] = table[from[index]];
        }
    }
}
