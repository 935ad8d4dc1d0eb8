using System.Text;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Protocol.Messages;

/// <summary>
/// Fields that are copied or converted together, against the same message made of texts, field by field: with fields
/// dropped and set in their midst, good and bad, and with too little room.
/// </summary>
public class ComposerRunTests
{
    private const int Rounds = 60;

    public static TheoryData<string, string> Pairs =>
        Composing.PairsOf("iso87-ascii", "iso87-binary", "iso87-ebcdic", "base24", "odd-packed");

    [Theory]
    [MemberData(nameof(Pairs))]
    public void TryWrite_WithFieldsDroppedAndSet_IsWhatTheTextsMake(string fromName, string toName)
    {
        Dialect from = Get(fromName);
        Dialect to = Get(toName);
        var message = new Message(200_000);
        var composer = new MessageComposer(25_000);
        int written = 0;
        int refused = 0;
        for (int round = 0; round < Rounds; round++)
        {
            var random = new Random(round);
            byte[] bytes = RandomMessages.Encode(from, RandomMessages.Fields(from, random, 5 + round));
            Assert.True(message.TryLoad(from, bytes, out _));
            for (int change = 0; change < 8; change++)
            {
                SortedDictionary<int, byte[]> set = Sets(to, random, count: change);
                FieldSet drop = Some(message.Fields, random, share: change < 4 ? 0 : 10);
                string composed = Compose(composer, to, message, drop, set);
                string expected = OfTexts(composer, to, message, drop, set);
                Assert.True(expected == composed, $"round {round} change {change}: {expected} and {composed}");
                written += composer.TryWrite(out _, out _) ? 1 : 0;
                refused += composer.TryWrite(out _, out _) ? 0 : 1;
            }
        }

        Assert.True(written > Rounds && refused > 0, $"{written} written, {refused} refused");
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void TryWrite_TooLittleRoom_BlamesTheFieldThatTheTextsBlame(string fromName, string toName)
    {
        Dialect from = Get(fromName);
        Dialect to = Get(toName);
        var message = new Message(200_000);
        int share = from.Defined.Count < 64 ? 50 : 12;
        byte[] bytes = RandomMessages.Encode(from, RandomMessages.Fields(from, new Random(3), share));
        Assert.True(message.TryLoad(from, bytes, out _));
        int size = 1;
        string composed;
        do
        {
            var composer = new MessageComposer(size++);
            composed = Compose(composer, to, message, default, []);
            Assert.Equal(OfTexts(composer, to, message, default, []), composed);
        }
        while (composed.Contains(nameof(ParseError.TooLong), StringComparison.Ordinal) && size < 3_000);

        Assert.True(size > 20 && composed == Compose(new MessageComposer(25_000), to, message, default, []));
    }

    [Fact]
    public void SetNumber_AnyNumberAndWidth_IsItsDigits()
    {
        Dialect dialect = Dialect.Get("iso87-ascii");
        var composer = new MessageComposer(2_048);
        var message = new Message(2_048);
        long number = 0;
        for (int digits = 0; digits < 19; digits++)
        {
            foreach (int field in (int[])[Field.EntryMode, Field.Stan, Field.Amount, Field.OriginalData, Field.Pan])
            {
                foreach (long value in (long[])[number, number + 1, number * 5, long.MaxValue / ((number * 7) + 1)])
                {
                    FieldSpec spec = dialect[field]!;
                    string text = spec.IsVariable ? $"{value}" : $"{value}".PadLeft(spec.LengthMax, '0');
                    composer.Start(dialect, Mti.AuthorizationRequest);
                    composer.SetNumber(field, value);
                    bool isWritten = composer.TryWrite(out ReadOnlySpan<byte> bytes, out _);
                    Assert.Equal(text.Length <= spec.LengthMax, isWritten);
                    if (isWritten)
                    {
                        Assert.True(message.TryLoad(dialect, bytes, out _));
                        Assert.Equal(text, Samples.Text(message, field));
                    }
                }
            }

            number = (number * 10) + (digits % 9) + 1;
        }
    }

    [Fact]
    public void Encode_PackedDigitsOfAnyLength_IsWhatAnIndexReadsAgain()
    {
        Dialect dialect = OddDialects.PackedDigits;
        foreach (int field in (int[])[2, 5, 8, 9, 36])
        {
            ref readonly FieldRule rule = ref dialect.Rule(field);
            for (int length = 1; length <= rule.LengthMax; length++)
            {
                byte[] text = [.. Enumerable.Range(0, length).Select(i => (byte)('0' + (((i * 7) + length) % 10)))];
                byte[] wire = new byte[rule.SizeOf(length)];
                byte[] again = new byte[length];
                FieldCodec.Encode(in rule, text, wire);
                FieldCodec.Decode(in rule, wire, length, again);

                bool isLeft = (rule.Quirks & ContentQuirks.PadLeft) != 0;
                string digits = Encoding.ASCII.GetString(text);
                string pad = (length & 1) == 0 ? "" : $"{rule.PadNibble:X}";
                Assert.Equal(isLeft ? pad + digits : digits + pad, Convert.ToHexString(wire));
                Assert.Equal(text, again);
            }
        }
    }

    private static Dialect Get(string name) => name == "odd-packed" ? OddDialects.PackedDigits : Dialect.Get(name);

    private static string Compose(
        MessageComposer composer, Dialect to, Message message, in FieldSet drop, SortedDictionary<int, byte[]> set)
    {
        composer.Start(to, message.Mti);
        composer.Take(message, Composing.Settable(message, to));
        composer.Drop(drop);
        return Written(composer, set);
    }

    private static string OfTexts(
        MessageComposer composer, Dialect to, Message message, in FieldSet drop, SortedDictionary<int, byte[]> set)
    {
        composer.Start(to, message.Mti);
        Composing.SetTexts(composer, message, Composing.Settable(message, to).Except(drop));
        return Written(composer, set);
    }

    private static string Written(MessageComposer composer, SortedDictionary<int, byte[]> set)
    {
        foreach ((int field, byte[] text) in set)
        {
            composer.Set(field, text);
        }

        return Composing.Written(composer);
    }

    /// <summary>Texts for some fields of the target: now and then shorter, or with a wrong character.</summary>
    private static SortedDictionary<int, byte[]> Sets(Dialect to, Random random, int count)
    {
        SortedDictionary<int, byte[]> all = RandomMessages.Fields(to, random, share: 100);
        var set = new SortedDictionary<int, byte[]>();
        int[] fields = [.. all.Keys];
        for (; count > 0; count--)
        {
            int field = fields[random.Next(fields.Length)];
            byte[] text = all[field];
            if (random.Next(6) == 0 && text.Length > 1)
            {
                text = text[1..];
            }

            if (random.Next(40) == 0 && text.Length > 0)
            {
                text[random.Next(text.Length)] = (byte)random.Next(256);
            }

            set[field] = text;
        }

        return set;
    }

    private static FieldSet Some(FieldSet fields, Random random, int share)
    {
        FieldSet some = default;
        foreach (int field in fields)
        {
            some = random.Next(100) < share ? some.With(field) : some;
        }

        return some;
    }
}
