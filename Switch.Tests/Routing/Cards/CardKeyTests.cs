using Switch.Routing.Core;
using Switch.Routing.Journal;
using Switch.Routing.Settings;
using Switch.Routing.Values;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Cards;

/// <summary>
/// Goal: the key of card tokens is changed without anything known of a card being lost, and a key that is needed cannot
/// go. Method: lives of one journal with other keys each; the rig makes the tokens with the keys that are configured,
/// as the host does. What a change of tokens does to blocks, limits and what is owed: <see cref="FormerCardsTests"/>.
/// </summary>
public sealed class CardKeyTests
{
    private const ulong A = 0xA;
    private const ulong B = 0xB;
    private const ulong C = 0xC;
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Repeat_OfARequestUnderTheFormerKey_GetsItsAnswerAndNoOther()
    {
        CoreRig rig = Begin();
        rig.Request(stan: 1, amount: 1_000);

        CoreRig now = With(rig, B, A);
        now.Request(stan: 1, amount: 1_000, mti: "0101");
        now.Request(stan: 1, amount: 1_000, mti: "0101", card: CoreRig.OtherCard);

        Assert.Equal(["00", "94"], Codes(now));
        Assert.Equal((1, 1), (now.Counters.Repeats, now.Counters.DuplicateConflicts));
    }

