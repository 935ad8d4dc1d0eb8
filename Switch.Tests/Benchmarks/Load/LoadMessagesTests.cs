using System.Text;
using Switch.Benchmarks.Load;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Tests.Benchmarks.Load;

/// <summary>
/// What the load generator sends and its issuer answers, read by the switch's own codec: figures from messages that are
/// none would mean nothing.
/// </summary>
public class LoadMessagesTests
{
    private const int Number = 4_711;
    private static readonly MessageFacts Facts = new(4000011234567899, 12_345, 1125103000, 987_654, Number, 16)
    {
        OriginalStan = 55, OriginalTime = 1125102959,
    };

    [Theory]
    [InlineData("iso87-ascii", 0)]
    [InlineData("iso87-ascii", 8)]
    [InlineData("iso87-binary", 0)]
    public void Request_WithFacts_IsAPurchaseOfNineteenFieldsAndTheStatedSize(string dialect, int headerSize)
    {
        WireShape shape = WireShape.Of(dialect);
        MessageTemplate template = MessageTemplate.Request(shape, headerSize, isRepeat: false, padding: 0);
        Message message = Load(dialect, Write(template, headerSize));

        Assert.Equal("0100", message.Mti.ToString());
        Assert.Equal(19, message.Fields.Count);
        int size = dialect == "iso87-ascii" ? 300 : 230;
        Assert.InRange(template.MessageSize, size - 10, size + 10);
        Assert.Equal("4000011234567899", Text(message, Field.Pan));
        Assert.Equal("4000011234567899=30122010000000000", Text(message, Field.Track2));
        Assert.Equal("000000012345", Text(message, Field.Amount));
        Assert.Equal("1125103000", Text(message, Field.TransmissionDateTime));
        Assert.Equal("987654", Text(message, Field.Stan));
        Assert.Equal("000000004711", Text(message, Field.RetrievalReference));
        Assert.Equal("00000016", Text(message, Field.TerminalId));
    }

    [Theory]
    [InlineData("iso87-ascii")]
    [InlineData("iso87-binary")]
    public void Reversal_WithFacts_NamesItsOriginal(string dialect)
    {
        Message message = Load(dialect, Write(MessageTemplate.Reversal(WireShape.Of(dialect), 0), 0));

        Assert.Equal("0420", message.Mti.ToString());
        Assert.Equal("010000005511251029591234567890100000000000", Text(message, Field.OriginalData));
    }

    [Fact]
    public void Request_WithPadding_IsLongerByIt()
    {
        WireShape shape = WireShape.Of("iso87-ascii");
        int plain = MessageTemplate.Request(shape, 0, isRepeat: false, padding: 0).MessageSize;
        int longer = MessageTemplate.Request(shape, 0, isRepeat: false, padding: 3_000).MessageSize;

        Assert.InRange(longer - plain, 3_000, 3_012);
    }

    [Theory]
    [InlineData("iso87-ascii")]
    [InlineData("iso87-binary")]
    public void IssuerReply_ToARequest_EchoesItAndEntersItOnce(string dialect)
    {
        WireShape shape = WireShape.Of(dialect);
        var book = new ResponderBook();
        var issuer = new IssuerReply(shape, book);
        Message answer = Answer(issuer, dialect, MessageTemplate.Request(shape, 0, isRepeat: false, padding: 0));
        Answer(issuer, dialect, MessageTemplate.Request(shape, 0, isRepeat: true, padding: 0));

        Assert.Equal("0110", answer.Mti.ToString());
        Assert.Equal("00", Text(answer, Field.ResponseCode));
        Assert.Equal("004711", Text(answer, Field.ApprovalCode));
        Assert.Equal("987654", Text(answer, Field.Stan));
        Assert.Equal("000000004711", Text(answer, Field.RetrievalReference));
        Assert.Equal("392", Text(answer, Field.Currency));
        Assert.Equal((12_345, 1, 0), (book[Number].Amount, book[Number].Approvals, book[Number].Reversals));
    }

    [Fact]
    public void IssuerReply_ToAReversal_AcknowledgesAndEntersIt()
    {
        WireShape shape = WireShape.Of("iso87-ascii");
        var book = new ResponderBook();
        Message answer = Answer(new IssuerReply(shape, book), "iso87-ascii", MessageTemplate.Reversal(shape, 0));

        Assert.Equal("0430", answer.Mti.ToString());
        Assert.Equal("00", Text(answer, Field.ResponseCode));
        Assert.Equal("010000005511251029591234567890100000000000", Text(answer, Field.OriginalData));
        Assert.Equal(1, book[Number].Reversals);
    }

    [Fact]
    public void IssuerReply_ThatIsSilent_EntersNothing()
    {
        WireShape shape = WireShape.Of("iso87-ascii");
        var book = new ResponderBook();
        byte[] request = Write(MessageTemplate.Request(shape, 0, isRepeat: false, padding: 0), 0);

        Assert.Equal(0, new IssuerReply(shape, book).Write(request, new byte[1_024], isSilent: true));
        Assert.Equal(0, book[Number].Approvals);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0100")]
    [InlineData("0100F000000000000000")]
    [InlineData("01004000000000000000164000")]
    [InlineData("0100400000000000000000X")]
    public void TryIndex_OfWhatDoesNotAddUp_IsFalse(string text) =>
        Assert.False(WireShape.Of("iso87-ascii").TryIndex(Encoding.ASCII.GetBytes(text), new FieldPlaces()));

    private static byte[] Write(MessageTemplate template, int headerSize)
    {
        var frame = new byte[4_096];
        int size = template.Write(frame, Facts);
        ReadOnlySpan<byte> stream = frame.AsSpan(0, size);
        Assert.True(LeanConnection.TryTakeFrame(ref stream, out ReadOnlySpan<byte> body));
        Assert.True(stream.IsEmpty);
        return body[headerSize..].ToArray();
    }

    private static Message Answer(IssuerReply issuer, string dialect, MessageTemplate template)
    {
        var into = new byte[4_096];
        int size = issuer.Write(Write(template, 0), into, isSilent: false);
        return Load(dialect, into.AsSpan(0, size));
    }

    private static Message Load(string dialect, ReadOnlySpan<byte> bytes)
    {
        var message = new Message(4_096);
        Assert.True(message.TryLoad(Dialect.Get(dialect), bytes, out ParseFault fault), fault.ToString());
        return message;
    }

    private static string Text(Message message, int field)
    {
        var text = new byte[message.TextLength(field)];
        message.CopyText(field, text);
        return Encoding.ASCII.GetString(text);
    }
}
