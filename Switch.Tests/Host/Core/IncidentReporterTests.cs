using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Switch.Host.Connections;
using Switch.Host.Core;
using Switch.Routing.Effects;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Core;

public sealed class IncidentReporterTests : IDisposable
{
    private const int Drained = 3129;
    private const int LeftOut = 3198;

    private readonly ListLoggerFactory _logs = new();
    private readonly SwitchClock _clock = EdgeParts.Clock(out FakeTimeProvider _);

    public void Dispose() => _logs.Dispose();

    /// <summary>Under load an issuer's queue runs dry many times a second.</summary>
    [Fact]
    public void Drained_AgainAndAgain_IsSaidOnceAMinuteForEachIssuer()
    {
        SwitchClock clock = EdgeParts.Clock(out FakeTimeProvider time);
        IncidentReporter reporter = Reporter(clock);
        for (int second = 0; second < 120; second++)
        {
            reporter.Report(Incident.AdviceQueueDrained, 0, 1);
            reporter.Report(Incident.AdviceQueueDrained, 1, 1);
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(4, _logs.CountOf(Drained));
    }

    [Fact]
    public void Drained_AfterABacklog_IsSaidAtOnce()
    {
        IncidentReporter reporter = Reporter(_clock);
        reporter.Report(Incident.AdviceQueueDrained, 0, 1);
        reporter.Report(Incident.AdviceQueueDrained, 0, 1);

        reporter.Report(Incident.AdviceQueueDrained, 0, 40_000);

        Assert.Equal(2, _logs.CountOf(Drained));
        Assert.Contains("40000", _logs.Lines[^1].Text, StringComparison.Ordinal);
    }

    /// <summary>A peer that causes the same incident all the time gets a few lines a minute, and a sum.</summary>
    [Fact]
    public void Report_FloodOfOneKind_IsAFewLinesAndASum()
    {
        SwitchClock clock = EdgeParts.Clock(out FakeTimeProvider time);
        IncidentReporter reporter = Reporter(clock);
        for (int i = 0; i < 10_000; i++)
        {
            reporter.Report(Incident.BreakerOpened, 0, 5);
        }

        reporter.Report(Incident.BreakerOpened, 1, 5);
        Assert.Equal(LineBudget.PerPeer + 1, _logs.Lines.Length);
        time.Advance(TimeSpan.FromMinutes(1));
        reporter.OnBeat(clock.Ticks);
        reporter.OnBeat(clock.Ticks);

        Assert.Equal(1, _logs.CountOf(LeftOut));
        Assert.StartsWith(
            "9994 more incidents of the kind BreakerOpened", _logs.Lines[^1].Text, StringComparison.Ordinal);
    }

    private IncidentReporter Reporter(SwitchClock clock) => new(
        _logs.CreateLogger("core"), new SwitchNames(["acq-a"], ["issuer-a", "issuer-b"], []), new EdgeMeters(), clock);
}
