using Switch.Protocol.Dialects;
using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Routing.Payments;
using Switch.Routing.Values;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>By which elements a partner tells its transactions apart, and a reversal without a card number.</summary>
public class DialectKeyTests
{
    private const string ByLocalTime = """{ "name": "partner", "extends": "iso87-ascii", "key": "11-13,32,41" }""";
    private const string ByReference = """{ "name": "partner", "extends": "iso87-ascii", "key": "7,37,41" }""";
    private const string Cardless = """{ "name": "partner", "extends": "iso93-ascii", "cardlessReversals": true }""";

    /// <summary>What journals hold: the dialects that state no key have the keys that they always had.</summary>
    [Fact]
    public void Key_OfADialectThatStatesNone_IsWhatJournalsHold()
    {
        var rig = new CoreRig();
        Message request = rig.MakeRequest(stan: 7);
        var expected = new StableHash(5);
        expected.Add((1UL << 32) | 7);
        expected.Add(1122100000UL);
        expected.Add(123456UL);
        expected.Add("TERM0001"u8);

        Assert.Equal(expected.Value, TransactionKey.Of(5, 1, 7, TransactionKey.TimeOf(request), request, 123456));
    }

    /// <summary>The issuer knows it by a DE 7 of ours, which the acquirer does not get to see.</summary>
    [Fact]
    public void RequestWithoutTransmissionTime_IsApprovedAndItsRepeatAnsweredAsBefore()
    {
        CoreRig rig = With(ByLocalTime);
        rig.LinksUp();

        rig.Request(stan: 1, mti: "0200", change: fields => fields.Remove(7));
        SentMessage leg = Assert.Single(rig.World.ToLinks);
        rig.Advance(TimeSpan.FromSeconds(1));
        rig.Reply(leg);
        rig.Request(stan: 1, mti: "0201", change: fields => fields.Remove(7));

        Assert.True(leg.Has(7));
        Assert.Equal(2, rig.Answers.Count);
        Assert.All(
            rig.Answers, answer => Assert.Equal(("00", "123456", false), (answer[39], answer[38], answer.Has(7))));
        Assert.Single(rig.World.ToLinks);
        Assert.Equal(1, rig.Counters.Repeats);
    }

    [Fact]
    public void RequestWithoutTransmissionTime_AfterARestart_IsKnownByItsLocalTime()
    {
        CoreRig rig = With(ByLocalTime);
        rig.LinksUp();
        rig.Request(stan: 1, change: fields => fields.Remove(7));
        rig.Reply(rig.World.ToLinks[0]);

        CoreRig restarted = rig.Restart();
        restarted.LinksUp();
        restarted.Request(stan: 1, mti: "0101", change: fields => fields.Remove(7));
        restarted.Request(stan: 1, change: fields =>
        {
            fields.Remove(7);
            fields[12] = "100001";
        });

        Assert.Equal("00", Assert.Single(restarted.Answers)[39]);
        Assert.Equal("0100", Assert.Single(restarted.World.ToLinks).Mti.ToString()); // A second later, another one.
    }

    /// <summary>In DE 90 the local time stands for the DE 7 that there is none of; the issuer gets ours.</summary>
    [Fact]
    public void ReversalOfARequestWithoutTransmissionTime_IsFoundAndNamesOurs()
    {
        CoreRig rig = With(ByLocalTime);
        rig.LinksUp();
        rig.Request(stan: 1, change: fields => fields.Remove(7));
        SentMessage leg = rig.World.ToLinks[0];
        rig.Reply(leg);

        rig.Reversal(1, stan: 2, change: fields =>
        {
            fields.Remove(7);
            (fields[12], fields[13]) = ("100005", "1122");
        });
        rig.Advance(TimeSpan.FromMilliseconds(50));

        SentMessage reversal = rig.World.ToLinks[^1];
        Assert.Equal(("0420", $"0100{leg[11]}{leg[7]}"), (reversal.Mti.ToString(), reversal[90][..20]));
        Assert.Equal(("00", false), (rig.Answers[^1][39], rig.Answers[^1].Has(7)));
        Assert.Equal(0, rig.Counters.UnmatchedReversals);
    }

