using Switch.Routing.Transactions;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>
/// A link is lost with many payments in flight: each moves on, a few in one turn, so that other payments do not wait
/// for the last of them.
/// </summary>
public class LostLinkTests
{
    private const int InFlight = (LostLinks.LegsPerTurn * 3) + 5;

    [Fact]
    public void LinkDown_ManyInFlight_MovesAFewInOneTurnAndAllInTheEnd()
    {
        CoreRig rig = WithRequestsInFlight();

        rig.Core.LinkDown(CoreRig.PrimaryLink);
        rig.Settle();

        Assert.Equal(LostLinks.LegsPerTurn, AtStandby(rig));
        for (int turn = 2; rig.Core.HasMore; turn++)
        {
            rig.Core.GoOn();
            rig.Settle();
            Assert.Equal(Math.Min(turn * LostLinks.LegsPerTurn, InFlight), AtStandby(rig));
        }

        Assert.Equal(InFlight, AtStandby(rig));
        Assert.Equal(InFlight, rig.Counters.LinkLosses);
    }

    [Fact]
    public void Request_WhileSomeAreLeft_IsServedBetweenThem()
    {
        CoreRig rig = WithRequestsInFlight();
        rig.Core.LinkDown(CoreRig.PrimaryLink);

        rig.Request(CardOf(InFlight + 1), InFlight + 1);

        Assert.True(rig.Core.HasMore);
        Assert.Equal(LostLinks.LegsPerTurn + 1, AtStandby(rig));
    }

    /// <summary>What goes out on the new connection was not lost with the old one.</summary>
    [Fact]
    public void LinkUp_WhileSomeAreLeft_MovesTheseFirst()
    {
        CoreRig rig = WithRequestsInFlight();
        rig.Core.LinkDown(CoreRig.PrimaryLink);

        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Settle();
        Assert.False(rig.Core.HasMore);
        Assert.Equal((InFlight, InFlight), (rig.Counters.LinkLosses, AtStandby(rig)));
    }

    /// <summary>A payment has one answer at most, and each leg one reversal, whatever ended it.</summary>
    [Fact]
    public void TimeOut_WhileSomeAreLeft_EndsEachLegOnce()
    {
        CoreRig rig = WithRequestsInFlight();
        rig.Core.LinkDown(CoreRig.PrimaryLink);

        rig.Core.SetTime(new(rig.Now.Ticks + TimeSpan.FromMinutes(1).Ticks, rig.Now.WallMs + 60_000));
        rig.Core.Tick();
        while (rig.Core.HasMore)
        {
            rig.Core.GoOn();
        }

        rig.Settle();
        rig.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(
            rig.Answers.Count, rig.Answers.Select(static answer => answer[11]).Distinct().Count());
        Assert.Equal(
            rig.World.ToLinks.Count(static sent => sent.Mti.IsRequest && sent.Mti.ToString()[1] == '1'),
            rig.Counters.ReversalsOwed);
    }

    [Fact]
    public void LinkDown_BothOfThem_EachIsWalkedToItsEnd()
    {
        CoreRig rig = WithRequestsInFlight();
        rig.Core.LinkDown(CoreRig.PrimaryLink);
        rig.Core.LinkDown(CoreRig.StandbyLink);

        for (int turns = 0; rig.Core.HasMore; turns++)
        {
            Assert.True(turns < 100, "It does not end.");
            rig.Core.GoOn();
        }

        rig.Settle();
        Assert.Equal(InFlight, rig.Answers.Count);
    }

    private static CoreRig WithRequestsInFlight()
    {
        var rig = new CoreRig(static usual => usual with { PendingMax = 1_000 });
        rig.LinksUp();
        for (int stan = 1; stan <= InFlight; stan++)
        {
            rig.Request(CardOf(stan), stan);
        }

        Assert.Equal(InFlight, rig.World.ToLinks.Count(static sent => sent.Target == CoreRig.PrimaryLink));
        return rig;
    }

    private static int AtStandby(CoreRig rig) =>
        rig.World.ToLinks.Count(static sent => sent.Target == CoreRig.StandbyLink && sent.Mti.IsRequest);

    private static string CardOf(int number) => $"40000012{number:D7}" + "0";
}
