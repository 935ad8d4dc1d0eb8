using Switch.Routing.Effects;
using Switch.Routing.Journal;
using Switch.Routing.Operations;
using Switch.Routing.Records;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Operations;

/// <summary>What people tell the switch to do: recorded first, and so after a restart too.</summary>
public class OperatorCommandTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    [Fact]
    public void List_ShowsWhatIsOwedMaskedAndInPages()
    {
        CoreRig rig = new();
        rig.Request(stan: 1);
        rig.Request(stan: 2, card: CoreRig.OtherCard);
        rig.Request(stan: 3, amount: 700);
        var seen = new List<OwedListing>();

        CoreCommandResult first = rig.Core.Execute(ListOf(seen, countMax: 2));
        CoreCommandResult second = rig.Core.Execute(ListOf(seen, countMax: 2) with { After = first.Next });

        Assert.Equal((2, 1, -1), (first.Count, second.Count, second.Next));
        Assert.Equal(["400000******7899", "400000******3219", "400000******7899"], seen.Select(item => item.Card));
        Assert.Equal("000000000700", seen[2].Amount);
        Assert.All(seen, item => Assert.Equal(("StandInAdvice", "0120", 1003), (item.Kind, item.Mti, item.Reason)));
        Assert.DoesNotContain(rig.World.Records, stored => stored.Type == RecordType.OperatorAction);
    }

    [Fact]
    public void List_OfParkedOnly_LeavesOutTheRest()
    {
        CoreRig rig = WithParked(out ulong id);
        rig.Core.LinkDown(CoreRig.PrimaryLink);
        rig.Core.LinkDown(CoreRig.StandbyLink);
        rig.Request(stan: 9, card: CoreRig.OtherCard);
        var seen = new List<OwedListing>();

        rig.Core.Execute(ListOf(seen, countMax: 10) with { OnlyParked = true });

        Assert.Equal((id, "Parked"), (Assert.Single(seen).Id, seen[0].State));
    }

    [Theory]
    [InlineData(CoreCommandKind.RetryParked)]
    [InlineData(CoreCommandKind.ReleaseParked)]
    public void Parked_GoesAgainAsTheSameMessage(CoreCommandKind kind)
    {
        CoreRig rig = WithParked(out ulong id);
        SentMessage first = rig.World.ToLinks[0];

        CoreCommandResult result = rig.Core.Execute(Change(kind) with { Item = id });
        rig.Advance(Moment);

        Assert.Equal(CoreCommandOutcome.Done, result.Outcome);
        SentMessage again = rig.World.ToLinks[^1];
        Assert.Equal(("0121", first[11], first[7]), (again.Mti.ToString(), again[11], again[7]));
        rig.Reply(again);
        Assert.Equal((0, 0, 1L), (rig.Counters.ParkedNow, rig.Counters.OwedNow, rig.Counters.AdvicesAcknowledged));
    }

    [Fact]
    public void Parked_WaitsForTheCommandToBeDurable()
    {
        CoreRig rig = WithParked(out ulong id);
        int sent = rig.World.ToLinks.Count;
        rig.CommitsAtOnce = false;

        rig.Core.Execute(Change(CoreCommandKind.ReleaseParked) with { Item = id });
        rig.Advance(Moment);
        Assert.Equal(sent, rig.World.ToLinks.Count);
        rig.CommitsAtOnce = true;
        rig.Settle();
        rig.Advance(Moment);

        Assert.Equal(sent + 1, rig.World.ToLinks.Count);
    }

    [Fact]
    public void Released_GoesBeforeWhatWaitsForItsCard_RetriedGoesAfter()
    {
        Assert.Equal([true, false], ParkedThenYounger(CoreCommandKind.ReleaseParked));
        Assert.Equal([false, true], ParkedThenYounger(CoreCommandKind.RetryParked));
    }

    [Fact]
    public void UnparkedAndParked_AreSoAfterARestart()
    {
        CoreRig rig = WithParked(out ulong id);
        rig.Core.Execute(Change(CoreCommandKind.RetryParked) with { Item = id });
        rig.Commit();

        CoreRig restarted = rig.Restart();
        Assert.Equal((0L, 1L), (restarted.Counters.ParkedNow, restarted.Counters.OwedNow));
        restarted.LinksUp();
        restarted.Advance(Moment);
        restarted.Reply(restarted.World.ToLinks[0], code: "30");
        CoreRig again = restarted.Restart();

        Assert.Equal((1L, 0L), (again.Counters.ParkedNow, again.Counters.OwedNow));
        CoreCommand writeOff = Change(CoreCommandKind.WriteOffParked) with { Item = id };
        Assert.Equal(CoreCommandOutcome.Done, again.Core.Execute(writeOff).Outcome);
    }

    [Fact]
    public void WrittenOff_IsGoneAndStaysGone()
    {
        CoreRig rig = WithParked(out ulong id);
        Assert.Equal(5_000, rig.Counters.StandInExposure);
        CoreCommand command = Change(CoreCommandKind.WriteOffParked) with { Item = id };

        Assert.Equal(CoreCommandOutcome.Done, rig.Core.Execute(command).Outcome);
        rig.Commit();

        Assert.Equal(CoreCommandOutcome.NotFound, rig.Core.Execute(command).Outcome);
        Assert.Equal((0L, 0L, 1L), (rig.Counters.ParkedNow, rig.Counters.StandInExposure, rig.Counters.WrittenOff));
        Assert.Contains(rig.World.Incidents, raised => raised.Incident == Incident.OwedWrittenOff);
        CoreRig restarted = rig.Restart();
        Assert.Equal((0L, 0L), (restarted.Counters.ParkedNow, restarted.Counters.OwedNow));
        Assert.Equal((0L, 0L), (restarted.Counters.StandInExposure, restarted.Counters.AdvicesOwed));
    }

    [Fact]
    public void ForcedToStandIn_AsksTheIssuerNoMoreUntilRestored()
    {
        CoreRig rig = new();
        rig.LinksUp();
        Assert.Equal(CoreCommandOutcome.Done, Force(rig, CoreRig.PrimaryLink).Outcome);
        Assert.Equal(CoreCommandOutcome.Done, Force(rig, CoreRig.StandbyLink).Outcome);
        rig.Commit();

        rig.Request(stan: 1);
        CoreRig restarted = rig.Restart();
        restarted.LinksUp();
        restarted.Request(stan: 2, card: CoreRig.OtherCard);
        Assert.Equal((1L, 1L), (rig.Counters.ApprovedByStandIn, restarted.Counters.ApprovedByStandIn));
        restarted.Core.Execute(Change(CoreCommandKind.RestoreIssuer));
        restarted.Commit();
        restarted.Request(stan: 3, card: "4000005555555550");

        Assert.Contains(restarted.World.ToLinks, sent => sent.Mti.ToString() == "0100");
        CoreCommand restore = Change(CoreCommandKind.RestoreIssuer);
        Assert.Equal(CoreCommandOutcome.NothingToDo, restarted.Core.Execute(restore).Outcome);
    }

    [Fact]
    public void PausedAdvices_WaitEvenAfterARestart()
    {
        CoreRig rig = new();
        rig.Request(stan: 1);
        rig.Core.Execute(Change(CoreCommandKind.PauseAdvices));
        rig.Commit();

        CoreRig restarted = rig.Restart();
        restarted.LinksUp();
        restarted.FromIssuer("0800", new Fields { [7] = "1122100000", [11] = "000500", [70] = "078" });
        restarted.Advance(TimeSpan.FromSeconds(1));
        Assert.DoesNotContain(restarted.World.ToLinks, sent => sent.Mti.Class == 1);
        restarted.Core.Execute(Change(CoreCommandKind.ResumeAdvices));
        restarted.Advance(Moment);

        Assert.Contains(restarted.World.ToLinks, sent => sent.Mti.ToString() == "0121");
    }

    [Theory]
    [InlineData(null, "why")]
    [InlineData("who", "")]
    [InlineData("who", "card 4000 0012 3456 7899 again")]
    [InlineData("who", "card 4000/0012/3456/7899 again")]
    [InlineData("４０００００１２３４５６７８９９", "why")]
    [InlineData("who", "two\nlines")]
    public void Change_WithoutASoundWhoAndWhy_IsRefused(string? who, string? why)
    {
        CoreRig rig = new();
        int records = rig.World.Records.Count;

        CoreCommandResult result =
            rig.Core.Execute(Change(CoreCommandKind.ForceStandIn) with { Who = who, Why = why });

        Assert.Equal((CoreCommandOutcome.BadText, records), (result.Outcome, rig.World.Records.Count));
    }

    [Fact]
    public void Change_OfWhatIsNotThere_IsNotFound()
    {
        CoreRig rig = new();

        foreach (CoreCommand command in (CoreCommand[])
            [
                Change(CoreCommandKind.RetryParked) with { Item = 5 },
                Change(CoreCommandKind.PauseAdvices) with { Issuer = 2 },
                Change(CoreCommandKind.None),
            ])
        {
            Assert.Equal(CoreCommandOutcome.NotFound, rig.Core.Execute(command).Outcome);
        }
    }

    [Fact]
    public void JournalLost_ChangesNothing()
    {
        CoreRig rig = new();
        rig.Core.JournalFailed();

        Assert.Equal(CoreCommandOutcome.Unavailable, rig.Core.Execute(Change(CoreCommandKind.ForceStandIn)).Outcome);
    }

    // Whether the messages that go out after the command, in order, are the parked one.
    private static bool[] ParkedThenYounger(CoreCommandKind kind)
    {
        CoreRig rig = WithParked(out ulong id);
        string parkedStan = rig.World.ToLinks[0][11];
        rig.Core.LinkDown(CoreRig.PrimaryLink);
        rig.Core.LinkDown(CoreRig.StandbyLink);
        rig.Request(stan: 2);
        rig.Core.Execute(Change(kind) with { Item = id });
        rig.Commit();
        int before = rig.World.ToLinks.Count;
        rig.LinksUp();
        rig.Advance(Moment);
        rig.Reply(rig.World.ToLinks[^1]);
        rig.Advance(Moment);
        return [.. rig.World.ToLinks.Skip(before).Select(sent => sent[11] == parkedStan)];
    }

    private static CoreCommandResult Force(CoreRig rig, int issuer) =>
        rig.Core.Execute(Change(CoreCommandKind.ForceStandIn) with { Issuer = issuer });

    private static CoreRig WithParked(out ulong id)
    {
        var rig = new CoreRig();
        rig.Request(stan: 1);
        rig.LinksUp();
        rig.Advance(Moment);
        rig.Reply(rig.World.ToLinks[0], code: "30");
        id = (ulong)rig.World.Incidents.Single(raised => raised.Incident == Incident.AdviceParked).Subject;
        return rig;
    }

    private static CoreCommand Change(CoreCommandKind kind) =>
        new() { Kind = kind, Who = "sato", Why = "ticket 4711: the issuer has asked for it" };

    private static CoreCommand ListOf(List<OwedListing> seen, int countMax) =>
        new() { Kind = CoreCommandKind.ListOwed, CountMax = countMax, Visitor = seen.Add };
}
