using Switch.Routing.Answers;
using Switch.Routing.Effects;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>
/// The timer races of docs/domain.md section 3.3, row by row: what the acquirer is told, what the issuer is owed, and
/// what a late reply changes.
/// </summary>
public class RaceTableTests
{
    private static readonly TimeSpan PastTimeout = TimeSpan.FromSeconds(3.05);

    [Fact]
    public void Request_IssuerApproves_AcquirerGetsItsOwnIdentityBack()
    {
        var rig = new CoreRig();
        rig.LinksUp();

        rig.Request(stan: 4711);
        SentMessage leg = Assert.Single(rig.World.ToLinks);
        rig.Reply(leg, approval: "998877");

        SentMessage answer = Assert.Single(rig.Answers);
        Assert.NotEqual("004711", leg[11]);
        Assert.Equal("0110", answer.Mti.ToString());
        Assert.Equal("004711", answer[11]);
        Assert.Equal("00", answer[39]);
        Assert.Equal("998877", answer[38]);
        Assert.False(answer.Has(35));
        Assert.Equal(1, rig.Counters.ApprovedByPrimary);
        Assert.Equal(0, rig.Counters.Pending);
        Assert.Equal(0, rig.Counters.OwedNow);
    }

    [Fact]
    public void Request_BeforeIntentIsDurable_NothingReachesTheIssuer()
    {
        var rig = new CoreRig { CommitsAtOnce = false };
        rig.LinksUp();

        rig.Request();
        Assert.Empty(rig.World.ToLinks);
        rig.Commit();

        Assert.Single(rig.World.ToLinks);
    }

    [Fact]
    public void Reply_BeforeDecisionIsDurable_NothingReachesTheAcquirer()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request();
        rig.CommitsAtOnce = false;

        rig.Reply(rig.World.ToLinks[0]);
        Assert.Empty(rig.Answers);
        rig.Commit();