    [Fact]
    public void RequestWithoutTransmissionTime_TimedOut_IsReversedByOurs()
    {
        CoreRig rig = With(ByLocalTime);
        rig.LinksUp();
        rig.Request(stan: 1, card: CoreRig.CardWithoutStandIn, change: fields => fields.Remove(7));
        SentMessage leg = rig.World.ToLinks[0];

        rig.Advance(TimeSpan.FromSeconds(4));

        SentMessage reversal = rig.World.ToLinks[^1];
        Assert.Equal(("0420", $"0100{leg[11]}{leg[7]}"), (reversal.Mti.ToString(), reversal[90][..20]));
        Assert.Equal(("91", false), (rig.Answers[^1][39], rig.Answers[^1].Has(7)));
    }

    [Fact]
    public void RequestsWithoutTraceNumber_AreToldApartByReference()
    {
        CoreRig rig = With(ByReference);
        rig.LinksUp();
        void Ask(string reference, string mti) => rig.Request(mti: mti, change: fields =>
        {
            fields.Remove(11);
            fields[37] = reference;
        });

        Ask("REF000000001", "0100");
        Ask("REF000000002", "0100");
        Assert.Equal(2, rig.World.ToLinks.Count);
        rig.Reply(rig.World.ToLinks[0], approval: "111111");
        rig.Reply(rig.World.ToLinks[1], approval: "222222");
        Ask("REF000000001", "0101");

        Assert.Equal(["111111", "222222", "111111"], rig.Answers.Select(answer => answer[38]));
        Assert.All(rig.Answers, answer => Assert.False(answer.Has(11)));
        Assert.Equal(2, rig.World.ToLinks.Count);
    }

