using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Tests.Protocol.Support;

/// <summary>Messages of any fields and lengths that a dialect allows, fixed fields full.</summary>
internal static class RandomMessages
{
    private const int LengthMax = 120;

    /// <param name="share">Of the dialect's fields, in percent.</param>
    public static SortedDictionary<int, byte[]> Fields(Dialect dialect, Random random, int share)
    {
        var fields = new SortedDictionary<int, byte[]>();
        foreach (int field in dialect.Defined)
        {
            if (random.Next(100) < share)
            {
                fields.Add(field, Text(dialect[field]!, random));
            }
        }

        return fields;
    }

    public static byte[] Encode(Dialect dialect, IReadOnlyDictionary<int, byte[]> fields)
    {
        var composer = new MessageComposer(200_000 / 8);
        composer.Start(dialect, Mti.FinancialRequest.WithVersion((int)dialect.IsoVersion));
        foreach ((int field, byte[] text) in fields)
        {
            composer.Set(field, text);
        }

        Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault), fault.ToString());
        return bytes.ToArray();
    }

    private static byte[] Text(FieldSpec spec, Random random)
    {
        byte[] text = new byte[spec.IsVariable ? random.Next(Math.Min(spec.LengthMax, LengthMax) + 1) : spec.LengthMax];
        if (spec.IsJapanese)
        {
            FillJapanese(text, spec.Encoding == FieldEncoding.ShiftJis, random);
            return text;
        }

        for (int index = 0; index < text.Length; index++)
        {
            text[index] = spec.Kind switch
            {
                FieldKind.XN when index == 0 => random.Next(2) == 0 ? (byte)'C' : (byte)'D',
                FieldKind.N or FieldKind.XN => (byte)random.Next('0', '9' + 1),
                FieldKind.Z => "0123456789="u8[random.Next(11)],
                FieldKind.B => (byte)random.Next(256),
                FieldKind.A when spec.Content == ContentRule.Narrow => (byte)random.Next('a', 'z' + 1),
                FieldKind.AN when spec.Content == ContentRule.Narrow => "0123456789abcXYZ "u8[random.Next(17)],
                _ => (byte)random.Next(' ', '~' + 1),
            };
        }

        return text;
    }

    private static void FillJapanese(byte[] text, bool hasPairs, Random random)
    {
        for (int index = 0; index < text.Length; index++)
        {
            int next = random.Next(3);
            if (next == 0 && hasPairs && index + 1 < text.Length)
            {
                (text[index], text[index + 1]) = (0x82, (byte)random.Next(0x9F, 0xF2)); // Hiragana.
                index++;
                continue;
            }

            text[index] = next == 1 ? (byte)random.Next(0xA1, 0xE0) : (byte)random.Next(' ', '~' + 1);
        }
    }
}
