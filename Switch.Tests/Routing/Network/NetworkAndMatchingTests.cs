using Switch.Protocol.Dialects;
using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Routing.Effects;
using Switch.Routing.Settings;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Network;

/// <summary>0800 from either side, and which replies count.</summary>
public class NetworkAndMatchingTests
{
    private static readonly CoreRigSetup SigningOn = configuration => configuration with
    {
        Issuers =
        [
            configuration.Issuers[0] with { SignOn = true, Echo = TimeSpan.FromSeconds(5) }, configuration.Issuers[1],
        ],
    };

    private delegate CoreConfiguration CoreRigSetup(CoreConfiguration configuration);

    [Fact]
    public void Link_TakesTrafficOnlyAfterTheSignOnIsAccepted()
    {
        CoreRig rig = New();
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        SentMessage signOn = Assert.Single(rig.World.ToLinks);
        Assert.Equal(("0800", "001"), (signOn.Mti.ToString(), signOn[70]));

        rig.Request(stan: 1);
        Assert.Equal(1, rig.Counters.ApprovedByStandIn);
        AnswerNetwork(rig, signOn);
        rig.Request(stan: 2, card: CoreRig.OtherCard);

        Assert.True(rig.Core.IsLinkReady(CoreRig.PrimaryLink));
        Assert.Equal("0100", rig.World.ToLinks[1].Mti.ToString());
    }

    [Theory]
    [InlineData("05")]
    [InlineData(null)]
    public void SignOn_RefusedOrUnanswered_ClosesTheLink(string? code)
    {
        CoreRig rig = New();
        rig.Core.LinkUp(CoreRig.PrimaryLink);

        if (code is null)
        {
            rig.Advance(TimeSpan.FromSeconds(3.1));
        }
        else
        {
            AnswerNetwork(rig, rig.World.ToLinks[0], code);
        }

        Assert.Equal((CoreRig.PrimaryLink, CloseReason.SignOnFailed), Assert.Single(rig.World.ClosedLinks));
        Assert.Contains(rig.World.Incidents, raised => raised.Incident == Incident.SignOnRefused);
    }

    [Fact]
    public void Echo_GoesAfterSilenceAndTwoUnansweredCloseTheLink()
    {
        CoreRig rig = New();
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        AnswerNetwork(rig, rig.World.ToLinks[0]);

        rig.Advance(TimeSpan.FromSeconds(5.1));
        Assert.Equal("301", rig.World.ToLinks[1][70]);
        AnswerNetwork(rig, rig.World.ToLinks[1]);
        rig.Advance(TimeSpan.FromSeconds(12));

        Assert.Equal((CoreRig.PrimaryLink, CloseReason.EchoUnanswered), Assert.Single(rig.World.ClosedLinks));
        Assert.Equal(4, rig.World.ToLinks.Count);
    }

    /// <summary>Nor is the sign-on's own deadline taken for a silence.</summary>
    [Fact]
    public void Echo_SwitchedOff_NeverGoesAndTheLinkStays()
    {
        var rig = new CoreRig(configuration => configuration with
        {
            Issuers = [configuration.Issuers[0] with { SignOn = true, Echo = TimeSpan.Zero }, configuration.Issuers[1]],
        });
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        AnswerNetwork(rig, Assert.Single(rig.World.ToLinks));

        rig.Advance(TimeSpan.FromMinutes(1));

        Assert.Single(rig.World.ToLinks);
        Assert.Empty(rig.World.ClosedLinks);
        Assert.True(rig.Core.IsLinkReady(CoreRig.PrimaryLink));
    }

    [Fact]
    public void IssuerSignsOff_StandInSaysSoAndSignOnEndsIt()
    {
        CoreRig rig = New();
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        AnswerNetwork(rig, rig.World.ToLinks[0]);

        FromIssuer(rig, "002");
        Assert.Equal(("0810", "00"), (rig.World.ToLinks[^1].Mti.ToString(), rig.World.ToLinks[^1][39]));
        rig.Request(stan: 1);
        Assert.Equal(1, rig.Counters.ApprovedByStandIn);
        rig.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal("201", rig.World.ToLinks[^1][60]);
        FromIssuer(rig, "001");
        rig.Request(stan: 2, card: CoreRig.OtherCard);

        Assert.Equal("0100", rig.World.ToLinks[^1].Mti.ToString());
    }

    [Theory]
    [InlineData("001", "00")]
    [InlineData("002", "00")]
    [InlineData("301", "00")]
    [InlineData("161", "40")]
    public void AcquirerNetworkMessage_IsAnswered(string code, string answer)
    {
        var rig = new CoreRig();

        rig.FromAcquirer("0800", new Fields { [7] = "1122100000", [11] = "000009", [70] = code });

        SentMessage sent = Assert.Single(rig.Answers);
        Assert.Equal(("0810", "000009", code, answer), (sent.Mti.ToString(), sent[11], sent[70], sent[39]));
    }

