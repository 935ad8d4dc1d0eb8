using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>
/// Case D where the acquirer has closed its half of the connection: its answer leaves, and what became of it shows
/// later.
/// </summary>
public class AnswerDoubtTests
{
    /// <summary>The peer has closed its half and takes its answer: nothing is reversed.</summary>
    [Fact]
    public void AnswerInDoubtIsDelivered_EndsThere()
    {
        (CoreRig rig, long tag) = WithAnswerInDoubt();

        Assert.Equal(1, rig.Counters.Pending);
        rig.Core.AnswerDelivered(tag);
        Assert.Equal(0, rig.Counters.Pending);
        rig.Core.SendFailed(tag); // Of a seat that is another's by now.
        rig.Advance(rig.Configuration.UndeliveredGrace * 2);

        Assert.Equal((0, 0), (rig.Counters.Undelivered, rig.Counters.ReversalsOwed));
    }

    /// <summary>It had closed altogether: a grace, and then the reversal, as if nothing had been sent.</summary>
    [Fact]
    public void AnswerInDoubtIsLost_ReversesAfterTheGrace()
    {
        (CoreRig rig, long tag) = WithAnswerInDoubt();
        rig.Advance(TimeSpan.FromSeconds(2));

        rig.Core.SendFailed(tag);
        rig.Core.SendFailed(tag);
        Assert.Equal((1, 0), (rig.Counters.Undelivered, rig.Counters.ReversalsOwed));
        rig.Advance(rig.Configuration.UndeliveredGrace + TimeSpan.FromMilliseconds(50));

        Assert.Equal("400", rig.World.ToLinks.Single(sent => sent.Mti.ToString() == "0420")[60]);
        Assert.Equal(0, rig.Counters.Pending);
    }

    /// <summary>No word of it: what left counts as delivered, and its acquirer reverses what it did not get.</summary>
    [Fact]
    public void AnswerStaysInDoubt_IsNotReversed()
    {
        (CoreRig rig, _) = WithAnswerInDoubt();

        rig.Advance(rig.Configuration.UndeliveredGrace + TimeSpan.FromSeconds(1));

        Assert.Equal(
            (0, 0, 0), (rig.Counters.Undelivered, rig.Counters.ReversalsOwed, rig.Counters.Pending));
    }

    [Fact]
    public void RepeatWhileInDoubt_FetchesTheAnswerAndReversesNothing()
    {
        (CoreRig rig, long tag) = WithAnswerInDoubt();

        rig.World.HalfClosedSessions.Clear();
        rig.Request(stan: 3, mti: "0101");
        rig.Core.SendFailed(tag);
        rig.Advance(rig.Configuration.UndeliveredGrace + TimeSpan.FromSeconds(1));

        Assert.Equal(["00", "00"], rig.Answers.Select(answer => answer[39]));
        Assert.Equal((0, 0), (rig.Counters.ReversalsOwed, rig.Counters.Pending));
    }

    private static (CoreRig Rig, long Tag) WithAnswerInDoubt()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(stan: 3);
        rig.World.HalfClosedSessions.Add(CoreRig.Session);
        rig.Reply(rig.World.ToLinks[0], approval: "555555");
        Assert.Equal((0, 1), (rig.Counters.Undelivered, rig.Answers.Count));
        return (rig, Assert.Single(rig.World.InDoubt));
    }
}
