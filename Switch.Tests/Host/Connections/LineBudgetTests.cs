using Switch.Host.Connections;

namespace Switch.Tests.Host.Connections;

public sealed class LineBudgetTests
{
    private const long Minute = TimeSpan.TicksPerMinute;

    [Fact]
    public void TrySpend_OfOnePeer_StopsAtItsShare()
    {
        var budget = new LineBudget<string>(perMinute: 10, perPeer: 3);

        Assert.Equal(3, Spend(budget, "a", 100, 0));
        Assert.Equal(3, Spend(budget, "b", 100, 0));
    }

    [Fact]
    public void TrySpend_OfMany_StopsAtTheWhole()
    {
        var budget = new LineBudget<string>(perMinute: 10, perPeer: 3);

        Assert.Equal(10, Enumerable.Range(0, 50).Sum(peer => Spend(budget, $"{peer}", 2, 0)));
    }

    [Fact]
    public void TrySpend_AfterTheMinute_SaysWhatWasLeftOutAndStartsAnew()
    {
        var budget = new LineBudget<string>(perMinute: 10, perPeer: 3);
        Spend(budget, "a", 5, 0);
        Spend(budget, "b", 50, 0);
        Spend(budget, "c", 1, 0);

        Assert.True(budget.TrySpend("a", Minute, out LinesLeftOut left));
        Assert.Equal(new LinesLeftOut(49, 3, "b"), left);
        Assert.True(budget.TrySpend("a", Minute, out left));
        Assert.Equal(0, left.Count);
    }

    [Fact]
    public void TakeLeftOut_OnceTheMinuteIsOver_TellsItOnce()
    {
        var budget = new LineBudget<string>(perMinute: 10, perPeer: 3);
        Spend(budget, "a", 5, 0);

        Assert.Equal(0, budget.TakeLeftOut(Minute - 1).Count);
        Assert.Equal(new LinesLeftOut(2, 1, "a"), budget.TakeLeftOut(Minute));
        Assert.Equal(0, budget.TakeLeftOut(2 * Minute).Count);
    }

    /// <summary>Peers beyond those that are counted apart are counted in the sum.</summary>
    [Fact]
    public void TrySpend_OfVeryManyPeers_CountsAll()
    {
        var budget = new LineBudget<int>(perMinute: 10, perPeer: 3);

        int logged = Enumerable.Range(0, 5_000).Count(peer => budget.TrySpend(peer, 0, out _));
        LinesLeftOut left = budget.TakeLeftOut(Minute);

        Assert.Equal((10, 4_990, LineBudget.PeersMax), (logged, left.Count, left.Peers));
    }

    private static int Spend(LineBudget<string> budget, string peer, int times, long now) =>
        Enumerable.Range(0, times).Count(_ => budget.TrySpend(peer, now, out LinesLeftOut _));
}
