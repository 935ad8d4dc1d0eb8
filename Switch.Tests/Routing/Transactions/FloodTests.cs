using Switch.Protocol.Messages;
using Switch.Routing.Settings;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>
/// Goal: an acquirer that floods takes neither all seats nor all of an issuer's places from one that is calm. Method:
/// the core with two acquirers, and an issuer that answers nothing.
/// </summary>
public class FloodTests
{
    private const int Calm = 0;
    private const int Flooding = 1;
    private const int Places = 32;

    private int _stan;

    [Fact]
    public void IssuerPlaces_OneFloods_TheOtherIsAskedAllTheSame()
    {
        CoreRig rig = New(static configuration => configuration with
        {
            Issuers = [configuration.Issuers[0] with { MaxInFlight = Places }, configuration.Issuers[1]],
        });
        Send(rig, Calm);
        for (int i = 0; i < Places * 3; i++)
        {
            Send(rig, Flooding);
        }

        int before = rig.World.ToLinks.Count(static sent => sent.Target == CoreRig.PrimaryLink);
        Send(rig, Calm);

        Assert.Equal(Places - (Places / 8), before);
        Assert.Equal(CoreRig.PrimaryLink, rig.World.ToLinks[^1].Target);
    }

    [Fact]
    public void Seats_OneFloods_TheOtherIsTakenAllTheSame()
    {
        CoreRig rig = New(static configuration => configuration with { PendingMax = Places });
        Send(rig, Calm);
        for (int i = 0; i < Places * 3; i++)
        {
            Send(rig, Flooding);
        }

        Assert.Equal(Places - (Places / 8), rig.Counters.Pending);
        Assert.All(rig.Answers, static answer => Assert.Equal("96", answer[39]));
        int refused = rig.Answers.Count;

        Send(rig, Calm);

        Assert.Equal(refused, rig.Answers.Count);
        Assert.Equal(Places - (Places / 8) + 1, rig.Counters.Pending);
    }

    /// <summary>Places come back when legs end, whatever their end: else a flood would use them up for ever.</summary>
    [Fact]
    public void Places_AfterAFloodOfSilence_AreAllThereAgain()
    {
        CoreRig rig = New(static configuration => configuration with { PendingMax = Places });
        for (int i = 0; i < Places; i++)
        {
            Send(rig, Flooding);
        }

        Assert.Equal(Places, rig.Counters.Pending);
        rig.Advance(TimeSpan.FromSeconds(12));

        Assert.Equal(0, rig.Counters.Pending);
        Assert.All(Enumerable.Range(0, rig.Core.IssuerCount), issuer => Assert.Equal(0, InFlight(rig, issuer)));
    }

    private static long InFlight(CoreRig rig, int issuer)
    {
        var counters = new Switch.Routing.Issuers.IssuerCounters[rig.Core.IssuerCount];
        rig.Core.CopyIssuers(counters);
        return counters[issuer].InFlight;
    }

    private static CoreRig New(Func<CoreConfiguration, CoreConfiguration> change)
    {
        var rig = new CoreRig(configuration => change(configuration with
        {
            Acquirers = [configuration.Acquirers[0], configuration.Acquirers[0] with { Name = "acq-flood" }],
        }));
        rig.LinksUp();
        return rig;
    }

    private void Send(CoreRig rig, int acquirer)
    {
        Message request = rig.MakeRequest(++_stan);
        rig.Core.AcquirerMessage(CoreRig.Session + acquirer, acquirer, request);
        rig.Settle();
    }
}
