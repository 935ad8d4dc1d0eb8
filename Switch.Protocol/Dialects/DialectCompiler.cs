using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Dialects;

/// <summary>
/// Works out every field of a merged dialect and lays it down in the tables that the index and the codec read.
/// </summary>
internal sealed class DialectCompiler(DialectText text, List<string> mistakes)
{
    public Dialect? Compile()
    {
        RequireMember(text.Name, "name");
        RequireMember(text.Version, "version");
        RequireMember(text.Mti, "mti");
        RequireMember(text.Bitmap, "bitmap");

        var specs = new FieldSpec?[Field.MaxWithThirdBitmap + 1];
        var rules = new FieldRule[Field.MaxWithThirdBitmap + 1];
        FieldSet defined = default;
        foreach ((int field, FieldText? stated) in text.Fields)
        {
            if (stated is null || SpecOf(field, stated) is not { } spec)
            {
                continue;
            }

            specs[field] = spec;
            rules[field] = RuleOf(spec);

            // These announce a further bitmap, or would: no message carries them as fields.
            if (field is not (Field.ThirdBitmap or Field.FourthBitmap))
            {
                defined = defined.With(field);
            }
        }

        if (text.Fields.Count == 0)
        {
            mistakes.Add("fields: a dialect without fields carries nothing");
        }

        FieldSet strange = (text.Match ?? default).Except(Dialect.Matchable);
        if (!strange.IsEmpty)
        {
            mistakes.Add($"match: {strange} cannot be matched; {Dialect.Matchable} can");
        }

        JudgeKey(defined);
        var messages = MessageRules.Compile(text.Messages, text.Version ?? default, defined, mistakes);
        FieldSet mayHoldSecrets = (text.Private ?? default).Except(text.Storable ?? default);
        return mistakes.Count == 0
            ? new Dialect(text, specs, rules, new DialectSets(defined, text.Sensitive ?? default, mayHoldSecrets))
            {
                MessageRules = messages,
            }
            : null;
    }

    /// <summary>Without any of these two payments would be one, or no message could name an earlier one.</summary>
    private void JudgeKey(FieldSet defined)
    {
        if (text.Key is not { } key)
        {
            return;
        }

        FieldSet strange = key.Except(Dialect.Identifying);
        if (!strange.IsEmpty)
        {
            mistakes.Add($"key: {strange} cannot identify a transaction; {Dialect.Identifying} can");
        }

        if (!key.Except(defined).Except(strange).IsEmpty)
        {
            mistakes.Add($"key: {key.Except(defined).Except(strange)} is not defined");
        }

        bool hasLocalTime = key.Contains(Field.LocalTime)
            && (text.Version != IsoVersion.Iso1987 || key.Contains(Field.LocalDate));
        if (!key.Contains(Field.TransmissionDateTime) && !hasLocalTime)
        {
            mistakes.Add(
                text.Version == IsoVersion.Iso1987
                    ? "key: a date and time is missing: 7, or 12 and 13"
                    : "key: a date and time is missing: 7, or 12");
        }

        if (!key.Contains(Field.Stan) && !key.Contains(Field.RetrievalReference))
        {
            mistakes.Add("key: a number is missing: 11, or 37");
        }

        if (!key.Contains(Field.TerminalId))
        {
            mistakes.Add("key: the terminal is missing: 41");
        }
    }

    private void RequireMember(object? value, string path)
    {
        // A value that was stated badly has its mistake already.
        if (value is null && !mistakes.Exists(mistake => mistake.StartsWith(path + ":", StringComparison.Ordinal)))
        {
            mistakes.Add($"{path}: missing, here and in what the dialect extends");
        }
    }

    private FieldSpec? SpecOf(int field, FieldText stated)
    {
        string path = $"fields.{field}";
        if (field > Field.Max && text.BitmapMax != 3)
        {
            mistakes.Add($"{path}: above {Field.Max}, which takes \"bitmaps\": 3");
            return null;
        }

        if (stated.Format is not { } format)
        {
            RequireMember(null, $"{path}.format");
            return null;
        }

        FieldText settled = Settle(stated, format);
        if (field == Field.IccData && settled.Composite is null)
        {
            settled = settled with { Composite = CompositeSpec.IccData };
        }
        else if (field == Field.IccData && settled.Composite is { Kind: not CompositeKind.BerTlv } other
            && !ReferenceEquals(other, CompositeSpec.None))
        {
            mistakes.Add($"{path}.composite: field {field} is chip data, ber-tlv, or null for none");
        }

        return SpecOf(field, path, settled, format, mistakes);
    }

