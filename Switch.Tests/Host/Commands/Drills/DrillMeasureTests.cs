using Switch.Host.Commands.Drills;
using Switch.Host.Simulators;

namespace Switch.Tests.Host.Commands.Drills;

/// <summary>
/// Goal: a score card tells what customers felt. Method: books that are made up, ten payments a second of each issuer,
/// fault from second 10 to 20, long is over a second.
/// </summary>
public class DrillMeasureTests
{
    private static readonly DrillTimes Times = new(
        TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(1));

    [Fact]
    public void Of_NothingWrong_HurtsNone()
    {
        DrillFigures figures = Measure(static _ => new Fate());

        Assert.Equal((0, 0, 0, 0), (figures.Waited, figures.Declined, figures.Unanswered, figures.NeighboursHurt));
        Assert.Equal((true, 0), (figures.IsDetected, figures.DetectedMs));
        Assert.Equal((true, 0), (figures.IsRecovered, figures.RecoveredMs));
        Assert.Null(figures.FirstDivertedMs);
        Assert.Equal((0, 0, 0), (figures.Uncertain, figures.UncertainAmount, figures.StoodInAmount));
    }

    [Fact]
    public void Of_WaitsUntilItIsDiverted_ItIsDetectedThen()
    {
        DrillFigures figures = Measure(static at => at switch
        {
            >= 10 and < 13 => new Fate(LatencyMs: 3_000, Decided: "b", State: EntryState.Reversed),
            >= 13 and < 24 => new Fate(Decided: "b"),
            _ => new Fate(),
        });

        Assert.Equal((true, 2_900), (figures.IsDetected, figures.DetectedMs));
        Assert.Equal(3_000, figures.FirstDivertedMs);
        Assert.Equal((true, 4_000), (figures.IsRecovered, figures.RecoveredMs));
        Assert.Equal((30, 0), (figures.Waited, figures.Declined));
        Assert.Equal((30, 30 * 100), (figures.Uncertain, figures.UncertainAmount));
        Assert.Equal((0, 3_000), (figures.NeighboursHurt, figures.SlowestMs));
    }

    [Fact]
    public void Of_DeclinedForAsLongAsItLasts_IsNeverDetected()
    {
        DrillFigures figures = Measure(static at => at is >= 10 and < 20 ? new Fate(Code: "96") : new Fate());

        Assert.Equal((false, null), (figures.IsDetected, figures.DetectedMs));
        Assert.Equal(100, figures.Declined);
        Assert.Equal((true, 0), (figures.IsRecovered, figures.RecoveredMs));
    }

    [Fact]
    public void Of_AFewProbesAfterTheDetection_DoNotCount()
    {
        // One in ten of what is sent from second 12 on waits: 2 of 20.
        DrillFigures figures = Measure(static at => at is >= 10 and < 12
            || (at is >= 12 and < 20 && at == Math.Floor(at)) ? new Fate(LatencyMs: 3_000) : new Fate());

        Assert.True(figures.IsDetected);
        Assert.InRange(figures.DetectedMs!.Value, 1_900, 3_900);
    }

    [Fact]
    public void Of_NotBackAtTheEnd_IsNotRecovered()
    {
        DrillFigures figures = Measure(static at => at >= 10 ? new Fate(Decided: "b") : new Fate());

        Assert.Equal((false, null), (figures.IsRecovered, figures.RecoveredMs));
    }

    [Fact]
    public void Of_ApprovedByStandIn_CountsItsAmount()
    {
        DrillFigures figures = Measure(static at => at is >= 10 and < 11
            ? new Fate(Decided: "a", Mti: 120) : new Fate());

        Assert.Equal(10 * 100, figures.StoodInAmount);
        Assert.NotNull(figures.FirstDivertedMs);
    }

    [Fact]
    public void Of_TheNeighbourIsSlow_IsSeen()
    {
        DrillFigures figures = DrillMeasure.Of(
            Books(static _ => new Fate(), static at => at is >= 10 and < 20 ? new Fate(LatencyMs: 1_500) : new Fate()),
            Times, static one => one.Issuer == "a", isOfIssuer: true);

        Assert.Equal(100, figures.NeighboursHurt);
        Assert.Equal(new DrillLatency(50, 20, 20), figures.NeighboursBefore);
        Assert.Equal(new DrillLatency(100, 1_500, 1_500), figures.NeighboursDuring);
    }

