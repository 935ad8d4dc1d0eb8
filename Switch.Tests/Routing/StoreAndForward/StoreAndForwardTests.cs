using Switch.Routing.Answers;
using Switch.Routing.Effects;
using Switch.Routing.Settings;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.StoreAndForward;

/// <summary>Advices and reversals on their way to an issuer (docs/domain.md section 5).</summary>
public class StoreAndForwardTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    [Fact]
    public void OneCard_GoesOneAtATimeInTheOrderOfDecisions()
    {
        var rig = new CoreRig();
        for (int stan = 1; stan <= 3; stan++)
        {
            rig.Request(stan: stan, amount: 100 + stan);
        }

        rig.LinksUp();
        var amounts = new List<string>();
        for (int i = 0; i < 3; i++)
        {
            rig.Advance(Moment);
            Assert.Equal(i + 1, rig.World.ToLinks.Count);
            amounts.Add(rig.World.ToLinks[i][4]);
            rig.Reply(rig.World.ToLinks[i]);
        }

        Assert.Equal(["000000000101", "000000000102", "000000000103"], amounts);
    }

    /// <summary>Also where STAN and DE 7 agree: else what is owed is lost behind another one's answer.</summary>
    [Theory]
    [InlineData(2, "4000000000000028")]
    [InlineData(4, "000000009999")]
    [InlineData(41, "TERM9999")]
    [InlineData(7, "1122095959")]
    public void Answer_OfAnother_AcknowledgesNothing(int field, string value)
    {
        var rig = new CoreRig();
        rig.Request(stan: 1);
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Advance(Moment);

        rig.Reply(rig.World.ToLinks[^1], change: fields => fields[field] = value);
        Assert.Equal((1, 1), (rig.Core.Counters.OwedNow, rig.Core.Counters.UnmatchedReplies));

        rig.Reply(rig.World.ToLinks[^1]);
        Assert.Equal(0, rig.Core.Counters.OwedNow);
    }

    [Fact]
    public void ManyCards_KeepToTheWindow()
    {
        CoreRig rig = With(new AdviceSettings { Window = 3, RatePerSecond = 10_000 });
        for (int i = 0; i < 8; i++)
        {
            rig.Request(card: Card(i), stan: i + 1, amount: 100);
        }

        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Advance(Moment);
        Assert.Equal(3, rig.World.ToLinks.Count);
        rig.Reply(rig.World.ToLinks[1]);
        rig.Advance(Moment);

        Assert.Equal(4, rig.World.ToLinks.Count);
    }

    [Fact]
    public void Rate_IsKept()
    {
        CoreRig rig = With(new AdviceSettings { Window = 100, RatePerSecond = 10 });
        for (int i = 0; i < 40; i++)
        {
            rig.Request(card: Card(i), stan: i + 1, amount: 100);
        }

        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Advance(TimeSpan.FromSeconds(2));

        Assert.InRange(rig.World.ToLinks.Count, 18, 22);
    }

    [Fact]
    public void Silence_IsRetriedAsARepeatWithDoublingPausesAndNeverParks()
    {
        var rig = new CoreRig();
        rig.Request(stan: 1);
        rig.Core.LinkUp(CoreRig.PrimaryLink);

        rig.Advance(TimeSpan.FromMinutes(10));

        List<SentMessage> sent = rig.World.ToLinks;
        Assert.InRange(sent.Count, 10, 20); // 3 s of waiting and pauses of 1, 2, 4 .. 60 s: far from 200.
        Assert.Equal("0120", sent[0].Mti.ToString());
        Assert.All(sent.Skip(1), repeat =>
            Assert.Equal(("0121", sent[0][11], sent[0][7]), (repeat.Mti.ToString(), repeat[11], repeat[7])));
        Assert.Equal(0, rig.Counters.Parked);
        rig.Reply(sent[^1]);
        Assert.Equal(0, rig.Counters.OwedNow);
    }

    [Fact]
    public void Silence_OfManyCards_IsProbedByOneMessageAtATime()
    {
        var rig = new CoreRig();
        for (int i = 0; i < 30; i++)
        {
            rig.Request(card: Card(i), stan: i + 1, amount: 100);
        }

        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Advance(TimeSpan.FromSeconds(30));
        int inSilence = rig.World.ToLinks.Count;
        Assert.InRange(inSilence, 8, 16); // The window once, then probes.

        int answered = 0;
        for (int i = 0; i < 400; i++)
        {
            for (; answered < rig.World.ToLinks.Count; answered++)
            {
                if (answered >= inSilence)
                {
                    rig.Reply(rig.World.ToLinks[answered]);
                }
            }

            rig.Advance(TimeSpan.FromMilliseconds(200));
        }

        Assert.Equal((0, 30), (rig.Counters.OwedNow, rig.Counters.AdvicesAcknowledged));
    }

    [Fact]
    public void LateAcknowledgement_BeforeTheRepeat_Counts()
    {
        var rig = new CoreRig();
        rig.Request(stan: 1);
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Advance(TimeSpan.FromSeconds(3.5));

        rig.Reply(rig.World.ToLinks[0]);

        Assert.Equal((1, 0), (rig.Counters.AdvicesAcknowledged, rig.Counters.OwedNow));
        rig.Advance(TimeSpan.FromSeconds(10));
        Assert.Single(rig.World.ToLinks);
    }

    [Fact]
    public void TechnicalRefusals_ParkAfterTheConfiguredCountAndLetTheNextOfTheCardGo()
    {
        CoreRig rig = With(new AdviceSettings { ParkAfter = 3, RetryMin = TimeSpan.FromMilliseconds(100) });
        rig.Request(stan: 1, amount: 101);
        rig.Request(stan: 2, amount: 102);
        rig.Core.LinkUp(CoreRig.PrimaryLink);

        for (int i = 0; i < 3; i++)
        {
            rig.Advance(TimeSpan.FromSeconds(1));
            rig.Reply(rig.World.ToLinks[^1], code: "96");
        }

        rig.Advance(Moment);
        Assert.Equal(["0120", "0121", "0121", "0120"], rig.World.ToLinks.Select(sent => sent.Mti.ToString()));
        Assert.Equal("000000000102", rig.World.ToLinks[3][4]);
        Assert.Contains(rig.World.Incidents, raised => raised.Incident == Incident.AdviceParked);
        Assert.Equal((1, 1), (rig.Counters.Parked, rig.Counters.OwedNow));
    }

    [Theory]
    [InlineData("94")]
    [InlineData("25")]
    public void DuplicateOrBusinessRefusal_CountsAsAcknowledged(string code)
    {
        var rig = new CoreRig();
        rig.Request(stan: 1);
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Advance(Moment);

        rig.Reply(rig.World.ToLinks[0], code: code);

        Assert.Equal((1, 0), (rig.Counters.AdvicesAcknowledged, rig.Counters.OwedNow));
    }

    [Fact]
    public void ReplyWithAnotherTime_IsNotAnAcknowledgement()
    {
        var rig = new CoreRig();
        rig.Request(stan: 1);
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Advance(Moment);

        rig.Reply(rig.World.ToLinks[0], change: fields => fields[7] = "1122095959");

        Assert.Equal((0, 1), (rig.Counters.AdvicesAcknowledged, rig.Counters.OwedNow));
        Assert.Equal(1, rig.Counters.UnmatchedReplies);
    }

    [Fact]
    public void LinkLost_SendsAgainOnTheNextLinkAsARepeat()
    {
        var rig = new CoreRig();
        rig.Request(stan: 1);
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Advance(Moment);

        rig.Core.LinkDown(CoreRig.PrimaryLink);
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Advance(Moment);

        Assert.Equal(["0120", "0121"], rig.World.ToLinks.Select(sent => sent.Mti.ToString()));
    }

    [Fact]
    public void AcquirerAdvice_IsAnsweredAtOnceAndForwarded()
    {
        var rig = new CoreRig();
        rig.LinksUp();

        rig.Request(stan: 9, mti: "0220", change: fields => fields[39] = "00");
        rig.Request(stan: 9, mti: "0221", change: fields => fields[39] = "00");
        rig.Advance(Moment);

        Assert.Equal([("0230", "00"), ("0230", "00")], rig.Answers.Select(sent => (sent.Mti.ToString(), sent[39])));
        SentMessage advice = Assert.Single(rig.World.ToLinks);
        Assert.Equal(("0220", CoreRig.Card, "000000005000"), (advice.Mti.ToString(), advice[2], advice[4]));
        Assert.False(advice.Has(35));
    }

    [Fact]
    public void AcquirerAdvice_NotDurable_IsNotAnswered()
    {
        var rig = new CoreRig { CommitsAtOnce = false };

        rig.Request(stan: 9, mti: "0120", change: fields => fields[39] = "00");
        rig.Request(stan: 9, mti: "0121", change: fields => fields[39] = "00");
        Assert.Empty(rig.Answers);
        rig.Commit();

        Assert.Equal(2, rig.Answers.Count);
    }

    private static CoreRig With(AdviceSettings advices) => new(configuration => configuration with
    {
        Issuers = [configuration.Issuers[0] with { Advices = advices }, configuration.Issuers[1]],
    });

    /// <summary>The n-th card that begins with 4, with its check digit.</summary>
    private static string Card(int number)
    {
        string digits = $"40000000000{number:D4}";
        for (int check = 0; check < 10; check++)
        {
            byte[] number16 = System.Text.Encoding.ASCII.GetBytes(digits + check);
            if (Switch.Protocol.Fields.Pan.TryParse(number16, out var pan) && pan.IsLuhnValid)
            {
                return digits + check;
            }
        }

        throw new InvalidOperationException();
    }
}