    /// <summary>Lays down a field of which everything is settled, also one inside a composite.</summary>
    internal static FieldSpec SpecOf(
        int field, string path, FieldText settled, FieldFormat format, List<string> mistakes)
    {
        var spec = new FieldSpec
        {
            Number = field,
            Name = settled.Name ?? $"Field {field}",
            Kind = format.Kind,
            LengthMax = format.LengthMax,
            PrefixDigits = format.PrefixDigits,
            Prefix = format.PrefixDigits == 0 ? PrefixEncoding.None : settled.Prefix ?? PrefixEncoding.Ascii,
            Encoding = settled.Encoding ?? (format.Kind == FieldKind.B ? FieldEncoding.Binary : FieldEncoding.Ascii),
            Odd = settled.Odd ?? OddDigit.Left,
            PadNibble = settled.Pad ?? 0,
            Content = settled.Content ?? ContentRule.Printable,
            PrefixCounts = settled.Counts ?? PrefixCount.Units,
            Fill = settled.Fill ?? (byte)(format.Kind is FieldKind.N or FieldKind.XN ? '0' : ' '),
            FillsLeft = settled.FillsLeft ?? format.Kind is FieldKind.N or FieldKind.XN,
            Separator = settled.Separator ?? (byte)'=',
            Composite = ReferenceEquals(settled.Composite, CompositeSpec.None) ? null : settled.Composite,
        };
        Judge(spec, format, path, mistakes);
        return spec;
    }

    /// <summary>Notes what about a field cannot be together.</summary>
    private static void Judge(FieldSpec spec, FieldFormat format, string path, List<string> mistakes)
    {
        bool agrees = spec.Encoding switch
        {
            FieldEncoding.Bcd => spec.Kind is FieldKind.N or FieldKind.Z or FieldKind.XN,
            FieldEncoding.Binary or FieldEncoding.Hex or FieldEncoding.HexEbcdic => spec.Kind == FieldKind.B,
            _ => spec.Kind != FieldKind.B,
        };
        if (!agrees)
        {
            mistakes.Add($"{path}.encoding: {DialectNames.Of(spec.Encoding)} cannot carry {format}");
        }

        if (spec.Kind == FieldKind.XN && spec.IsVariable)
        {
            mistakes.Add($"{path}.format: a signed amount has a fixed length");
        }

        if (spec.IsVariable && RuleOf(spec).WireCountOf(spec.LengthMax) > MaxOf(spec.Prefix, spec.PrefixDigits))
        {
            mistakes.Add(
                $"{path}.format: {spec.LengthMax} does not fit a length prefix of {spec.PrefixDigits} places");
        }

        if (spec.PrefixDigits > 6 && spec.Prefix is not (PrefixEncoding.Binary or PrefixEncoding.Hex))
        {
            mistakes.Add($"{path}.format: a length prefix has at most 6 places, or 8 when it is binary or hex");
        }

        bool isText = spec.Kind is not (FieldKind.B or FieldKind.Z);
        if (!spec.IsVariable && isText && !ByteClasses.Of(TextClassOf(spec)).Contains(spec.Fill))
        {
            mistakes.Add($"{path}.fill: '{(char)spec.Fill}' may not stand in {format}");
        }

        JudgeJapanese(spec, path, mistakes);
        if (spec.Composite is { HasSensitive: true, Kind: not CompositeKind.Positional } && !spec.IsVariable)
        {
            mistakes.Add($"{path}.composite: parts cannot be removed from a field of fixed length");
        }
    }

    private static void JudgeJapanese(FieldSpec spec, string path, List<string> mistakes)
    {
        if (!spec.IsJapanese)
        {
            return;
        }

        string encoding = DialectNames.Of(spec.Encoding);
        if (spec.Content != ContentRule.Printable)
        {
            mistakes.Add($"{path}.content: {encoding} takes what is printable in it, and nothing else");
        }

        // Beyond these a byte may be the second half of a character, and would be taken for the filling.
        if (spec is { IsVariable: false, Encoding: FieldEncoding.ShiftJis, Fill: >= 0x40 })
        {
            mistakes.Add($"{path}.fill: '{(char)spec.Fill}' may be half a character in {encoding}");
        }
    }

