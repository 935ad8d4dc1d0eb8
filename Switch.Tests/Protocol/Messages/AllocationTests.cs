using System.Buffers;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;
using Switch.Tests.Support;

namespace Switch.Tests.Protocol.Messages;

/// <summary>Everything that runs once per message allocates nothing once it is warm.</summary>
public class AllocationTests
{
    private const int Rounds = 1_000;

    public static TheoryData<string> Dialects => new(Vector.Dialects);

    [Theory]
    [MemberData(nameof(Dialects))]
    public void TryLoad_GoodMessage_AllocatesNothing(string name)
    {
        Dialect dialect = Dialect.Get(name);
        byte[] bytes = Samples.Load(dialect).Bytes.ToArray();
        var sequence = new ReadOnlySequence<byte>(bytes);
        var message = new Message(2048);

        AssertNothing(() =>
        {
            message.TryLoad(dialect, bytes, out _);
            message.TryLoad(dialect, in sequence, out _);
            message.Clear();
        });
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void TryLoad_BadMessage_AllocatesNothing(string name)
    {
        Dialect dialect = Dialect.Get(name);
        byte[] bytes = Samples.Load(dialect).Bytes.ToArray();
        bytes[dialect.MtiSize + dialect.BitmapSize + 5] = 0xFF;
        var message = new Message(2048);

        AssertNothing(() => Assert.False(message.TryLoad(dialect, bytes, out _)));
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void Reading_EveryField_AllocatesNothing(string name)
    {
        Message message = Samples.Load(Dialect.Get(name));
        var tokenizer = new CardTokenizer(new byte[32]);
        byte[] text = new byte[1024];

        AssertNothing(() =>
        {
            foreach (int field in message.Fields)
            {
                message.CopyText(field, text);
                message.Raw(field);
            }

            message.TryGetNumber(Field.Amount, out _);
            message.TryGetPan(out Pan pan);
            message.Card = tokenizer.Of(pan);
        });
    }

    [Theory]
    [InlineData("iso87-ascii", "iso87-ascii")]
    [InlineData("iso87-ascii", "iso87-binary")]
    [InlineData("iso87-binary", "iso87-ascii")]
    [InlineData("iso87-binary", "iso87-binary")]
    public void TryWrite_PatchBuildAndTranscode_AllocatesNothing(string from, string to)
    {
        Message source = Samples.Load(Dialect.Get(from));
        Dialect target = Dialect.Get(to);
        var composer = new MessageComposer(2048);
        FieldSet secrets = FieldSet.Of(Field.PinData, Field.Track2);

        AssertNothing(() =>
        {
            composer.Start(target, source.Mti);
            composer.Take(source);
            composer.SetNumber(Field.Stan, 4711);
            Assert.True(composer.TryWrite(out _, out _));

            composer.Drop(in secrets);
            composer.Set(Field.ResponseCode, "00"u8);
            Assert.True(composer.TryWrite(out _, out _));
        });
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void FieldImage_WriteReadAndTake_AllocatesNothing(string name)
    {
        Dialect dialect = Dialect.Get(name);
        Message source = Samples.Load(dialect);
        FieldSet keep = Retention.StorableFromRequest(dialect);
        byte[] buffer = new byte[FieldImage.SizeMax(source.Capacity)];
        var composer = new MessageComposer(2048);

        AssertNothing(() =>
        {
            ReadOnlySpan<byte> image = buffer.AsSpan(0, FieldImage.Write(source, in keep, buffer));
            FieldImage.TryRead(image, Field.Currency, out _);
            composer.Start(dialect, Mti.AuthorizationAdvice);
            composer.Take(image);
            Assert.True(composer.TryWrite(out _, out _));
        });
    }

    [Fact]
    public void Framing_DecodeAndWrite_AllocatesNothing()
    {
        byte[] message = [1, 2, 4];
        foreach (string name in FrameFormat.Names)
        {
            Assert.True(FrameFormat.TryGet(name + "+tpdu", out FrameFormat? format));
            byte[] stream = new byte[format.OverheadSize + message.Length];
            format.Write(stream, message);

            AssertNothing(() =>
            {
                var buffer = new ReadOnlySequence<byte>(stream);
                bool isWhole = format.TryDecode(ref buffer, 100, out _, out FrameHeader reply) == FrameStatus.Complete;
                Assert.True(isWhole);
                format.Write(stream, message, in reply);
            });
        }
    }

    private static void AssertNothing(Action action) => Assert.Equal(0, AllocationMeter.Of(action, 100, Rounds));
}
