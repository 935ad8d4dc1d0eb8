using System.Text;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Tests.Protocol.Support;

/// <summary>
/// A decoder that is slow and obvious: strings, dictionaries and one step at a time, straight from the field's
/// specification. The real index must agree with it on every input, good or bad.
/// </summary>
internal sealed class ReferenceDecoder
{
    private readonly Dialect _dialect;
    private readonly byte[] _bytes;
    private int _at;
    private int _overLong;

    private ReferenceDecoder(Dialect dialect, byte[] bytes)
    {
        _dialect = dialect;
        _bytes = bytes;
        Normal = (byte[])bytes.Clone();
    }

    public string Mti { get; private set; } = "0000";

    public SortedDictionary<int, string> Texts { get; } = [];

    /// <summary>The bytes with their bitmaps as they are sent: in upper case.</summary>
    public byte[] Normal { get; }

    /// <summary>The first fault, or none.</summary>
    public ParseFault Fault { get; private set; }

    public static ReferenceDecoder Decode(Dialect dialect, byte[] bytes)
    {
        var decoder = new ReferenceDecoder(dialect, bytes);
        decoder.Run();
        return decoder;
    }

    private void Run()
    {
        if (!TryTake(_dialect.Mti == MtiEncoding.Bcd ? 2 : 4, 0, out byte[] mti))
        {
            return;
        }

        string digits = _dialect.Mti switch
        {
            MtiEncoding.Bcd => Convert.ToHexString(mti),
            MtiEncoding.Ebcdic => Page(37).GetString(mti),
            _ => Encoding.Latin1.GetString(mti),
        };
        if (!digits.All(char.IsAsciiDigit))
        {
            Note(ParseError.BadMti, 0, 0);
            return;
        }

        Mti = digits;
        if (_at == _bytes.Length || !TryReadBitmaps(out List<int> announced))
        {
            return;
        }

        for (int index = 0; index < announced.Count; index++)
        {
            int field = announced[index];
            if (!_dialect.Defined.Contains(field))
            {
                Note(ParseError.UnknownField, field, _at);
                return;
            }

            int start = _at;
            if (!TryReadField(_dialect[field]!))
            {
                if (_overLong == field)
                {
                    ReadOn(announced[index..], start);
                }

                return;
            }
        }

        if (_at < _bytes.Length)
        {
            Note(ParseError.TrailingBytes, 0, _at);
        }
    }

    /// <summary>
    /// A field is longer than it may be. When its length is believed, and every field from it on is then good, and they
    /// end with the message, those are there as well.
    /// </summary>
    private void ReadOn(List<int> announced, int start)
    {
        _at = start;
        var found = new SortedDictionary<int, string>();
        foreach (int field in announced)
        {
            if (!_dialect.Defined.Contains(field) || !TryReadPrefix(_dialect[field]!, out long units)
                || !TryTakeWire(_dialect[field]!, units, out byte[] wire))
            {
                return;
            }

            FieldSpec spec = _dialect[field]!;
            if (units > spec.LengthMax)
            {
                if (spec.PrefixCounts == PrefixCount.Wire && spec.Encoding is FieldEncoding.Bcd or FieldEncoding.Hex
                    or FieldEncoding.HexEbcdic)
                {
                    return;
                }

                continue;
            }

            (string text, ParseError error, _) = Read(spec, wire, (int)units);
            if (error != ParseError.None)
            {
                return;
            }

            found.Add(field, text);
        }

        if (_at == _bytes.Length)
        {
            foreach ((int field, string text) in found)
            {
                Texts.Add(field, text);
            }
        }
    }

    private bool TryReadPrefix(FieldSpec spec, out long units)
    {
        units = spec.LengthMax;
        if (!spec.IsVariable)
        {
            return true;
        }

        bool isHalved = spec.Prefix is PrefixEncoding.Bcd or PrefixEncoding.Binary;
        if (!TryTake(isHalved ? (spec.PrefixDigits + 1) / 2 : spec.PrefixDigits, spec.Number, out byte[] prefix)
            || NumberOf(spec.Prefix, prefix) is not { } number || UnitsOf(spec, number) is not { } stated)
        {
            return false;
        }

        units = stated;
        return true;
    }

    private bool TryTakeWire(FieldSpec spec, long units, out byte[] wire)
    {
        int sign = spec.Kind == FieldKind.XN ? 1 : 0;
        long size = spec.Encoding switch
        {
            FieldEncoding.Bcd => sign + ((units - sign + 1) / 2),
            FieldEncoding.Hex or FieldEncoding.HexEbcdic => units * 2,
            _ => units,
        };
        wire = [];
        return size <= _bytes.Length && TryTake((int)size, spec.Number, out wire);
    }

