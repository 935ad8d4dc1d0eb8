using Switch.Protocol.Dialects;
using Switch.Routing.Effects;
using Switch.Routing.Journal;
using Switch.Routing.Operations;
using Switch.Routing.Records;
using Switch.Routing.Settings;
using Switch.Routing.Values;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Cards;

/// <summary>
/// Goal: nothing that is known of a card is lost when its token changes. Method: a first life with the tokens of
/// version 0.1, and a restart as today's version, which gets both tokens of each message as long as it asks for them.
/// </summary>
public sealed class FormerCardsTests
{
    private const string Third = "4000005555555557";

    [Fact]
    public void Begin_EmptyJournal_AsksForNoFormerToken()
    {
        var rig = new CoreRig();
        Assert.Equal(FormerTokenNeed.None, rig.Core.FormerTokens);

        rig.Request(stan: 1);
        CoreRig again = rig.Restart();

        Assert.Equal(FormerTokenNeed.None, again.Core.FormerTokens);
        Assert.Equal((0, 0), (again.Counters.FormerCards, again.Counters.RememberedByFormerCard));
    }

    [Fact]
    public void Block_OfVersion01_HoldsWhenTheCardComesAndForEver()
    {
        CoreRig rig = Earlier();
        Block(rig, CoreRig.Card);
        Block(rig, Third);

        CoreRig now = Upgrade(rig);
        Assert.Equal((2, FormerTokenNeed.All), (now.Counters.FormerCards, now.Core.FormerTokens));
        now.Request(stan: 1);
        now.Request(stan: 2);
        now.Request(stan: 3, card: CoreRig.OtherCard);
        CoreRig again = now.Restart();
        again.Request(stan: 4);
        again.Request(stan: 5, card: CoreRig.OtherCard);

        Assert.Equal(["41", "41", "00"], Codes(now));
        Assert.Equal(["41", "00"], Codes(again));
        Assert.Single(again.World.Records, record => record.Type == RecordType.CardRetokened);
        Assert.Equal((1, FormerTokenNeed.All), (again.Counters.FormerCards, again.Core.FormerTokens));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Block_OfVersion01_IsLiftedByItsIssuer(bool wasMet)
    {
        CoreRig rig = Earlier();
        Block(rig, CoreRig.Card);

        CoreRig now = Upgrade(rig);
        if (wasMet)
        {
            now.Request(stan: 1);
        }

        Act(now, CoreRig.Card, '3');
        now.Request(stan: 2);
        CoreRig again = now.Restart();
        again.Request(stan: 3);

        Assert.Equal("00", Codes(now)[^1]);
        Assert.Equal(["00"], Codes(again));
        Assert.Equal((0, 0), (now.Counters.FormerCards, again.Counters.FormerCards));
    }

    /// <summary>A crash takes the record and the answer that rests on it: the next life does it again.</summary>
    [Fact]
    public void Meet_CrashBeforeItIsDurable_IsDoneAgain()
    {
        CoreRig rig = Earlier();
        Block(rig, CoreRig.Card);
        CoreRig now = Upgrade(rig);
        now.CommitsAtOnce = false;
        now.Request(stan: 1);
        Assert.Contains(now.World.Records, record => record.Type == RecordType.CardRetokened);

        CoreRig again = now.Restart();
        again.Request(stan: 1, mti: "0101");

        Assert.Equal(["41"], Codes(again));
        Assert.Single(again.World.Records, record => record.Type == RecordType.CardRetokened);
    }

    [Fact]
    public void Limit_UsedUpInVersion01_StaysUsedUp()
    {
        CoreRig rig = Earlier();
        for (int stan = 1; stan <= 5; stan++)
        {
            rig.Request(stan: stan, amount: 1_000);
        }

        for (int stan = 6; stan <= 9; stan++)
        {
            rig.Request(stan: stan, amount: 1_000, card: Third);
        }

        CoreRig now = Upgrade(rig);
        now.Request(stan: 10, amount: 1_000);
        now.Request(stan: 11, amount: 1_000, card: Third);
        now.Request(stan: 12, amount: 1_000, card: Third);
        CoreRig again = now.Restart();
        again.Request(stan: 13, amount: 1_000);
        again.Request(stan: 14, amount: 1_000, card: Third);

        Assert.Equal(Enumerable.Repeat("00", 9), Codes(rig));
        Assert.Equal(["65", "00", "65"], Codes(now));
        Assert.Equal(["65", "65"], Codes(again));
        Assert.Equal(10_000, again.Counters.StandInExposure);
    }

    [Fact]
    public void Limit_ReversedAfterwards_IsGivenBackOnce()
    {
        CoreRig rig = Earlier();
        for (int stan = 1; stan <= 5; stan++)
        {
            rig.Request(stan: stan, amount: 1_000);
        }

        CoreRig now = Upgrade(rig);
        now.Reversal(originalStan: 2, stan: 20, amount: 1_000);
        now.Reversal(originalStan: 2, stan: 20, amount: 1_000, mti: "0421");
        now.Request(stan: 10, amount: 1_000);
        now.Request(stan: 11, amount: 1_000);

        Assert.Equal(["00", "00", "00", "65"], Codes(now));
        Assert.Equal((1, 5_000), (now.Counters.AcquirerReversals, now.Counters.StandInExposure));
    }

    [Fact]
    public void Owed_OfVersion01_GoesBeforeWhatTheCardIsOwedSince()
    {
        CoreRig rig = Earlier();
        rig.Request(stan: 1, amount: 1_000);

        CoreRig now = Upgrade(rig);
        now.Request(stan: 2, amount: 2_000);
        now.Request(stan: 3, amount: 3_000, card: CoreRig.OtherCard);
        now.LinksUp();
        now.Advance(TimeSpan.FromMilliseconds(50));
        string[] first = [.. now.World.ToLinks.Select(sent => sent[4])];
        now.Reply(now.World.ToLinks[0]);
        now.Advance(TimeSpan.FromMilliseconds(50));

        Assert.Equal(["000000001000", "000000003000"], first);
        Assert.Equal("000000002000", now.World.ToLinks[^1][4]);
        now.Reply(now.World.ToLinks[1]);
        now.Reply(now.World.ToLinks[2]);
        Assert.Equal((0, 0), (now.Counters.OwedNow, now.Counters.StandInExposure));
    }

    /// <summary>The restart reverses it; the record of that names the card as its request did.</summary>
    [Fact]
    public void InDoubt_OfVersion01_IsReversedBeforeTheCardIsAskedForAgain()
    {
        CoreRig rig = Earlier();
        rig.LinksUp();
        rig.Request(stan: 1, amount: 1_000);

        CoreRig now = Upgrade(rig);
        now.Request(stan: 2, amount: 2_000); // By stand-in: its advice stands behind the reversal.
        CoreRig again = now.Restart();
        again.LinksUp();
        again.Advance(TimeSpan.FromMilliseconds(50));
        again.Reply(again.World.ToLinks.Single());
        again.Advance(TimeSpan.FromMilliseconds(50));

        Assert.Equal(["0421", "0121"], again.World.ToLinks.Select(sent => sent.Mti.ToString()));
        Assert.Single(again.World.Records, record => record.Type == RecordType.CardRetokened);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Parked_OfVersion01_IsWrittenOffWithItsCounter(bool isRetried)
    {
        CoreRig rig = Earlier();
        rig.Request(stan: 1);
        rig.LinksUp();
        rig.Advance(TimeSpan.FromMilliseconds(50));
        rig.Reply(rig.World.ToLinks[0], code: "30");
        var id = (ulong)rig.World.Incidents.Single(raised => raised.Incident == Incident.AdviceParked).Subject;

        CoreRig now = Upgrade(rig);
        now.Request(stan: 2, amount: 1_000);
        Assert.Equal((6_000, 0), (now.Counters.StandInExposure, now.Counters.FormerCards));
        var command = new CoreCommand
        {
            Kind = isRetried ? CoreCommandKind.RetryParked : CoreCommandKind.WriteOffParked, Item = id, Who = "sato",
            Why = "ticket 4711",
        };
        Assert.Equal(CoreCommandOutcome.Done, now.Core.Execute(command).Outcome);
        now.LinksUp();
        for (int i = 0; i < 2; i++)
        {
            now.Advance(TimeSpan.FromMilliseconds(50));
            now.World.ToLinks.ToList().ForEach(sent => now.Reply(sent));
        }

        Assert.Equal((0, 0, 0), (now.Counters.StandInExposure, now.Counters.OwedNow, now.Counters.ParkedNow));
    }

    [Fact]
    public void Repeat_OfARequestOfVersion01_GetsItsAnswerAndNoOther()
    {
        CoreRig rig = Earlier();
        rig.Request(stan: 1, amount: 1_000);

        CoreRig now = Upgrade(rig);
        now.Request(stan: 1, amount: 1_000, mti: "0101");
        now.Request(stan: 1, amount: 2_000, mti: "0101");
        now.Request(stan: 1, amount: 1_000, mti: "0101", card: CoreRig.OtherCard);

        Assert.Equal(["00", "94", "94"], Codes(now));
        Assert.Equal((1, 2), (now.Counters.Repeats, now.Counters.DuplicateConflicts));
    }

    /// <summary>By DE 90, and by DE 37 where that is zeros: each finds a payment of before, of its own card.</summary>
    [Theory]
    [InlineData(true, CoreRig.Card, 0)]
    [InlineData(false, CoreRig.Card, 0)]
    [InlineData(true, CoreRig.OtherCard, 1_000)]
    [InlineData(false, CoreRig.OtherCard, 1_000)]
    public void Reversal_OfAPaymentOfVersion01_FindsItByItsCard(bool isNamed, string card, int exposure)
    {
        CoreRig rig = Earlier();
        rig.Request(stan: 1, amount: 1_000);

        CoreRig now = Upgrade(rig);
        now.Reversal(originalStan: 1, stan: 20, amount: 1_000, card: card, change: fields =>
        {
            fields[90] = isNamed ? fields[90] : new string('0', 42);
        });

        Assert.Equal((exposure, 2), (now.Counters.StandInExposure, now.Counters.OwedNow));
    }

    /// <summary>One under each token, with the same DE 37 at the same place: neither is meant.</summary>
    [Fact]
    public void Reversal_ByReferenceThatFitsBefore_AndAfter_NamesNeither()
    {
        CoreRig rig = Earlier();
        rig.Request(stan: 1, amount: 1_000);

        CoreRig now = Upgrade(rig);
        now.Request(stan: 2, amount: 1_000, change: fields => fields[37] = "632600000001");
        now.Reversal(originalStan: 1, stan: 20, amount: 1_000, change: fields => fields[90] = new string('0', 42));

        Assert.Equal((1, 2_000), (now.Counters.OriginalsAmbiguous, now.Counters.StandInExposure));
    }

    /// <summary>It names no card, and its original is remembered by a token that the owed advice has no more.</summary>
    [Fact]
    public void ReversalWithoutACard_OfVersion01_GivesItsCounterBack()
    {
        const string Json = """{ "name": "partner", "extends": "iso93-ascii", "cardlessReversals": true }""";
        Assert.True(new DialectCatalog().TryAdd(Json, out Dialect? dialect, out IReadOnlyList<string> mistakes));
        Assert.Empty(mistakes);
        CoreRig rig = Earlier(configuration => configuration with
        {
            Acquirers = [configuration.Acquirers[0] with { Dialect = dialect! }],
        });
        rig.FromAcquirer("1100", Later("000001", "100"));

        CoreRig now = Upgrade(rig);
        now.FromAcquirer("1100", Later("000002", "100"));
        Assert.Single(now.World.Records, record => record.Type == RecordType.CardRetokened);
        CoreRig again = now.Restart();
        Fields reversal = Later("000003", "400");
        reversal.Remove(2);
        (reversal[7], reversal[12], reversal[25]) = ("1122100005", "261122100005", "4000");
        reversal[56] = "1100000001261122100000";
        again.FromAcquirer("1420", reversal);

        Assert.Equal("400", again.Answers[^1][39]);
        Assert.Equal((3, 5_000), (again.Counters.OwedNow, again.Counters.StandInExposure));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Need_EndsWhenNothingBearsAFormerToken(int lookUpSeconds)
    {
        CoreRig rig = Earlier(configuration => configuration with
        {
            DuplicateWindow = TimeSpan.FromSeconds(30),
            LookUp = TimeSpan.FromSeconds(lookUpSeconds),
        });
        rig.Request(stan: 1);
        Block(rig, Third);
        CoreRig now = Upgrade(rig);

        // The stand-in limit of 24 hours counts it until then, and its advice is owed: the card's token is in use.
        now.Advance(TimeSpan.FromSeconds(32));
        Assert.Equal((2, 0), (now.Counters.FormerCards, now.Counters.RememberedByFormerCard));
        Assert.Equal(FormerTokenNeed.All, now.Core.FormerTokens);
        now.Request(stan: 2, card: Third);
        now.Request(stan: 3);

        FormerTokenNeed rest = lookUpSeconds > 0 ? FormerTokenNeed.LookUps : FormerTokenNeed.None;
        Assert.Equal((0, rest), (now.Counters.FormerCards, now.Core.FormerTokens));
        Assert.Equal(rest, now.Restart().Core.FormerTokens);
    }

    /// <summary>What is acknowledged and counted no more needs no message of its card to be forgotten.</summary>
    [Fact]
    public void Need_OfACardThatNeverComesAgain_EndsWithItsCounters()
    {
        CoreRig rig = Earlier(configuration => configuration with
        {
            DuplicateWindow = TimeSpan.FromSeconds(1),
            StandInProfiles =
            [
                configuration.StandInProfiles[0] with { PerCardWindow = TimeSpan.FromSeconds(10) },
            ],
        });
        rig.Request(stan: 1);
        CoreRig now = Upgrade(rig);
        now.LinksUp();
        now.Advance(TimeSpan.FromMilliseconds(50));
        now.Reply(now.World.ToLinks[0]);
        Assert.Equal(FormerTokenNeed.All, now.Core.FormerTokens);

        now.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal((0, FormerTokenNeed.None), (now.Counters.FormerCards, now.Core.FormerTokens));
        Assert.DoesNotContain(now.World.Records, record => record.Type == RecordType.CardRetokened);
    }

    // No link is up: stand-in decides, unless a test says otherwise.
    private static CoreRig Earlier(Func<CoreConfiguration, CoreConfiguration>? change = null) => new(
        configuration => (change?.Invoke(configuration) ?? configuration) with { CardTokens = CardTokenKind.Hmac });

    private static CoreRig Upgrade(CoreRig rig) =>
        rig.Restart(_ => rig.Configuration with { CardTokens = CardTokenKind.Cmac });

    private static string[] Codes(CoreRig rig) => [.. rig.Answers.Select(sent => sent[39])];

    private static void Block(CoreRig rig, string card) => Act(rig, card, '1');

    private static void Act(CoreRig rig, string card, char update)
    {
        rig.FromIssuer("0302", new Fields { [2] = card, [7] = "1122100000", [11] = "000077", [91] = $"{update}" });
        Assert.Equal(("0312", "00"), (rig.World.ToLinks[^1].Mti.ToString(), rig.World.ToLinks[^1][39]));
        rig.World.ToLinks.Clear();
    }

    private static Fields Later(string stan, string function) => new()
    {
        [2] = CoreRig.Card, [3] = "000000", [4] = "000000005000", [7] = "1122100000", [11] = stan,
        [12] = "261122100000", [22] = "510101513344", [24] = function, [26] = "5411", [32] = "123456",
        [41] = "TERM0001", [42] = "MERCHANT0000001", [49] = "392",
    };
}
