using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>
/// Repeats of what was declined by the switch itself, or taken back (docs/domain.md section 3.3, case I).
/// </summary>
public sealed class ReplayedAnswerTests
{
    /// <summary>
    /// Under load something is always on its way to the disk: that must not cost a repeat its answer.
    /// </summary>
    [Fact]
    public void CaseI_RepeatOfADeclineWhileTheDiskIsBusy_IsAnsweredBehindWhatIsRecorded()
    {
        CoreRig rig = RepeatedBehindAnother();
        Assert.Single(rig.Answers);

        rig.Commit();

        Assert.Equal(["91", "00", "91"], rig.Answers.Select(sent => sent[39]));
    }

    [Fact]
    public void CaseI_RepeatOfADeclineWhileTheDiskHangs_IsNotAnsweredAfterItsDeadline()
    {
        CoreRig rig = RepeatedBehindAnother();

        rig.Advance(rig.Configuration.Acquirers[0].Deadline);
        rig.Commit();

        Assert.Equal("91", Assert.Single(rig.Answers, sent => sent[11] == "000001")[39]);
        Assert.Equal(1, rig.Counters.ReplaysTooLate);
    }

    [Fact]
    public void CaseI_MoreRepeatsThanMayWait_AreNotAnsweredAndCounted()
    {
        const int Max = 4_096;
        var rig = new CoreRig();
        rig.Request(CoreRig.CardWithoutStandIn, stan: 1);
        rig.CommitsAtOnce = false;
        rig.Request(CoreRig.OtherCard, stan: 2);

        for (int copy = 0; copy < Max + 3; copy++)
        {
            rig.Request(CoreRig.CardWithoutStandIn, stan: 1, mti: "0101");
        }

        rig.Commit();
        Assert.Equal(3, rig.Counters.ReplaysDropped);
        Assert.Equal(1 + Max, rig.Answers.Count(sent => sent[11] == "000001"));
    }

    // STAN 1 was declined; it comes again while the record of STAN 2 is on its way to the disk.
    private static CoreRig RepeatedBehindAnother()
    {
        var rig = new CoreRig();
        rig.Request(CoreRig.CardWithoutStandIn, stan: 1);
        rig.CommitsAtOnce = false;
        rig.Request(CoreRig.OtherCard, stan: 2);
        rig.Request(CoreRig.CardWithoutStandIn, stan: 1, mti: "0101");
        return rig;
    }
}
