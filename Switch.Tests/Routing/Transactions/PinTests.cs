using Switch.Protocol.Messages;
using Switch.Routing.Effects;
using Switch.Routing.Routes;
using Switch.Routing.Settings;
using Switch.Routing.StandIn;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>
/// A PIN block reaches an issuer under that issuer's key or not at all, and each end of the security module's work has
/// its code.
/// </summary>
public sealed class PinTests
{
    private const string Block = "0123456789ABCDEF";
    private const string ForPrimary = "1111111111111111";
    private const string ForStandby = "2222222222222222";
    private static readonly TimeSpan _pinTime = TimeSpan.FromMilliseconds(700);

    [Theory]
    [InlineData("86")]
    [InlineData("81")]
    public void Request_NoKeyIsConfigured_IsDeclinedAndNoIssuerSeesIt(string code)
    {
        CoreRig rig = Rig(new PinSettings { UnreadableCode = code });

        Ask(rig);

        Assert.Equal(code, Assert.Single(rig.Answers)[39]);
        Assert.Empty(rig.World.ToLinks);
        Assert.Equal(1, rig.Counters.PinsRefused);
        Assert.Equal(0, rig.Counters.OwedNow);
    }

    [Fact]
    public void Request_WithoutPin_NeedsNoKey()
    {
        CoreRig rig = Rig(PinSettings.None);

        rig.Request();

        Assert.Single(rig.World.ToLinks);
    }

    /// <summary>To the issuer that shares the key, and to no other when that one is silent.</summary>
    [Fact]
    public void PassThrough_IssuerOfTheKey_HasTheBlockAndTheStandbyIsNotAsked()
    {
        CoreRig rig = Rig(new PinSettings { Handling = PinHandling.PassThrough, SharedWith = [0] });

        Ask(rig, fields => fields[53] = "2001010100000000");

        SentMessage sent = Assert.Single(rig.World.ToLinks);
        Assert.Equal((CoreRig.PrimaryLink, Block, "2001010100000000"), (sent.Target, PinOf(sent), sent[53]));
        rig.Advance(TimeSpan.FromSeconds(4));
        Assert.DoesNotContain(rig.World.ToLinks, one => one.Mti.IsRequest && one.Target == CoreRig.StandbyLink);
        Assert.Equal("57", rig.Answers[^1][39]); // Stand-in cannot verify a PIN.
    }

    [Fact]
    public void PassThrough_IssuerIsNotOfTheKey_StandbyThatIsHasIt()
    {
        CoreRig rig = Rig(new PinSettings { Handling = PinHandling.PassThrough, SharedWith = [1] });

        Ask(rig);

        SentMessage sent = Assert.Single(rig.World.ToLinks);
        Assert.Equal((CoreRig.StandbyLink, Block), (sent.Target, PinOf(sent)));
    }

    [Fact]
    public void Translate_Done_IssuerHasItsOwnBlockAndNothingWasRecordedBefore()
    {
        CoreRig rig = Rig(Translate());
        int records = rig.World.Records.Count;

        Ask(rig, fields => fields[53] = "2001010100000000");

        AskedPin asked = Assert.Single(rig.World.AskedPins);
        Assert.Equal((0, 0), (asked.Acquirer, asked.Issuer));
        Assert.Equal(records, rig.World.Records.Count);
        Assert.Empty(rig.World.ToLinks);
        Answer(rig, PinOutcome.Translated, ForPrimary);
        SentMessage sent = Assert.Single(rig.World.ToLinks);
        Assert.Equal(ForPrimary, PinOf(sent));
        Assert.False(sent.Has(53)); // It tells of the acquirer's key.
        rig.Reply(sent);
        Assert.Equal("00", Assert.Single(rig.Answers)[39]);
    }

    [Fact]
    public void Translate_PrimaryIsSilent_StandbyHasABlockOfTheAcquirersOwn()
    {
        CoreRig rig = Rig(Translate());
        Ask(rig);
        Answer(rig, PinOutcome.Translated, ForPrimary);

        rig.Advance(TimeSpan.FromSeconds(3.1));

        AskedPin second = rig.World.AskedPins[^1];
        Assert.Equal((2, 1), (rig.World.AskedPins.Count, second.Issuer));
        Assert.Equal(rig.World.AskedPins[0].Raw, second.Raw);
        Answer(rig, PinOutcome.Translated, ForStandby);
        SentMessage sent = rig.World.ToLinks.Single(one => one.Target == CoreRig.StandbyLink && one.Mti.IsRequest);
        Assert.Equal(ForStandby, PinOf(sent));
        rig.Reply(sent);
        Assert.Equal("00", rig.Answers[^1][39]);
    }

