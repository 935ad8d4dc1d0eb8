using Switch.Protocol.Dialects;
using Switch.Routing.Answers;
using Switch.Routing.Effects;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>
/// Goal: a reversal, completion or advice is held against the one payment that it is about, or against none. Method:
/// partners that fill DE 90 with zeros, use a STAN again, name another card's payment, or bear other amounts.
/// </summary>
public sealed class ReversalMatchTests
{
    private const string Zeros = "000000000000000000000000000000000000000000";

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Two payments on one terminal, each reversed with a DE 90 of zeros: each is reversed at its issuer.
    /// </summary>
    [Theory]
    [InlineData("0400", Zeros)]
    [InlineData("0420", Zeros)]
    [InlineData("0420", "010000000000000000000000000000000000000000")]
    [InlineData("0420", "020000000000000000000000000000000000000000")]
    [InlineData("0420", null)]
    public void Reversal_NamesNothing_IsMatchedByDe37CardTerminalAndMerchant(string mti, string? original)
    {
        CoreRig rig = TwoApproved();

        rig.Reversal(originalStan: 11, stan: 21, mti: mti, change: fields => Name(fields, original));
        rig.Reversal(
            originalStan: 12, stan: 22, mti: mti, card: CoreRig.OtherCard, amount: 2_600,
            change: fields => Name(fields, original));
        Drain(rig);

        Assert.Equal(["00", "00"], rig.Answers.Skip(2).Select(sent => sent[39]));
        Assert.Equal(LegNames(rig, 0, 1), ReversalsSent(rig).Select(sent => sent[90][..20]));
        Assert.Equal(0, rig.Counters.UnmatchedReversals);
    }

    /// <summary>The STAN was used twice in the window, and DE 7 in DE 90 is zeros: DE 37 tells them apart.</summary>
    [Fact]
    public void Reversal_OfAStanUsedTwiceWithoutTime_IsMatchedByDe37()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        Approve(rig, stan: 11, change: fields => fields[37] = "000000000101");
        Approve(rig, stan: 11, amount: 2_600, change: fields =>
        {
            fields[7] = "1122100001";
            fields[37] = "000000000102";
        });

        rig.Reversal(originalStan: 11, stan: 21, amount: 2_600, change: fields =>
        {
            fields[37] = "000000000102";
            fields[90] = "010000001100000000000000000000000000000000";
        });
        Drain(rig);

