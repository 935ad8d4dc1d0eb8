using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Protocol.Messages;

/// <summary>The short way from dialect to dialect, against the way by texts, which checks everything.</summary>
public class TranscodingPlanTests
{
    private const int Rounds = 40;

    public static TheoryData<string, string> Pairs =>
        Composing.PairsOf([.. Vector.Dialects, "iso03-ascii", "iso03-binary"]);

    [Theory]
    [MemberData(nameof(Pairs))]
    public void TryWrite_FromAnotherDialect_IsWhatTheTextsMake(string fromName, string toName)
    {
        Dialect from = Dialect.Get(fromName);
        Dialect to = Dialect.Get(toName);
        var message = new Message(200_000);
        var composer = new MessageComposer(100_000);
        int written = 0;
        for (int round = 0; round < Rounds; round++)
        {
            var random = new Random(round);
            byte[] bytes = RandomMessages.Encode(from, RandomMessages.Fields(from, random, 1 + (2 * round)));
            Assert.True(message.TryLoad(from, bytes, out _));
            FieldSet fields = Composing.Settable(message, to);

            composer.Start(to, message.Mti.WithVersion((int)to.IsoVersion));
            composer.Take(message, fields);
            string planned = Composing.Written(composer);
            composer.Start(to, message.Mti.WithVersion((int)to.IsoVersion));
            foreach (int field in fields)
            {
                byte[] text = new byte[message.TextLength(field)];
                message.CopyText(field, text);
                Assert.True(message.ReadText(field, new byte[text.Length]).SequenceEqual(text));
                Assert.True(text.Length == 0 || message.ReadText(field, new byte[text.Length - 1]).IsEmpty);
                composer.Set(field, text);
            }

            Assert.Equal(Composing.Written(composer), planned);
            written += planned.Length > 0 ? 1 : 0;
        }

        Assert.NotEqual(0, written);
    }

    /// <summary>What an answer repeats of its request, whatever the dialect of the reply.</summary>
    [Theory]
    [MemberData(nameof(Pairs))]
    public void TryWrite_WithASecondSource_IsWhatItsTextsMake(string replyName, string requestName)
    {
        Dialect target = Dialect.Get(requestName);
        Dialect other = Dialect.Get(replyName);
        var reply = new Message(200_000);
        var request = new Message(200_000);
        var composer = new MessageComposer(100_000);
        var echoed = FieldSet.Range(2, 64);
        int written = 0;
        for (int round = 0; round < Rounds; round++)
        {
            var random = new Random(round);
            byte[] first = RandomMessages.Encode(other, RandomMessages.Fields(other, random, share: 30));
            byte[] second = RandomMessages.Encode(target, RandomMessages.Fields(target, random, share: 30));
            Assert.True(reply.TryLoad(other, first, out _));
            Assert.True(request.TryLoad(target, second, out _));
            FieldSet fields = Composing.Settable(reply, target);
            Mti mti = request.Mti.WithVersion((int)target.IsoVersion);

            composer.Start(target, mti);
            composer.Take(reply, fields);
            composer.Take(request, echoed);
            composer.Drop(Field.Stan);
            string copied = Composing.Written(composer);
            composer.Start(target, mti);
            composer.Take(reply, fields);
            Composing.SetTexts(composer, request, request.Fields & echoed);
            composer.Drop(Field.Stan);
            Assert.Equal(Composing.Written(composer), copied);
            written += copied.Length > 0 ? 1 : 0;
        }

        Assert.NotEqual(0, written);
    }
}