    [Fact]
    public void Of_Unanswered_HasWaitedToo()
    {
        DrillFigures figures = Measure(static at => at is >= 10 and < 11 ? new Fate(Code: null) : new Fate());

        Assert.Equal((10, 10, 0), (figures.Unanswered, figures.Waited, figures.Declined));
    }

    [Fact]
    public void Latency_Percentiles_AreOfTheNearestRank()
    {
        var latency = DrillLatency.Of(Enumerable.Range(1, 200).Select(static ms => TimeSpan.FromMilliseconds(ms)));

        Assert.Equal(new DrillLatency(200, 100, 198), latency);
        Assert.Equal(new DrillLatency(0, 0, 0), DrillLatency.Of([]));
    }

    /// <summary>
    /// From second 15.01 to 15.45: four to be sent, and one that is under way. Those are the machine's; a decline is
    /// not, and neither is who waits when it runs.
    /// </summary>
    [Fact]
    public void Of_MachineStandsStill_TheOthersAreNotMeasuredThen()
    {
        Fate InTheStandstill(double at) => at switch
        {
            >= 15.0 and < 15.45 => new Fate(LatencyMs: 3_000),
            15.5 => new Fate(LatencyMs: 700),
            _ => new Fate(),
        };
        DrillTimes times = Times with
        {
            Standstills = [new Standstill(TimeSpan.FromSeconds(15.01), TimeSpan.FromSeconds(15.45))],
        };
        DrillFigures still = MeasureOthers(InTheStandstill, times);
        DrillFigures blamed = MeasureOthers(InTheStandstill, Times);
        DrillFigures declined = MeasureOthers(
            static at => at is >= 15.1 and < 15.35 ? new Fate(Code: "96") : new Fate(), times);

        Assert.Equal((0, 5, 1, 440), (
            still.NeighboursHurt, still.NeighboursNotMeasured, still.Standstills, still.StandstillMaxMs));
        Assert.Equal((95, 700), (still.NeighboursDuring!.Count, still.NeighboursDuring.P99Ms));
        Assert.Equal((5, 0, 3_000), (
            blamed.NeighboursHurt, blamed.NeighboursNotMeasured, blamed.NeighboursDuring!.P99Ms));
        Assert.Equal(3, declined.NeighboursHurt);
    }

    private static DrillFigures MeasureOthers(Func<double, Fate> fateOfB, DrillTimes times) => DrillMeasure.Of(
        Books(static _ => new Fate(), fateOfB), times, static one => one.Issuer == "a", isOfIssuer: true);

    private static DrillFigures Measure(Func<double, Fate> fateOfA) => DrillMeasure.Of(
        Books(fateOfA, static _ => new Fate()), Times, static one => one.Issuer == "a", isOfIssuer: true);

    private static DrillBooks Books(Func<double, Fate> fateOfA, Func<double, Fate> fateOfB)
    {
        var payments = new List<DrillPayment>();
        var entries = new List<DrillEntry>();
        for (int i = 0; i < 300; i++)
        {
            foreach ((string issuer, Func<double, Fate> fateOf) in (ReadOnlySpan<(string, Func<double, Fate>)>)[
                ("a", fateOfA), ("b", fateOfB)])
            {
                Fate fate = fateOf(i / 10.0);
                var sent = TimeSpan.FromMilliseconds(i * 100);
                string rrn = $"{issuer}{i}";
                TimeSpan? answered = fate.Code is null ? null : sent + TimeSpan.FromMilliseconds(fate.LatencyMs);
                payments.Add(new DrillPayment(issuer, sent, answered, fate.Code, "card", rrn, 100));
                entries.Add(new DrillEntry(fate.Decided ?? issuer, fate.Mti, "card", rrn, EntryState.Posted));
                if (fate.State != EntryState.Posted)
                {
                    entries.Add(new DrillEntry(issuer, 100, "card", rrn, fate.State));
                }
            }
        }

        return new DrillBooks(payments, entries);
    }

    private sealed record Fate(
        string? Code = "00", int LatencyMs = 20, string? Decided = null, int Mti = 100,
        EntryState State = EntryState.Posted);
}