    /// <summary>Lays the field over the defaults of its kind when variable, of its kind, and of all.</summary>
    private FieldText Settle(FieldText stated, FieldFormat format)
    {
        string kind = FieldFormat.NameOf(format.Kind);
        FieldText settled = stated;
        if (format.PrefixDigits != 0 && text.Defaults.TryGetValue(kind + "..", out FieldText? variable))
        {
            settled = settled.Over(variable);
        }

        if (text.Defaults.TryGetValue(kind, out FieldText? ofKind))
        {
            settled = settled.Over(ofKind);
        }

        return text.Defaults.TryGetValue("*", out FieldText? ofAll) ? settled.Over(ofAll) : settled;
    }

    internal static FieldRule RuleOf(FieldSpec spec)
    {
        bool isPacked = spec.Encoding == FieldEncoding.Bcd;
        int sign = spec.Kind == FieldKind.XN ? 1 : 0;
        bool mayBeOdd = isPacked && (spec.IsVariable || ((spec.LengthMax - sign) & 1) != 0);
        ContentQuirks quirks = sign != 0 ? ContentQuirks.Sign : ContentQuirks.None;
        if (mayBeOdd)
        {
            quirks |= spec.Odd == OddDigit.Left ? ContentQuirks.PadLeft : ContentQuirks.PadRight;
        }

        // The sign stays a whole byte in front of packed digits: one half byte more than its unit counts.
        bool isHex = spec.Encoding is FieldEncoding.Hex or FieldEncoding.HexEbcdic;
        byte nibbles = (byte)(isPacked ? 1 : isHex ? 4 : 2);
        if (spec.IsVariable && CountsWire(spec))
        {
            quirks |= ContentQuirks.CountsWire;
        }

        // Shift-JIS and JIS X 0201 are inside what they are on the wire.
        bool isShiftJis = spec.Encoding is FieldEncoding.ShiftJis or FieldEncoding.Jis201;
        quirks |= TextClassOf(spec) == ByteClassName.ShiftJis ? ContentQuirks.Pairs : ContentQuirks.None;

        int fixedNibbles = (spec.LengthMax * nibbles) + (isPacked ? sign : 0);
        int fixedSize = spec.IsVariable ? 0 : (fixedNibbles + 1) >> 1;
        ByteClassName textClass = TextClassOf(spec);
        ByteClassName wireClass = WireClassOf(spec, textClass);
        return new FieldRule
        {
            FixedSlot = new FieldSlot(0, fixedSize, spec.LengthMax),
            LengthMax = spec.LengthMax,
            FixedSize = fixedSize,
            Prefix = FormOf(spec),
            PrefixSize = (byte)(spec.Prefix is PrefixEncoding.Bcd or PrefixEncoding.Binary
                ? (spec.PrefixDigits + 1) >> 1
                : spec.PrefixDigits),
            UnitNibbles = nibbles,
            WireClass = wireClass,
            RunKey = RunKeyOf(spec, wireClass, mayBeOdd),
            TextClass = textClass,
            Quirks = quirks,
            Encoding = isShiftJis ? FieldEncoding.Ascii : spec.Encoding,
            KindAndPad = (byte)((int)spec.Kind | (spec.PadNibble << 4)),
            PrefixZero = spec.Prefix == PrefixEncoding.Ebcdic ? CodePage.Zero : (byte)'0',
            SignC = CodePage.IsEbcdic(spec.Encoding) ? CodePage.C : (byte)'C',
            Fill = spec.Fill,
            FillsLeft = spec.FillsLeft,
            SeparatesByD = spec.Kind == FieldKind.Z && spec.Separator == 'D' && !isPacked,
        };
    }

    private static byte RunKeyOf(FieldSpec spec, ByteClassName wireClass, bool mayBeOdd)
    {
        // A pad of F is no digit: such a field is checked by itself, and neighbours need not know.
        if (mayBeOdd && spec.PadNibble != 0)
        {
            return (byte)ByteClassName.Any | FieldRule.StartsRun;
        }

        // The prefix was found to be digits before. A run may take it in when digits of its encoding are of its
        // class.
        bool prefixBelongs = !spec.IsVariable || IsWithin(PrefixClassOf(spec.Prefix), wireClass);
        bool starts = !prefixBelongs || spec.Kind == FieldKind.XN;
        return (byte)((byte)wireClass | (starts ? FieldRule.StartsRun : 0));
    }

