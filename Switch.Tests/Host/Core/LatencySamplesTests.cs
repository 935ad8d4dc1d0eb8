using Microsoft.Extensions.Time.Testing;
using OpenTelemetry.Metrics;
using Switch.Host.Admin;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Core;
using Switch.Tests.Host.Admin;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Core;

/// <summary>
/// Goal: a duration ends when its answer may leave, and measuring costs the core neither memory nor a lock. Method: the
/// calls of both threads in turn, on a clock that only the test moves.
/// </summary>
public class LatencySamplesTests
{
    private readonly ListSink _sink = new();
    private readonly EdgeMeters _meters = new();
    private readonly SwitchClock _clock = EdgeParts.Clock(out FakeTimeProvider _);

    [Fact]
    public void Answering_RecordNotDurable_EndsWhenItIs()
    {
        SwitchClock clock = EdgeParts.Clock(out FakeTimeProvider time);
        var samples = new LatencySamples(clock, _meters, _sink);
        time.Advance(TimeSpan.FromMilliseconds(5));
        samples.Answering(acquirer: 1, receivedAt: clock.Ticks, afterLsn: 7);
        samples.Answering(acquirer: 0, receivedAt: clock.Ticks, afterLsn: 8);
        samples.IssuerTook(issuer: 2, ticks: 123, isAnswered: true);

        time.Advance(TimeSpan.FromMilliseconds(20));
        samples.OnCommitted(6);
        samples.OnBeat(0);
        Assert.Empty(_sink.Lines);

        samples.OnCommitted(7);
        time.Advance(TimeSpan.FromMilliseconds(20));
        samples.OnBeat(0);
        Assert.Equal(["acquirer 1: 200000"], _sink.Lines);

        samples.OnCommitted(9);
        samples.OnBeat(0);
        samples.OnBeat(0);
        Assert.Equal(["acquirer 1: 200000", "acquirer 0: 400000", "issuer 2: 123 True"], _sink.Lines);
    }

    /// <summary>Without a record to wait for nothing need follow: a switch that refuses all is measured too.</summary>
    [Fact]
    public void Answering_NothingToWaitFor_EndsAtOnce()
    {
        SwitchClock clock = EdgeParts.Clock(out FakeTimeProvider time);
        var samples = new LatencySamples(clock, _meters, _sink);
        long received = clock.Ticks;
        samples.OnCommitted(7);
        time.Advance(TimeSpan.FromMilliseconds(5));

        samples.Answering(acquirer: 1, received, afterLsn: 0);
        samples.Answering(acquirer: 2, received, afterLsn: 7);
        time.Advance(TimeSpan.FromMilliseconds(5));
        samples.OnBeat(0);

        Assert.Equal(["acquirer 1: 50000", "acquirer 2: 50000"], _sink.Lines);
    }

    /// <summary>A duration of nothing is one: it does not wait, and does not become the time of day.</summary>
    [Fact]
    public void IssuerTook_NoTime_IsZero()
    {
        SwitchClock clock = EdgeParts.Clock(out FakeTimeProvider time);
        var samples = new LatencySamples(clock, _meters, _sink);
        time.Advance(TimeSpan.FromMilliseconds(5));

        samples.IssuerTook(0, ticks: 0, isAnswered: true);
        samples.OnCommitted(5);
        samples.OnBeat(0);

        Assert.Equal(["issuer 0: 0 True"], _sink.Lines);
    }

    [Fact]
    public void Add_RingFull_IsCountedAndLeftOut()
    {
        var samples = new LatencySamples(_clock, _meters, _sink);
        for (int i = 0; i < LatencySamples.Max + 3; i++)
        {
            samples.IssuerTook(0, i, isAnswered: false);
        }

        samples.OnCommitted(1);
        samples.OnBeat(0);

        Assert.Equal(LatencySamples.Max, _sink.Lines.Count);
        Assert.Equal(3, _meters.Read().LatenciesNotMeasured);
        samples.IssuerTook(0, 1, isAnswered: true);
        samples.OnCommitted(1);
        samples.OnBeat(0);
        Assert.Equal("issuer 0: 1 True", _sink.Lines[^1]);
    }

    /// <summary>From the core's call to the histogram that a scrape reads.</summary>
    [Fact]
    public void Payment_Measured_AllocatesNothing()
    {
        using var instruments = new SwitchInstruments(static () => Statuses.Ready);
        using MeterProvider metrics = MetricsExport.Create(instruments, new SwitchOptions());
        var samples = new LatencySamples(
            _clock, _meters, new LatencyHistograms(instruments.Meter, ["acq-a"], ["issuer-a"]));

        long bytes = AllocationMeter.Of(() =>
        {
            samples.IssuerTook(0, 50_000, isAnswered: true);
            samples.Answering(0, receivedAt: 1, afterLsn: 1);
            samples.OnCommitted(1);
            samples.OnBeat(0);
        });

        Assert.Equal(0, bytes);
    }

    private sealed class ListSink : ILatencySink
    {
        public List<string> Lines { get; } = [];

        public void Answered(int acquirer, long ticks) => Lines.Add($"acquirer {acquirer}: {ticks}");

        public void IssuerTook(int issuer, long ticks, bool isAnswered) =>
            Lines.Add($"issuer {issuer}: {ticks} {isAnswered}");
    }
}