    private bool TryReadBitmaps(out List<int> announced)
    {
        announced = [];
        for (int bitmap = 0; bitmap < 3; bitmap++)
        {
            int start = _at;
            if (!TryTake(_dialect.Bitmap == BitmapEncoding.Binary ? 8 : 16, 1, out byte[] bytes))
            {
                return false;
            }

            if (_dialect.Bitmap != BitmapEncoding.Binary)
            {
                string hex = (_dialect.Bitmap == BitmapEncoding.Hex ? Encoding.Latin1 : Page(37)).GetString(bytes);
                int stranger = hex.ToList().FindIndex(character => !"0123456789ABCDEFabcdef".Contains(character));
                if (stranger >= 0)
                {
                    Note(ParseError.BadBitmap, 1, start + stranger);
                    return false;
                }

                bytes = Convert.FromHexString(hex);
                (_dialect.Bitmap == BitmapEncoding.Hex ? Encoding.Latin1 : Page(37))
                    .GetBytes(hex.ToUpperInvariant(), Normal.AsSpan(start));
            }

            bool more = (bytes[0] & 0x80) != 0;
            for (int bit = 1; bit < 64; bit++)
            {
                if ((bytes[bit / 8] & (0x80 >> (bit % 8))) != 0)
                {
                    announced.Add((bitmap * 64) + bit + 1);
                }
            }

            if (!more)
            {
                return true;
            }

            if (bitmap + 1 == _dialect.BitmapMax)
            {
                Note(ParseError.BadBitmap, (bitmap * 64) + 1, start);
                return false;
            }
        }

        return true;
    }

    private bool TryReadField(FieldSpec spec)
    {
        int units = spec.LengthMax;
        if (spec.IsVariable)
        {
            int start = _at;
            bool isHalved = spec.Prefix is PrefixEncoding.Bcd or PrefixEncoding.Binary;
            if (!TryTake(isHalved ? (spec.PrefixDigits + 1) / 2 : spec.PrefixDigits, spec.Number, out byte[] prefix))
            {
                return false;
            }

            if (NumberOf(spec.Prefix, prefix) is not { } number)
            {
                return Note(ParseError.LengthNotNumeric, spec.Number, start);
            }

            if (UnitsOf(spec, number) is not { } stated || stated > spec.LengthMax)
            {
                _overLong = spec.Number;
                return Note(ParseError.LengthOverLimit, spec.Number, start);
            }

            units = (int)stated;
        }

        int sign = spec.Kind == FieldKind.XN ? 1 : 0;
        int size = spec.Encoding switch
        {
            FieldEncoding.Bcd => sign + ((units - sign + 1) / 2),
            FieldEncoding.Hex or FieldEncoding.HexEbcdic => units * 2,
            _ => units,
        };
        int first = _at;
        if (!TryTake(size, spec.Number, out byte[] wire))
        {
            return false;
        }

        (string text, ParseError error, int culprit) = Read(spec, wire, units);
        if (error == ParseError.None)
        {
            Texts.Add(spec.Number, text);
        }
        else
        {
            Note(error, spec.Number, first + culprit);
        }

        return true;
    }

    /// <summary>The number that the bytes of a prefix write, or null.</summary>
    private static long? NumberOf(PrefixEncoding encoding, byte[] prefix)
    {
        string digits = encoding switch
        {
            PrefixEncoding.Bcd or PrefixEncoding.Binary => Convert.ToHexString(prefix),
            PrefixEncoding.Ebcdic => Page(37).GetString(prefix),
            _ => Encoding.Latin1.GetString(prefix),
        };
        if (encoding is PrefixEncoding.Binary or PrefixEncoding.Hex)
        {
            return digits.All("0123456789ABCDEF".Contains) ? Convert.ToInt64(digits, 16) : null;
        }

        return digits.All(char.IsAsciiDigit) ? long.Parse(digits) : null;
    }

    /// <summary>The units that a stated length means, or null when it can mean none.</summary>
    private long? UnitsOf(FieldSpec spec, long number)
    {
        bool isHex = spec.Encoding is FieldEncoding.Hex or FieldEncoding.HexEbcdic;
        if (spec.PrefixCounts == PrefixCount.Units || (!isHex && spec.Encoding != FieldEncoding.Bcd))
        {
            return number;
        }

        if (isHex)
        {
            return number % 2 == 0 ? number / 2 : null;
        }

        // Bytes of packed digits. Whether the last is half a byte shows by a pad of F, or by the limit.
        if (number == 0 || number > spec.LengthMax)
        {
            return number;
        }

        if (number > _bytes.Length - _at)
        {
            return (2 * number) - 1;
        }

        string nibbles = Convert.ToHexString(_bytes, _at, (int)number);
        char spare = spec.Odd == OddDigit.Left ? nibbles[0] : nibbles[^1];
        bool isOdd = spec.PadNibble == 0 ? 2 * number == spec.LengthMax + 1 : spare == 'F';
        return isOdd ? (2 * number) - 1 : 2 * number;
    }

