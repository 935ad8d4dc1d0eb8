using Switch.Routing.Answers;
using Switch.Routing.Effects;

namespace Switch.Tests.Routing.Core;

/// <summary>The journal's disk is nearly full: nothing is approved on its word, and nothing owed is refused.</summary>
public class JournalSpaceTests
{
    [Fact]
    public void SpaceLow_StandInStops_ReversalsAndIssuersGoOn()
    {
        var rig = new CoreRig();
        rig.Request(stan: 1);
        rig.Core.JournalSpace(isLow: true);
        rig.Core.JournalSpace(isLow: true);

        rig.Request(stan: 2);
        rig.Reversal(originalStan: 1, stan: 3);
        rig.LinksUp();
        rig.Request(stan: 4);
        rig.Reply(rig.World.ToLinks[^1]);

        Assert.Equal(["00", "91", "00", "00"], rig.Answers.Select(sent => sent[39]));
        Assert.Equal(
            new RaisedIncident(Incident.JournalSpaceLow, 0, 1),
            Assert.Single(rig.World.Incidents, raised => raised.Incident == Incident.JournalSpaceLow));
    }

    [Fact]
    public void SpaceBack_StandInApprovesAgain()
    {
        var rig = new CoreRig();
        rig.Core.JournalSpace(isLow: true);
        rig.Core.JournalSpace(isLow: false);

        rig.Request(stan: 1);

        Assert.Equal("00", Assert.Single(rig.Answers)[39]);
        Assert.Equal([1L, 0L], rig.World.Incidents.Select(raised => raised.Value));
    }
}
