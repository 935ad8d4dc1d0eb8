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

    public static TheoryData<string> Dialects => new([.. Vector.Dialects, "iso03-ascii", "iso03-binary"]);

    [Theory]
    [MemberData(nameof(Dialects))]
    public void Decode_OfEncode_IsTheSameMessage(string name)
    {
        Dialect dialect = Dialect.Get(name);
        Prop.ForAll(Messages(dialect), fields =>
        {
            byte[] bytes = RandomMessages.Encode(dialect, fields);
            var message = new Message(200_000);
            Assert.True(message.TryLoad(dialect, bytes, out ParseFault fault), fault.ToString());
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
            select RandomMessages.Fields(dialect, new System.Random(seed), share);
        return messages.ToArbitrary();
    }
}
