using Switch.Benchmarks.Load;

namespace Switch.Tests.Benchmarks.Load;

/// <summary>What is said of an overload, from turns that were measured.</summary>
public sealed class OverloadTurnTests
{
    /// <summary>The machine may be another one after the overload than before it.</summary>
    [Fact]
    public void Goodput_CapacityThatChanged_IsByTheMeanOfBeforeAndAfter()
    {
        OverloadTurn turn = Turn(before: 8_000, after: 12_000, tps: 9_000);

        Assert.Equal((10_000, 0.9), (turn.Capacity, turn.Goodput));
    }

    [Fact]
    public void Processors_OfTheSwitch_AreItsTimeByTheTimeOfThePhase()
    {
        var figures = new PhaseFigures { Name = "", Answers = 20_000, Seconds = 4, MiddleCpuUs = 150 };

        Assert.Equal(0.75, new OverloadTurn(1, 1, 1, figures, Calm()).Processors);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.25, 251)]
    [InlineData(0, 250, 250)]
    [InlineData(0.75, 900, 3, 300, 2, 1)]
    [InlineData(1, 1, 1, 1, 300)]
    public void GoodAgain_SlicesAfterTheOverload_IsTheEndOfTheLastSlowOne(double seconds, params int[] p99Ms) =>
        Assert.Equal(seconds, Turn(calmer: p99Ms).GoodAgain);

    /// <summary>Each column is a median by itself; where one bad turn matters, it is the worst.</summary>
    [Fact]
    public void Line_OfThreeTurns_HasMediansAndTheWorst()
    {
        OverloadTurn[] turns =
        [
            Turn(before: 900, after: 1_100, tps: 950, p99Us: 30_000, unanswered: 1, refused: 800, calmer: [900, 1]),
            Turn(before: 1_900, after: 2_100, tps: 1_600, p99Us: 90_000, unanswered: 0, refused: 400, calmer: [1]),
            Turn(before: 2_900, after: 3_100, tps: 3_000, p99Us: 20_000, unanswered: 2, refused: 600, calmer: [1]),
        ];

        Assert.Equal(
            "| 5 | 2,000 | 9,500 | 1,600 | 0.95 | 0.80 to 1.00 | 1.0 | 30.0 | 90.0 | 150 | 2.0 | 3.0 | 25 | 3 | 0.25 "
            + "| 50 % |",
            OverloadTurn.Line(5, turns));
    }

    [Fact]
    public void Line_AndHead_HaveTheSameColumns() => Assert.All(
        OverloadTurn.Head.Split('\n'),
        static line => Assert.Equal(OverloadTurn.Line(1, [Turn()]).Count('|'), line.Count('|')));

    private static OverloadTurn Turn(
        double before = 1_000, double after = 1_000, double tps = 1_000, double p99Us = 1_000, int unanswered = 0,
        long refused = 0, params int[] calmer) => new(
            before, after, before * 5,
            new PhaseFigures
            {
                Name = "", Seconds = 4, Tps = tps, Answers = 20_000, MiddleCpuUs = 100, P50Us = 1_000, P99Us = p99Us,
                Refused = refused, RefusedP50Us = 2_000, RefusedP99Us = 3_000, Held = 100, Unanswered = unanswered,
            },
            Calm(calmer));

    private static PhaseFigures Calm(params int[] p99Ms) => new()
    {
        Name = "", Slices = [.. p99Ms.Select(static ms => new SliceFigures(1, 1, ms, ms, ms))],
    };
}