    /// <summary>An issuer without a key is passed over, and the block is made for the next one.</summary>
    [Fact]
    public void Translate_PrimaryHasNoKey_StandbyIsAsked()
    {
        CoreRig rig = Rig(Translate(), keysOf: [1]);

        Ask(rig);

        Assert.Equal(1, Assert.Single(rig.World.AskedPins).Issuer);
    }

    [Theory]
    [InlineData(PinOutcome.Unreadable, "86")]
    [InlineData(PinOutcome.Failed, "96")]
    public void Translate_AcquirersFaultOrTheModules_IsDeclinedAtOnce(object outcome, string code)
    {
        CoreRig rig = Rig(Translate());
        Ask(rig);

        Answer(rig, (PinOutcome)outcome, block: "");

        Assert.Equal(code, Assert.Single(rig.Answers)[39]);
        Assert.Empty(rig.World.ToLinks);
        Assert.Equal(0, rig.Counters.OwedNow);
    }

    [Fact]
    public void Translate_IssuersKeyIsNoGood_NextIssuerIsAsked()
    {
        CoreRig rig = Rig(Translate());
        Ask(rig);

        Answer(rig, PinOutcome.IssuerKeyRejected, block: "");

        Assert.Equal(1, rig.World.AskedPins[^1].Issuer);
        Answer(rig, PinOutcome.IssuerKeyRejected, block: "");
        Assert.Equal("57", Assert.Single(rig.Answers)[39]);
    }

    [Fact]
    public void Translate_ModuleTakesNone_IsAnswered96()
    {
        CoreRig rig = Rig(Translate());
        rig.World.HasModule = false;

        Ask(rig);

        Assert.Equal("96", Assert.Single(rig.Answers)[39]);
        Assert.Empty(rig.World.ToLinks);
    }

    /// <summary>A module that says nothing costs its time and no more; what it says later is of no use.</summary>
    [Fact]
    public void Translate_ModuleIsSilent_IsAnswered96InItsTimeAndItsLateAnswerChangesNothing()
    {
        CoreRig rig = Rig(Translate());
        Ask(rig);

        rig.Advance(_pinTime + TimeSpan.FromMilliseconds(20));

        Assert.Equal("96", Assert.Single(rig.Answers)[39]);
        Answer(rig, PinOutcome.Translated, ForPrimary);
        Assert.Empty(rig.World.ToLinks);
        Assert.Single(rig.Answers);
    }

    /// <summary>A late block for the primary is not taken for the standby's.</summary>
    [Fact]
    public void Translate_AnswerForAnotherIssuer_IsNotTaken()
    {
        CoreRig rig = Rig(Translate());
        Ask(rig);
        Answer(rig, PinOutcome.IssuerKeyRejected, block: "");

        Tell(rig, rig.World.AskedPins[0], PinOutcome.Translated, ForPrimary);

        Assert.Empty(rig.World.ToLinks);
        Answer(rig, PinOutcome.Translated, ForStandby);
        Assert.Equal(ForStandby, PinOf(Assert.Single(rig.World.ToLinks)));
    }

    /// <summary>Too little is left for the issuer when the block comes: stand-in, as without a PIN.</summary>
    [Fact]
    public void Translate_TooLateForTheIssuer_StandsIn()
    {
        CoreRig rig = Rig(
            Translate(), deadline: TimeSpan.FromMilliseconds(1_600), pin: StandInPin.AllowUnverified);
        Ask(rig);
        rig.Advance(TimeSpan.FromMilliseconds(600));

        Answer(rig, PinOutcome.Translated, ForPrimary);

        Assert.Equal("00", Assert.Single(rig.Answers)[39]);
        Assert.DoesNotContain(rig.World.ToLinks, one => one.Mti.IsRequest);
        Assert.Equal(1, rig.Counters.ApprovedByStandIn);
    }

    [Fact]
    public void Reversal_WhileTheModuleWorks_EndsItAndNothingIsOwed()
    {
        CoreRig rig = Rig(Translate());
        Ask(rig);

        rig.Reversal(originalStan: 1, stan: 2);
        Answer(rig, PinOutcome.Translated, ForPrimary);

        Assert.Equal("00", Assert.Single(rig.Answers)[39]); // The reversal's.
        Assert.Empty(rig.World.ToLinks);
        Assert.Equal((0, 0), (rig.Counters.OwedNow, rig.Counters.Pending));
    }

    /// <summary>The primary may have it already: its reversal is owed as ever.</summary>
    [Fact]
    public void Reversal_WhileTheStandbysBlockIsMade_PrimaryIsOwedOne()
    {
        CoreRig rig = Rig(Translate());
        Ask(rig);
        Answer(rig, PinOutcome.Translated, ForPrimary);
        rig.Advance(TimeSpan.FromSeconds(3.1));
        Assert.Equal((2, 1L), (rig.World.AskedPins.Count, rig.Counters.Pending));

        rig.Reversal(originalStan: 1, stan: 2);

        Assert.Equal(0, rig.Counters.Pending);
        rig.Advance(TimeSpan.FromSeconds(1));
        SentMessage reversal = rig.World.ToLinks.Single(one => one.Mti.IsReversal);
        Assert.Equal(CoreRig.PrimaryLink, reversal.Target);
    }

