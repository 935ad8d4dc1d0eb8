using Switch.Host.Simulators;
using Switch.Routing.Journal;
using Switch.Routing.Settings;
using Switch.Routing.Velocity;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Velocity;

/// <summary>What the rules of velocity do to payments.</summary>
public class VelocityFlowTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    private int _stan = 100;

    [Fact]
    public void DistinctCards_TheLimitIsReached_DeclinedThoughTheIssuerAnswers()
    {
        CoreRig rig = Make(Rule() with { DistinctCards = 5 });

        string[] codes = [.. Enumerable.Range(0, 8).Select(card => Ask(rig, CardOf(card)))];

        Assert.Equal(["00", "00", "00", "00", "59", "59", "59", "59"], codes);
        Assert.Equal(4, rig.World.ToLinks.Count);
        VelocityChange change = Assert.Single(rig.World.VelocityChanges);
        Assert.Equal((true, 5, "TERM0001"), (change.IsOver, change.Figures.Cards, change.Name.ToString()));
        Assert.Equal((1L, 4L), (CountersOf(rig).OverNow, CountersOf(rig).Declined));
    }

    [Fact]
    public void DistinctCards_OneCardOften_IsNotDeclined()
    {
        CoreRig rig = Make(Rule() with { DistinctCards = 5 });

        Assert.All(Enumerable.Range(0, 20), _ => Assert.Equal("00", Ask(rig, CoreRig.Card)));
    }

    [Fact]
    public void OtherTerminal_GoesOn()
    {
        CoreRig rig = Make(Rule() with { DistinctCards = 3 });
        for (int card = 0; card < 5; card++)
        {
            Ask(rig, CardOf(card));
        }

        Assert.Equal("00", Ask(rig, CardOf(9), change: fields => fields[41] = "TERM0002"));
        Assert.Equal("59", Ask(rig, CardOf(9)));
    }

    [Fact]
    public void Declines_OfTheIssuer_CountFromTheDecisionOn()
    {
        CoreRig rig = Make(Rule() with { Declines = 3, ResponseCode = "65" });

        Assert.Equal("05", Ask(rig, CardOf(0), issuerSays: "05"));
        Assert.Equal("14", Ask(rig, CardOf(1), issuerSays: "14"));
        Assert.Equal("51", Ask(rig, CardOf(2), issuerSays: "51"));
        Assert.Equal("65", Ask(rig, CardOf(3)));
        Assert.Equal(1, rig.Counters.DeclinedBySwitch);
    }

    /// <summary>An outage must not have the terminals declined for it when it is over.</summary>
    [Fact]
    public void Declines_OfTheSwitchItself_DoNotCount()
    {
        CoreRig rig = Make(Rule() with { Declines = 2 });
        rig.Core.LinkDown(CoreRig.PrimaryLink);
        rig.Core.LinkDown(CoreRig.StandbyLink);
        for (int i = 0; i < 5; i++)
        {
            rig.Request(stan: _stan++, card: CoreRig.CardWithoutStandIn);
            Assert.Equal("91", rig.Answers[^1][39]);
        }

        rig.LinksUp();
        Assert.Equal("00", Ask(rig, CoreRig.Card));
    }

    [Fact]
    public void Declines_OfStandIn_CountAndAreDeclinedInStandInToo()
    {
        CoreRig rig = Make(Rule() with { Declines = 2 });
        rig.Core.LinkDown(CoreRig.PrimaryLink);
        rig.Core.LinkDown(CoreRig.StandbyLink);

        string[] codes = [.. Enumerable.Range(0, 3).Select(i => Alone(rig, CardOf(i), amount: 20_000))];

        Assert.Equal(["61", "61", "59"], codes);
        Assert.Equal("59", Alone(rig, CardOf(7), amount: 100));
        Assert.Equal(0, rig.Counters.OwedNow);
    }

    [Theory]
    [InlineData(0, "978", true)]
    [InlineData(100, "392", true)]
    [InlineData(101, "392", false)]
    [InlineData(100, "978", false)]
    public void SmallAmounts_ByAmountAndCurrency(long amount, string currency, bool isSmall)
    {
        CoreRig rig = Make(Rule() with { SmallAmounts = 2, SmallAmountMax = 100, Currency = 392 });

        Ask(rig, CardOf(0), amount: amount, change: fields => fields[49] = currency);
        string second = Ask(rig, CardOf(1), amount: amount, change: fields => fields[49] = currency);

        Assert.Equal(isSmall ? "59" : "00", second);
    }

    [Fact]
    public void Conditions_OfOneRule_MustAllBeReached()
    {
        CoreRig rig = Make(Rule() with { DistinctCards = 3, Declines = 2 });

        Assert.Equal("00", Ask(rig, CardOf(0)));
        Assert.Equal("00", Ask(rig, CardOf(1)));
        Assert.Equal("05", Ask(rig, CardOf(2), issuerSays: "05"));
        Assert.Equal("05", Ask(rig, CardOf(2), issuerSays: "05"));
        Assert.Equal("59", Ask(rig, CardOf(2)));
    }

    [Fact]
    public void Rules_AnyOfThem_TheFirstGivesTheCode()
    {
        CoreRig rig = Make(
            Rule() with { Name = "merchant", Per = VelocityScope.Merchant, Requests = 4, ResponseCode = "65" },
            Rule() with { Requests = 2 });

        Assert.Equal("00", Ask(rig, CardOf(0)));
        Assert.Equal("59", Ask(rig, CardOf(1)));
        Assert.Equal("00", Ask(rig, CardOf(2), change: fields => fields[41] = "TERM0003"));
        Assert.Equal("65", Ask(rig, CardOf(3), change: fields => fields[41] = "TERM0004"));
    }

    /// <summary>Else the attack on one terminal would decline its merchant's others.</summary>
    [Fact]
    public void DeclinedByOneRule_DoesNotCountInOthers()
    {
        CoreRig rig = Make(
            Rule() with { DistinctCards = 3 },
            Rule() with { Name = "merchant", Per = VelocityScope.Merchant, DistinctCards = 10 });
        for (int card = 0; card < 30; card++)
        {
            Ask(rig, CardOf(card));
        }

        Assert.Equal("00", Ask(rig, CardOf(40), change: fields => fields[41] = "TERM0002"));
    }

    [Fact]
    public void Bin_OverManyTerminals_IsDeclined_AnotherBinIsNot()
    {
        CoreRig rig = Make(Rule() with { Per = VelocityScope.Bin, DistinctCards = 4 });
        for (int card = 0; card < 6; card++)
        {
            int terminal = card;
            Ask(rig, CardOf(card), change: fields => fields[41] = $"TERM{terminal:D4}");
        }

        Assert.Equal("59", Ask(rig, CardOf(50)));
        Assert.Equal("00", Ask(rig, "4111110000000004"));
        Assert.Equal("40000000", rig.World.VelocityChanges[0].Name.ToString());
    }

    [Fact]
    public void KeyIsAbsent_TheRuleDoesNotApply()
    {
        CoreRig rig = Make(Rule() with { Per = VelocityScope.Merchant, Requests = 2 });

        Assert.All(
            Enumerable.Range(0, 5),
            card => Assert.Equal("00", Ask(rig, CardOf(card), change: fields => fields.Remove(42))));
    }

    [Fact]
    public void Acquirers_OthersAreNotMeant()
    {
        CoreRig rig = Make(Rule() with { Per = VelocityScope.Acquirer, Requests = 2, Acquirers = [] });
        CoreRig other = new(configuration => Of(configuration, Rule() with { Requests = 2, Acquirers = [1] }) with
        {
            Acquirers = [configuration.Acquirers[0], configuration.Acquirers[0] with { Name = "acq-b" }],
        });
        other.LinksUp();

        Assert.Equal(["00", "59"], new[] { Ask(rig, CardOf(0)), Ask(rig, CardOf(1)) });
        Assert.Equal(["00", "00"], new[] { Ask(other, CardOf(0)), Ask(other, CardOf(1)) });
    }

    [Theory]
    [InlineData(VelocityAction.Count, 0)]
    [InlineData(VelocityAction.Alert, 1)]
    public void CountAndAlert_DeclineNothing(VelocityAction action, int told)
    {
        CoreRig rig = Make(Rule() with { Requests = 2, Action = action });

        Assert.All(Enumerable.Range(0, 5), card => Assert.Equal("00", Ask(rig, CardOf(card))));
        Assert.Equal(told, rig.World.VelocityChanges.Count);
        Assert.Equal((4L, 0L, 1L), (CountersOf(rig).Hits, CountersOf(rig).Declined, CountersOf(rig).OverNow));
    }

    [Fact]
    public void Repeat_OfWhatWasDeclined_HasTheSameAnswerAndDoesNotCountAgain()
    {
        CoreRig rig = Make(Rule() with { Requests = 2 });
        Ask(rig, CardOf(0));
        Assert.Equal("59", Ask(rig, CardOf(1)));
        long hits = CountersOf(rig).Hits;

        rig.Request(stan: _stan - 1, card: CardOf(1), mti: "0101");
        rig.Advance(Moment);

        Assert.Equal(("0110", "59"), (rig.Answers[^1].Mti.ToString(), rig.Answers[^1][39]));
        Assert.Equal((1L, hits), (rig.Counters.Repeats, CountersOf(rig).Hits));
    }

    [Fact]
    public void Repeat_OfWhatWasApproved_HasItsApprovalThoughTheTerminalIsOver()
    {
        CoreRig rig = Make(Rule() with { Requests = 2 });
        Ask(rig, CardOf(0));
        Assert.Equal("59", Ask(rig, CardOf(1)));

        rig.Request(stan: _stan - 2, card: CardOf(0), mti: "0101");

        Assert.Equal("00", rig.Answers[^1][39]);
    }

    /// <summary>Its first may have been approved and forgotten: an acquirer that is told no does not reverse.</summary>
    [Fact]
    public void Repeat_OfWhatIsNotKnown_GoesToTheIssuer()
    {
        CoreRig rig = Make(Rule() with { Requests = 2 });
        Ask(rig, CardOf(0));
        Assert.Equal("59", Ask(rig, CardOf(1)));

        Assert.Equal("00", Ask(rig, CardOf(2), mti: "0101"));
    }

    [Fact]
    public void OtherMessages_AreNeverDeclined()
    {
        CoreRig rig = Make(Rule() with { Requests = 2 });
        Ask(rig, CoreRig.Card);
        int approved = _stan - 1;
        Assert.Equal("59", Ask(rig, CardOf(1)));

        rig.Reversal(approved, _stan++, card: CoreRig.Card);
        Assert.Equal(("0430", "00"), (rig.Answers[^1].Mti.ToString(), rig.Answers[^1][39]));
        rig.Request(stan: _stan++, card: CoreRig.OtherCard, mti: "0220", change: fields => fields[39] = "00");
        Assert.Equal(("0230", "00"), (rig.Answers[^1].Mti.ToString(), rig.Answers[^1][39]));
        rig.FromAcquirer("0800", new Fields { [7] = "1122100000", [11] = "000900", [70] = "301" });
        Assert.Equal(("0810", "00"), (rig.Answers[^1].Mti.ToString(), rig.Answers[^1][39]));
        Assert.Equal(1, CountersOf(rig).Declined);
    }

    [Fact]
    public void Reversal_OfWhatWasDeclined_IsAcceptedAndNothingIsOwed()
    {
        CoreRig rig = Make(Rule() with { Requests = 2 });
        Ask(rig, CardOf(0));
        Assert.Equal("59", Ask(rig, CardOf(1)));
        int sent = rig.World.ToLinks.Count;

        rig.Reversal(_stan - 1, _stan++, card: CardOf(1));
        rig.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("00", rig.Answers[^1][39]);
        Assert.Equal((sent, 0L), (rig.World.ToLinks.Count, rig.Counters.OwedNow));
    }

    [Fact]
    public void Declined_IsRecordedAsADecisionOfTheSwitch_AndKnownAfterARestart()
    {
        CoreRig rig = Make(Rule() with { Requests = 2 });
        Ask(rig, CardOf(0));
        int records = rig.World.Records.Count;
        Assert.Equal("59", Ask(rig, CardOf(1)));
        Assert.Equal([RecordType.Decision], rig.World.Records.Skip(records).Select(static record => record.Type));

        CoreRig after = rig.Restart();
        after.LinksUp();
        after.Request(stan: _stan - 1, card: CardOf(1), mti: "0101");

        Assert.Equal("59", after.Answers[^1][39]);
    }

    /// <summary>Windows are short: a start begins at zero.</summary>
    [Fact]
    public void Restart_CountsBeginEmpty()
    {
        CoreRig rig = Make(Rule() with { Requests = 2, For = TimeSpan.FromMinutes(5) });
        Ask(rig, CardOf(0));
        Assert.Equal("59", Ask(rig, CardOf(1)));

        CoreRig after = rig.Restart();
        after.LinksUp();

        Assert.Equal("00", Ask(after, CardOf(2)));
    }

    [Fact]
    public void For_AfterTheLastEventAtTheLimits_ItEndsAndIsTold()
    {
        CoreRig rig = Make(Rule() with { Requests = 3, For = TimeSpan.FromSeconds(90) });
        string[] codes = [.. Enumerable.Range(0, 4).Select(card => Ask(rig, CardOf(card)))];
        Assert.Equal(["00", "00", "59", "59"], codes);

        rig.Advance(TimeSpan.FromSeconds(80));
        Assert.Equal("59", Ask(rig, CardOf(5))); // One request in the window: it does not hold it any longer.
        rig.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal("00", Ask(rig, CardOf(6)));
        VelocityChange end = rig.World.VelocityChanges[^1];
        Assert.Equal((VelocityCause.Calm, 3L), (end.Cause, end.Hits));
        Assert.Equal(0, CountersOf(rig).OverNow);
    }

    [Fact]
    public void For_WhileTheAttackGoesOn_ItDoesNotFlap()
    {
        CoreRig rig = Make(Rule() with { DistinctCards = 5, Declines = 2, For = TimeSpan.FromSeconds(5) });
        int passed = 0;
        for (int card = 0; card < 300; card++)
        {
            passed += Ask(rig, CardOf(card), issuerSays: "05") == "05" ? 1 : 0;
            rig.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(passed, 4, 6);
        Assert.Single(rig.World.VelocityChanges);
    }

    [Fact]
    public void NoRules_NothingIsCounted()
    {
        CoreRig rig = Make();

        Assert.Equal("00", Ask(rig, CoreRig.Card));
        Assert.Empty(rig.World.VelocityChanges);
    }

    private static VelocityRule Rule() => new()
    {
        Name = "testing", Per = VelocityScope.Terminal, Window = TimeSpan.FromMinutes(1), KeysMax = 64,
        Action = VelocityAction.Decline,
    };

    private static CoreRig Make(params VelocityRule[] rules)
    {
        CoreRig rig = new(configuration => Of(configuration, rules));
        rig.LinksUp();
        return rig;
    }

    private static CoreConfiguration Of(CoreConfiguration configuration, params VelocityRule[] rules) =>
        configuration with { Velocity = new VelocitySettings { Rules = rules } };

    private static string CardOf(int number) => TestCards.Make("40000000", number);

    private static VelocityCounters CountersOf(CoreRig rig)
    {
        var counters = new VelocityCounters[rig.Configuration.Velocity.Rules.Count];
        rig.Core.CopyVelocity(counters);
        return counters[0];
    }

    // What the acquirer gets; the issuer answers what reaches it.
    private string Ask(
        CoreRig rig, string card, long amount = 5_000, string issuerSays = "00", string mti = "0100",
        Action<Fields>? change = null)
    {
        int answers = rig.Answers.Count;
        int sent = rig.World.ToLinks.Count;
        rig.Request(card, _stan++, amount, mti, change);
        if (rig.World.ToLinks.Count > sent)
        {
            rig.Reply(rig.World.ToLinks[^1], issuerSays);
        }

        Assert.Equal(answers + 1, rig.Answers.Count);
        return rig.Answers[^1][39];
    }

    private string Alone(CoreRig rig, string card, long amount)
    {
        rig.Request(card, _stan++, amount);
        return rig.Answers[^1][39];
    }
}
