using Switch.Host.Simulators;
using Switch.Routing.Effects;
using Switch.Routing.Operations;
using Switch.Routing.Records;
using Switch.Routing.Settings;
using Switch.Tests.Routing.Core;
using Switch.Tests.Routing.Recovery;

namespace Switch.Tests.Routing.StoreAndForward;

/// <summary>What is owed beyond the bound of memory is owed as before: in order, once, and to be taken back.</summary>
public sealed class BacklogMovesTests
{
    private const int InMemory = 2;

    private static readonly string[] Cards = TestCards.Make(["40"], 1_000);

    [Fact]
    public void Owed_BeyondMemory_GoesInOrderAndOnce()
    {
        CoreRig rig = Silent();
        Owe(rig, from: 1, count: 20);

        Assert.Equal((20L, 20 - InMemory), (rig.Counters.OwedNow, rig.Backlog.Count));
        Assert.Equal(Enumerable.Range(1, 20), Drained(rig));
        Assert.Equal((0L, 0), (rig.Counters.OwedNow, rig.Backlog.Count));
    }

    /// <summary>A card's messages stand in their order, wherever each of them lies.</summary>
    [Fact]
    public void Owed_OfOneCard_KeepsItsOrder()
    {
        CoreRig rig = Silent();
        for (int stan = 1; stan <= 30; stan++)
        {
            rig.Request(CardOf(stan % 3), stan, amount: 100);
            rig.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.Equal(30 - InMemory, rig.Backlog.Count);
        Assert.Equal(Enumerable.Range(1, 30), Drained(rig));
    }

    [Fact]
    public void Restart_BeyondMemory_OwesTheSame()
    {
        CoreRig rig = Silent();
        Owe(rig, from: 1, count: 20);
        CoreRig second = rig.Restart();
        second.Advance(TimeSpan.FromMilliseconds(10));

        Assert.Equal((20L, 20 - InMemory), (second.Counters.OwedNow, second.Backlog.Count));
        Owe(second, from: 21, count: 5);
        Assert.Equal(Enumerable.Range(1, 25), Drained(second));
    }

    /// <summary>Killed in the middle, with more memory and with less than before.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(InMemory)]
    [InlineData(7)]
    public void Restart_HalfDrained_GoesOnWithTheRest(int inMemory)
    {
        CoreRig rig = Silent();
        Owe(rig, from: 1, count: 40);
        Drained(rig, count: 17);

        CoreRig second = rig.Restart(configuration => rig.Configuration with { OwedInMemory = inMemory });

        Assert.Equal(23, second.Counters.OwedNow);
        Assert.Equal(Enumerable.Range(18, 23), Drained(second));
        Assert.Equal(0, second.Backlog.Count);
    }

    [Fact]
    public void Reversal_OfAnAdviceOnTheDisk_CancelsIt()
    {
        CoreRig rig = Silent();
        Owe(rig, from: 1, count: 10);
        rig.Reversal(originalStan: 7, stan: 50, card: CardOf(7), amount: 100);

        Assert.Equal((1L, 9L), (rig.Counters.Netted, rig.Counters.OwedNow));
        Assert.Equal(Enumerable.Range(1, 10).Except([7]), Drained(rig));
        Assert.Equal(9, rig.Restart().Counters.AdvicesOwed + rig.Counters.AdvicesAcknowledged);
    }

    [Fact]
    public void Request_OfACardOnTheDisk_LetsItsAdviceGoFirst()
    {
        CoreRig rig = Silent(drain: TimeSpan.FromSeconds(1));
        Owe(rig, from: 1, count: 30);
        rig.LinksUp();
        rig.Request(CardOf(25), stan: 60, amount: 100);
        var order = new List<int>();
        for (int seen = rig.World.ToLinks.Count; !order.Contains(60); rig.Advance(TimeSpan.FromMilliseconds(10)))
        {
            for (; seen < rig.World.ToLinks.Count; seen++)
            {
                order.Add(StanOf(rig.World.ToLinks[seen]));
                rig.Reply(rig.World.ToLinks[seen]);
            }
        }

        Assert.Contains(25, order.Take(3));
    }

    [Fact]
    public void Released_FromParked_WhileOthersRest_GoesNext()
    {
        CoreRig rig = Silent();
        Owe(rig, from: 1, count: 10);
        rig.LinksUp();
        rig.Advance(TimeSpan.FromMilliseconds(50));
        rig.Reply(rig.World.ToLinks[^1], code: "30");
        ulong parked = (ulong)rig.World.Incidents.Last(one => one.Incident == Incident.AdviceParked).Subject;
        rig.Core.LinkDown(CoreRig.PrimaryLink);
        rig.Core.Execute(RichHistory.Command(CoreCommandKind.ReleaseParked, issuer: 0) with { Item = parked });
        rig.Commit();
        rig.Advance(TimeSpan.FromMilliseconds(10));

        Assert.Equal(1, Drained(rig)[0]);
    }

    [Fact]
    public void List_BeyondMemory_ShowsEachOnce()
    {
        CoreRig rig = Silent();
        Owe(rig, from: 1, count: 25);
        var seen = new List<ulong>();
        int next = 0;
        for (int pages = 0; next >= 0; pages++)
        {
            CoreCommandResult page = rig.Core.Execute(new CoreCommand
            {
                Kind = CoreCommandKind.ListOwed, Issuer = 0, After = next, CountMax = 4,
                Visitor = one => seen.Add(one.Id),
            });
            next = page.Next;
            Assert.True(pages < 200, "The list does not end.");
        }

        Assert.Equal((25, 25), (seen.Count, seen.Distinct().Count()));
        CoreCommandResult beyond = rig.Core.Execute(new CoreCommand
        {
            Kind = CoreCommandKind.ListOwed, Issuer = 0, After = int.MaxValue, CountMax = 4,
            Visitor = static _ => Assert.Fail("There is none."),
        });
        Assert.Equal(-1, beyond.Next);
    }

    private static CoreRig Silent(TimeSpan drain = default) => new(configuration => configuration with
    {
        OwedInMemory = InMemory,
        StandInProfiles =
        [
            configuration.StandInProfiles[0] with
            {
                PerCardCount = 1_000, PerCardAmount = 1_000_000, IssuerExposure = 1_000_000,
            },
        ],
        Issuers =
        [
            .. configuration.Issuers.Select(issuer => issuer with
            {
                DrainBeforeOnline = drain, Advices = issuer.Advices with { Window = 1 },
            }),
        ],
    });

    private static void Owe(CoreRig rig, int from, int count)
    {
        for (int stan = from; stan < from + count; stan++)
        {
            rig.Request(CardOf(stan), stan, amount: 100);
        }

        rig.Advance(TimeSpan.FromMilliseconds(10));
    }

    private static string CardOf(int number) => Cards[number];

    private static int StanOf(SentMessage sent) => int.Parse(sent[37][4..], null);

    // The trace numbers of the requests whose advices went out, in that order.
    private static List<int> Drained(CoreRig rig, int count = int.MaxValue)
    {
        rig.LinksUp();
        var order = new List<int>();
        int seen = rig.World.ToLinks.Count;
        for (int turns = 0; turns < 2_000 && order.Count < count && rig.Counters.OwedNow > 0; turns++)
        {
            rig.Advance(TimeSpan.FromMilliseconds(10));
            for (; seen < rig.World.ToLinks.Count && order.Count < count; seen++)
            {
                if (rig.World.ToLinks[seen].Mti.IsAdvice)
                {
                    order.Add(StanOf(rig.World.ToLinks[seen]));
                    rig.Reply(rig.World.ToLinks[seen]);
                }
            }
        }

        return order;
    }
}