        Assert.Equal(LegNames(rig, 1), ReversalsSent(rig).Select(sent => sent[90][..20]));
    }

    [Fact]
    public void Reversal_WithTheOriginalsOwnStanAndTime_IsMatchedByThem()
    {
        CoreRig rig = TwoApproved();

        rig.Reversal(
            originalStan: 12, stan: 12, card: CoreRig.OtherCard, amount: 2_600, change: fields =>
            {
                fields[7] = "1122100000";
                fields[90] = Zeros;
                fields.Remove(37);
            });
        Drain(rig);

        Assert.Equal(LegNames(rig, 1), ReversalsSent(rig).Select(sent => sent[90][..20]));
    }

    /// <summary>DE 37 of zeros names nothing either.</summary>
    [Theory]
    [InlineData("000000000000")]
    [InlineData("            ")]
    public void Reversals_ThatNameNothingAtAll_AreEachForwardedOnce_AlsoAcrossARestart(string reference)
    {
        CoreRig rig = TwoApproved();
        void Reverse(CoreRig on, int stan, string mti = "0420") =>
            on.Reversal(originalStan: 11, stan: stan, mti: mti, change: fields =>
            {
                fields[37] = reference;
                fields[90] = Zeros;
            });

        Reverse(rig, 21);
        Reverse(rig, 22);
        Reverse(rig, 21, mti: "0421");
        Drain(rig);
        CoreRig restarted = rig.Restart();
        restarted.LinksUp();
        Reverse(restarted, 22, mti: "0421");
        Reverse(restarted, 23);
        Drain(restarted);

        Assert.Equal(2, ReversalsSent(rig).Count);
        Assert.Single(ReversalsSent(restarted));
        Assert.Equal((2, 1), (rig.Counters.UnmatchedReversals, restarted.Counters.UnmatchedReversals));
        Assert.All(ReversalsSent(rig), sent => Assert.Equal(Zeros, sent[90]));
    }

    [Fact]
    public void Reversal_ThatFitsTwoPayments_IsForwardedAsItCame()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        Approve(rig, stan: 11, change: fields => fields[37] = "000000000101");
        Approve(rig, stan: 12, change: fields => fields[37] = "000000000101");

        rig.Reversal(originalStan: 11, stan: 21, change: fields =>
        {
            fields[37] = "000000000101";
            fields[90] = Zeros;
        });
        rig.Reversal(originalStan: 11, stan: 22);
        Drain(rig);

        Assert.Equal((1, 1), (rig.Counters.OriginalsAmbiguous, rig.Counters.UnmatchedReversals));
        Assert.Equal([Zeros[..20], LegNames(rig, 0)[0]], ReversalsSent(rig).Select(sent => sent[90][..20]));
    }

    /// <summary>Stood in, then reversed with zeros: the advice and its reversal vanish together.</summary>
    [Fact]
    public void Reversal_OfAStandInThatNamesNothing_GivesTheLimitBack()
    {
        var rig = new CoreRig();
        rig.Request(stan: 31, amount: 10_000);

        rig.Reversal(originalStan: 31, stan: 32, amount: 10_000, change: fields => fields[90] = Zeros);

        Assert.Equal((0, 1, 0), (rig.Counters.OwedNow, rig.Counters.Netted, rig.Counters.StandInExposure));
    }

    /// <summary>
    /// The reversal may mean a request that never came: its DE 37 finds the sender's next try, which must stay.
    /// </summary>
    [Fact]
    public void Reversal_NamesAnUnknownOriginal_DoesNotTakeTheNextTryWithTheSameDe37()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        Approve(rig, stan: 12, change: fields =>
        {
            fields[7] = "1122100003";
            fields[37] = "000000000101";
        });

        rig.Reversal(originalStan: 11, stan: 21, change: fields => fields[37] = "000000000101");
        Drain(rig);
        rig.Request(stan: 12, mti: "0101", change: fields =>
        {
            fields[7] = "1122100003";
            fields[37] = "000000000101";
        });

        Assert.Equal("00", rig.Answers[^1][39]);
        Assert.Equal(1, rig.Counters.UnmatchedReversals);
    }

    /// <summary>DE 7 of the name is a second off: STAN, DE 37, card, terminal and merchant agree.</summary>
    [Fact]
    public void Reversal_NamesTheOriginalByHalf_IsMatchedByDe37()
    {
        CoreRig rig = TwoApproved();

        rig.Reversal(
            originalStan: 11, stan: 21, change: fields => fields[90] = "010000001111221000010000012345600000000000");
        Drain(rig);

        Assert.Equal(LegNames(rig, 0), ReversalsSent(rig).Select(sent => sent[90][..20]));
    }

    [Theory]
    [InlineData(CoreRig.OtherCard, "primary")]
    [InlineData(CoreRig.CardWithoutStandIn, "primary")]
    public void Reversal_NamesAPaymentOfAnotherCard_LeavesThatAlone(string card, string issuer)
    {
        CoreRig rig = TwoApproved();
        Assert.Equal(issuer, rig.Configuration.Issuers[0].Name);

        rig.Reversal(originalStan: 11, stan: 21, card: card);
        Drain(rig);
        SentMessage forwarded = Assert.Single(ReversalsSent(rig));
        Assert.DoesNotContain(forwarded[90][..20], LegNames(rig, 0, 1));
        Assert.Equal((card, 1), (forwarded[2], rig.Counters.OriginalsDisagreeing));
        Assert.Contains(rig.World.Incidents, raised => raised.Incident == Incident.OriginalDisagrees);

        rig.Reversal(originalStan: 11, stan: 22);
        Drain(rig);
        Assert.Equal(LegNames(rig, 0)[0], ReversalsSent(rig)[^1][90][..20]);
    }

    [Fact]
    public void Completion_NamesAPaymentOfAnotherCard_StandsForItself()
    {
        var rig = new CoreRig();
        rig.Request(stan: 11);
        Assert.Equal(5_000, rig.Counters.StandInExposure);

        rig.FromAcquirer("0220", Completion(stan: 21, card: CoreRig.OtherCard, original: 11));

        Assert.Equal((5_000, 1), (rig.Counters.StandInExposure, rig.Counters.OriginalsDisagreeing));
        rig.FromAcquirer("0220", Completion(stan: 22, card: CoreRig.Card, original: 11));
        Assert.Equal(2_000, rig.Counters.StandInExposure);
    }

    [Fact]
    public void Completion_NamesNothing_IsMatchedByDe37()
    {
        var rig = new CoreRig();
        rig.Request(stan: 11);

        Fields completion = Completion(stan: 21, card: CoreRig.Card, original: 11);
        completion[37] = "632600000011";
        completion[90] = Zeros;
        rig.FromAcquirer("0220", completion);

        Assert.Equal(2_000, rig.Counters.StandInExposure);
    }

    /// <summary>A dialect that keeps DE 37 over a payment's life tells by it that another payment is meant.</summary>
    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public void Reversal_WithAnotherDe37_IsHeldAgainstTheOriginalWhereTheDialectKeepsIt(bool keeps, int disagreeing)
    {
        string text = $$"""{ "name": "x", "extends": "iso87-ascii", "keepsRrn": {{(keeps ? "true" : "false")}} }""";
        Assert.True(new DialectCatalog().TryAdd(text, out Dialect? dialect, out _));
        var rig = new CoreRig(configuration => configuration with
        {
            Acquirers = [configuration.Acquirers[0] with { Dialect = dialect }],
        });
        rig.LinksUp();
        Approve(rig, stan: 11);

        rig.Reversal(originalStan: 11, stan: 21, change: fields => fields[37] = "000000000777");

        Assert.Equal(disagreeing, rig.Counters.OriginalsDisagreeing);
        Assert.Equal(disagreeing, rig.Counters.UnmatchedReversals);
    }

    /// <summary>An advice may bear the STAN and DE 7 of a request of its class, and is none.</summary>
    [Fact]
    public void Advice_WithTheNumbersOfARequestOfItsClass_IsForwardedAndNotTakenForItsRepeat()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        Approve(rig, stan: 11, mti: "0200");

        Fields advice = Completion(stan: 11, card: CoreRig.Card, original: 0);
        advice[4] = "000000005000";
        advice[7] = "1122100000";
        advice.Remove(90);
        rig.FromAcquirer("0220", advice);
        Drain(rig);

        Assert.Equal("00", rig.Answers[^1][39]);
        Assert.Single(rig.World.ToLinks, sent => sent.Mti.ToString() == "0220");
    }

    [Theory]
    [InlineData("0420", 11, "000000")]
    [InlineData("0420", 7, "0000000000")]
    [InlineData("0100", 11, "000000")]
    [InlineData("0220", 7, "0000000000")]
    public void Message_WhoseOwnNumbersAreZeros_IsAFormatError(string mti, int field, string value)
    {
        var rig = new CoreRig();
        Fields fields = Completion(stan: 21, card: CoreRig.Card, original: 11);
        fields[field] = value;

        rig.FromAcquirer(mti, fields);

        SentMessage answer = Assert.Single(rig.Answers);
        Assert.Equal(("30", $"{field:D3}"), (answer[39], answer[44]));
    }

    /// <summary>"A type of zeros may be any": DE 90 has STAN and time, and 0000 for the type.</summary>
    [Fact]
    public void Reversal_NamesNoType_IsMatchedWhateverTheTypeWas()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        Approve(rig, stan: 11, mti: "0200");

        rig.Reversal(originalStan: 11, stan: 21, change: fields =>
        {
            fields.Remove(37);
            fields[90] = "000000001111221000000000000000000000000000";
        });
        Drain(rig);

        Assert.StartsWith("0200", Assert.Single(ReversalsSent(rig))[90]);
        Assert.Equal(0, rig.Counters.UnmatchedReversals);
    }

    [Fact]
    public void Restart_MatchesByDe37AsBefore()
    {
        CoreRig rig = TwoApproved();

        CoreRig restarted = rig.Restart();
        restarted.LinksUp();
        restarted.Reversal(
            originalStan: 12, stan: 22, card: CoreRig.OtherCard, amount: 2_600, change: fields => fields[90] = Zeros);
        restarted.Reversal(originalStan: 11, stan: 23, card: CoreRig.OtherCard);
        Drain(restarted);

        Assert.Equal(LegNames(rig, 1)[0], ReversalsSent(restarted)[0][90][..20]);
        Assert.Equal(1, restarted.Counters.OriginalsDisagreeing);
    }

    /// <summary>
    /// An issuer of a later edition knows a payment by its local date and time, which are on record: the reversal's own
    /// are of another moment.
    /// </summary>
    [Fact]
    public void Restart_ReversalForALaterEdition_NamesTheOriginalsLocalTime()
    {
        var rig = new CoreRig(configuration => configuration with
        {
            Issuers =
            [
                configuration.Issuers[0] with { Dialect = Dialect.Get("iso93-ascii") }, configuration.Issuers[1],
            ],
        });
        rig.LinksUp();
        rig.Request(stan: 11);
        SentMessage leg = rig.World.ToLinks[0];
        var reply = new Fields { [38] = "123456", [39] = "000" };
        foreach (int field in (int[])[2, 3, 4, 7, 11, 12, 41])
        {
            reply[field] = leg[field];
        }

        rig.FromIssuer("1110", reply);
        Assert.Equal("00", rig.Answers[^1][39]);

        CoreRig restarted = rig.Restart();
        restarted.LinksUp();
        restarted.Reversal(originalStan: 11, stan: 21, change: fields =>
        {
            fields[12] = "100005";
            fields[13] = "1122";
        });
        restarted.Advance(Moment);

        Assert.Contains("261122100000", Assert.Single(restarted.World.ToLinks)[56]);
    }

    private static CoreRig TwoApproved()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        Approve(rig, stan: 11);
        Approve(rig, stan: 12, card: CoreRig.OtherCard, amount: 2_600);
        return rig;
    }

    private static void Approve(
        CoreRig rig, int stan, string card = CoreRig.Card, long amount = 5_000, string mti = "0100",
        Action<Fields>? change = null)
    {
        rig.Request(card: card, stan: stan, amount: amount, mti: mti, change: change);
        rig.Reply(rig.World.ToLinks[^1]);
        Assert.Equal("00", rig.Answers[^1][39]);
    }

    private static Fields Completion(int stan, string card, int original) => new()
    {
        [2] = card, [3] = "000000", [4] = "000000002000", [7] = "1122100005", [11] = $"{stan:D6}", [32] = "123456",
        [39] = "00", [41] = "TERM0001", [42] = "MERCHANT0000001", [49] = "392",
        [90] = $"0100{original:D6}11221000000000012345600000000000",
    };

    private static void Name(Fields fields, string? original)
    {
        fields.Remove(90);
        if (original is not null)
        {
            fields[90] = original;
        }
    }

    // Answers what is owed until nothing more comes.
    private static void Drain(CoreRig rig)
    {
        int answered = 0;
        rig.Advance(Moment);
        for (int i = 0; i < rig.World.ToLinks.Count; i++)
        {
            if (i >= answered && rig.World.ToLinks[i].Mti.IsAdvice)
            {
                rig.Reply(rig.World.ToLinks[i]);
                answered = i + 1;
            }

            rig.Advance(Moment);
        }
    }

    private static List<SentMessage> ReversalsSent(CoreRig rig) =>
        [.. rig.World.ToLinks.Where(sent => sent.Mti.IsReversal && !sent.Mti.IsRepeat)];

    // How DE 90 names the legs of these requests.
    private static string[] LegNames(CoreRig rig, params int[] requests)
    {
        SentMessage[] legs = [.. rig.World.ToLinks.Where(sent => sent.Mti.IsRequest)];
        return [.. requests.Select(number => $"{legs[number].Mti}{legs[number][11]}{legs[number][7]}")];
    }
}
