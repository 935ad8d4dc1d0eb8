using FsCheck;
using FsCheck.Fluent;
using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Tests.Protocol.Editions;

/// <summary>Whatever bytes a partner may send: translating them never throws, and nothing is lost in silence.</summary>
public class TranslationProperties
{
    private static readonly Config Quick = Config.QuickThrowOnFailure.WithMaxTest(150);

    public static TheoryData<string, string> Ways
    {
        get
        {
            var ways = new TheoryData<string, string>();
            foreach ((string from, string to) in Translations.Ways())
            {
                ways.Add(from, to);
            }

            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Translate_AnyMessage_SaysOrNamesEveryField(string from, string to)
    {
        Dialect source = Dialect.Get(from);
        Dialect target = Dialect.Get(to);
        var message = new Message(60_000, FieldTerms.Canonical);
        var composer = new MessageComposer(60_000, FieldTerms.Canonical) { WallMs = Translations.Now };
        var said = new Message(60_000, FieldTerms.Canonical);
        Prop.ForAll(ArbMap.Default.GeneratorFor<int>().ToArbitrary(), seed =>
        {
            var random = new System.Random(seed);
            Assert.True(message.TryLoad(source, Bytes(source, random), out ParseFault fault), fault.ToString());
            composer.Start(target, message.Mti);
            composer.Take(message);
            if (!composer.TryWrite(out ReadOnlySpan<byte> bytes, out _))
            {
                return; // Something essential does not fit: a fault that the caller sees.
            }

            Assert.True(said.TryLoad(target, bytes, out fault), fault.ToString());

            // What only adds to another field, or is the same fact in another form, is said with that.
            FieldSet aside = FieldSet.Of(
                Field.ConditionCode, Field.ReplacementAmounts, LaterField.OriginalLocalTime, LaterField.PosData1993,
                LaterField.PosData2003, LaterField.OriginalAmounts, LaterField.SecurityControl, Field.NetworkCode,
                LaterField.FunctionCode);
            FieldSet silent = message.Fields.Except(said.Fields).Except(composer.LeftOut).Except(aside);
            Assert.True(silent.IsEmpty, $"{silent} of {message.Mti}");
        }).Check(Quick);
    }

    private static byte[] Bytes(Dialect dialect, System.Random random)
    {
        int[] types = [100, 110, 120, 200, 210, 220, 420, 430, 800, 810];
        var fields = new SortedDictionary<int, string>();
        int share = random.Next(1, 100);
        foreach (int field in dialect.Defined)
        {
            if (random.Next(100) < share)
            {
                fields[field] = Text(dialect[field]!, random);
            }
        }

        var type = new Mti(types[random.Next(types.Length)] + (1000 * (int)dialect.IsoVersion));
        var composer = new MessageComposer(60_000);
        composer.Start(dialect, type);
        foreach ((int field, string text) in fields)
        {
            composer.Set(field, System.Text.Encoding.Latin1.GetBytes(text));
        }

        Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault), fault.ToString());
        return bytes.ToArray();
    }

    private static string Text(FieldSpec spec, System.Random random)
    {
        var text = new char[spec.IsVariable ? random.Next(Math.Min(spec.LengthMax, 60) + 1) : spec.LengthMax];
        for (int index = 0; index < text.Length; index++)
        {
            text[index] = (char)(spec.Kind switch
            {
                FieldKind.XN when index == 0 => random.Next(2) == 0 ? 'C' : 'D',
                FieldKind.N or FieldKind.XN or FieldKind.Z => random.Next('0', '9' + 1),
                FieldKind.B => random.Next(256),
                _ => random.Next('!', '~' + 1),
            });
        }

        return new string(text);
    }
}
