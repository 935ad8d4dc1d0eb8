using FsCheck;
using FsCheck.Fluent;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Protocol.Messages;

/// <summary>
/// Any message that the dialect allows comes back as it went, straight and by way of the other dialect.
/// </summary>
public class RoundTripProperties
{
    private static readonly Config Quick = Config.QuickThrowOnFailure.WithMaxTest(300);

    public static TheoryData<string> Dialects => new(Vector.Dialects);

    [Theory]
    [MemberData(nameof(Dialects))]
    public void Decode_OfEncode_IsTheSameMessage(string name)
    {
        Dialect dialect = Dialect.Get(name);
        Prop.ForAll(Messages(dialect), fields =>
        {
            var composer = new MessageComposer(200_000 / 8);
            composer.Start(dialect, Mti.FinancialRequest);
            foreach ((int field, byte[] text) in fields)
            {
                composer.Set(field, text);
            }

            Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault), fault.ToString());
            var message = new Message(200_000);
            Assert.True(message.TryLoad(dialect, bytes, out fault), fault.ToString());
            Assert.Equal(string.Join(',', fields.Keys), message.Fields.ToString());
            foreach ((int field, byte[] text) in fields)
            {
                byte[] read = new byte[message.TextLength(field)];
                message.CopyText(field, read);
                Assert.Equal(text, read);
            }
        }).Check(Quick);
    }

    /// <summary>Fields of any lengths that the dialect allows, fixed ones full.</summary>
    private static Arbitrary<SortedDictionary<int, byte[]>> Messages(Dialect dialect)
    {
        Gen<SortedDictionary<int, byte[]>> messages =
            from seed in ArbMap.Default.GeneratorFor<int>()
            from share in Gen.Choose(1, 100)
            select Message(dialect, new System.Random(seed), share);
        return messages.ToArbitrary();
    }

    private static SortedDictionary<int, byte[]> Message(Dialect dialect, System.Random random, int share)
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

    private static byte[] Text(FieldSpec spec, System.Random random)
    {
        byte[] text = new byte[spec.IsVariable ? random.Next(Math.Min(spec.LengthMax, 120) + 1) : spec.LengthMax];
        for (int index = 0; index < text.Length; index++)
        {
            text[index] = spec.Kind switch
            {
                FieldKind.XN when index == 0 => random.Next(2) == 0 ? (byte)'C' : (byte)'D',
                FieldKind.N or FieldKind.XN => (byte)random.Next('0', '9' + 1),
                FieldKind.Z => "0123456789="u8[random.Next(11)],
                FieldKind.B => (byte)random.Next(256),
                _ => (byte)random.Next(' ', '~' + 1),
            };
        }

        return text;
    }
}
