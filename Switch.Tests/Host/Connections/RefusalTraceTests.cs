using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Switch.Host.Connections;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Values;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Connections;

/// <summary>What people may see of refused messages: bounded, apart for each party, and without card data.</summary>
public sealed class RefusalTraceTests : IDisposable
{
    private const string Card = "4000000000000002";

    private readonly ListLoggerFactory _logs = new() { Lowest = LogLevel.Debug };
    private readonly SwitchClock _clock;
    private readonly FakeTimeProvider _time;
    private readonly EdgeMeters _meters = new();
    private readonly RefusalTrace _trace;

    public RefusalTraceTests()
    {
        _clock = EdgeParts.Clock(out _time);
        _trace = new RefusalTrace(_clock, _meters, _logs.CreateLogger("trace"));
    }

    public void Dispose() => _logs.Dispose();

    [Fact]
    public void Add_MoreThanIsKept_DropsTheOldestOfThatPartyAlone()
    {
        RefusalSource calm = _trace.Of("acquirer", "calm", "session 1");
        RefusalSource busy = _trace.Of("acquirer", "busy", "session 2");
        calm.Add("a reason", "96");
        for (int i = 0; i < RefusalTrace.KeptMax * 3; i++)
        {
            busy.Add($"reason {i}", "96");
            _time.Advance(TimeSpan.FromMilliseconds(200));
        }

        Assert.Equal("a reason", Assert.Single(_trace.Read("calm", 0, 1_000)).Reason);
        IReadOnlyList<RefusalEntry> kept = _trace.Read("busy", 0, 1_000);
        Assert.Equal(RefusalTrace.KeptMax, kept.Count);
        Assert.Equal($"reason {(RefusalTrace.KeptMax * 3) - 1}", kept[^1].Reason);
        Assert.Equal(RefusalTrace.KeptMax + 1, _trace.Read(null, 0, 1_000).Count);
        Assert.Equal(2, _trace.Read("busy", kept[^3].Number, 1_000).Count);
        Assert.Equal(kept[^2], _trace.Read("busy", 0, 2)[0]);
    }

    /// <summary>A flood of refusals costs no more than a few of them; the rest is counted.</summary>
    [Fact]
    public void Add_MoreThanTenInASecondOfOneConnection_AreCountedAndLeftOut()
    {
        RefusalSource source = _trace.Of("acquirer", "busy", "session 1");
        for (int i = 0; i < 1_000; i++)
        {
            source.Add("a reason", "96");
        }

        Assert.Equal(10, _trace.Read(null, 0, 1_000).Count);
        Assert.Equal((990, 10), (_meters.Read().RefusalsNotTraced, _logs.CountOf(1095)));
        _time.Advance(TimeSpan.FromSeconds(1));
        source.Add("a reason", "96");
        Assert.Equal(11, _trace.Read(null, 0, 1_000).Count);
    }

    [Fact]
    public void Add_MessageWithCardData_ShowsItMaskedAndInOneLine()
    {
        Message message = Make(
            (Field.Pan, Card), (Field.Track2, $"{Card}=30121010000000000"), (Field.Stan, "000007"),
            (43, $"SHOP {Card[..4]} {Card[4..8]} {Card[8..12]} {Card[12..]} CITY     "));

        _trace.Of("acquirer", "pos", "session 1").Add(message, new Refusal(RefusalReason.NoRoute, Field.Pan, 0x3239));

        RefusalEntry entry = Assert.Single(_trace.Read("pos", 0, 1));
        Assert.StartsWith("0100 2=400000******0002 11=000007 35=***", entry.Message, StringComparison.Ordinal);
        Assert.Contains(" 43=***", entry.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(entry.Message, char.IsControl);
        Assert.Equal(("92", Field.Pan, null), (entry.Answer, entry.Field, entry.Offset));
        string line = Assert.Single(_logs.Lines, line => line.Id == 1095).Text;
        Assert.Contains(entry.Message, line, StringComparison.Ordinal);
        Assert.DoesNotContain(Card, line, StringComparison.Ordinal);
    }

    /// <summary>One wrong length, and the digits of a card number stand in every field behind it.</summary>
    [Fact]
    public void Begin_MessageThatDidNotRead_ShowsSizesAndNoValues()
    {
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(
            "0100322000000080000240000000000000020000000000150011221012130000X1");
        var message = new Message(4_096, FieldTerms.Canonical);
        Assert.False(message.TryLoad(EdgeParts.Ascii, bytes, out ParseFault fault));
        RefusalSource source = _trace.Of("acquirer", "pos", "session 1");

        source.End(source.Begin(message, fault)! with { Answer = "30" });

        RefusalEntry entry = Assert.Single(_trace.Read("pos", 0, 1));
        Assert.Matches(@"^0100( \d+\(\d+\))*$", entry.Message);
        Assert.DoesNotContain("0000000", entry.Message, StringComparison.Ordinal);
        Assert.Equal((fault.Field, fault.Offset, "30"), (entry.Field, entry.Offset, entry.Answer));
        Assert.Contains(fault.Error.ToString(), entry.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Sentences_OfEveryReason_AreTheirOwn()
    {
        string[] sentences =
        [
            .. Enum.GetValues<RefusalReason>().Select(reason => RefusalSentences.Of(new Refusal(reason, 4, 0x3033))),
        ];

        Assert.Distinct(sentences);
        Assert.Equal([], sentences.Intersect(Enum.GetNames<RefusalReason>()));
        Assert.All(sentences, sentence => Assert.False(sentence.EndsWith('.'), sentence));
    }

    private static Message Make(params (int Field, string Text)[] fields)
    {
        var composer = new MessageComposer(4_096);
        composer.Start(EdgeParts.Ascii, Mti.AuthorizationRequest);
        foreach ((int field, string text) in fields)
        {
            composer.Set(field, System.Text.Encoding.Latin1.GetBytes(text));
        }

        Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault), fault.ToString());
        var message = new Message(4_096, FieldTerms.Canonical);
        Assert.True(message.TryLoad(EdgeParts.Ascii, bytes, out fault), fault.ToString());
        return message;
    }
}
