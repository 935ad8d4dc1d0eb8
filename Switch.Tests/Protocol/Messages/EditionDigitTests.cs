using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Protocol.Messages;

/// <summary>
/// The first digit of an MTI is the edition's: nothing else is taken by those who decide, or sent by them.
/// </summary>
public class EditionDigitTests
{
    private const int Versions = 10;

    public static TheoryData<string> Dialects => new(
        "iso87-ascii", "iso87-binary", "iso87-ebcdic", "iso93-ascii", "iso93-binary", "iso03-ascii", "iso03-binary",
        "base24", "base1");

    [Theory]
    [MemberData(nameof(Dialects))]
    public void TryLoad_InCanonicalTerms_TakesOnlyTheDialectsEdition(string name)
    {
        Dialect dialect = Dialect.Get(name);
        var message = new Message(256, FieldTerms.Canonical);
        for (int version = 0; version < Versions; version++)
        {
            byte[] bytes = Echo(dialect, new Mti((version * 1000) + 800));

            bool isLoaded = message.TryLoad(dialect, bytes, out ParseFault fault);

            bool isOwn = version == (int)dialect.IsoVersion;
            Assert.Equal((version, isOwn), (version, isLoaded));
            Assert.Equal(isOwn ? default : new ParseFault(ParseError.WrongEdition, 0, 0), fault);
            Assert.Equal("0800", message.Mti.ToString());
            Assert.Equal(version, message.WireMti.Version);
            Assert.True(message.TryGetNumber(Field.Stan, out long stan));
            Assert.Equal(123, stan);
        }
    }

    /// <summary>What MTI and bitmap cannot say is not made worse by the edition.</summary>
    [Fact]
    public void TryLoad_OtherEditionAndNoBitmap_SaysThatTheBitmapIsBad()
    {
        var message = new Message(256, FieldTerms.Canonical);

        Assert.False(message.TryLoad(Samples.Ascii, "1800GGGG000000000000"u8, out ParseFault fault));

        Assert.Equal(ParseError.BadBitmap, fault.Error);
        Assert.True(fault.IsInHeader);
    }

    /// <summary>Tools show and make what is on the wire, whatever it is.</summary>
    [Fact]
    public void TryLoad_InWireTerms_TakesEveryEdition()
    {
        var message = new Message(256);

        Assert.True(message.TryLoad(Samples.Ascii, Echo(Samples.Ascii, new Mti(9800)), out _));
        Assert.Equal("9800", message.Mti.ToString());
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void TryWrite_InCanonicalTerms_WritesOnlyTheTargetsEdition(string name)
    {
        Dialect dialect = Dialect.Get(name);
        var composer = new MessageComposer(256, FieldTerms.Canonical);
        for (int version = 0; version < Versions; version++)
        {
            composer.Start(dialect, new Mti((version * 1000) + 110));
            composer.SetNumber(Field.Stan, 123);

            bool isWritten = composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault);

            Assert.Equal((version, version == 0), (version, isWritten));
            Assert.Equal(isWritten ? default : new ParseFault(ParseError.WrongEdition, 0, 0), fault);
            Assert.Equal(isWritten, !bytes.IsEmpty);
        }
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void TryWrite_AnswerToAnotherEdition_IsOfTheDialectsOwn(string name)
    {
        Dialect dialect = Dialect.Get(name);
        var request = new Message(256, FieldTerms.Canonical);
        var composer = new MessageComposer(256, FieldTerms.Canonical);
        for (int version = 0; version < Versions; version++)
        {
            request.TryLoad(dialect, Echo(dialect, new Mti((version * 1000) + 100)), out _);
            composer.Start(dialect, request.Mti.Response());
            composer.Take(request, FieldSet.Of(Field.Stan));
            Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault), fault.ToString());

            var answer = new Message(256);
            Assert.True(answer.TryLoad(dialect, bytes, out _));
            Assert.Equal($"{(int)dialect.IsoVersion}110", answer.Mti.ToString());
            Assert.True(answer.TryGetNumber(Field.Stan, out long stan));
            Assert.Equal(123, stan);
        }
    }

    private static byte[] Echo(Dialect dialect, Mti mti)
    {
        string stan = new('0', dialect[Field.Stan]!.LengthMax - 3);
        return Samples.Encode(dialect, mti, new Dictionary<int, string> { [Field.Stan] = stan + "123" });
    }
}
