using Switch.Routing.Answers;
using Switch.Routing.Settings;
using Switch.Routing.StandIn;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>
/// Trace numbers towards an issuer are few against what a long silence makes owed: they run out in good order, and no
/// number is given out while anything bears or names it (docs/domain.md section 2.6).
/// </summary>
public class TraceNumberTests
{
    private const int Numbers = 60;

    [Fact]
    public void UsedUp_RequestsAreRefusedBeforeAdvicesAndNothingGoesWithoutANumber()
    {
        CoreRig rig = WithFewNumbers();
        int stan = 1;
        while (rig.Answers.Count == 0 || rig.Answers[^1][39] == "00")
        {
            rig.Request(CardOf(stan), stan++);
        }

        int approved = rig.Answers.Count - 1;
        int from = rig.Answers.Count;
        while (rig.Answers.Count == from || rig.Answers[^1][39] == "00")
        {
            Advise(rig, stan++);
        }

        int advised = rig.Answers.Count - from - 1;
        Assert.Equal("91", rig.Answers[approved][39]);
        Assert.Equal("96", rig.Answers[^1][39]);
        Assert.True(advised >= Numbers / 20, $"{approved} requests left room for {advised} advices only");

        rig.LinksUp();
        DrainAll(rig);
        string[] numbers = [.. rig.World.ToLinks.Where(sent => sent.Target == 0).Select(sent => sent[11])];
        Assert.Equal(approved + advised, numbers.Distinct().Count());
        Assert.DoesNotContain("000000", numbers);
        Advise(rig, stan);
        Assert.Equal("00", rig.Answers[^1][39]);
    }

    [Fact]
    public void UsedUp_AReversalThatNetsIsTakenAndAnyOtherTriesAgain()
    {
        CoreRig rig = WithFewNumbers();
        rig.Request(CardOf(1), 1);
        for (int stan = 2; rig.Answers[^1][39] != "96"; stan++)
        {
            Advise(rig, stan);
        }

        rig.Reversal(originalStan: 1, stan: 900, card: CardOf(1));
        Assert.Equal((1, "00"), (rig.Counters.Netted, rig.Answers[^1][39]));
        Advise(rig, 901);
        rig.Reversal(originalStan: 777, stan: 902, card: CardOf(777));

        Assert.Equal("96", rig.Answers[^1][39]);
    }

    [Fact]
    public void AllInFlightTimeOut_EachReversalHasANumber()
    {
        CoreRig rig = WithFewNumbers();
        rig.LinksUp();
        for (int stan = 1; stan <= 40; stan++)
        {
            rig.Request(CardOf(stan), stan, change: fields => fields[3] = "010000"); // No stand-in for cash.
        }

        int asked = rig.World.ToLinks.Count(sent => sent.Target == 0);
        rig.Advance(TimeSpan.FromSeconds(12));

        Assert.InRange(asked, 10, 39);
        SentMessage[] reversals = [.. rig.World.ToLinks.Where(sent => sent.Target == 0 && sent.Mti.IsReversal)];
        Assert.NotEmpty(reversals);
        Assert.DoesNotContain(reversals, sent => sent[11] == "000000");
        Assert.Equal(asked, rig.World.Records.Count(IsDecisionWithPrimaryReversal));
    }

    [Fact]
    public void NumbersInDoubt_AreHeldAfterARestartUntilTheirReversalIsAcknowledged()
    {
        CoreRig rig = WithFewNumbers();
        rig.LinksUp();
        rig.Request(CardOf(1), 1);
        string inDoubt = Assert.Single(rig.World.ToLinks)[11];

        CoreRig restarted = rig.Restart(_ => rig.Configuration);
        restarted.LinksUp();
        for (int stan = 2; stan <= Numbers * 2; stan++)
        {
            restarted.Request(CardOf(stan), stan);
            restarted.Reply(restarted.World.ToLinks[^1]);
        }

        Assert.Equal(1, restarted.Counters.OwedNow);
        Assert.DoesNotContain(restarted.World.ToLinks, sent => sent[11] == inDoubt);
        Assert.True(restarted.World.ToLinks.Select(sent => sent[11]).Distinct().Count() < Numbers);
    }

    /// <summary>Found by the simulation: an acknowledged advice's number may be another message's by now.</summary>
    [Fact]
    public void ReversalOfAnAcknowledgedStandIn_NeverNetsAnotherMessageThatBearsItsNumber()
    {
        CoreRig rig = WithFewNumbers();
        rig.Request(CardOf(1), 1);
        rig.LinksUp();
        DrainAll(rig);
        string number = Assert.Single(rig.World.ToLinks)[11];
        for (int stan = 2; stan < 100; stan++)
        {
            rig.Core.LinkDown(CoreRig.PrimaryLink);
            rig.Request(CardOf(stan), stan);
            if (stan % 30 == 0)
            {
                rig.Core.LinkUp(CoreRig.PrimaryLink);
                DrainAll(rig);
            }
        }

        int owed = (int)rig.Counters.OwedNow;
        rig.Reversal(originalStan: 1, stan: 900, card: CardOf(1));

        Assert.Equal((0, owed + 1), (rig.Counters.Netted, rig.Counters.OwedNow));
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        DrainAll(rig);
        Assert.Equal(2, rig.World.ToLinks.Count(sent => sent[11] == number && sent.Mti.ToString() == "0120"));
    }

    private static bool IsDecisionWithPrimaryReversal(StoredRecord record) =>
        record.Type == Switch.Routing.Journal.RecordType.Decision && record.Secret.Length > 0;

    private static CoreRig WithFewNumbers() => new(_ =>
    {
        CoreConfiguration usual = CoreRig.Default();
        StandInProfile generous = usual.StandInProfiles[0] with { IssuerExposure = long.MaxValue / 2 };
        return usual with
        {
            Issuers =
            [
                usual.Issuers[0] with
                {
                    TraceNumbersMax = Numbers, BreakerConsecutiveTimeouts = 0, DrainBeforeOnline = TimeSpan.Zero,
                },
                usual.Issuers[1],
            ],
            StandInProfiles = [generous],
            Routes = new Switch.Routing.Routes.RouteTable(
                [new Switch.Routing.Routes.Route { Prefix = "4", Primary = 0, StandIn = 0 }]),
        };
    });

    private static string CardOf(int number) =>
        Switch.Host.Simulators.TestCards.Make(["40"], 1_000)[number];

    private static void Advise(CoreRig rig, int stan) =>
        rig.Request(CardOf(stan), stan, mti: "0120", change: fields => fields[39] = "00");

    private static void DrainAll(CoreRig rig)
    {
        for (int i = 0; i < 500 && rig.Counters.OwedNow > 0; i++)
        {
            int sent = rig.World.ToLinks.Count;
            rig.Advance(TimeSpan.FromMilliseconds(10));
            for (; sent < rig.World.ToLinks.Count; sent++)
            {
                rig.Reply(rig.World.ToLinks[sent]);
            }
        }

        Assert.Equal(0, rig.Counters.OwedNow);
    }
}
