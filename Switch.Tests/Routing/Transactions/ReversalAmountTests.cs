using Switch.Routing.Answers;
using Switch.Routing.Effects;
using Switch.Routing.Settings;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>
/// Goal: a reversal takes back what its original was for, never another amount, and what it does not take back is not
/// answered as if it had been.
/// </summary>
public sealed class ReversalAmountTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    [Theory]
    [InlineData(9_900)]
    [InlineData(900)]
    [InlineData(0)]
    public void Reversal_OfAnotherAmount_IsRefusedAndALaterRightOneWorks(long amount)
    {
        CoreRig rig = Approved();

        rig.Reversal(originalStan: 1, stan: 2, amount: amount);
        rig.Reversal(originalStan: 1, stan: 3);
        Drain(rig);

        Assert.Equal(["64", "00"], rig.Answers.Skip(1).Select(sent => sent[39]));
        Assert.Equal("000000005000", Assert.Single(ReversalsSent(rig))[4]);
        Assert.Equal(1, rig.Counters.ReversalAmountsRefused);
        Assert.Contains(rig.World.Incidents, raised => raised.Incident == Incident.ReversalAmountDiffers);
    }

    [Fact]
    public void Reversal_OfAnotherAmountWhilePending_IsRefused()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(stan: 1);

        rig.Reversal(originalStan: 1, stan: 2, amount: 9_900);
        rig.Reply(rig.World.ToLinks[0]);

        Assert.Equal(["64", "00"], rig.Answers.Select(sent => sent[39]));
    }

    [Fact]
    public void Original_ForwardsTheOriginalsAmountAndCounts()
    {
        CoreRig rig = Approved(ReversalAmountPolicy.Original);

        rig.Reversal(originalStan: 1, stan: 2, amount: 9_900);
        Drain(rig);

        Assert.Equal("00", rig.Answers[^1][39]);
        Assert.Equal("000000005000", Assert.Single(ReversalsSent(rig))[4]);
        Assert.Equal((0, 1), (rig.Counters.ReversalAmountsRefused, rig.Counters.ReversalAmountsCorrected));
    }

    /// <summary>900, then 600, of 5,000 approved; then more than the 3,500 that are left; then the rest.</summary>
    [Fact]
    public void Part_TakesBackWhatDe4SaysAndNeverMoreThanIsLeft()
    {
        CoreRig rig = Approved(ReversalAmountPolicy.Part);

        rig.Reversal(originalStan: 1, stan: 2, amount: 900);
        rig.Reversal(originalStan: 1, stan: 3, amount: 600);
        rig.Reversal(originalStan: 1, stan: 4, amount: 3_600);
        rig.Reversal(originalStan: 1, stan: 5, amount: 3_500);
        rig.Reversal(originalStan: 1, stan: 6, amount: 100);
        Drain(rig);

        Assert.Equal(["00", "00", "64", "00", "64"], rig.Answers.Skip(1).Select(sent => sent[39]));
        Assert.Equal(
            [("000000005000", "000000004100"), ("000000005000", "000000003500"), ("000000003500", "")],
            ReversalsSent(rig).Select(sent => (sent[4], sent.Has(95) ? sent[95][..12] : "")));
    }

    [Fact]
    public void Part_OfAStandIn_GivesThatPartBackAndOutlivesARestart()
    {
        var rig = new CoreRig(With(ReversalAmountPolicy.Part));
        rig.Request(stan: 1, amount: 10_000);

        rig.Reversal(originalStan: 1, stan: 2, amount: 4_000);
        CoreRig restarted = rig.Restart();
        restarted.Reversal(originalStan: 1, stan: 3, amount: 6_001);

        Assert.Equal(6_000, rig.Counters.StandInExposure);
        Assert.Equal("64", Assert.Single(restarted.Answers)[39]);
        Assert.Equal(6_000, restarted.Counters.StandInExposure);
    }

    /// <summary>After a partial approval DE 4 may be what was requested or what was approved.</summary>
    [Theory]
    [InlineData(5_000)]
    [InlineData(3_000)]
    public void Reversal_AfterAPartialApproval_GoesWithWhatWasApproved(long amount)
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(stan: 1);
        rig.Reply(rig.World.ToLinks[0], code: "10", change: fields => fields[4] = "000000003000");

        rig.Reversal(originalStan: 1, stan: 2, amount: 4_000);
        rig.Reversal(originalStan: 1, stan: 3, amount: amount);
        Drain(rig);

        Assert.Equal(["10", "64", "00"], rig.Answers.Select(sent => sent[39]));
        Assert.Equal("000000003000", Assert.Single(ReversalsSent(rig))[4]);
    }

    /// <summary>After a part was reversed DE 4 may be any of the three; the issuer gets what is left.</summary>
    [Theory]
    [InlineData(5_000)]
    [InlineData(2_000)]
    public void Reversal_AfterAPart_GoesWithWhatIsLeft(long amount)
    {
        CoreRig rig = Approved();
        rig.Reversal(originalStan: 1, stan: 2, change: fields => fields[95] = $"{2_000:D12}{0:D30}");

        rig.Reversal(originalStan: 1, stan: 3, amount: 3_000);
        rig.Reversal(originalStan: 1, stan: 4, amount: amount);
        rig.Reversal(originalStan: 1, stan: 5, change: fields => fields[95] = $"{1_000:D12}{0:D30}");
        Drain(rig);

        Assert.Equal(["00", "64", "00", "64"], rig.Answers.Skip(1).Select(sent => sent[39]));
        Assert.Equal(["000000005000", "000000002000"], ReversalsSent(rig).Select(sent => sent[4]));
    }

    /// <summary>A sender whose reversal had no answer makes another message of it, by what was left then.</summary>
    [Fact]
    public void Reversal_OfWhatWasLeft_SentAgainAsAnotherMessage_IsAcknowledged()
    {
        CoreRig rig = Approved();
        rig.Reversal(originalStan: 1, stan: 2, change: fields => fields[95] = $"{2_000:D12}{0:D30}");
        rig.Reversal(originalStan: 1, stan: 3, amount: 2_000);

        rig.Reversal(originalStan: 1, stan: 4, amount: 2_000);
        CoreRig restarted = rig.Restart();
        restarted.Reversal(originalStan: 1, stan: 5, amount: 2_000);

        Assert.Equal(["00", "00", "00"], rig.Answers.Skip(1).Select(sent => sent[39]));
        Assert.Equal("00", Assert.Single(restarted.Answers)[39]);
        Assert.Equal(2, restarted.Counters.OwedNow);
    }

    /// <summary>What stays must be less than what was approved, whatever DE 4 of the reversal says.</summary>
    [Fact]
    public void PartialReversal_OfAnotherAmount_IsRefused()
    {
        CoreRig rig = Approved();

        rig.Reversal(
            originalStan: 1, stan: 2, amount: 9_900, change: fields => fields[95] = $"{6_000:D12}{0:D30}");

        Assert.Equal("64", rig.Answers[^1][39]);
        Assert.Equal(0, rig.Counters.OwedNow);
    }

    /// <summary>Taken for absent, it would make a reversal of all out of one of a part.</summary>
    [Fact]
    public void ReplacementAmounts_ThatCannotBeRead_AreAFormatError()
    {
        CoreRig rig = Approved();

        rig.Reversal(originalStan: 1, stan: 2, change: fields => fields[95] = $"{"12 34",-42}");

        Assert.Equal(("30", "095"), (rig.Answers[^1][39], rig.Answers[^1][44]));
        Assert.Equal(0, rig.Counters.OwedNow);
    }

    /// <summary>A repeat of what was approved and reversed since: no goods may go out for it.</summary>
    [Theory]
    [InlineData("0101")]
    [InlineData("0100")]
    public void Repeat_AfterAReversal_IsDeclined(string mti)
    {
        CoreRig rig = Approved();
        rig.Request(stan: 1, mti: mti);
        rig.Reversal(originalStan: 1, stan: 2);

        rig.Request(stan: 1, mti: mti);
        CoreRig restarted = rig.Restart();
        restarted.Request(stan: 1, mti: mti);

        Assert.Equal(["00", "00", "00", "94"], rig.Answers.Select(sent => sent[39]));
        Assert.False(rig.Answers[^1].Has(38));
        Assert.Equal("94", Assert.Single(restarted.Answers)[39]);
    }

    /// <summary>The reversal comes while the approval is on its way to the disk, and then a copy.</summary>
    [Fact]
    public void Copy_OfAnApprovalThatWasReversedBeforeItLeft_IsDeclined()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(stan: 1);
        rig.CommitsAtOnce = false;
        rig.Reply(rig.World.ToLinks[0]);
        rig.Reversal(originalStan: 1, stan: 2);

        rig.Request(stan: 1, mti: "0101");
        rig.Commit();

        Assert.Equal("94", rig.Answers.Last(sent => sent.Mti.ToString() == "0110")[39]);
    }

    private static Func<CoreConfiguration, CoreConfiguration> With(ReversalAmountPolicy policy) =>
        configuration => configuration with
        {
            Acquirers = [configuration.Acquirers[0] with { ReversalAmount = policy }],
        };

    private static CoreRig Approved(ReversalAmountPolicy policy = ReversalAmountPolicy.Refuse)
    {
        var rig = new CoreRig(With(policy));
        rig.LinksUp();
        rig.Request(stan: 1);
        rig.Reply(rig.World.ToLinks[0]);
        return rig;
    }

    private static void Drain(CoreRig rig)
    {
        rig.Advance(Moment);
        for (int i = 0; i < rig.World.ToLinks.Count; i++)
        {
            if (rig.World.ToLinks[i].Mti.IsAdvice)
            {
                rig.Reply(rig.World.ToLinks[i]);
                rig.Advance(Moment);
            }
        }
    }

    private static List<SentMessage> ReversalsSent(CoreRig rig) =>
        [.. rig.World.ToLinks.Where(sent => sent.Mti.IsReversal)];
}
