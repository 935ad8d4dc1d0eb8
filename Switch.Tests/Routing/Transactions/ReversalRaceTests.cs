using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>The rows of docs/domain.md section 3.3 that begin with a reversal of the acquirer: F, G and H.</summary>
public class ReversalRaceTests
{
    private static readonly TimeSpan PastTimeout = TimeSpan.FromSeconds(3.05);

    /// <summary>
    /// Case F: the acquirer reverses while the leg is open. Its reversal follows the leg and never overtakes it.
    /// </summary>
    [Fact]
    public void CaseF_ReversalWhilePending_IsForwardedWhenTheLegEnds()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(stan: 21);

        rig.Reversal(originalStan: 21, stan: 22);
        rig.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal("0430", Assert.Single(rig.Answers).Mti.ToString());
        Assert.Single(rig.World.ToLinks);
        rig.Reply(rig.World.ToLinks[0]);
        rig.Advance(TimeSpan.FromMilliseconds(50));

        SentMessage reversal = rig.World.ToLinks[1];
        Assert.Equal("0420", reversal.Mti.ToString());
        Assert.Equal($"0100{rig.World.ToLinks[0][11]}11221000000000012345600000000000", reversal[90]);
        Assert.Single(rig.Answers);
        Assert.Equal((0, 1), (rig.Counters.ApprovedByPrimary, rig.Counters.ReversalsOwed));
    }

    [Fact]
    public void CaseF_LegTimesOut_DoesNotStandInAndReversesOnce()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(stan: 21);
        rig.Reversal(originalStan: 21, stan: 22);

        rig.Advance(PastTimeout + TimeSpan.FromMilliseconds(50));

        Assert.Equal(["0100", "0420"], rig.World.ToLinks.Select(sent => sent.Mti.ToString()));
        Assert.Equal((0, 1), (rig.Counters.ApprovedByStandIn, rig.Counters.ReversalsOwed));
    }

    [Fact]
    public void CaseF_LegNotSentYet_IsCancelledAndNothingIsOwed()
    {
        var rig = new CoreRig { CommitsAtOnce = false };
        rig.LinksUp();
        rig.Request(stan: 21);

        rig.Reversal(originalStan: 21, stan: 22);
        rig.Commit();

        Assert.Empty(rig.World.ToLinks);
        Assert.Equal("00", Assert.Single(rig.Answers)[39]);
        Assert.Equal((0, 0), (rig.Counters.OwedNow, rig.Counters.Pending));
    }

    [Fact]
    public void CaseF_IssuerDeclines_TheReversalIsMoot()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(stan: 21);
        rig.Reversal(originalStan: 21, stan: 22);

        rig.Reply(rig.World.ToLinks[0], code: "51");
        rig.Advance(TimeSpan.FromMilliseconds(50));

        Assert.Single(rig.World.ToLinks);
        Assert.Equal((0, 1), (rig.Counters.OwedNow, rig.Counters.Netted));
    }

    /// <summary>Case G: the acquirer reverses what the issuer approved.</summary>
    [Fact]
    public void CaseG_ReversalOfAnApproval_IsForwardedOnceWithTheLegsStan()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(stan: 31);
        rig.Reply(rig.World.ToLinks[0]);

        rig.Reversal(originalStan: 31, stan: 32);
        rig.Reversal(originalStan: 31, stan: 32, mti: "0421");
        rig.Reversal(originalStan: 31, stan: 33);
        rig.Advance(TimeSpan.FromMilliseconds(50));

        Assert.Equal(["0110", "0430", "0430", "0430"], rig.Answers.Select(sent => sent.Mti.ToString()));
        SentMessage reversal = Assert.Single(rig.World.ToLinks, sent => sent.Mti.ToString() == "0420");
        Assert.Equal($"0100{rig.World.ToLinks[0][11]}11221000000000012345600000000000", reversal[90]);
        Assert.NotEqual("000032", reversal[11]);
    }

    [Fact]
    public void CaseG_ReversalOfAStandIn_NetsWhenTheAdviceIsUnsent()
    {
        var rig = new CoreRig();
        rig.Request(stan: 31, amount: 10_000);

        rig.Reversal(originalStan: 31, stan: 32, amount: 10_000);

        Assert.Equal((0, 1, 0), (rig.Counters.OwedNow, rig.Counters.Netted, rig.Counters.StandInExposure));
        rig.LinksUp();
        rig.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Empty(rig.World.ToLinks);
    }

    [Fact]
    public void CaseG_ReversalOfAStandInAfterATimeout_SendsAdviceThenReversal()
    {
        var rig = new CoreRig();
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Request(stan: 31);
        rig.Core.LinkDown(CoreRig.PrimaryLink);
        rig.Settle();
        Assert.Equal(1, rig.Counters.ApprovedByStandIn);

        rig.Reversal(originalStan: 31, stan: 32);
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Advance(TimeSpan.FromMilliseconds(50));
        SentMessage advice = rig.World.ToLinks[1];
        Assert.Equal("0120", advice.Mti.ToString());
        Assert.Equal(2, rig.World.ToLinks.Count);
        rig.Reply(advice);
        rig.Advance(TimeSpan.FromMilliseconds(50));

        SentMessage reversal = rig.World.ToLinks[2];
        Assert.Equal("0420", reversal.Mti.ToString());
        Assert.Equal($"0120{advice[11]}11221000000000012345600000000000", reversal[90]);
    }

    /// <summary>
    /// Case H: a reversal of what the switch never saw is accepted and forwarded, and its late original refused.
    /// </summary>
    [Fact]
    public void CaseH_UnknownOriginal_IsForwardedAndRemembered()
    {
        var rig = new CoreRig();
        rig.LinksUp();

        rig.Reversal(originalStan: 41, stan: 42);
        rig.Advance(TimeSpan.FromMilliseconds(50));
        rig.Request(stan: 41);

        Assert.Equal("0420", Assert.Single(rig.World.ToLinks).Mti.ToString());
        Assert.Equal(["00", "94"], rig.Answers.Select(sent => sent[39]));
    }
}
