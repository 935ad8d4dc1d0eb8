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

            // Field 65 would announce a third bitmap, which no dialect of 128 fields has: a message with it is
            // refused.
            if (field != Field.ThirdBitmap)
            {
                defined = defined.With(field);
            }
        }

        if (text.Fields.Count == 0)
        {
            mistakes.Add("fields: a dialect without fields carries nothing");
        }

        FieldSet mayHoldSecrets = (text.Private ?? default).Except(text.Storable ?? default);
        return mistakes.Count == 0
            ? new Dialect(text, specs, rules, new DialectSets(defined, text.Sensitive ?? default, mayHoldSecrets))
            : null;
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
        if (stated.Format is not { } format)
        {
            RequireMember(null, $"{path}.format");
            return null;
        }

        FieldText settled = Settle(stated, format);
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
        };

        bool agrees = spec.Encoding switch
        {
            FieldEncoding.Bcd => spec.Kind is FieldKind.N or FieldKind.Z or FieldKind.XN,
            FieldEncoding.Binary or FieldEncoding.Hex => spec.Kind == FieldKind.B,
            _ => spec.Kind != FieldKind.B,
        };
        if (!agrees)
        {
            mistakes.Add($"{path}.encoding: {spec.Encoding.ToString().ToLowerInvariant()} cannot carry {format}");
        }

        if (spec.Kind == FieldKind.XN && spec.IsVariable)
        {
            mistakes.Add($"{path}.format: a signed amount has a fixed length");
        }

        return spec;
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

    private static FieldRule RuleOf(FieldSpec spec)
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
        byte nibbles = (byte)(isPacked ? 1 : spec.Encoding == FieldEncoding.Hex ? 4 : 2);
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
            PrefixSize = (byte)(spec.Prefix == PrefixEncoding.Bcd ? (spec.PrefixDigits + 1) >> 1 : spec.PrefixDigits),
            UnitNibbles = nibbles,
            WireClass = wireClass,
            RunKey = RunKeyOf(spec, wireClass, mayBeOdd),
            TextClass = textClass,
            Quirks = quirks,
            Encoding = spec.Encoding,
            KindAndPad = (byte)((int)spec.Kind | (spec.PadNibble << 4)),
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
        bool prefixBelongs = wireClass == ByteClassName.Any || spec.Prefix switch
        {
            PrefixEncoding.None => true,
            PrefixEncoding.Ascii => ByteClasses.Of(wireClass).Contains((byte)'0'),
            _ => wireClass is ByteClassName.PackedDigits or ByteClassName.PackedTrack,
        };
        bool starts = !prefixBelongs || spec.Kind == FieldKind.XN;
        return (byte)((byte)wireClass | (starts ? FieldRule.StartsRun : 0));
    }

    private static PrefixForm FormOf(FieldSpec spec) => spec.Prefix switch
    {
        PrefixEncoding.None => PrefixForm.None,
        PrefixEncoding.Ascii => spec.PrefixDigits == 2 ? PrefixForm.TwoDigits : PrefixForm.Digits,
        _ => spec.PrefixDigits <= 2 ? PrefixForm.OnePacked : PrefixForm.Packed,
    };

    private static ByteClassName TextClassOf(FieldSpec spec) => spec.Kind switch
    {
        FieldKind.N or FieldKind.XN => ByteClassName.Digits,
        FieldKind.Z => ByteClassName.Track,
        FieldKind.B => ByteClassName.Any,
        _ when spec.Content == ContentRule.Any => ByteClassName.Any,
        FieldKind.A when spec.Content == ContentRule.Narrow => ByteClassName.Letters,
        FieldKind.AN when spec.Content == ContentRule.Narrow => ByteClassName.LettersDigits,
        _ => ByteClassName.Printable,
    };

    private static ByteClassName WireClassOf(FieldSpec spec, ByteClassName textClass) => spec.Encoding switch
    {
        FieldEncoding.Bcd => spec.Kind == FieldKind.Z ? ByteClassName.PackedTrack : ByteClassName.PackedDigits,
        FieldEncoding.Hex => ByteClassName.Hex,
        _ => textClass,
    };
}
