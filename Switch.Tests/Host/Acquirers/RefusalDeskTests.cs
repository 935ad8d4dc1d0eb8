using Switch.Host.Acquirers;
using Switch.Host.Simulators;
using Switch.Protocol.Dialects;
using Switch.Protocol.Messages;
using Switch.Routing.Values;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Acquirers;

/// <summary>A refusal at the edge repeats what any response does (docs/domain.md section 2.2).</summary>
public sealed class RefusalDeskTests
{
    [Fact]
    public void TryCompose_Refusal_RepeatsWhatTheCoreWould()
    {
        const int SizeMax = 2_048;
        var dialect = Dialect.Get("iso87-ascii");
        PlainMessage request = Purchases.Authorization();
        (request[23], request[25], request[59]) = ("001", "00", "FOR THE ACQUIRER");
        var asked = new Message(SizeMax, FieldTerms.Canonical);
        Assert.True(asked.TryLoad(dialect, new PlainCodec(dialect, SizeMax).Encode(request), out _));

        Assert.True(RefusalDesk.TryCompose(
            new MessageComposer(SizeMax, FieldTerms.Canonical), asked, out ReadOnlySpan<byte> bytes));

        var refusal = new Message(SizeMax, FieldTerms.Canonical);
        Assert.True(refusal.TryLoad(dialect, bytes, out _));
        Assert.Equal((CommonFields.Echoed & asked.Fields).With(39), refusal.Fields);
        Assert.Equal("96"u8, refusal.Raw(39));
        foreach (int field in CommonFields.Echoed & asked.Fields)
        {
            Assert.Equal(asked.Raw(field), refusal.Raw(field));
        }

        Assert.True(refusal.Has(23) && refusal.Has(25) && refusal.Has(59));
    }
}
