using Switch.Routing.Routes;
using Switch.Routing.Settings;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>A purchase that the standby got too: one decision, and a reversal for the other.</summary>
public sealed class HedgeTests
{
    private const int Usual = 40;
    private static readonly TimeSpan _usual = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _late = TimeSpan.FromMilliseconds(100);

    private readonly CoreRig _rig = Make(hedgePercent: 20);
    private int _stan = 1_000;

    [Fact]
    public void Primary_LaterThanUsual_StandbyDecidesAndThePrimaryIsOwedAReversal()
    {
        SentMessage first = AskHedged(_rig, out SentMessage second);

        _rig.Reply(second, "00");

        Assert.Equal("00", _rig.Answers[^1][39]);
        Assert.Equal(1, _rig.Counters.ApprovedByStandby);
        Assert.Equal(1, _rig.Counters.Hedges);
        AssertReversed(first);
    }

    [Fact]
    public void Primary_AnswersAfterAll_DecidesAndTheStandbyIsOwedAReversal()
    {
        SentMessage first = AskHedged(_rig, out SentMessage second);

        _rig.Reply(first, "51");

        Assert.Equal("51", _rig.Answers[^1][39]);
        AssertReversed(second);
    }

    [Fact]
    public void Reversal_OfTheLoser_IsInTheDecisionsOwnRecord()
    {
        SentMessage first = AskHedged(_rig, out SentMessage second);
        _rig.CommitsAtOnce = false;
        int records = _rig.World.Records.Count;

        _rig.Reply(second, "00");

        Assert.Equal(records + 1, _rig.World.Records.Count);
        Assert.Equal(1, _rig.Counters.OwedNow);
        _rig.Commit();
        AssertReversed(first);
    }

    [Fact]
    public void TechnicalDecline_DoesNotWin()
    {
        SentMessage first = AskHedged(_rig, out SentMessage second);

        _rig.Reply(second, "96");
        Assert.Equal(Usual, _rig.Answers.Count);
        _rig.Reply(first, "00");

        Assert.Equal("00", _rig.Answers[^1][39]);
        Assert.Equal(Usual + 1, _rig.Counters.ApprovedByPrimary);
        AssertReversed(second);
    }

    [Fact]
    public void BothSilent_StandInDecides_AdviceNamesThePrimaryAndTheStandbyIsReversed()
    {
        SentMessage first = AskHedged(_rig, out SentMessage second);
        int sent = _rig.World.ToLinks.Count;

        _rig.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal(1, _rig.Counters.ApprovedByStandIn);
        SentMessage[] owed = [.. _rig.World.ToLinks.Skip(sent)];
        Assert.Contains(owed, one => one.Mti.ToString() == "0420" && one.Target == CoreRig.StandbyLink
            && one[90].AsSpan(4, 6).SequenceEqual(second[11]));
        Assert.Contains(owed, one => one.Mti.ToString() == "0120" && one.Target == CoreRig.PrimaryLink
            && one[90].AsSpan(4, 6).SequenceEqual(first[11]));
    }

    [Fact]
    public void Reversed_WhileBothAreOpen_BothAreReversed()
    {
        SentMessage first = AskHedged(_rig, out SentMessage second);

        _rig.Reversal(_stan, 77);
        _rig.Advance(TimeSpan.FromSeconds(4));

        AssertReversed(first);
        AssertReversed(second);
        Assert.Equal(Usual, _rig.Counters.ApprovedByPrimary);
    }

    [Fact]
    public void OneLinkLost_TheOtherLegGoesOn()
    {
        AskHedged(_rig, out SentMessage second);

        _rig.Core.LinkDown(CoreRig.PrimaryLink);
        Assert.Equal(Usual, _rig.Answers.Count);
        _rig.Reply(second, "00");

        Assert.Equal("00", _rig.Answers[^1][39]);
    }

    [Theory]
    [InlineData("0100", "010000")] // Cash.
    [InlineData("0200", "000000")]
    [InlineData("0100", "200000")] // A refund.
    public void OtherKinds_AreNeverHedged(string mti, string processingCode)
    {
        Warm(_rig);

        _rig.Request(stan: ++_stan, mti: mti, change: fields => fields[3] = processingCode);
        _rig.Advance(_late);

        Assert.Equal(CoreRig.PrimaryLink, _rig.World.ToLinks[^1].Target);
        Assert.Equal(0, _rig.Counters.Hedges);
    }

    [Fact]
    public void Budget_IsHeld()
    {
        CoreRig rig = Make(hedgePercent: 5);
        Warm(rig);

        for (int i = 0; i < 60; i++)
        {
            rig.Request(stan: ++_stan);
            SentMessage sent = rig.World.ToLinks[^1];
            rig.Advance(_late);
            rig.Reply(sent, "00");
        }

        // Two saved up, and one for each twenty requests.
        Assert.InRange(rig.Counters.Hedges, 3, 2 + (60 / 20));
    }

    [Fact]
    public void NotAllowed_IsNotHedged()
    {
        CoreRig rig = Make(hedgePercent: 20, allows: false);
        Warm(rig);

        rig.Request(stan: ++_stan);
        rig.Advance(_late);

        Assert.Equal(0, rig.Counters.Hedges);
    }

    [Fact]
    public void Restart_WithBothOpen_ReversesBoth()
    {
        SentMessage first = AskHedged(_rig, out SentMessage second);

        CoreRig again = _rig.Restart();
        again.LinksUp();
        again.Advance(TimeSpan.FromSeconds(1));

        foreach (SentMessage leg in (SentMessage[])[first, second])
        {
            Assert.Contains(again.World.ToLinks, one => one.Mti.IsReversal && one.Target == leg.Target
                && one[90].AsSpan(4, 6).SequenceEqual(leg[11]));
        }
    }

    private void AssertReversed(SentMessage leg)
    {
        _rig.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Single(_rig.World.ToLinks, one => one.Mti.IsReversal && one.Target == leg.Target
            && one[90].AsSpan(4, 6).SequenceEqual(leg[11]));
    }

    private SentMessage AskHedged(CoreRig rig, out SentMessage second)
    {
        Warm(rig);
        rig.Request(stan: ++_stan);
        SentMessage first = rig.World.ToLinks[^1];
        Assert.Equal(CoreRig.PrimaryLink, first.Target);
        rig.Advance(_late);
        second = rig.World.ToLinks[^1];
        Assert.Equal((CoreRig.StandbyLink, "0100"), (second.Target, second.Mti.ToString()));
        return first;
    }

    private void Warm(CoreRig rig)
    {
        for (int i = 0; i < Usual; i++)
        {
            rig.Request(stan: ++_stan);
            SentMessage sent = rig.World.ToLinks[^1];
            rig.Advance(_usual);
            rig.Reply(sent, "00");
        }

        rig.Advance(_late); // What is usual is known from here on.
    }

    private static CoreRig Make(int hedgePercent, bool allows = true)
    {
        var rig = new CoreRig(configuration => configuration with
        {
            Issuers =
            [
                .. configuration.Issuers.Select(issuer => issuer with
                {
                    AllowHedge = allows, Health = HealthSettings.Default, DrainBeforeOnline = TimeSpan.Zero,
                }),
            ],
            Routes = new RouteTable(
                [new Route { Prefix = "4", Primary = 0, Standby = [1], StandIn = 0, HedgePercent = hedgePercent }]),
        });
        rig.LinksUp();
        return rig;
    }
}
