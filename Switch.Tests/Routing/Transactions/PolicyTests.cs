using Switch.Host.Simulators;
using Switch.Routing.Answers;
using Switch.Routing.Settings;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>
/// What networks differ on (docs/domain.md section 9), partial reversals, and draining a card before going online.
/// </summary>
public class PolicyTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    [Fact]
    public void PartialReversals_NeverLeaveLessThanNothing()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(stan: 1, amount: 5_000);
        rig.Reply(rig.World.ToLinks[0]);

        Partial(rig, stan: 2, remaining: 3_000);
        Partial(rig, stan: 3, remaining: 3_000);
        Partial(rig, stan: 4, remaining: 4_000);
        Partial(rig, stan: 5, remaining: 1_000);
        rig.Reversal(originalStan: 1, stan: 6);
        rig.Reversal(originalStan: 1, stan: 7);

        Assert.Equal(["00", "00", "64", "64", "00", "00", "00"], rig.Answers.Select(sent => sent[39]));
        DrainAll(rig);
        Assert.Equal(
            ["000000003000", "000000001000", ""],
            rig.World.ToLinks.Skip(1).Select(sent => sent.Has(95) ? sent[95][..12] : ""));
    }

    [Fact]
    public void PartialReversal_OfAStandIn_GivesThatPartBackAndOutlivesARestart()
    {
        var rig = new CoreRig();
        rig.Request(stan: 1, amount: 10_000);

        Partial(rig, stan: 2, remaining: 4_000, amount: 10_000);
        Assert.Equal((4_000, 2), (rig.Counters.StandInExposure, rig.Counters.OwedNow));
        CoreRig restarted = rig.Restart();
        Partial(restarted, stan: 3, remaining: 4_000, amount: 10_000);

        Assert.Equal("64", Assert.Single(restarted.Answers)[39]);
        Assert.Equal(4_000, restarted.Counters.StandInExposure);
    }

    [Fact]
    public void PartialApproval_EveryCopyIsToldTheSameAmount_AlsoAfterARestart()
    {
        var rig = new CoreRig { CommitsAtOnce = false };
        rig.LinksUp();
        rig.Request(stan: 1);
        rig.Commit();
        rig.Reply(rig.World.ToLinks[0], code: "10", change: fields =>
        {
            fields[4] = "000000003000";
            fields[38] = "123456";
        });
        rig.Request(stan: 1, mti: "0101"); // Joins: the answer waits for the disk.
        rig.Commit();
        rig.Request(stan: 1, mti: "0101");
        CoreRig restarted = rig.Restart();
        restarted.Request(stan: 1, mti: "0101");

        SentMessage[] answers = [.. rig.Answers, .. restarted.Answers];
        Assert.Equal(3, answers.Length);
        Assert.All(answers, one =>
            Assert.Equal(("10", "000000003000", "123456"), (one[39], one[4], one[38])));
    }

    [Fact]
    public void PartialApproval_NoMoreThanThatCanBeReversedInPart()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(stan: 1);
        rig.Reply(rig.World.ToLinks[0], code: "10", change: fields => fields[4] = "000000003000");

        Partial(rig, stan: 2, remaining: 3_000);
        Partial(rig.Restart(), stan: 3, remaining: 3_000);
        Partial(rig, stan: 4, remaining: 2_999);

        Assert.Equal(["10", "64", "00"], rig.Answers.Select(sent => sent[39]));
    }

    [Fact]
    public void Completion_OfAStoodInPreAuthorization_NamesTheAdviceAndLeavesWhatItTookInTheCounters()
    {
        var rig = new CoreRig();
        rig.Request(stan: 1, amount: 10_000, change: fields => fields[25] = "06");
        Complete(rig, stan: 2, amount: 4_000);
        Complete(rig, stan: 3, amount: 9_000); // A second one takes nothing more from the counters.

        Assert.Equal(["00", "00", "00"], rig.Answers.Select(sent => sent[39]));
        Assert.Equal(4_000, rig.Counters.StandInExposure);
        CoreRig restarted = rig.Restart();
        Assert.Equal(4_000, restarted.Counters.StandInExposure);
        restarted.LinksUp();
        DrainAll(restarted);
        SentMessage advice = restarted.World.ToLinks[0];
        Assert.Equal("0120", $"{advice.Mti.WithoutRepeat()}");
        Assert.Equal($"0120{advice[11]}", restarted.World.ToLinks[1][90][..10]);
        Assert.Equal(0, restarted.Counters.StandInExposure);
    }

    [Fact]
    public void ReversalOfAReversal_IsRefused()
    {
        var rig = new CoreRig();

        rig.Reversal(
            originalStan: 1, stan: 2, change: fields => fields[90] = "042000000111221000000000012345600000000000");

        Assert.Equal("12", Assert.Single(rig.Answers)[39]);
        Assert.Equal(0, rig.Counters.OwedNow);
    }

    [Fact]
    public void UnmatchedReversal_UnderRefuse_IsAnswered25AndForgotten()
    {
        var rig = new CoreRig(configuration =>
            configuration with { UnmatchedReversals = UnmatchedReversalPolicy.Refuse });
        rig.LinksUp();

        rig.Reversal(originalStan: 1, stan: 2);
        rig.Request(stan: 1);

        Assert.Equal("25", Assert.Single(rig.Answers)[39]);
        Assert.Equal("0100", Assert.Single(rig.World.ToLinks).Mti.ToString());
    }

    [Fact]
    public void LateApprovalAfterStandIn_UnderReverse_IsReversedBeforeTheAdvice()
    {
        CoreRig rig = WithPrimary(issuer => issuer with
        {
            LateApprovals = LateApprovalPolicy.Reverse,
            Advices = new() { RatePerSecond = 1 },
        });
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Request(stan: 1);
        rig.Advance(TimeSpan.FromSeconds(3.0));
        Assert.Equal(1, rig.Counters.ApprovedByStandIn);
        SentMessage leg = rig.World.ToLinks[0];

        rig.Reply(leg);
        rig.Reply(leg);
        DrainAll(rig);

        Assert.Equal(["0100", "0420", "0120"], rig.World.ToLinks.Select(sent => sent.Mti.ToString()));
        Assert.Equal(leg[11], rig.World.ToLinks[1][90][4..10]);
        Assert.False(rig.World.ToLinks[1].Has(38));
    }

    /// <summary>Found by the simulation: recovery puts owed messages in the order of their records.</summary>
    [Fact]
    public void LateApprovalAfterStandIn_UnderReverse_IsReversedBeforeTheAdvice_AlsoAfterARestart()
    {
        CoreRig rig = WithPrimary(issuer => issuer with { LateApprovals = LateApprovalPolicy.Reverse });
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Request(stan: 1);
        rig.CommitsAtOnce = false; // The advice waits for its record.
        rig.Advance(TimeSpan.FromSeconds(3.0));
        rig.Reply(rig.World.ToLinks[0]);
        rig.Commit();

        CoreRig restarted = rig.Restart();
        restarted.LinksUp();
        DrainAll(restarted);

        Assert.Equal(
            ["0420", "0120"], restarted.World.ToLinks.Select(sent => sent.Mti.WithoutRepeat().ToString()));
    }

    [Fact]
    public void LateApprovalAfterStandIn_AdviceAlreadySent_IsRecordedOnly()
    {
        CoreRig rig = WithPrimary(issuer => issuer with { LateApprovals = LateApprovalPolicy.Reverse });
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Request(stan: 1);
        rig.Advance(TimeSpan.FromSeconds(3.1));
        Assert.Equal("0120", rig.World.ToLinks[1].Mti.ToString());

        rig.Reply(rig.World.ToLinks[0]);
        DrainAll(rig);

        Assert.DoesNotContain(rig.World.ToLinks, sent => sent.Mti.Class == 4);
    }

    [Fact]
    public void LateApprovalAfterStandIn_ByDefault_IsRecordedOnly()
    {
        var rig = new CoreRig();
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Request(stan: 1);
        rig.Advance(TimeSpan.FromSeconds(3.1));

        rig.Reply(rig.World.ToLinks[0]);
        DrainAll(rig);

        Assert.DoesNotContain(rig.World.ToLinks, sent => sent.Mti.Class == 4);
    }

    [Fact]
    public void CardWithQueuedAdvice_GoesOnlineOnceItIsAcknowledged()
    {
        var rig = new CoreRig();
        rig.Request(stan: 1);
        rig.LinksUp();

        rig.Request(stan: 2);
        rig.Advance(TimeSpan.FromMilliseconds(20));
        SentMessage advice = Assert.Single(rig.World.ToLinks);
        rig.Reply(advice);
        rig.Advance(TimeSpan.FromMilliseconds(20));
        rig.Reply(rig.World.ToLinks[1]);

        Assert.Equal(["0120", "0100"], rig.World.ToLinks.Select(sent => sent.Mti.ToString()));
        Assert.Equal((1, 1), (rig.Counters.ApprovedByStandIn, rig.Counters.ApprovedByPrimary));
    }

    [Fact]
    public void CardWithQueuedAdvice_NotAcknowledgedInTime_StaysInStandIn()
    {
        var rig = new CoreRig();
        rig.Request(stan: 1);
        rig.LinksUp();

        rig.Request(stan: 2);
        rig.Request(stan: 3, card: CoreRig.OtherCard);
        rig.Advance(TimeSpan.FromMilliseconds(300));

        Assert.Equal(2, rig.Counters.ApprovedByStandIn);
        Assert.Equal(["0120", "0100"], rig.World.ToLinks.Select(sent => sent.Mti.ToString()).Order().Reverse());
    }

    /// <summary>In its turn it would come after two seconds: too late for this request and those after it.</summary>
    [Fact]
    public void CardWithQueuedAdvice_BehindABacklogOfOthers_GoesFirst()
    {
        CoreRig rig = WithPrimary(issuer => issuer with
        {
            Advices = new AdviceSettings { Window = 1, RatePerSecond = 20 },
        });
        for (int i = 0; i < 40; i++)
        {
            rig.Request(stan: 100 + i, amount: 1_000, card: TestCards.Make("4", i));
        }

        rig.Request(stan: 1, amount: 1_000);
        rig.LinksUp();
        rig.Advance(TimeSpan.FromMilliseconds(100)); // Another card's advice is on its way.

        rig.Request(stan: 2, amount: 1_000);
        rig.Reply(rig.World.ToLinks[0]);
        rig.Advance(TimeSpan.FromMilliseconds(100));
        SentMessage advice = rig.World.ToLinks[1];
        rig.Reply(advice);
        rig.Advance(TimeSpan.FromMilliseconds(20));

        Assert.Equal(("0120", CoreRig.Card), (advice.Mti.ToString(), advice[2]));
        Assert.Equal("0100", rig.World.ToLinks[^1].Mti.ToString());
    }

    [Fact]
    public void ReversedWhileWaitingForAdvices_IsCancelled()
    {
        var rig = new CoreRig();
        rig.Request(stan: 1);
        rig.LinksUp();
        rig.Request(stan: 2);

        rig.Reversal(originalStan: 2, stan: 3);
        DrainAll(rig);

        Assert.Equal("0120", Assert.Single(rig.World.ToLinks).Mti.ToString());
        Assert.Equal(0, rig.Counters.Pending);
    }

    [Fact]
    public void DrainBeforeOnline_Zero_SendsAtOnce()
    {
        CoreRig rig = WithPrimary(issuer => issuer with { DrainBeforeOnline = TimeSpan.Zero });
        rig.Request(stan: 1);
        rig.LinksUp();

        rig.Request(stan: 2);

        Assert.Equal("0100", Assert.Single(rig.World.ToLinks).Mti.ToString());
    }

    [Fact]
    public void Request_NeitherIssuerNorStandInMayDecide_AnswersTheConfiguredCode()
    {
        CoreRig rig = WithPrimary(issuer => issuer with { UnavailableCode = "05" });

        rig.Request(card: CoreRig.CardWithoutStandIn);

        Assert.Equal("05", Assert.Single(rig.Answers)[39]);
    }

    private static void Partial(CoreRig rig, int stan, long remaining, long amount = 5_000) =>
        rig.Reversal(
            originalStan: 1, stan: stan, amount: amount,
            change: fields => fields[95] = $"{remaining:D12}{new string('0', 30)}");

    private static void Complete(CoreRig rig, int stan, long amount) =>
        rig.Request(stan: stan, amount: amount, mti: "0220", change: fields =>
        {
            fields[39] = "00";
            fields[90] = "010000000111221000000000012345600000000000";
        });

    private static void DrainAll(CoreRig rig)
    {
        for (int i = 0; i < 20; i++)
        {
            rig.Advance(Moment + TimeSpan.FromSeconds(1));
            foreach (SentMessage sent in rig.World.ToLinks.Where(sent => !sent.Mti.IsRequest).ToList())
            {
                rig.Reply(sent);
            }
        }
    }

    private static CoreRig WithPrimary(Func<IssuerSettings, IssuerSettings> change) => new(configuration =>
        configuration with { Issuers = [change(configuration.Issuers[0]), configuration.Issuers[1]] });
}