    /// <summary>Without a code it is an echo, or what the partner's dialect says; 0820 is as 0800 is.</summary>
    [Theory]
    [InlineData("0800", "", "0810", "00")]
    [InlineData("0820", "", "0830", "00")]
    [InlineData("0821", "", "0830", "00")]
    [InlineData("0820", "301", "0830", "00")]
    [InlineData("0820", "161", "0830", "40")]
    [InlineData("0800", "", "0810", "40", "161")]
    public void AcquirerNetworkMessage_WithoutACodeOrAsAnAdvice_IsAnswered(
        string mti, string code, string answerMti, string answer, string byDefault = "301")
    {
        Dialect dialect = Partner(
            $$"""{ "name": "partner", "extends": "iso87-ascii", "networkDefault": "{{byDefault}}" }""");
        var rig = new CoreRig(configuration => configuration with
        {
            Acquirers = [configuration.Acquirers[0] with { Dialect = dialect }],
        });
        var fields = new Fields { [7] = "1122100000", [11] = "000009" };
        if (code.Length > 0)
        {
            fields[70] = code;
        }

        rig.FromAcquirer(mti, fields);

        SentMessage sent = Assert.Single(rig.Answers);
        Assert.Equal((answerMti, "000009", code, answer), (sent.Mti.ToString(), sent[11], sent[70], sent[39]));
    }

    [Fact]
    public void IssuerNetworkMessage_AsAnAdvice_IsActedOnAndAnswered()
    {
        CoreRig rig = New();
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        AnswerNetwork(rig, rig.World.ToLinks[0]);

        rig.FromIssuer("0820", new Fields { [7] = "1122100000", [11] = "777777", [70] = "002" });
        Assert.Equal(("0830", "00"), (rig.World.ToLinks[^1].Mti.ToString(), rig.World.ToLinks[^1][39]));
        rig.Request(stan: 1);
        Assert.Equal(1, rig.Counters.ApprovedByStandIn);
        rig.FromIssuer("0820", new Fields { [7] = "1122100000", [11] = "777778" });

        Assert.Equal(("0830", "00"), (rig.World.ToLinks[^1].Mti.ToString(), rig.World.ToLinks[^1][39]));
        Assert.Equal(0, rig.Counters.UnmatchedReplies);
    }

    /// <summary>A dialect without DE 70 says no more than 0800.</summary>
    [Fact]
    public void SignOn_InADialectWithoutACode_GoesWithoutIt()
    {
        Dialect dialect = Partner("""{ "name": "partner", "extends": "iso87-binary", "fields": { "70": null } }""");
        var rig = new CoreRig(configuration => configuration with
        {
            Issuers = [configuration.Issuers[0] with { SignOn = true, Dialect = dialect }, configuration.Issuers[1]],
        });

        rig.Core.LinkUp(CoreRig.PrimaryLink);
        SentMessage signOn = Assert.Single(rig.World.ToLinks);
        rig.Reply(signOn, approval: null);

        Assert.Equal(("0800", false), (signOn.Mti.ToString(), signOn.Has(70)));
        Assert.True(rig.Core.IsLinkReady(CoreRig.PrimaryLink));
        rig.Core.BeginShutdown();
        rig.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Single(rig.World.ToLinks); // It cannot say that it signs off.
        Assert.True(rig.Core.IsDrained);
    }

    [Theory]
    [InlineData(7, "1122095959")]
    [InlineData(41, "TERM0002")]
    [InlineData(4, "000000005001")]
    [InlineData(2, CoreRig.OtherCard)]
    [InlineData(11, "000999")]
    public void Reply_OneFieldDisagrees_IsKeptFromTheAcquirer(int field, string text)
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request();

        rig.Reply(rig.World.ToLinks[0], change: fields => fields[field] = text);