    /// <summary>A crash before the intent leaves nothing behind.</summary>
    [Fact]
    public void Crash_WhileTheModuleWorks_OwesNothing()
    {
        CoreRig rig = Rig(Translate());
        Ask(rig);

        CoreRig next = rig.Restart();

        Assert.Equal((0, 0), (next.Counters.OwedNow, next.Counters.Pending));
    }

    [Fact]
    public void Repeat_WithAnotherBlock_IsTheSameRequest()
    {
        CoreRig rig = Rig(Translate());
        Ask(rig);
        Answer(rig, PinOutcome.Translated, ForPrimary);
        rig.Reply(rig.World.ToLinks[^1]);

        rig.Request(mti: "0101", change: fields => fields[52] = "FEDCBA9876543210");

        Assert.Equal(["00", "00"], rig.Answers.Select(answer => answer[39]));
        Assert.Single(rig.World.AskedPins);
    }

    [Fact]
    public void Decision_Made_BlockIsErased()
    {
        CoreRig rig = Rig(Translate());
        Message request = rig.MakeRequest(stan: 1, fields => fields[52] = Block);
        rig.Core.AcquirerMessage(CoreRig.Session, 0, request);
        Answer(rig, PinOutcome.Translated, ForPrimary);
        Assert.True(request.Raw(52).ContainsAnyExcept((byte)0)); // A standby may still need it.
        rig.CommitsAtOnce = false;

        rig.Reply(rig.World.ToLinks[^1]);

        Assert.False(request.Raw(52).ContainsAnyExcept((byte)0));
    }

    /// <summary>It would take two blocks at once, and the standby's no later than the primary is late.</summary>
    [Fact]
    public void Hedge_PinIsTranslated_IsNotMade()
    {
        CoreRig rig = Rig(Translate(), hedgePercent: 20);
        for (int stan = 100; stan < 140; stan++)
        {
            rig.Request(stan: stan);
            rig.Advance(TimeSpan.FromMilliseconds(20));
            rig.Reply(rig.World.ToLinks[^1]);
        }

        Ask(rig);
        Answer(rig, PinOutcome.Translated, ForPrimary);
        rig.Advance(TimeSpan.FromMilliseconds(200));

        Assert.Equal(0, rig.Counters.Hedges);
        Assert.Single(rig.World.AskedPins);
    }

    [Fact]
    public void StandIn_AllowsUnverified_ApprovesWithAPin()
    {
        CoreRig rig = Rig(Translate(), keysOf: [], pin: StandInPin.AllowUnverified);

        Ask(rig);

        Assert.Equal("00", Assert.Single(rig.Answers)[39]);
    }

    private static PinSettings Translate() => new() { Handling = PinHandling.Translate };

    private static CoreRig Rig(
        PinSettings settings, int[]? keysOf = null, TimeSpan? deadline = null, StandInPin pin = StandInPin.Decline,
        int hedgePercent = 0)
    {
        var rig = new CoreRig(core => core with
        {
            PinTime = _pinTime,
            Acquirers =
                [core.Acquirers[0] with { Pin = settings, Deadline = deadline ?? core.Acquirers[0].Deadline }],
            Issuers = [.. core.Issuers.Select((issuer, index) => issuer with
            {
                HasPinKey = (keysOf ?? [0, 1]).Contains(index), AllowHedge = hedgePercent > 0,
                Health = hedgePercent > 0 ? HealthSettings.Default : HealthSettings.Off,
            })],
            Routes = new RouteTable(
                [new Route { Prefix = "4", Primary = 0, Standby = [1], StandIn = 0, HedgePercent = hedgePercent }]),
            StandInProfiles = [core.StandInProfiles[0] with { Pin = pin }],
        });
        rig.LinksUp();
        return rig;
    }

    private static void Ask(CoreRig rig, Action<Fields>? change = null) => rig.Request(change: fields =>
    {
        fields[52] = Block;
        change?.Invoke(fields);
    });

    private static void Answer(CoreRig rig, PinOutcome outcome, string block) =>
        Tell(rig, rig.World.AskedPins[^1], outcome, block);

    private static void Tell(CoreRig rig, AskedPin asked, PinOutcome outcome, string block)
    {
        rig.Core.PinTranslated(asked.Tag, outcome, Convert.FromHexString(block));
        rig.Settle();
    }

    private static string PinOf(SentMessage sent)
    {
        Span<byte> block = stackalloc byte[16];
        int size = sent.Message.CopyText(52, block);
        return Convert.ToHexString(block[..size]);
    }
}
