using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Switch.Host.Connections;
using Switch.Host.Core;
using Switch.Routing.Settings;
using Switch.Routing.Velocity;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Core;

/// <summary>What people read when a key comes to be over a rule of velocity.</summary>
public sealed class VelocityLogTests : IDisposable
{
    private static readonly VelocityRule Rule = new()
    {
        Name = "card-testing", Per = VelocityScope.Terminal, Window = TimeSpan.FromMinutes(1), DistinctCards = 20,
        Declines = 10, Action = VelocityAction.Decline, For = TimeSpan.FromMinutes(5),
    };

    private readonly ListLoggerFactory _logs = new();
    private readonly SwitchClock _clock = EdgeParts.Clock(out FakeTimeProvider _);

    public void Dispose() => _logs.Dispose();

    [Fact]
    public void Reached_RuleThatDeclines_IsASentenceWithNumbers()
    {
        Reporter(Rule).Report(Change("T001", VelocityCause.Reached));

        Assert.Equal(
            "Velocity card-testing: terminal T001 of acq-a: 23 cards, 19 declines in 60 s: declined 59 from now on, "
            + "and for 300 s after it is calm",
            _logs.Lines[^1].Text);
    }

    [Theory]
    [InlineData(VelocityCause.Reached, 3168)]
    [InlineData(VelocityCause.Calm, 3169)]
    [InlineData(VelocityCause.Cleared, 3170)]
    [InlineData(VelocityCause.Evicted, 3171)]
    public void Cause_OfARuleThatAlerts_HasAnIdOfItsOwn(VelocityCause cause, int id)
    {
        Reporter(Rule with { Action = VelocityAction.Alert }).Report(Change("T001", cause));

        Assert.Equal(1, _logs.CountOf(id));
    }

    /// <summary>DE 41 and DE 42 are the acquirer's to fill.</summary>
    [Fact]
    public void Name_ThatMayBeACardNumber_IsMasked()
    {
        Reporter(Rule with { Per = VelocityScope.Merchant }).Report(Change("4000001234567899", VelocityCause.Reached));

        Assert.Contains("merchant 400000******7899 of acq-a", _logs.Lines[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Attack_OnThousandsOfTerminals_IsAFewLinesAndASum()
    {
        SwitchClock clock = EdgeParts.Clock(out FakeTimeProvider time);
        IncidentReporter reporter = Reporter(Rule, clock);
        for (int terminal = 0; terminal < 5_000; terminal++)
        {
            reporter.Report(Change($"T{terminal:D4}", VelocityCause.Reached));
        }

        time.Advance(TimeSpan.FromMinutes(2));
        reporter.OnBeat(clock.Ticks);

        Assert.Equal((30, 1), (_logs.CountOf(3167), _logs.CountOf(3172)));
        Assert.Contains("4970 more changes", _logs.Lines[^1].Text, StringComparison.Ordinal);
    }

    private IncidentReporter Reporter(VelocityRule rule, SwitchClock? clock = null) => new(
        _logs.CreateLogger<IncidentReporter>(),
        new SwitchNames(["acq-a"], ["issuer-a"], []) { Velocity = [rule] }, new EdgeMeters(), clock ?? _clock);

    private static VelocityChange Change(string name, VelocityCause cause) => new(
        0, 0, VelocityName.Of(System.Text.Encoding.ASCII.GetBytes(name)), cause, new VelocityFigures(30, 23, 19, 4), 7);
}