    private static Encoding Page(int number) => CodePagesEncodingProvider.Instance.GetEncoding(number)!;

    private static (string Text, ParseError Error, int Culprit) Read(FieldSpec spec, byte[] wire, int units)
    {
        if (spec.IsJapanese)
        {
            return JapaneseReference.Read(spec.Encoding, wire);
        }

        int sign = spec.Kind == FieldKind.XN ? 1 : 0;
        bool isPacked = spec.Encoding == FieldEncoding.Bcd;
        string characters = spec.Encoding switch
        {
            FieldEncoding.Ebcdic or FieldEncoding.HexEbcdic or FieldEncoding.Ebcdic930 or FieldEncoding.Ebcdic939 =>
                Page(37).GetString(wire),
            FieldEncoding.Ebcdic500 => Page(500).GetString(wire),
            FieldEncoding.Ebcdic1047 => Page(1047).GetString(wire),
            _ => Encoding.Latin1.GetString(wire),
        };
        if (sign == 1 && characters[0] is not ('C' or 'D'))
        {
            return ("", ParseError.BadSign, 0);
        }

        ParseError wrong = spec.Kind switch
        {
            FieldKind.N or FieldKind.XN or FieldKind.Z => ParseError.ContentNotNumeric,
            FieldKind.B => ParseError.ContentNotHex,
            _ => ParseError.ContentNotPrintable,
        };
        if (isPacked)
        {
            return ReadPacked(spec, wire, units, sign, wrong);
        }

        for (int index = sign; index < wire.Length; index++)
        {
            char character = characters[index];
            bool good = spec switch
            {
                { Encoding: FieldEncoding.Hex or FieldEncoding.HexEbcdic } => "0123456789ABCDEF".Contains(character),
                { Encoding: FieldEncoding.Binary } => true,
                { Kind: FieldKind.N or FieldKind.XN } => char.IsAsciiDigit(character),
                { Kind: FieldKind.Z } => char.IsAsciiDigit(character) || character == spec.Separator,
                { Content: ContentRule.Any } => true,
                { Content: ContentRule.Narrow, Kind: FieldKind.A } => char.IsAsciiLetter(character) || character == ' ',
                { Content: ContentRule.Narrow, Kind: FieldKind.AN } =>
                    char.IsAsciiLetterOrDigit(character) || character == ' ',
                _ => character is >= ' ' and <= '~',
            };
            if (!good)
            {
                return ("", wrong, index);
            }
        }

        string text = spec.Encoding is FieldEncoding.Hex or FieldEncoding.HexEbcdic
            ? Encoding.Latin1.GetString(Convert.FromHexString(characters))
            : spec.Kind == FieldKind.Z ? characters.Replace('D', '=') : characters;
        return (text, ParseError.None, 0);
    }

    private static (string Text, ParseError Error, int Culprit) ReadPacked(
        FieldSpec spec, byte[] wire, int units, int sign, ParseError wrong)
    {
        int count = units - sign;
        string nibbles = Convert.ToHexString(wire[sign..]);
        int pad = count % 2 == 0 ? -1 : spec.Odd == OddDigit.Left ? 0 : nibbles.Length - 1;
        var text = new StringBuilder(sign == 1 ? $"{(char)wire[0]}" : "");
        for (int index = 0; index < nibbles.Length; index += 2)
        {
            int culprit = sign + (index / 2);
            bool digitsGood = true;
            bool padGood = true;
            for (int half = index; half < index + 2; half++)
            {
                char nibble = nibbles[half];
                if (half == pad)
                {
                    padGood = nibble == (spec.PadNibble == 0 ? '0' : 'F');
                }
                else if (char.IsAsciiDigit(nibble) || (nibble == 'D' && spec.Kind == FieldKind.Z))
                {
                    text.Append(nibble == 'D' ? '=' : nibble);
                }
                else
                {
                    digitsGood = false;
                }
            }

            // In the last byte a wrong digit comes before a wrong pad; in the first one the pad comes first.
            bool padFirst = spec.Odd == OddDigit.Left;
            if (!padGood && (padFirst || digitsGood))
            {
                return ("", ParseError.BadPadding, culprit);
            }

            if (!digitsGood)
            {
                return ("", wrong, culprit);
            }
        }

        return (text.ToString(), ParseError.None, 0);
    }

    private bool TryTake(int count, int field, out byte[] bytes)
    {
        bytes = [];
        if (_bytes.Length - _at < count)
        {
            return Note(ParseError.Truncated, field, _bytes.Length);
        }

        bytes = _bytes[_at..(_at + count)];
        _at += count;
        return true;
    }

    private bool Note(ParseError error, int field, int offset)
    {
        if (Fault.IsNone)
        {
            Fault = new ParseFault(error, field, offset);
        }

        return false;
    }
}
