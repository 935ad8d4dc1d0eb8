using Switch.Host.Simulators.World;
using Switch.Protocol.Fields;
using Switch.Routing.Answers;
using Switch.Routing.Effects;
using Switch.Routing.Journal;
using Switch.Routing.Settings;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>
/// Goal: a reversal of what memory has forgotten does what it would have done if it had not. Method: a core that
/// remembers two payments, and a store made of its own records.
/// </summary>
public sealed class LookUpTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    [Fact]
    public void Reversal_OfForgottenApproval_NamesTheLegAndIsForwardedOnce()
    {
        CoreRig rig = Forgetful();
        SentMessage leg = Approve(rig, stan: 1);
        Forget(rig);

        rig.Reversal(originalStan: 1, stan: 900);
        Assert.Empty(ReversalsSent(rig));
        Assert.DoesNotContain(rig.Answers, answer => answer.Mti.IsReversal);
        Answer(rig);

        Assert.Equal("00", rig.Answers[^1][39]);
        rig.Advance(TimeSpan.FromSeconds(1));
        SentMessage reversal = Assert.Single(ReversalsSent(rig));
        Assert.Equal($"0100{leg[11]}{leg[7]}", reversal[90][..20]);
        rig.Reply(reversal);

        rig.Reversal(originalStan: 1, stan: 901);
        rig.Advance(Patience);
        Assert.Equal("00", rig.Answers[^1][39]);
        Assert.Single(ReversalsSent(rig));
        Assert.Equal((1, 1, 0), Counts(rig));
    }

    /// <summary>
    /// Two copies of a reversal ask the store. What the second is told was true before the first did its work: on
    /// record it would let a restart that has forgotten the rest reverse the payment again.
    /// </summary>
    [Fact]
    public void Reversal_TwoCopiesAskTheStore_IsRecalledAndForwardedOnce()
    {
        CoreRig rig = Forgetful();
        Approve(rig, stan: 1);
        Forget(rig);
        rig.Reversal(originalStan: 1, stan: 900);
        rig.Reversal(originalStan: 1, stan: 900, mti: "0421");

        Assert.Equal(2, rig.World.Asked.Count);
        LookUpAnswer[] told = [.. rig.World.Asked.Select(asked => StoreOf(rig).Answer(asked))];
        foreach (LookUpAnswer answer in told)
        {
            rig.Core.LookedUp(answer);
            rig.Settle();
        }

        rig.Advance(TimeSpan.FromSeconds(1));

        Assert.Single(rig.World.Records, static record => record.Type == RecordType.Recalled);
        Assert.Single(ReversalsSent(rig));
    }

    [Fact]
    public void Reversal_WhileTheStoreIsAsked_DelaysNoOther()
    {
        CoreRig rig = Forgetful();
        Approve(rig, stan: 1);
        Forget(rig);

        rig.Reversal(originalStan: 1, stan: 900);
        SentMessage leg = Approve(rig, stan: 2);

        Assert.Equal("00", rig.Answers[^1][39]);
        Assert.True(leg.Mti.IsRequest);
        Assert.Single(rig.World.Asked);
    }

    [Fact]
    public void Reversal_ForgottenAndReversedBefore_ChangesNothing()
    {
        CoreRig rig = ReversedAndForgotten();

        rig.Reversal(originalStan: 1, stan: 901);
        Answer(rig);
        rig.Advance(Patience);

        Assert.Equal("00", rig.Answers[^1][39]);
        Assert.Single(ReversalsSent(rig));
    }

    /// <summary>The reversal is forgotten as well as its original: its repeat is a repeat all the same.</summary>
    [Fact]
    public void Repeat_OfForgottenReversal_IsAcknowledgedAndNotForwarded()
    {
        CoreRig rig = ReversedAndForgotten();

        rig.Reversal(originalStan: 1, stan: 900, mti: "0421");
        Answer(rig);
        rig.Advance(Patience);

        Assert.Equal("00", rig.Answers[^1][39]);
        Assert.Equal(1, rig.Counters.Repeats);
        Assert.Single(ReversalsSent(rig));
    }

    [Fact]
    public void Reversal_InPartsOfForgottenApproval_StaysWithinTheRest()
    {
        CoreRig rig = Forgetful();
        Approve(rig, stan: 1);
        rig.Reversal(originalStan: 1, stan: 900, change: fields => fields[95] = $"{3_000:D12}{0:D30}");
        rig.Advance(Patience);
        rig.Reply(Assert.Single(ReversalsSent(rig)));

        // Amounts of parts outlive their payments in memory, until another one takes their only place.
        Approve(rig, stan: 2);
        rig.Reversal(originalStan: 2, stan: 902, change: fields => fields[95] = $"{1_000:D12}{0:D30}");
        rig.Advance(Patience);
        rig.Reply(ReversalsSent(rig)[^1]);
        Forget(rig);

        rig.Reversal(originalStan: 1, stan: 901, change: fields => fields[95] = $"{4_000:D12}{0:D30}");
        Answer(rig);

        Assert.Equal("64", rig.Answers[^1][39]); // More than the 3,000 that stayed.
    }

    [Fact]
    public void Reversal_OfForgottenStandIn_NamesTheAdviceAndGivesTheLimitBack()
    {
        CoreRig rig = Forgetful(linksUp: false);
        rig.Request(stan: 1);
        Assert.Equal(5_000, rig.Counters.StandInExposure);
        rig.LinksUp();
        rig.Advance(Patience);
        SentMessage advice = rig.World.ToLinks.Last(sent => sent.Mti.IsAdvice && !sent.Mti.IsReversal);
        rig.Reply(advice);
        Forget(rig);

        rig.Reversal(originalStan: 1, stan: 900);
        Answer(rig);
        rig.Advance(Patience);

        SentMessage reversal = Assert.Single(ReversalsSent(rig));
        Assert.Equal($"0120{advice[11]}", reversal[90][..10]);
        Assert.Equal(0, rig.Counters.StandInExposure);
    }

    [Fact]
    public void Completion_OfForgottenHold_NamesIt()
    {
        CoreRig rig = Forgetful();
        SentMessage leg = Approve(rig, stan: 1);
        Forget(rig);

        Complete(rig, stan: 900);
        Answer(rig);
        rig.Advance(Patience);

        SentMessage completion = rig.World.ToLinks.Last(sent => sent.Mti.IsAdvice);
        Assert.Equal($"0100{leg[11]}", completion[90][..10]);
        Assert.Equal("00", rig.Answers[^1][39]);
    }

    [Theory]
    [InlineData(UnmatchedReversalPolicy.Forward, true, "00", 1)]
    [InlineData(UnmatchedReversalPolicy.Refuse, true, "25", 0)]
    [InlineData(UnmatchedReversalPolicy.Forward, false, "00", 1)]
    [InlineData(UnmatchedReversalPolicy.Refuse, false, "96", 0)] // Not known: its sender tries again.
    public void Reversal_NotInTheStoreOrStoreDown_GoesByThePolicy(
        UnmatchedReversalPolicy policy, bool isAnswered, string code, int forwarded)
    {
        CoreRig rig = Forgetful(configuration => configuration with { UnmatchedReversals = policy });

        rig.Reversal(originalStan: 77, stan: 900);
        if (isAnswered)
        {
            Answer(rig);
        }

        rig.Advance(Patience + Patience);

        Assert.Equal(code, rig.Answers[^1][39]);
        Assert.Equal(forwarded, ReversalsSent(rig).Select(sent => sent[11]).Distinct().Count());
        Assert.Equal((1, 0, isAnswered ? 0 : 1), Counts(rig));
    }

    [Fact]
    public void Original_ArrivesWhileTheStoreIsAsked_IsWhatTheReversalTakesBack()
    {
        CoreRig rig = Forgetful();
        rig.Reversal(originalStan: 1, stan: 900);
        SentMessage leg = Approve(rig, stan: 1);

        Answer(rig);
        rig.Advance(Patience);

        SentMessage reversal = Assert.Single(ReversalsSent(rig));
        Assert.Equal($"0100{leg[11]}", reversal[90][..10]);
    }

    [Fact]
    public void Answer_TooLate_IsPassedOver()
    {
        CoreRig rig = Forgetful();
        Approve(rig, stan: 1);
        Forget(rig);
        rig.Reversal(originalStan: 1, stan: 900);
        rig.Advance(Patience + Patience);
        int records = rig.World.Records.Count;

        Answer(rig);

        Assert.Equal(records, rig.World.Records.Count);
        Assert.Equal((1, 0, 1), Counts(rig));
    }

    /// <summary>
    /// It is neither recorded nor answered before the store has answered: its sender repeats it. What was found is on
    /// record, so after a crash the second reversal is known for one without the store.
    /// </summary>
    [Fact]
    public void Crash_BeforeAndAfterTheAnswer_LosesNothing()
    {
        CoreRig rig = Forgetful();
        SentMessage leg = Approve(rig, stan: 1);
        Forget(rig);
        rig.Reversal(originalStan: 1, stan: 900);

        CoreRig second = rig.Restart();
        second.World.HasStore = true;
        second.LinksUp();
        second.Reversal(originalStan: 1, stan: 900, mti: "0421");
        Answer(second);
        Assert.Contains(second.World.Records, record => record.Type == RecordType.Recalled);
        CoreRig third = second.Restart();
        third.LinksUp();
        third.Reversal(originalStan: 1, stan: 901); // There is no store now.
        third.Advance(Patience);

        SentMessage reversal = Assert.Single(ReversalsSent(third));
        Assert.Equal($"0100{leg[11]}", reversal[90][..10]);
        Assert.Equal("00", third.Answers[^1][39]);
    }

    /// <summary>
    /// What was never looked for is not unknown: taken for that, it would stay unmatched for good. And another acquirer
    /// still has its places.
    /// </summary>
    [Fact]
    public void Reversals_MoreThanMayWaitOfAnAcquirer_AreSentAgain()
    {
        CoreRig rig = Forgetful(configuration => configuration with
        {
            DuplicatesMax = 10_000,
            Acquirers = [configuration.Acquirers[0], configuration.Acquirers[0] with { Name = "acq-b" }],
        });

        for (int stan = 1; stan <= OriginalQuery.CountMaxOfAcquirer + 5; stan++)
        {
            rig.Reversal(originalStan: stan, stan: 10_000 + stan);
        }

        Assert.Equal(OriginalQuery.CountMaxOfAcquirer, rig.World.Asked.Count);
        Assert.Equal(["96", "96", "96", "96", "96"], rig.Answers.Select(answer => answer[39]));
        Assert.Equal((5, 0), (rig.Counters.LookUpsRefused, rig.Counters.AcquirerReversals));
        Assert.False(rig.Core.IsDrained);

        Fields? fields = null;
        rig.Reversal(originalStan: 1, stan: 20_000, change: made => fields = made);
        rig.Core.AcquirerMessage(CoreRig.Session, 1, rig.Make(rig.Configuration.Acquirers[1].Dialect, "0420", fields!));
        Assert.Equal(OriginalQuery.CountMaxOfAcquirer + 1, rig.World.Asked.Count);

        Answer(rig);
        rig.Advance(Patience + Patience);
        rig.Reversal(originalStan: 5_000, stan: 20_001); // All places are free again.
        Assert.Equal(OriginalQuery.CountMaxOfAcquirer + 2, rig.World.Asked.Count);
    }

    // A payment was approved and reversed with STAN 900, and memory knows neither any more.
    private static CoreRig ReversedAndForgotten()
    {
        CoreRig rig = Forgetful();
        Approve(rig, stan: 1);
        rig.Reversal(originalStan: 1, stan: 900);
        rig.Advance(Patience);
        rig.Reply(Assert.Single(ReversalsSent(rig)));
        Forget(rig);
        return rig;
    }

    private static CoreRig Forgetful(
        Func<CoreConfiguration, CoreConfiguration>? change = null, bool linksUp = true)
    {
        CoreConfiguration configuration = CoreRig.Default() with { DuplicatesMax = 2, LookUp = Patience };
        var rig = new CoreRig(_ => change is null ? configuration : change(configuration));
        rig.World.HasStore = true;
        if (linksUp)
        {
            rig.LinksUp();
        }

        return rig;
    }

    private static SentMessage Approve(CoreRig rig, int stan)
    {
        rig.Request(stan: stan);
        SentMessage leg = rig.World.ToLinks.Last(sent => sent.Mti.IsRequest);
        rig.Reply(leg);
        return leg;
    }

    // Two payments that are not asked about again.
    private static void Forget(CoreRig rig)
    {
        Approve(rig, stan: 501);
        Approve(rig, stan: 502);
    }

    private static void Complete(CoreRig rig, int stan)
    {
        Fields? fields = null;
        rig.Request(stan: stan, amount: 4_000, mti: "0220", change: made => fields = made, send: _ => { });
        fields![39] = "00";
        fields[90] = "010000000111221000000000012345600000000000";
        fields.Remove(52);
        rig.FromAcquirer("0220", fields);
    }

    // As the finder would: from all that is durable.
    private static void Answer(CoreRig rig)
    {
        rig.Core.LookedUp(StoreOf(rig).Answer(rig.World.Asked[^1]));
        rig.Settle();
    }

    private static WorldStore StoreOf(CoreRig rig)
    {
        var store = new WorldStore();
        foreach (StoredRecord record in rig.World.Records)
        {
            store.Take(record.Lsn, record.Type, record.Open);
        }

        return store;
    }

    private static List<SentMessage> ReversalsSent(CoreRig rig) =>
        [.. rig.World.ToLinks.Where(sent => sent.Mti.IsReversal && sent.Has(Field.OriginalData))];

    private static (long, long, long) Counts(CoreRig rig) =>
        (rig.Counters.LookUps, rig.Counters.LookUpsFound, rig.Counters.LookUpsUnavailable);
}
