using Switch.Protocol.Dialects;
using Switch.Routing.Answers;
using Switch.Routing.Effects;
using Switch.Routing.Settings;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>
/// What the switch sent to an issuer comes in from an acquirer: it is refused, and the request that was sent goes on as
/// if the issuer were not there.
/// </summary>
public class LoopTests
{
    private const int OtherAcquirer = 1;

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    /// <summary>A port forwarder changes nothing: the trace number is the switch's own.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(OtherAcquirer)]
    public void Request_ThatComesBackAsItWasSent_IsRefused(int acquirer)
    {
        CoreRig rig = WithTwoAcquirers();
        rig.Request(stan: 70);
        SentMessage sent = Assert.Single(rig.World.ToLinks);

        Return(rig, sent, acquirer, session: 5);

        Assert.Single(rig.World.ToLinks);
        SentMessage refused = Assert.Single(rig.Answers);
        Assert.Equal((5, "91", sent[11]), (refused.Target, refused[39], refused[11]));
        Assert.Equal(1, rig.Counters.LoopsCut);
        Assert.Equal(
            new RaisedIncident(Incident.LoopCut, 0, acquirer),
            Assert.Single(rig.World.Incidents, raised => raised.Incident == Incident.LoopCut));

        rig.Reply(sent, "91"); // The refusal takes the way back of the loop; the standby is asked.
        rig.Reply(rig.World.ToLinks[1]);
        Assert.Equal("00", rig.Answers[1][39]);
        Assert.Equal(0, rig.Counters.OwedNow);
    }

    /// <summary>Another switch gives it a trace number of its own, and sends it in by a line of its own.</summary>
    [Fact]
    public void Request_ThatComesBackByAnotherSwitch_IsRefused()
    {
        CoreRig rig = WithTwoAcquirers();
        rig.Request(stan: 70);

        Return(rig, rig.World.ToLinks[0], OtherAcquirer, session: 5, fields => fields[11] = "004711");

        Assert.Equal("91", Assert.Single(rig.Answers)[39]);
        Assert.Single(rig.World.ToLinks);
    }

    /// <summary>What is not the same payment is taken, however much of it agrees.</summary>
    [Theory]
    [InlineData(4, "000000005001")]
    [InlineData(7, "1122100001")]
    [InlineData(37, "632600000099")]
    [InlineData(41, "TERM0002")]
    [InlineData(2, CoreRig.OtherCard)]
    [InlineData(3, "010000")]
    public void Request_ThatDiffers_IsTaken(int field, string other)
    {
        CoreRig rig = WithTwoAcquirers();
        rig.Request(stan: 70);

        Return(rig, rig.World.ToLinks[0], OtherAcquirer, session: 5, fields =>
        {
            fields[11] = "004711";
            fields[field] = other;
        });

        Assert.Equal((2, 0), (rig.World.ToLinks.Count, rig.Counters.LoopsCut));
    }

    /// <summary>
    /// The limit: by the same acquirer and with another trace number it may be an acquirer's own new request, and is
    /// taken. So is one without DE 37 from another acquirer, which may be another terminal of the same name.
    /// </summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(OtherAcquirer, false)]
    public void Request_ThatMayBeAnothersOwn_IsTaken(int acquirer, bool hasReference)
    {
        CoreRig rig = WithTwoAcquirers();
        rig.Request(stan: 70);

        Return(rig, rig.World.ToLinks[0], acquirer, session: 5, fields =>
        {
            fields[11] = "004711";
            if (!hasReference)
            {
                fields.Remove(37);
            }
        });

        Assert.Equal((2, 0), (rig.World.ToLinks.Count, rig.Counters.LoopsCut));
    }

    /// <summary>
    /// An acquirer counts from 1 as the switch does, so its next payment may bear the number that the switch gave to
    /// the one before: same card, terminal and second, no DE 37. Only what comes on another line may be a loop then.
    /// </summary>
    [Theory]
    [InlineData(CoreRig.Session, 2, 0)]
    [InlineData(5, 1, 1)]
    public void Request_WithOurNumberAndWithoutDe37_IsALoopOnAnotherConnectionOnly(int session, int sent, int cut)
    {
        CoreRig rig = WithTwoAcquirers();
        rig.Request(stan: 70, change: fields => fields.Remove(37));

        Return(rig, rig.World.ToLinks[0], acquirer: 0, session);

        Assert.Equal((sent, cut), (rig.World.ToLinks.Count, rig.Counters.LoopsCut));
    }

    [Fact]
    public void Request_OfTheSameNumbersAfterTheAnswer_IsTaken()
    {
        CoreRig rig = WithTwoAcquirers();
        rig.Request(stan: 70);
        SentMessage sent = rig.World.ToLinks[0];
        rig.Reply(sent);

        Return(rig, sent, OtherAcquirer, session: 5);

        Assert.Equal((2, 0), (rig.World.ToLinks.Count, rig.Counters.LoopsCut));
    }

    /// <summary>Accepted as an acquirer's, what is owed would be owed again and sent again, for ever.</summary>
    [Fact]
    public void Owed_ThatComesBack_IsRefusedUntilItIsParked()
    {
        CoreRig rig = WithTwoAcquirers();
        rig.Reversal(originalStan: 1, stan: 2);
        rig.Advance(Moment);
        int sentCount = 0;
        while (rig.Counters.Parked == 0)
        {
            SentMessage sent = rig.World.ToLinks[^1];
            Assert.True(++sentCount < 20, "It was never parked.");
            Assert.Equal(4, sent.Mti.Class);
            Return(rig, sent, OtherAcquirer, session: 5);
            Assert.Equal("91", rig.Answers[^1][39]);
            rig.Reply(sent, "91");
            rig.Advance(TimeSpan.FromMinutes(2));
        }

        Assert.Equal((sentCount, 1, 1), (rig.Counters.LoopsCut, rig.Counters.ReversalsOwed, rig.Counters.ParkedNow));
    }

    /// <summary>The sample of configurations: a route that is not this card's says nothing of it.</summary>
    [Fact]
    public void Owed_OfAnAcquirerWithTheSameNumbersAndAnotherCard_IsTaken()
    {
        CoreRig rig = WithTwoAcquirers();
        rig.Reversal(originalStan: 1, stan: 2);
        rig.Advance(Moment);
        SentMessage sent = rig.World.ToLinks[^1];

        Return(rig, sent, OtherAcquirer, session: 5, fields => fields[2] = CoreRig.OtherCard);

        Assert.Equal(("00", 0), (rig.Answers[^1][39], rig.Counters.LoopsCut));
    }

    private static CoreRig WithTwoAcquirers()
    {
        var rig = new CoreRig(configuration => configuration with
        {
            Acquirers =
            [
                .. configuration.Acquirers,
                new AcquirerSettings { Name = "acq-b", Dialect = Dialect.Get("iso87-ascii") },
            ],
        });
        rig.LinksUp();
        return rig;
    }

    private static void Return(
        CoreRig rig, SentMessage sent, int acquirer, int session, Action<Fields>? change = null)
    {
        var fields = new Fields();
        foreach (int field in sent.Message.Fields)
        {
            fields[field] = sent[field];
        }

        change?.Invoke(fields);
        rig.Core.AcquirerMessage(
            session, acquirer, rig.Make(Dialect.Get("iso87-ascii"), sent.Mti.ToString(), fields));
        rig.Settle();
    }
}