        Assert.Empty(rig.Answers);
        Assert.Equal(1, rig.Counters.UnmatchedReplies);
        rig.Reply(rig.World.ToLinks[0]);
        Assert.Single(rig.Answers);
    }

    [Fact]
    public void Reply_OnAnotherIssuersLink_IsKeptFromTheAcquirer()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request();
        SentMessage leg = rig.World.ToLinks[0];

        Message forged = rig.Make(rig.Configuration.Issuers[1].Dialect, "0110", new Fields
        {
            [4] = leg[4], [7] = leg[7], [11] = leg[11], [39] = "00", [41] = leg[41],
        });
        rig.Core.IssuerMessage(CoreRig.StandbyLink, forged);

        Assert.Empty(rig.Answers);
        Assert.Equal(1, rig.Counters.UnmatchedReplies);
    }

    [Fact]
    public void Reply_Twice_IsDeliveredOnce()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request();

        rig.Reply(rig.World.ToLinks[0]);
        rig.Reply(rig.World.ToLinks[0], code: "05");

        Assert.Equal("00", Assert.Single(rig.Answers)[39]);
        Assert.Equal(1, rig.Counters.LateReplies);
    }

    [Theory]
    [InlineData("0720", "0730")]
    [InlineData("0700", "0710")]
    [InlineData("0120", "0130")]
    public void UnservedTypeOrMissingField_IsAnswered30(string mti, string answer)
    {
        var rig = new CoreRig();

        rig.FromAcquirer(mti, new Fields { [3] = "000000", [7] = "1122100000", [11] = "000009" });

        SentMessage sent = Assert.Single(rig.Answers);
        Assert.Equal((answer, "30", "000009"), (sent.Mti.ToString(), sent[39], sent[11]));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(11)]
    [InlineData(41)]
    public void MissingMandatoryField_IsNamedInField44(int field)
    {
        var rig = new CoreRig();

        rig.Request(change: fields => fields.Remove(field));

        SentMessage sent = Assert.Single(rig.Answers);
        Assert.Equal(("30", $"{field:D3}"), (sent[39], sent[44]));
        Assert.Equal(1, rig.Counters.FormatErrors);
    }

    [Fact]
    public void Breaker_OpensAfterTimeoutsInARowAndClosesOnAProbesAnswer()
    {
        var rig = new CoreRig(configuration => configuration with
        {
            Issuers =
            [
                configuration.Issuers[0] with
                {
                    BreakerConsecutiveTimeouts = 2, BreakerCooldown = TimeSpan.FromSeconds(10),
                },
                configuration.Issuers[1],
            ],
        });
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Request(stan: 1, card: CoreRig.CardWithoutStandIn);
        rig.Request(stan: 2, card: CoreRig.CardWithoutStandIn);
        rig.Advance(TimeSpan.FromSeconds(3.1));
        Assert.Contains(rig.World.Incidents, raised => raised.Incident == Incident.BreakerOpened);

        rig.Request(stan: 3, card: CoreRig.CardWithoutStandIn);
        Assert.Equal("91", rig.Answers[^1][39]);
        rig.Advance(TimeSpan.FromSeconds(10.1));
        rig.Request(stan: 4, card: CoreRig.CardWithoutStandIn);
        rig.Request(stan: 5, card: CoreRig.CardWithoutStandIn);
        SentMessage probe = rig.World.ToLinks.Last(sent => sent.Mti.IsRequest && sent.Mti.Class == 1);
        rig.Reply(probe);

        Assert.Contains(rig.World.Incidents, raised => raised.Incident == Incident.BreakerClosed);
        Assert.Equal(3, rig.World.ToLinks.Count(sent => sent.Mti.IsRequest && sent.Mti.Class == 1));
    }

    [Fact]
    public void Shutdown_AnswersNewRequests91SignsOffAndDrains()
    {
        CoreRig rig = New();
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        AnswerNetwork(rig, rig.World.ToLinks[0]);
        rig.Request(stan: 1);
        rig.Core.BeginShutdown();

        rig.Request(stan: 2);
        Assert.Equal("91", Assert.Single(rig.Answers)[39]);
        rig.Advance(TimeSpan.FromMilliseconds(20));
        Assert.False(rig.Core.IsDrained);
        rig.Reply(rig.World.ToLinks[1]);
        rig.Advance(TimeSpan.FromMilliseconds(20));
        SentMessage signOff = rig.World.ToLinks[^1];
        Assert.Equal("002", signOff[70]);
        AnswerNetwork(rig, signOff);

        Assert.True(rig.Core.IsDrained);
    }

    private static Dialect Partner(string json)
    {
        Assert.True(new DialectCatalog().TryAdd(json, out Dialect? dialect, out _));
        return dialect!;
    }

    private static CoreRig New() => new(configuration => SigningOn(configuration));

    private static void AnswerNetwork(CoreRig rig, SentMessage request, string code = "00") =>
        rig.Reply(request, code, approval: null, fields => fields[70] = request[70]);

    private static void FromIssuer(CoreRig rig, string code) =>
        rig.Core.IssuerMessage(CoreRig.PrimaryLink, rig.Make(rig.Configuration.Issuers[0].Dialect, "0800", new Fields
        {
            [7] = "1122100000", [11] = "777777", [70] = code,
        }));
}
