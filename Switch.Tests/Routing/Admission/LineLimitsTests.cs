using Switch.Routing.Admission;

namespace Switch.Tests.Routing.Admission;

/// <summary>
/// Goal: no more wait than are served within the time that a request may wait. Method: turns with known times.
/// </summary>
public class LineLimitsTests
{
    private const long Ms = TimeSpan.TicksPerMillisecond;
    private const int WaitMs = 100;

    private readonly RequestLine<int> _line = new([1, 3], 100_000);

    [Fact]
    public void Of_BusyTurns_IsWhatIsServedInTheTime()
    {
        LineLimits limits = New();

        Busy(limits, turns: 100, msPerTurn: 10, served: 200); // 50 us each.

        Assert.InRange(limits.Of(0), 1_980, 2_020);
    }

    /// <summary>A turn before which nothing waited says how fast requests come, not how fast they are served.</summary>
    [Fact]
    public void Of_IdleTurns_StaysAsItWas()
    {
        LineLimits limits = New();
        int before = limits.Of(0);

        for (int i = 1; i <= 100; i++)
        {
            limits.Turned(i * 1_000 * Ms, 1, _line);
        }

        Assert.Equal(before, limits.Of(0));
    }

    /// <summary>A stall of half a second is no sign that each request takes so long.</summary>
    [Fact]
    public void Of_OneStalledTurn_FallsByLittle()
    {
        LineLimits limits = New();
        long now = Busy(limits, turns: 100, msPerTurn: 10, served: 200);

        limits.Turned(now + (500 * Ms), 200, _line);

        Assert.InRange(limits.Of(0), 1_000, 2_020);
    }

    [Fact]
    public void Of_AcquirersThatWaitTogether_IsByWeight()
    {
        LineLimits limits = New();
        Assert.True(_line.TryAdd(1, 1));
        Busy(limits, turns: 100, msPerTurn: 10, served: 200);

        Assert.InRange(limits.Of(0), 495, 505);
        Assert.InRange(limits.Of(1), 1_485, 1_515);
    }

    [Fact]
    public void Of_ACoreThatHardlyMoves_LeavesAFew()
    {
        LineLimits limits = New();

        Busy(limits, turns: 2_000, msPerTurn: 1_000, served: 1);

        Assert.Equal(LineLimits.Least, limits.Of(0));
    }

    /// <summary>
    /// Small limits keep the line so short that no turn is busy from end to end: without this they would stay small,
    /// and all would be refused that a core at rest could serve.
    /// </summary>
    [Fact]
    public void Of_AllAreServedAfterASlowSpell_IsWhatItWas()
    {
        LineLimits limits = New();
        int first = limits.Of(0);
        long now = Busy(limits, turns: 2_000, msPerTurn: 100, served: 10);
        Assert.True(limits.IsNarrow);
        Assert.InRange(limits.Of(0), LineLimits.Least, first / 10);

        Assert.True(_line.TryTake(out _));
        for (int i = 0; i < 1_000 && limits.IsNarrow; i++)
        {
            limits.Turned(++now, 1, _line);
        }

        Assert.False(limits.IsNarrow);
        Assert.Equal(first, limits.Of(0));
    }

    [Fact]
    public void Takes_TheLineGrows_RefusesInquiriesFirstAndFinancialLast()
    {
        LineLimits limits = New();
        int limit = limits.Of(0);

        Assert.Equal([true, true, true], Taken(limit / 2 - 1));
        Assert.Equal([false, true, true], Taken(limit / 2));
        Assert.Equal([false, false, true], Taken(limit * 3 / 4));
        Assert.Equal([false, false, true], Taken(limit - 1));
        Assert.Equal([false, false, false], Taken(limit));
        Assert.True(limits.TakesAny(0, (limit / 2) - 1));
        Assert.False(limits.TakesAny(0, limit / 2));

        bool[] Taken(int waiting) =>
        [
            limits.Takes(0, ShedClass.Inquiry, waiting), limits.Takes(0, ShedClass.Authorization, waiting),
            limits.Takes(0, ShedClass.Financial, waiting),
        ];
    }

    private static LineLimits New() => new([1, 3], WaitMs * Ms);

    // Something of the first acquirer waits at the end of each turn.
    private long Busy(LineLimits limits, int turns, int msPerTurn, int served)
    {
        Assert.True(_line.TryAdd(0, 1));
        for (int i = 1; i <= turns; i++)
        {
            limits.Turned(i * msPerTurn * Ms, served, _line);
        }

        return turns * msPerTurn * Ms;
    }
}
