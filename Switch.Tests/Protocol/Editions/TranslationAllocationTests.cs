using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;
using Switch.Tests.Support;

namespace Switch.Tests.Protocol.Editions;

/// <summary>A message that changes its edition allocates nothing once it is warm.</summary>
public class TranslationAllocationTests
{
    public static TheoryData<string, string> Ways => TranslationProperties.Ways;

    [Theory]
    [MemberData(nameof(Ways))]
    public void LoadAndCompose_AcrossEditions_AllocatesNothing(string from, string to)
    {
        Dialect source = Dialect.Get(from);
        Dialect target = Dialect.Get(to);
        byte[] original = Samples.Encode(
            Dialect.Get("iso87-ascii"), Mti.AuthorizationRequest, Samples.Purchase, withIcc: true);
        byte[] bytes = Translations.Say(Translations.Hear(Dialect.Get("iso87-ascii"), original), source);
        var message = new Message(2048, FieldTerms.Canonical);
        var composer = new MessageComposer(2048, FieldTerms.Canonical) { WallMs = Translations.Now };
        byte[] image = new byte[FieldImage.SizeMax(2048)];

        void Round()
        {
            Assert.True(message.TryLoad(source, bytes, out _));
            composer.Start(target, message.Mti);
            composer.Take(message);
            composer.SetNumber(Field.Stan, 987654);
            Assert.True(composer.TryWrite(out _, out _));
            composer.Start(target, message.Mti);
            composer.Take(message);
            Assert.True(composer.TryWriteImage(image, out int size, out _));
            composer.Start(source, message.Mti.Response());
            composer.Take(image.AsSpan(0, size));
            composer.Take(message, FieldSet.Of(Field.Stan, Field.Amount, Field.LocalTime, Field.LocalDate));
            composer.Set(Field.ResponseCode, "00"u8);
            Assert.True(composer.TryWrite(out _, out _));
            message.Clear();
        }

        Assert.Equal(0, AllocationMeter.Of(Round, warmUp: 100, rounds: 500));
    }
}
