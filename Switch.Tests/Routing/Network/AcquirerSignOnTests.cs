using Switch.Protocol.Dialects;
using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Routing.Effects;
using Switch.Routing.Values;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Network;

/// <summary>The switch's own sign-on on connections that it makes to acquirers.</summary>
public class AcquirerSignOnTests
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(4);

    [Fact]
    public void Opened_SignsOn_AndTheAnswerMakesItReady()
    {
        CoreRig rig = Open();

        SentMessage signOn = Assert.Single(rig.World.ToSessions);
        Assert.Equal(("0800", "001", CoreRig.Session), (signOn.Mti.ToString(), signOn[70], signOn.Target));
        Answer(rig, signOn);
        rig.Advance(Time * 2);

        Assert.Contains(new RaisedIncident(Incident.AcquirerSignedOn, 0, CoreRig.Session), rig.World.Incidents);
        Assert.Empty(rig.World.ClosedSessions);
        Assert.Equal((1, 0), (rig.World.Returned, rig.Counters.UnmatchedReplies));
    }

    [Theory]
    [InlineData("05", 5)]
    [InlineData("9A", -2)]
    [InlineData(null, -1)]
    public void SignOn_RefusedOrUnanswered_ClosesTheSession(string? code, int value)
    {
        CoreRig rig = Open();

        if (code is null)
        {
            rig.Advance(Time + TimeSpan.FromMilliseconds(20));
        }
        else
        {
            Answer(rig, rig.World.ToSessions[0], code);
        }

        Assert.Equal((CoreRig.Session, CloseReason.SignOnFailed), Assert.Single(rig.World.ClosedSessions));
        Assert.Equal(
            new RaisedIncident(Incident.AcquirerSignOnRefused, 0, value),
            Assert.Single(rig.World.Incidents, one => one.Incident == Incident.AcquirerSignOnRefused));
    }

    /// <summary>Each connection signs on by itself, also the next after a loss, with its own trace number.</summary>
    [Fact]
    public void Opened_Again_SignsOnAgain()
    {
        CoreRig rig = Open();
        rig.Core.SessionOpened(8, 0);
        Answer(rig, rig.World.ToSessions[0]);
        rig.Core.SessionClosed(CoreRig.Session);
        rig.Core.SessionOpened(9, 0);

        Assert.Equal([(7, "000001"), (8, "000002"), (9, "000003")], rig.World.ToSessions.Select(
            static sent => (sent.Target, sent[11])));
        Assert.All(rig.World.ToSessions, static sent => Assert.Equal("001", sent[70]));
        rig.Advance(Time * 2);
        Assert.Equal([8, 9], rig.World.ClosedSessions.Select(static closed => closed.Session).Order());
    }

    /// <summary>A session that has ended is waited for no more.</summary>
    [Fact]
    public void Closed_BeforeTheAnswer_IsNoIncident()
    {
        CoreRig rig = Open();

        rig.Core.SessionClosed(CoreRig.Session);
        rig.Advance(Time * 2);

        Assert.Empty(rig.World.ClosedSessions);
        Assert.DoesNotContain(rig.World.Incidents, one => one.Incident == Incident.AcquirerSignOnRefused);
    }

    [Fact]
    public void Opened_ThatTakesNoByte_Closes()
    {
        CoreRig rig = New();
        rig.World.GoneSessions.Add(CoreRig.Session);

        rig.Core.SessionOpened(CoreRig.Session, 0);

        Assert.Equal((CoreRig.Session, CloseReason.SignOnFailed), Assert.Single(rig.World.ClosedSessions));
    }

    /// <summary>Who sends a request is open for traffic: a refusal would only cost a cardholder the payment.</summary>
    [Fact]
    public void Request_BeforeTheAnswer_IsServed()
    {
        CoreRig rig = Open();
        rig.LinksUp();

        rig.Request(stan: 1);
        rig.Reply(rig.World.ToLinks[^1]);

        Assert.Equal(("0110", "00"), (rig.Answers[^1].Mti.ToString(), rig.Answers[^1][39]));
    }

    /// <summary>It is no answer to what was sent: another number, another time, another session.</summary>
    [Theory]
    [InlineData("000777", null, CoreRig.Session)]
    [InlineData(null, "0101000000", CoreRig.Session)]
    [InlineData(null, null, 8)]
    [InlineData("nonsen", null, CoreRig.Session)]
    public void Reply_ToSomethingElse_DoesNotCount(string? stan, string? time, int session)
    {
        CoreRig rig = Open();
        SentMessage signOn = rig.World.ToSessions[0];
        var fields = new Fields { [7] = time ?? signOn[7], [11] = stan ?? signOn[11], [39] = "00", [70] = "001" };
        if (stan == "nonsen")
        {
            fields.Remove(11);
        }

        rig.FromAcquirer("0810", fields, session);
        rig.Advance(Time + TimeSpan.FromMilliseconds(20));

        Assert.Equal(1, rig.Counters.UnmatchedReplies);
        Assert.Single(rig.World.ClosedSessions);
    }

    [Fact]
    public void Reply_Twice_CountsOnce()
    {
        CoreRig rig = Open();

        Answer(rig, rig.World.ToSessions[0]);
        Answer(rig, rig.World.ToSessions[0], "05");

        Assert.Empty(rig.World.ClosedSessions);
        Assert.Equal((1, 2), (rig.Counters.UnmatchedReplies, rig.World.Returned));
    }

    [Fact]
    public void Reply_WithAWrongMac_IsNotBelieved()
    {
        CoreRig rig = Open();
        SentMessage signOn = rig.World.ToSessions[0];

        rig.Core.AcquirerMessage(CoreRig.Session, 0, Reply(rig, signOn, "00"), MacState.Wrong);
        Assert.DoesNotContain(rig.World.Incidents, one => one.Incident == Incident.AcquirerSignedOn);
        rig.Core.AcquirerMessage(CoreRig.Session, 0, Reply(rig, signOn, "00"), MacState.Verified);

        Assert.Contains(rig.World.Incidents, one => one.Incident == Incident.AcquirerSignedOn);
    }

    [Fact]
    public void Shutdown_SignsOffWhenNothingIsPending_AndWaitsForTheAnswer()
    {
        CoreRig rig = Open();
        rig.LinksUp();
        Answer(rig, rig.World.ToSessions[0]);
        rig.Core.SessionOpened(8, 0);
        rig.Request(stan: 1);
        rig.Core.BeginShutdown();

        rig.Advance(TimeSpan.FromMilliseconds(20));
        Assert.DoesNotContain(rig.World.ToSessions, static sent => sent[70] == "002");
        rig.Reply(rig.World.ToLinks[^1]);
        rig.Advance(TimeSpan.FromMilliseconds(20));
        SentMessage signOff = Assert.Single(rig.World.ToSessions, static sent => sent[70] == "002");
        Assert.Equal(CoreRig.Session, signOff.Target);
        Assert.False(rig.Core.IsDrained);
        Answer(rig, signOff);

        Assert.True(rig.Core.IsDrained);
        Assert.Empty(rig.World.ClosedSessions);
    }

    /// <summary>An acquirer that does not answer its sign-off holds a stop for no more than a second.</summary>
    [Fact]
    public void Shutdown_SignOffUnanswered_EndsAfterASecond()
    {
        CoreRig rig = Open();
        Answer(rig, rig.World.ToSessions[0]);
        rig.Core.BeginShutdown();

        rig.Advance(TimeSpan.FromSeconds(0.9));
        Assert.False(rig.Core.IsDrained);
        rig.Core.SessionOpened(8, 0);
        rig.Advance(TimeSpan.FromSeconds(0.2));

        Assert.True(rig.Core.IsDrained);
        Assert.Equal(2, rig.World.ToSessions.Count);
    }

    /// <summary>Without a code a sign-on is what the partner takes it for, and a sign-off would be one too.</summary>
    [Fact]
    public void SignOn_InADialectWithoutACode_GoesWithoutIt()
    {
        const string Text = """
            { "name": "codeless", "extends": "iso87-ascii", "networkDefault": "001", "fields": { "70": null } }
            """;
        Assert.True(new DialectCatalog().TryAdd(Text, out Dialect? dialect, out _));
        CoreRig rig = Open(dialect!);

        Assert.False(Assert.Single(rig.World.ToSessions).Has(70));
        Answer(rig, rig.World.ToSessions[0]);
        rig.Core.BeginShutdown();
        rig.Advance(TimeSpan.FromMilliseconds(20));

        Assert.Contains(rig.World.Incidents, one => one.Incident == Incident.AcquirerSignedOn);
        Assert.Single(rig.World.ToSessions);
        Assert.True(rig.Core.IsDrained);
    }

    [Theory]
    [InlineData("iso93-ascii")]
    [InlineData("iso93-binary")]
    [InlineData("iso03-ascii")]
    public void SignOn_InALaterEdition_IsAnsweredInIt(string dialect)
    {
        CoreRig rig = Open(Dialect.Get(dialect));

        Answer(rig, rig.World.ToSessions[0]);

        Assert.Contains(rig.World.Incidents, one => one.Incident == Incident.AcquirerSignedOn);
    }

    [Fact]
    public void Opened_WithoutSignOn_SaysNothing()
    {
        var rig = new CoreRig();

        rig.Core.SessionOpened(CoreRig.Session, 0);
        rig.FromAcquirer("0810", new Fields { [7] = "1122100000", [11] = "000001", [39] = "00", [70] = "001" });
        rig.Core.SessionClosed(CoreRig.Session);

        Assert.Empty(rig.World.ToSessions);
        Assert.Equal(1, rig.Counters.UnmatchedReplies);
    }

    private static CoreRig New(Dialect? dialect = null) => new(configuration => configuration with
    {
        Acquirers =
        [
            configuration.Acquirers[0] with
            {
                SignOnTime = Time, Dialect = dialect ?? configuration.Acquirers[0].Dialect,
            },
        ],
    });

    private static CoreRig Open(Dialect? dialect = null)
    {
        CoreRig rig = New(dialect);
        rig.Core.SessionOpened(CoreRig.Session, 0);
        return rig;
    }

    private static void Answer(CoreRig rig, SentMessage request, string code = "00")
    {
        rig.Core.AcquirerMessage(request.Target, 0, Reply(rig, request, code));
        rig.Settle();
    }

    // As the switch itself would answer it.
    private static Message Reply(CoreRig rig, SentMessage request, string code)
    {
        var fields = new Fields { [7] = request[7], [11] = request[11], [39] = code };
        if (request.Has(70))
        {
            fields[70] = request[70];
        }

        return rig.Make(rig.Configuration.Acquirers[0].Dialect, "0810", fields);
    }
}
