using Switch.Protocol.Dialects;
using Switch.Routing.Answers;
using Switch.Routing.Checkpoints;
using Switch.Routing.Core;
using Switch.Routing.Settings;
using Switch.Routing.StandIn;
using Switch.Tests.Routing.Core;
using Switch.Tests.Routing.Recovery;

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

    /// <summary>
    /// Goal: what is owed is not bounded by how many trace numbers there are. Each message has a DE 11 with DE 7 of its
    /// own, no two of one number are under way at once, and requests still find numbers; also after restarts.
    /// </summary>
    [Fact]
    public void MoreOwedThanNumbers_EachIsAcknowledgedOnceUnderItsOwnNumberAndTime()
    {
        const int Owed = Numbers * 5;
        CoreRig rig = WithFewNumbers();
        for (int stan = 1; stan <= Owed; stan++)
        {
            AdviseAt(rig, stan);
            Assert.Equal("00", rig.Answers[^1][39]);
            if (stan % 100 == 0)
            {
                rig = rig.Restart(_ => rig.Configuration);
            }
        }

        rig.LinksUp();
        rig.Request(CardOf(Owed + 1), 999);
        Assert.Contains(rig.World.ToLinks, static sent => sent.Mti.ToString() == "0100");
        rig.Reply(rig.World.ToLinks.Last(static sent => sent.Mti.ToString() == "0100"));
        HashSet<(string Number, string Time)> ended = DrainRefusingOnce(rig);

        Assert.Equal(Owed, ended.Count);
        Assert.InRange(ended.Select(static key => key.Number).Distinct().Count(), Numbers / 2, Numbers);
        Assert.Equal(0, rig.Counters.OwedNow);
        for (int stan = 1; stan <= 2 * Numbers; stan++)
        {
            rig.Request(CardOf(stan), 1_000 + stan);
            rig.Reply(rig.World.ToLinks[^1]);
            Assert.Equal("00", rig.Answers[^1][39]); // All numbers are free again.
        }
    }

    /// <summary>A core that was restored from a checkpoint gives no request the number of something owed.</summary>
    [Fact]
    public void SharedNumbers_AfterACheckpoint_AreFreeOnlyWhenAllThatBearThemHaveEnded()
    {
        CoreRig rig = WithFewNumbers();
        for (int stan = 1; stan <= Numbers * 5; stan++)
        {
            AdviseAt(rig, stan);
        }

        var saved = new AuthorizationCore(rig.Configuration, new NoEffects());
        foreach (StoredRecord record in rig.World.Records)
        {
            saved.Recover(record.Lsn, record.Type, record.Open, record.Secret);
        }

        var world = new FakeWorld(rig.Configuration);
        var core = new AuthorizationCore(rig.Configuration, world);
        CoreStateTests.StateOf(saved).ForEach(record => record.GiveTo(core));
        var restored = new CoreRig(core, world, rig.Configuration, rig.World.Records);
        restored.Settle();
        restored.LinksUp();
        var ended = new Dictionary<string, int>();
        for (int seen = 0, asked = 0; restored.Counters.OwedNow > 0; restored.Advance(TimeSpan.FromMilliseconds(10)))
        {
            for (; seen < world.ToLinks.Count; seen++)
            {
                SentMessage sent = world.ToLinks[seen];
                restored.Reply(sent);
                ended[sent[11]] = ended.GetValueOrDefault(sent[11]) + (sent.Mti.Function == 2 ? 1 : 0);
            }

            restored.Request(CardOf(600 + (asked % 300)), 2_000 + asked++);
        }

        HashSet<string> requests = [];
        Dictionary<string, int> left = new(ended);
        foreach (SentMessage sent in world.ToLinks)
        {
            if (sent.Mti.Function == 2)
            {
                left[sent[11]]--;
            }
            else
            {
                Assert.True(left.GetValueOrDefault(sent[11]) == 0, $"A request bears {sent[11]}, which is owed.");
                requests.Add(sent[11]);
            }
        }

        Assert.NotEmpty(requests);
    }

    /// <summary>Its issuer could not tell the replies apart.</summary>
    [Fact]
    public void IssuerWhoseRepliesAreNotMatchedByTime_SharesNoNumber()
    {
        CoreRig rig = WithFewNumbers(isMatchedByTime: false);
        for (int stan = 1; rig.Answers.Count == 0 || rig.Answers[^1][39] == "00"; stan++)
        {
            AdviseAt(rig, stan);
            Assert.True(stan <= Numbers, "A number was shared.");
        }

        Assert.Equal("96", rig.Answers[^1][39]);
    }

    private static void AdviseAt(CoreRig rig, int stan) =>
        rig.Request(CardOf(stan), stan, mti: "0120", change: fields =>
        {
            fields[7] = $"112210{stan / 60 % 60:D2}{stan % 60:D2}";
            fields[39] = "00";
        });

    // Each one is refused for now at its first attempt, so that many are under way or wait with their numbers.
    private static HashSet<(string Number, string Time)> DrainRefusingOnce(CoreRig rig)
    {
        var refused = new HashSet<(string, string)>();
        var ended = new HashSet<(string, string)>();
        var underWay = new Dictionary<string, string>();
        int seen = 0;
        for (int i = 0; i < 20_000 && rig.Counters.OwedNow > 0; i++)
        {
            rig.Advance(TimeSpan.FromMilliseconds(10));
            for (; seen < rig.World.ToLinks.Count; seen++)
            {
                SentMessage sent = rig.World.ToLinks[seen];
                if (sent.Target != 0 || sent.Mti.Function != 2)
                {
                    continue;
                }

                Assert.True(
                    underWay.TryAdd(sent[11], sent[7]) || underWay[sent[11]] == sent[7],
                    $"Two messages with number {sent[11]} are under way.");
                bool isFirst = refused.Add((sent[11], sent[7]));
                rig.Reply(sent, code: isFirst ? "91" : "00");
                if (!isFirst)
                {
                    Assert.True(ended.Add((sent[11], sent[7])), "One was acknowledged twice.");
                    underWay.Remove(sent[11]);
                }
            }
        }

        return ended;
    }

    private static bool IsDecisionWithPrimaryReversal(StoredRecord record) =>
        record.Type == Switch.Routing.Journal.RecordType.Decision && record.Secret.Length > 0;

    private static CoreRig WithFewNumbers(bool isMatchedByTime = true) => new(_ =>
    {
        const string MatchedByCard = """{ "name": "by-card", "extends": "iso87-binary", "match": "2,4,37,41" }""";
        Assert.True(
            new DialectCatalog().TryAdd(MatchedByCard, out Dialect? byCard, out IReadOnlyList<string> mistakes),
            string.Join(' ', mistakes));
        CoreConfiguration usual = CoreRig.Default();
        StandInProfile generous = usual.StandInProfiles[0] with { IssuerExposure = long.MaxValue / 2 };
        return usual with
        {
            Issuers =
            [
                usual.Issuers[0] with
                {
                    Dialect = isMatchedByTime ? usual.Issuers[0].Dialect : byCard!, TraceNumbersMax = Numbers,
                    BreakerConsecutiveTimeouts = 0, DrainBeforeOnline = TimeSpan.Zero,
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