        Assert.Equal("00", Assert.Single(rig.Answers)[39]);
    }

    /// <summary>Case A: surely not sent. Stand-in decides, an advice is owed, no reversal.</summary>
    [Fact]
    public void CaseA_NoLink_StandInApprovesAndOwesAnAdviceOnly()
    {
        var rig = new CoreRig();

        rig.Request(stan: 12);

        SentMessage answer = Assert.Single(rig.Answers);
        Assert.Equal("00", answer[39]);
        Assert.StartsWith("S", answer[38], StringComparison.Ordinal);
        Assert.Equal(1, rig.Counters.ApprovedByStandIn);
        Assert.Equal((1, 0), (rig.Counters.AdvicesOwed, rig.Counters.ReversalsOwed));

        rig.LinksUp();
        rig.Advance(TimeSpan.FromMilliseconds(50));
        SentMessage advice = Assert.Single(rig.World.ToLinks);
        Assert.Equal((CoreRig.PrimaryLink, "0120"), (advice.Target, advice.Mti.ToString()));
        Assert.Equal(answer[38], advice[38]);
        Assert.Equal("00", advice[39]);
        Assert.Equal("203", advice[60]);
        Assert.Equal(CoreRig.Card, advice[2]);
        Assert.False(advice.Has(90));
        Assert.False(advice.Has(35));
        rig.Reply(advice);
        Assert.Equal((1, 0), (rig.Counters.AdvicesAcknowledged, rig.Counters.OwedNow));
    }

    [Fact]
    public void CaseA_NoLinkAndNoStandIn_Declines91WithoutAnythingOwed()
    {
        var rig = new CoreRig();

        rig.Request(card: CoreRig.CardWithoutStandIn);

        Assert.Equal("91", Assert.Single(rig.Answers)[39]);
        Assert.Equal(0, rig.Counters.OwedNow);
    }

    /// <summary>
    /// Case B: both silent, stand-in approves. The advice names the timed-out leg; only the standby is reversed.
    /// </summary>
    [Fact]
    public void CaseB_TimedOutThenStandIn_AdviceNamesTheLegAndPrimaryIsNotReversed()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(stan: 5);
        SentMessage first = rig.World.ToLinks[0];

        rig.Advance(PastTimeout);
        SentMessage second = rig.World.ToLinks[1];
        rig.Advance(PastTimeout);

        Assert.Equal("00", Assert.Single(rig.Answers)[39]);
        rig.Advance(TimeSpan.FromMilliseconds(50));
        SentMessage advice = rig.World.ToLinks.Single(sent => sent.Mti.ToString() == "0120");
        Assert.Equal(CoreRig.PrimaryLink, advice.Target);
        Assert.Equal("202", advice[60]);
        Assert.Equal($"0100{first[11]}11221000000000012345600000000000", advice[90]);
        SentMessage reversal = rig.World.ToLinks.Single(sent => sent.Mti.ToString() == "0420");
        Assert.Equal(CoreRig.StandbyLink, reversal.Target);
        Assert.Equal($"0100{second[11]}11221000000000012345600000000000", reversal[90]);
    }

    [Fact]
    public void CaseB_LateDecline_IsReportedAndNotPassedOn()
    {
        var rig = new CoreRig();
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Request();
        rig.Advance(PastTimeout);
        Assert.Single(rig.Answers);

        rig.Reply(rig.World.ToLinks[0], code: "05");

        Assert.Single(rig.Answers);
        Assert.Equal(1, rig.Counters.LateReplies);
        Assert.Contains(rig.World.Incidents, raised => raised.Incident == Incident.ApprovedAgainstDecline);
    }

    /// <summary>
    /// Case C: silent, and no stand-in. Declined, and the reversal is owed at once, with that leg's STAN.
    /// </summary>
    [Fact]
    public void CaseC_TimedOutAndDeclined_OwesAReversalOfThatLeg()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(card: CoreRig.CardWithoutStandIn);

        rig.Advance(PastTimeout);

        Assert.Equal("91", Assert.Single(rig.Answers)[39]);
        rig.Advance(TimeSpan.FromMilliseconds(50));
        SentMessage reversal = rig.World.ToLinks[1];
        Assert.Equal("0420", reversal.Mti.ToString());
        Assert.Equal($"0100{rig.World.ToLinks[0][11]}11221000000000012345600000000000", reversal[90]);
        Assert.False(reversal.Has(38));
    }

    [Fact]
    public void CaseC_LateApproval_ChangesNothing()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(card: CoreRig.CardWithoutStandIn);
        rig.Advance(PastTimeout);

        rig.Reply(rig.World.ToLinks[0]);

        Assert.Single(rig.Answers);
        Assert.Equal((1, 1), (rig.Counters.LateReplies, rig.Counters.ReversalsOwed));
    }

    /// <summary>Case D: the acquirer is gone. After the grace the approval is taken back.</summary>
    [Fact]
    public void CaseD_AnswerFindsNoSession_ReversesAfterTheGrace()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request();
        rig.World.GoneSessions.Add(CoreRig.Session);

        rig.Reply(rig.World.ToLinks[0], approval: "555555");
        Assert.Equal((1, 0), (rig.Counters.Undelivered, rig.Counters.ReversalsOwed));
        rig.Advance(rig.Configuration.UndeliveredGrace + TimeSpan.FromMilliseconds(50));

        SentMessage reversal = rig.World.ToLinks.Single(sent => sent.Mti.ToString() == "0420");
        Assert.Equal("400", reversal[60]);
        Assert.Equal("555555", reversal[38]);
        Assert.Equal(0, rig.Counters.Pending);
    }

    [Fact]
    public void CaseD_RepeatWithinTheGrace_DeliversAndReversesNothing()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(stan: 3);
        rig.World.GoneSessions.Add(CoreRig.Session);
        rig.Reply(rig.World.ToLinks[0], approval: "555555");

        rig.World.GoneSessions.Clear();
        rig.Request(stan: 3, mti: "0101");
        rig.Advance(rig.Configuration.UndeliveredGrace + TimeSpan.FromSeconds(1));

        SentMessage answer = Assert.Single(rig.Answers);
        Assert.Equal(("00", "555555"), (answer[39], answer[38]));
        Assert.Equal((0, 0), (rig.Counters.ReversalsOwed, rig.Counters.Pending));
    }

    /// <summary>
    /// Case E: a stand-in approval that did not arrive, its advice unsent: both vanish, and the limit is given back.
    /// </summary>
    [Fact]
    public void CaseE_StandInUndeliveredAndAdviceUnsent_NetsThemLocally()
    {
        var rig = new CoreRig();
        rig.World.GoneSessions.Add(CoreRig.Session);

        rig.Request(amount: 10_000);
        Assert.Equal(10_000, rig.Counters.StandInExposure);
        rig.Advance(rig.Configuration.UndeliveredGrace + TimeSpan.FromMilliseconds(50));

        Assert.Equal((0, 0, 1), (rig.Counters.AdvicesOwed, rig.Counters.ReversalsOwed, rig.Counters.Netted));
        Assert.Equal((0, 0), (rig.Counters.OwedNow, rig.Counters.StandInExposure));
    }

    [Fact]
    public void CaseE_StandInUndeliveredAndAdviceSent_ReversalNamesTheAdvice()
    {
        var rig = new CoreRig();
        rig.World.GoneSessions.Add(CoreRig.Session);
        rig.Request();
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Advance(TimeSpan.FromMilliseconds(50));
        SentMessage advice = rig.World.ToLinks[0];
        rig.Reply(advice);

        rig.Advance(rig.Configuration.UndeliveredGrace + TimeSpan.FromMilliseconds(50));

        Assert.Equal($"0120{advice[11]}11221000000000012345600000000000", rig.World.ToLinks[1][90]);
    }

    /// <summary>
    /// Case I: a repeat joins the pending request, or gets the stored answer; other content is refused.
    /// </summary>
    [Theory]
    [InlineData("0100")]
    [InlineData("0101")]
    public void CaseI_Repeat_JoinsOrReplays(string mti)
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(stan: 51);

        rig.Request(stan: 51, mti: mti);
        Assert.Single(rig.World.ToLinks);
        rig.Reply(rig.World.ToLinks[0], approval: "777777");
        rig.Request(stan: 51, mti: mti);
        rig.Request(stan: 51, mti: mti, amount: 6_000);

        Assert.Equal(["00", "00", "94"], rig.Answers.Select(sent => sent[39]));
        Assert.Equal("777777", rig.Answers[1][38]);
        Assert.Single(rig.World.ToLinks);
        Assert.Equal((2, 1), (rig.Counters.Repeats, rig.Counters.DuplicateConflicts));
    }

    [Fact]
    public void CaseI_ClockJumpsADayAhead_TheAnswerIsStillRemembered()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(stan: 1);
        rig.Reply(rig.World.ToLinks[0]);

        rig.Core.SetTime(rig.Now with { WallMs = rig.Now.WallMs + (25 * 3_600_000L) });
        rig.Core.Tick();
        rig.Request(stan: 1, mti: "0101");

        Assert.Equal(["123456", "123456"], rig.Answers.Select(sent => sent[38]));
    }

    /// <summary>Found by the simulation: the joined answer stood behind others, and nothing waited for it.</summary>
    [Fact]
    public void CaseI_JoinedAnswerFindsNoSession_IsUndeliveredLikeAnyOther()
    {
        const int Other = 9;
        var rig = new CoreRig { CommitsAtOnce = false };
        rig.Request(stan: 1);
        long decision = rig.World.LastLsn;
        rig.Request(CoreRig.OtherCard, stan: 2);
        rig.Request(stan: 1, mti: "0101", send: copy => rig.Core.AcquirerMessage(Other, 0, copy));

        rig.World.Release(decision);
        rig.Core.JournalCommitted(decision);
        Assert.Empty(rig.Answers);
        Assert.Equal(2, rig.Counters.Pending);
        rig.World.GoneSessions.Add(Other);
        rig.Commit();

        Assert.Equal("000002", Assert.Single(rig.Answers)[11]);
        Assert.Equal((1, 1), (rig.Counters.Undelivered, rig.Counters.Pending));
    }

    /// <summary>
    /// Case J: the primary is silent and the standby approves: its answer, and a reversal to the primary.
    /// </summary>
    [Fact]
    public void CaseJ_StandbyAnswers_PrimaryIsOwedAReversal()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request();
        rig.Advance(PastTimeout);

        rig.Reply(rig.World.ToLinks[1], approval: "424242");
        rig.Advance(TimeSpan.FromMilliseconds(50));

        Assert.Equal("424242", Assert.Single(rig.Answers)[38]);
        SentMessage reversal = rig.World.ToLinks[2];
        Assert.Equal((CoreRig.PrimaryLink, "0420"), (reversal.Target, reversal.Mti.ToString()));
        Assert.Equal((1, 1), (rig.Counters.ApprovedByStandby, rig.Counters.ReversalsOwed));
    }

    [Fact]
    public void LinkLost_AfterTheSend_MovesOnAtOnceAndOwesAReversal()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request();

        rig.Core.LinkDown(CoreRig.PrimaryLink);
        rig.Settle();
        rig.Reply(rig.World.ToLinks[1]);

        Assert.Equal("00", Assert.Single(rig.Answers)[39]);
        Assert.Equal((1, 1), (rig.Counters.LinkLosses, rig.Counters.ReversalsOwed));
    }

    [Fact]
    public void SendRefusedAtRelease_GoesToTheStandbyWithoutAReversal()
    {
        var rig = new CoreRig { CommitsAtOnce = false };
        rig.LinksUp();
        rig.Request();
        rig.World.GoneLinks.Add(CoreRig.PrimaryLink);

        rig.Commit();
        rig.Commit();
        rig.Reply(Assert.Single(rig.World.ToLinks));
        rig.Commit();

        Assert.Equal((1, 0), (rig.Counters.ApprovedByStandby, rig.Counters.ReversalsOwed));
    }

    [Fact]
    public void InFlightCap_OneMore_GoesToTheStandby()
    {
        var rig = new CoreRig(configuration => configuration with
        {
            Issuers = [configuration.Issuers[0] with { MaxInFlight = 1 }, configuration.Issuers[1]],
        });
        rig.LinksUp();

        rig.Request(stan: 1);
        rig.Request(stan: 2);

        Assert.Equal([CoreRig.PrimaryLink, CoreRig.StandbyLink], rig.World.ToLinks.Select(sent => sent.Target));
    }

    [Fact]
    public void Deadline_JournalStalls_TakesTheApprovalBackInSilence()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request();
        rig.CommitsAtOnce = false;
        rig.Reply(rig.World.ToLinks[0]);

        rig.Advance(TimeSpan.FromSeconds(10.1));

        // A "no" would be wrong if a crash left the approval on the disk and not its taking back.
        Assert.Empty(rig.Answers);
        rig.CommitsAtOnce = true;
        rig.Commit();
        rig.Advance(TimeSpan.FromMilliseconds(50));

        Assert.Empty(rig.Answers);
        Assert.Equal((0, 1, 0), (rig.Counters.ApprovedByPrimary, rig.Counters.ReversalsOwed, rig.Counters.Pending));
    }

    [Fact]
    public void Deadline_PassedInTheInbox_IsNotProcessed()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        Switch.Protocol.Messages.Message stale = rig.MakeRequest(stan: 1);
        rig.Advance(TimeSpan.FromSeconds(10));

        rig.Core.AcquirerMessage(CoreRig.Session, 0, stale);

        Assert.Empty(rig.World.ToLinks);
        Assert.Equal((1, 0), (rig.Counters.Expired, rig.Counters.Pending));
    }

    /// <summary>A core that stays behind: a quick no, while there is still somebody to hear it.
    /// </summary>
    [Fact]
    public void Requests_StandInLineForTooLongForHalfASecond_AreAnswered96AndRepeatsAsBefore()
    {
        const int Waiting = 80; // Of 10 ms each: a quarter of the issuer's time-out is 750 ms.
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(stan: 1);
        rig.Reply(rig.World.ToLinks[0]);
        var line = new Queue<Switch.Protocol.Messages.Message>();
        for (int stan = 2; stan < 2 + Waiting + 60; stan++)
        {
            rig.Advance(TimeSpan.FromMilliseconds(10));
            line.Enqueue(rig.MakeRequest(stan));
            if (line.Count > Waiting)
            {
                rig.Core.AcquirerMessage(CoreRig.Session, 0, line.Dequeue());
                rig.Commit();
            }
        }

        Assert.Equal(10, rig.Counters.ShedByWait);
        Assert.All(rig.Answers.Skip(1), sent => Assert.Equal("96", sent[39]));
        rig.Core.AcquirerMessage(CoreRig.Session, 0, rig.MakeRequest(stan: 500));
        Switch.Protocol.Messages.Message repeat = rig.MakeRequest(stan: 1);
        rig.Advance(TimeSpan.FromMilliseconds(800));
        rig.Core.AcquirerMessage(CoreRig.Session, 0, repeat);
        rig.Core.AcquirerMessage(CoreRig.Session, 0, line.Dequeue());

        Assert.Equal(11, rig.Counters.ShedByWait);
        Assert.Equal(("000001", "00"), (rig.Answers[^2][11], rig.Answers[^2][39]));
    }

    [Fact]
    public void Requests_AfterAStall_AreAllTaken()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        Switch.Protocol.Messages.Message[] line = [.. Enumerable.Range(1, 50).Select(stan => rig.MakeRequest(stan))];
        rig.Advance(TimeSpan.FromSeconds(2));

        foreach (Switch.Protocol.Messages.Message request in line)
        {
            rig.Core.AcquirerMessage(CoreRig.Session, 0, request);
        }

        Assert.Equal((0, 50), (rig.Counters.ShedByWait, rig.Counters.Pending));
    }

    [Fact]
    public void JournalFails_NothingIsApprovedAnyMore_AndNothingIsSaidOfApprovalsInDoubt()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(stan: 1);
        rig.CommitsAtOnce = false;
        rig.Reply(rig.World.ToLinks[0]);
        rig.Request(stan: 2);

        rig.Core.JournalFailed();
        rig.Request(stan: 1, mti: "0101");
        rig.Request(stan: 3);
        rig.Reversal(originalStan: 1, stan: 4);

        Assert.Equal(["000002", "000003", "000004"], rig.Answers.Select(sent => sent[11]));
        Assert.Equal(["96", "96", "96"], rig.Answers.Select(sent => sent[39]));
        Assert.Equal(0, rig.Counters.Pending);
    }
}