    [Theory]
    [InlineData(ByLocalTime, 12, null, "012")]
    [InlineData(ByLocalTime, 13, "0000", "012")]
    [InlineData(ByLocalTime, 11, "000000", "011")]
    [InlineData(ByReference, 37, null, "037")]
    [InlineData(ByReference, 37, "000000000000", "037")]
    [InlineData(ByReference, 7, "0000000000", "007")]
    public void Element_ThatIdentifiesAndIsNotThere_IsNamed(string dialect, int field, string? text, string named)
    {
        CoreRig rig = With(dialect);
        rig.LinksUp();

        rig.Request(change: fields =>
        {
            fields.Remove(field);
            if (text is not null)
            {
                fields[field] = text;
            }
        });

        SentMessage answer = Assert.Single(rig.Answers);
        Assert.Equal(("30", named), (answer[39], answer[44]));
        Assert.Empty(rig.World.ToLinks);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ReversalWithoutACard_OfAKnownPayment_IsFoundByDe56(bool isRestarted)
    {
        CoreRig rig = With(Cardless);
        rig.LinksUp();
        rig.FromAcquirer("1100", Later(11, "000001"));
        SentMessage leg = Assert.Single(rig.World.ToLinks);
        rig.Reply(leg);

        rig = isRestarted ? rig.Restart() : rig;
        rig.LinksUp();
        rig.FromAcquirer("1420", LaterReversal("1100000001261122100000"));
        rig.Advance(TimeSpan.FromMilliseconds(50));

        SentMessage reversal = rig.World.ToLinks[^1];
        Assert.Equal(("0420", $"0100{leg[11]}"), (reversal.Mti.ToString(), reversal[90][..10]));
        Assert.False(reversal.Has(2));
        Assert.Equal(("1430", "400"), (rig.Answers[^1].Mti.ToString(), rig.Answers[^1][39]));
    }

    /// <summary>The advice that was not sent yet goes with its reversal, and the limits have their part back.</summary>
    [Fact]
    public void ReversalWithoutACard_OfAStandInApproval_TakesItsAdviceAlong()
    {
        CoreRig rig = With(Cardless);
        rig.FromAcquirer("1100", Later(11, "000001"));
        Assert.Equal((1, 5_000), (rig.Counters.ApprovedByStandIn, rig.Counters.StandInExposure));

        rig.FromAcquirer("1420", LaterReversal("1100000001261122100000"));

        Assert.Equal("400", rig.Answers[^1][39]);
        Assert.Equal((1, 0, 0), (rig.Counters.Netted, rig.Counters.OwedNow, rig.Counters.StandInExposure));
    }

    [Theory]
    [InlineData(Cardless, "1100000009261122100000")]
    [InlineData(Cardless, null)]
    [InlineData("""{ "name": "partner", "extends": "iso93-ascii" }""", "1100000001261122100000")]
    public void ReversalWithoutACard_OfNothingKnownOrAllowed_IsAFormatError(string dialect, string? original)
    {
        CoreRig rig = With(dialect);
        rig.LinksUp();
        rig.FromAcquirer("1100", Later(11, "000001"));
        rig.Reply(rig.World.ToLinks[0]);

        rig.FromAcquirer("1420", LaterReversal(original));
        rig.Advance(TimeSpan.FromMilliseconds(50));

        Assert.Equal(("904", "002"), (rig.Answers[^1][39], rig.Answers[^1][44]));
        Assert.Single(rig.World.ToLinks);
    }

    [Theory]
    [InlineData("iso87-ascii", "11,41", "key: a date and time is missing: 7, or 12 and 13")]
    [InlineData("iso87-ascii", "11,12,41", "key: a date and time is missing: 7, or 12 and 13")]
    [InlineData("iso93-ascii", "11,41", "key: a date and time is missing: 7, or 12")]
    [InlineData("iso87-ascii", "7,41", "key: a number is missing: 11, or 37")]
    [InlineData("iso87-ascii", "7,11,42", "key: the terminal is missing: 41")]
    [InlineData("iso87-ascii", "4,7,11,41", "key: 4 cannot identify a transaction; 7,11,12,13,32,37,41,42 can")]
    [InlineData("iso93-ascii", "11,12,41", null)]
    [InlineData("iso87-ascii", "7,11,32,37,41,42", null)]
    public void Key_ThatCannotTellPaymentsApart_IsRefused(string parent, string key, string? mistake)
    {
        string json = $$"""{ "name": "partner", "extends": "{{parent}}", "key": "{{key}}" }""";

        bool isGood = new DialectCatalog().TryAdd(json, out _, out IReadOnlyList<string> mistakes);

        Assert.Equal(mistake is null, isGood);
        Assert.Equal(mistake is null ? [] : [mistake], mistakes);
    }

    private static CoreRig With(string json)
    {
        bool isGood = new DialectCatalog().TryAdd(json, out Dialect? dialect, out IReadOnlyList<string> mistakes);
        Assert.True(isGood, string.Join('\n', mistakes));
        return new CoreRig(configuration => configuration with
        {
            Acquirers = [configuration.Acquirers[0] with { Dialect = dialect! }],
        });
    }

    private static Fields Later(int field, string text) => new()
    {
        [2] = CoreRig.Card, [3] = "000000", [4] = "000000005000", [7] = "1122100000", [12] = "261122100000",
        [22] = "510101513344", [24] = "100", [26] = "5411", [32] = "123456", [41] = "TERM0001",
        [42] = "MERCHANT0000001", [49] = "392", [field] = text,
    };

    private static Fields LaterReversal(string? original)
    {
        Fields fields = Later(11, "000002");
        fields.Remove(2);
        (fields[7], fields[12], fields[24], fields[25]) = ("1122100005", "261122100005", "400", "4000");
        if (original is not null)
        {
            fields[56] = original + "06123456";
        }

        return fields;
    }
}
