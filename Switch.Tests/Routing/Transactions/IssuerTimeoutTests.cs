using Switch.Routing.Effects;
using Switch.Routing.Issuers;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>An issuer that does not answer in time is seen at once, and by name.</summary>
public class IssuerTimeoutTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3.1);

    [Fact]
    public void Timeouts_OfAnIssuer_AreSaidAtTheFirstAndThenEveryTenSecondsAtMost()
    {
        CoreRig rig = Silent();
        for (int stan = 1; stan <= 8; stan++)
        {
            rig.Request(stan: stan, card: "6011000000000004");
            rig.Advance(Timeout);
        }

        RaisedIncident[] said = [.. rig.World.Incidents.Where(at => at.Incident == Incident.IssuerTimedOut)];
        Assert.Equal([1L, 4L], said.Select(at => at.Value));
        Assert.All(said, at => Assert.Equal(0, at.Subject));
        Assert.DoesNotContain(rig.World.Incidents, at => at.Incident == Incident.BreakerOpened);
    }

    [Fact]
    public void Counters_OfEachIssuer_AreItsOwn()
    {
        CoreRig rig = Silent();
        rig.Request(stan: 1);
        rig.Reply(rig.World.ToLinks[0]);
        rig.Request(stan: 2);
        rig.Reply(rig.World.ToLinks[1], "51");
        rig.Request(stan: 3);
        SentMessage late = rig.World.ToLinks[2];
        rig.Advance(Timeout); // To the standby.
        rig.Reply(late);
        rig.Request(stan: 4);
        rig.Core.LinkDown(CoreRig.PrimaryLink); // To the standby.
        rig.Settle();
        rig.Core.LinkUp(CoreRig.PrimaryLink);

        var issuers = new IssuerCounters[rig.Core.IssuerCount];
        rig.Core.CopyIssuers(issuers);
        rig.Reply(rig.World.ToLinks[^1]);
        var later = new IssuerCounters[rig.Core.IssuerCount];
        rig.Core.CopyIssuers(later);

        IssuerCounters primary = issuers[0];
        Assert.Equal((4, 1, 1), (primary.Requests, primary.Approved, primary.NotApproved));
        Assert.Equal((1, 1, 1), (primary.Timeouts, primary.LinkLosses, primary.LateReplies));
        Assert.Equal((2, 2), (issuers[1].Requests, issuers[1].InFlight));
        Assert.Equal((0, 0), (issuers[1].Timeouts, primary.InFlight));
        Assert.Equal((0, 1), (primary.OwedNow, later[0].OwedNow));
        Assert.Equal((1, 1), (rig.Counters.Timeouts, rig.Counters.LinkLosses));
    }

    [Fact]
    public void Owed_Unanswered_IsCountedApartFromRequests()
    {
        CoreRig rig = Silent();
        rig.Reversal(originalStan: 1, stan: 2);

        rig.Advance(Timeout);

        var issuers = new IssuerCounters[rig.Core.IssuerCount];
        rig.Core.CopyIssuers(issuers);
        Assert.Equal((0, 1), (rig.Counters.Timeouts, rig.Counters.OwedTimeouts));
        Assert.Equal((0, 1), (issuers[0].Timeouts, issuers[0].OwedTimeouts));
    }

    private static CoreRig Silent()
    {
        var rig = new CoreRig(configuration => configuration with
        {
            Issuers =
            [
                .. configuration.Issuers.Select(
                    issuer => issuer with { BreakerConsecutiveTimeouts = 0, DrainBeforeOnline = TimeSpan.Zero }),
            ],
        });
        rig.LinksUp();
        return rig;
    }
}