    /// <summary>Also after a kill, and from a checkpoint that was made in the midst of it.</summary>
    [Fact]
    public void BlockAndLimit_UnderTheFormerKey_Hold()
    {
        CoreRig rig = Begin();
        Block(rig, CoreRig.OtherCard);
        for (int stan = 1; stan <= 5; stan++)
        {
            rig.Request(stan: stan, amount: 1_000);
        }

        CoreRig now = With(rig, B, A);
        now.Request(stan: 10, amount: 1_000);
        CoreRig again = With(now, B, A);
        again.Request(stan: 11, amount: 1_000);
        again.Request(stan: 12, amount: 1_000, card: CoreRig.OtherCard);
        CoreRig last = FromCheckpoint(again, B, A);
        last.Request(stan: 13, amount: 1_000);
        last.Request(stan: 14, amount: 1_000, card: CoreRig.OtherCard);

        Assert.Equal(["65"], Codes(now));
        Assert.Equal(["65", "41"], Codes(again));
        Assert.Equal(["65", "41"], Codes(last));
        Assert.Equal(2, last.World.Records.Count(record => record.Type == RecordType.CardRetokened));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Reversal_OfAPaymentUnderTheFormerKey_FindsIt(bool isNamed)
    {
        CoreRig rig = Begin();
        rig.Request(stan: 1, amount: 1_000);

        CoreRig now = With(rig, B, A);
        now.Reversal(originalStan: 1, stan: 20, amount: 1_000, change: fields =>
            fields[90] = isNamed ? fields[90] : new string('0', 42));

        Assert.Equal((0, 1), (now.Counters.StandInExposure, now.Counters.AcquirerReversals));
    }

    [Theory]
    [InlineData(B, 0UL)]
    [InlineData(B, C)]
    public void Start_WithoutTheJournalsKey_IsRefusedByItsName(ulong current, ulong former)
    {
        CoreRig rig = Begin();
        rig.Request(stan: 1);

        string said = Refused(rig, current, former);

        Assert.Contains("another key, 000000000000000a", said, StringComparison.Ordinal);
    }

    [Fact]
    public void FormerKey_RemovedBeforeAllIsOver_IsRefusedUntilItIs()
    {
        CoreRig rig = Begin();
        rig.Request(stan: 1, amount: 1_000);
        CoreRig now = With(rig, B, A);

        string said = Refused(now, B, former: 0);
        Assert.Contains("1 cards and 1 remembered payments", said, StringComparison.Ordinal);
        Assert.Contains("000000000000000a, and Keys:CardsOld does not name it", said, StringComparison.Ordinal);
        Assert.Contains("does not name it", Refused(now, B, former: C), StringComparison.Ordinal);
        Assert.Contains(
            "Keys:Cards is a third key, 000000000000000c", Refused(now, C, former: B), StringComparison.Ordinal);
        Assert.Contains("Keys:Cards is that key again", Refused(now, A, former: B), StringComparison.Ordinal);

        Settle(now);
        now.Advance(TimeSpan.FromMinutes(2));
        CoreRig without = With(now, B, former: 0);
        without.Request(stan: 9);

        Assert.Equal(FormerTokenNeed.None, without.Core.FormerTokens);
        Assert.Equal("00", Codes(without)[^1]);
    }

    /// <summary>The node was down while the rest ran out: it counts as it is now, not as of the last record.</summary>
    [Fact]
    public void FormerKey_RemovedAfterATimeWithoutRecords_IsNotAskedFor()
    {
        CoreRig rig = Begin();
        rig.Request(stan: 1, amount: 1_000);
        CoreRig now = With(rig, B, A);
        Settle(now);
        now.TakeTime(TimeSpan.FromMinutes(2)); // Nothing ticks.

        Assert.Equal(FormerTokenNeed.None, With(now, B, former: 0).Core.FormerTokens);
    }

    [Fact]
    public void Key_ChangedTwice_EachTimeOnceTheOneBeforeIsOver()
    {
        CoreRig rig = Begin();
        rig.Request(stan: 1, amount: 1_000);
        CoreRig second = With(rig, B, A);
        Settle(second);
        second.Advance(TimeSpan.FromMinutes(2));
        second.Core.LinkDown(CoreRig.PrimaryLink);
        second.Core.LinkDown(CoreRig.StandbyLink);
        second.Request(stan: 2, amount: 2_000);
        CoreRig third = With(second, C, B);

        third.Request(stan: 2, amount: 2_000, mti: "0101");
        third.Request(stan: 3, amount: 3_000);

        Assert.Equal(["00", "00"], Codes(third));
        Assert.Equal(1, third.Counters.Repeats);
        Assert.Contains("third key", Refused(third, A, former: C), StringComparison.Ordinal);
    }

    /// <summary>A record of a start in an earlier version does not say the key, and its header was compared.</summary>
    [Fact]
    public void Journal_OfAnEarlierVersion_MustBeStartedOnceBeforeItsKeyIsChanged()
    {
        CoreRig rig = With(new CoreRig(Change), 0, 0);
        rig.Request(stan: 1, amount: 1_000);

        Assert.Contains("Start once with that key", Refused(rig, B, A), StringComparison.Ordinal);

        CoreRig once = With(rig, A, former: 0);
        once.Request(stan: 2, amount: 1_000);
        CoreRig now = With(once, B, A);
        now.Request(stan: 2, amount: 1_000, mti: "0101");
        Assert.Equal(1, now.Counters.Repeats);
    }

    [Fact]
    public void Journal_OfVersion01_IsUpgradedBeforeItsKeyIsChanged()
    {
        CoreRig rig = new(configuration => Change(configuration) with { CardTokens = CardTokenKind.Hmac });
        rig.Request(stan: 1, amount: 1_000);

        Assert.Contains("Start once with that key", Refused(rig, B, A), StringComparison.Ordinal);

        CoreRig now = With(rig, A, former: 0);
        Assert.Contains(
            "tokens of version 0.1, and Keys:Cards is a third", Refused(now, B, A), StringComparison.Ordinal);
        Assert.Contains("CardsOld is set. Remove it", Refused(now, A, B), StringComparison.Ordinal);
    }

    /// <summary>Nothing was recorded under the new key: the one who changed it may think better of it.</summary>
    [Fact]
    public void Key_ChangedBack_BeforeTheFirstRecord_IsAsIfNothingHadBeen()
    {
        CoreRig rig = Begin();
        rig.Request(stan: 1, amount: 1_000);

        CoreRig back = With(rig, A, former: B);
        back.Request(stan: 1, amount: 1_000, mti: "0101");

        Assert.Equal((1, FormerTokenNeed.None), (back.Counters.Repeats, back.Core.FormerTokens));
        Assert.Equal(FormerTokenNeed.None, With(back, A, former: 0).Core.FormerTokens);
    }

    [Fact]
    public void Store_KeepsPaymentsOfTheFormerKey_UntilItsRetentionIsOver()
    {
        static CoreConfiguration Stored(CoreConfiguration configuration) => Change(configuration) with
        {
            LookUp = TimeSpan.FromSeconds(5),
            LookUpReach = TimeSpan.FromHours(1),
        };
        CoreRig rig = With(new CoreRig(Stored), A, former: 0);
        rig.Request(stan: 1, amount: 1_000);
        CoreRig now = With(rig, B, A);
        Settle(now);
        now.Advance(TimeSpan.FromMinutes(2));

        // Memory is done with it: a message in a look-up asks for it, and without the key the log says what is lost.
        Assert.Equal(FormerTokenNeed.LookUps, now.Core.FormerTokens);
        Assert.Equal(0, now.Core.TokensLostInStoreUntilMs);
        CoreRig without = With(now, B, former: 0);
        Assert.Equal(FormerTokenNeed.None, without.Core.FormerTokens);
        Assert.Equal(
            Start.AddHours(1), DateTimeOffset.FromUnixTimeMilliseconds(without.Core.TokensLostInStoreUntilMs),
            TimeSpan.FromSeconds(5));
        CoreRig third = With(now, C, B);
        Assert.Equal(
            Start.AddHours(1), DateTimeOffset.FromUnixTimeMilliseconds(third.Core.TokensLostInStoreUntilMs),
            TimeSpan.FromSeconds(5));

        now.TakeTime(TimeSpan.FromHours(1));
        now.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(FormerTokenNeed.None, now.Core.FormerTokens);
        Assert.Equal(0, With(now, B, former: 0).Core.TokensLostInStoreUntilMs);
    }

    private static CoreConfiguration Change(CoreConfiguration configuration) => configuration with
    {
        DuplicateWindow = TimeSpan.FromSeconds(30),
        StandInProfiles = [configuration.StandInProfiles[0] with { PerCardWindow = TimeSpan.FromMinutes(1) }],
    };

    private static CoreRig Begin() =>
        new(configuration => Change(configuration) with { CardKeys = new CardKeys(A, Former: 0) });

    private static CoreRig With(CoreRig rig, ulong current, ulong former) => rig.Restart(_ => Of(rig, current, former));

    private static string Refused(CoreRig rig, ulong current, ulong former) =>
        Assert.Throws<JournalIdentityException>(() => With(rig, current, former)).Message;

    private static CoreConfiguration Of(CoreRig rig, ulong current, ulong former) => rig.Configuration with
    {
        CardTokens = CardTokenKind.Cmac,
        CardKeys = new CardKeys(current, former),
    };

    // What the issuer is owed of the card is taken, and the card has its new token.
    private static void Settle(CoreRig rig)
    {
        rig.LinksUp();
        for (int i = 0; i < 8; i++)
        {
            rig.Advance(TimeSpan.FromMilliseconds(50));
            rig.World.ToLinks.ToList().ForEach(sent => rig.Reply(sent));
            rig.World.ToLinks.Clear();
        }

        Assert.Equal(0, rig.Counters.OwedNow);
    }

    private static CoreRig FromCheckpoint(CoreRig rig, ulong current, ulong former)
    {
        CoreConfiguration configuration = Of(rig, current, former);
        var first = new AuthorizationCore(configuration, new FakeWorld(configuration));
        foreach (StoredRecord record in rig.World.Records)
        {
            first.Recover(record.Lsn, record.Type, record.Open, record.Secret);
        }

        var world = new FakeWorld(configuration);
        var core = new AuthorizationCore(configuration, world);
        first.SaveState(core.RestoreState);
        return new CoreRig(core, world, configuration, rig.World.Records);
    }

    private static string[] Codes(CoreRig rig) => [.. rig.Answers.Select(sent => sent[39])];

    private static void Block(CoreRig rig, string card)
    {
        rig.FromIssuer("0302", new Fields { [2] = card, [7] = "1122100000", [11] = "000077", [91] = "1" });
        Assert.Equal("00", rig.World.ToLinks[^1][39]);
        rig.World.ToLinks.Clear();
    }
}