    private static PrefixForm FormOf(FieldSpec spec) => spec.Prefix switch
    {
        PrefixEncoding.None => PrefixForm.None,
        PrefixEncoding.Binary => PrefixForm.Binary,
        PrefixEncoding.Hex => PrefixForm.Hex,
        PrefixEncoding.Ascii or PrefixEncoding.Ebcdic when spec.PrefixDigits == 2 && !CountsWire(spec) =>
            PrefixForm.TwoDigits,
        PrefixEncoding.Ascii or PrefixEncoding.Ebcdic => PrefixForm.Digits,
        _ when CountsWire(spec) => PrefixForm.Packed,
        _ => spec.PrefixDigits <= 2 ? PrefixForm.OnePacked : PrefixForm.Packed,
    };

    /// <summary>The greatest number that a prefix can state.</summary>
    internal static long MaxOf(PrefixEncoding prefix, int places)
    {
        (int radix, int digits) = prefix switch
        {
            PrefixEncoding.Binary => (256, (places + 1) >> 1),
            PrefixEncoding.Hex => (16, places),
            _ => (10, places),
        };
        long max = 1;
        for (int digit = 0; digit < digits; digit++)
        {
            max *= radix;
        }

        return max - 1;
    }

    /// <summary>Whether the prefix counts something else than units.</summary>
    private static bool CountsWire(FieldSpec spec) => spec.PrefixCounts == PrefixCount.Wire
        && spec.Encoding is FieldEncoding.Bcd or FieldEncoding.Hex or FieldEncoding.HexEbcdic;

    private static ByteClassName PrefixClassOf(PrefixEncoding prefix) => prefix switch
    {
        PrefixEncoding.Bcd => ByteClassName.PackedDigits,
        PrefixEncoding.Ebcdic => ByteClassName.EbcdicDigits,
        PrefixEncoding.Binary => ByteClassName.Any,
        PrefixEncoding.Hex => ByteClassName.Hex,
        _ => ByteClassName.Digits,
    };

    private static bool IsWithin(ByteClassName inner, ByteClassName outer)
    {
        for (int value = 0; value < 256; value++)
        {
            if (ByteClasses.Of(inner).Contains((byte)value) && !ByteClasses.Of(outer).Contains((byte)value))
            {
                return false;
            }
        }

        return true;
    }

    private static ByteClassName TextClassOf(FieldSpec spec) => spec.Kind switch
    {
        FieldKind.N or FieldKind.XN => ByteClassName.Digits,
        FieldKind.Z => ByteClassName.Track,
        FieldKind.B => ByteClassName.Any,
        _ when spec.IsJapanese => spec.Encoding == FieldEncoding.ShiftJis
            ? ByteClassName.ShiftJis
            : ByteClassName.Jis201,
        _ when spec.Content == ContentRule.Any => ByteClassName.Any,
        FieldKind.A when spec.Content == ContentRule.Narrow => ByteClassName.Letters,
        FieldKind.AN when spec.Content == ContentRule.Narrow => ByteClassName.LettersDigits,
        _ => ByteClassName.Printable,
    };

    private static ByteClassName WireClassOf(FieldSpec spec, ByteClassName textClass) => spec.Encoding switch
    {
        FieldEncoding.Bcd => spec.Kind == FieldKind.Z ? ByteClassName.PackedTrack : ByteClassName.PackedDigits,
        FieldEncoding.Hex => ByteClassName.Hex,
        FieldEncoding.HexEbcdic => ByteClassName.EbcdicHex,
        FieldEncoding.Ascii or FieldEncoding.ShiftJis or FieldEncoding.Jis201
            when textClass == ByteClassName.Track && spec.Separator == 'D' => ByteClassName.TrackD,
        _ when CodePage.IsEbcdic(spec.Encoding) => textClass switch
        {
            ByteClassName.Digits => ByteClassName.EbcdicDigits,
            ByteClassName.Track =>
                spec.Separator == 'D' ? ByteClassName.EbcdicTrackD : ByteClassName.EbcdicTrack,
            ByteClassName.Letters => ByteClassName.EbcdicLetters,
            ByteClassName.LettersDigits => ByteClassName.EbcdicLettersDigits,
            ByteClassName.Any => ByteClassName.Any,
            _ => spec.Encoding switch
            {
                FieldEncoding.Ebcdic500 => ByteClassName.Ebcdic500,
                FieldEncoding.Ebcdic1047 => ByteClassName.Ebcdic1047,
                FieldEncoding.Ebcdic930 => ByteClassName.Ebcdic930,
                FieldEncoding.Ebcdic939 => ByteClassName.Ebcdic939,
                _ => ByteClassName.Ebcdic,
            },
        },
        _ => textClass,
    };
}
