using Switch.Protocol.Fields;
using Switch.Routing.Answers;
using Switch.Routing.Journal;
using Switch.Routing.Operations;
using Switch.Routing.Records;
using Switch.Routing.Settings;
using Switch.Routing.StandIn;
using Switch.Routing.Values;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.StandIn;

/// <summary>
/// Limits by scope and window, triggers, fallback and advices of declines; and all of it after a restart.
/// </summary>
public class StandInLimitTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(LimitScope.Card, 2)]
    [InlineData(LimitScope.Merchant, 42)]
    [InlineData(LimitScope.Terminal, 41)]
    [InlineData(LimitScope.MccGroup, 18)]
    public void Limit_Count_IsSharedByOneValueOfItsScope(LimitScope scope, int field)
    {
        var limit = new StandInLimit
        {
            Scope = scope, Window = LimitWindow.Rolling, Span = Hour, Count = 1,
            MccGroup = scope == LimitScope.MccGroup ? "food" : null,
        };
        CoreRig rig = With(profile => profile with { Limits = [limit], MccGroups = Food });
        string other = field switch { 2 => CoreRig.OtherCard, 18 => "5999", 41 => "TERM0002", _ => "MERCHANT0000002" };

        rig.Request(stan: 1, amount: 100);
        rig.Request(stan: 2, amount: 100);
        rig.Request(stan: 3, amount: 100, change: fields => fields[field] = other);

        Assert.Equal(["00", "65", "00"], Codes(rig));
    }

    [Theory]
    [InlineData(LimitScope.Issuer)]
    [InlineData(LimitScope.Acquirer)]
    [InlineData(LimitScope.Range)]
    public void Limit_Amount_IsSharedByCardsAndJournaledWithItsUse(LimitScope scope)
    {
        var wide = new StandInLimit { Scope = LimitScope.Card, Window = LimitWindow.Day };
        var limit = new StandInLimit { Scope = scope, Window = LimitWindow.Rolling, Span = Hour, Amount = 9_000 };
        CoreRig rig = With(profile => profile with { Limits = [wide, limit] });

        rig.Request(stan: 1, amount: 5_000);
        rig.Request(stan: 2, amount: 4_001, card: CoreRig.OtherCard);
        (StandInRule Rule, byte Limit, long Use, long Bound) rule = LastRule(rig);
        rig.Request(stan: 3, amount: 4_000, card: CoreRig.OtherCard);

        Assert.Equal(["00", "61", "00"], Codes(rig));
        Assert.Equal((StandInRule.LimitAmount, (byte)1, 5_000L, 9_000L), rule);
        Assert.Equal((StandInRule.Approved, StandInVerdict.NoLimit, 0L, 0L), LastRule(rig));
    }

    [Fact]
    public void Limit_Day_EndsAtTheIssuersMidnight()
    {
        var limit = new StandInLimit { Scope = LimitScope.Card, Window = LimitWindow.Day, Count = 1 };
        CoreRig rig = With(profile => profile with { Limits = [limit] }, At(13, 59)); // It is 23:59 there.
        rig.Request(stan: 1, amount: 100);
        rig.Request(stan: 2, amount: 100);

        rig.Advance(TimeSpan.FromSeconds(61));
        rig.Request(stan: 3, amount: 100);

        Assert.Equal(["00", "65", "00"], Codes(rig));
    }

    /// <summary>
    /// The rig's day is 22 November 2026. In this zone summer time ends on it at 24:00, back to 23:00: what was
    /// approved in the first 23:30 and in the second counts for the same day, of 25 hours.
    /// </summary>
    [Fact]
    public void Limit_Day_OfTwentyFiveHours_IsOneDay()
    {
        var limit = new StandInLimit { Scope = LimitScope.Card, Window = LimitWindow.Day, Count = 2 };
        CoreRig rig = With(profile => profile with { Limits = [limit] }, SummerTimeEnds(hours: 13, minutes: 30));

        rig.Request(stan: 1, amount: 100); // 23:30, summer time.
        rig.Advance(TimeSpan.FromHours(1));
        rig.Request(stan: 2, amount: 100); // 23:30 again.
        rig.Request(stan: 3, amount: 100);
        rig.Advance(TimeSpan.FromMinutes(31));
        rig.Request(stan: 4, amount: 100); // Past midnight.

        Assert.Equal(["00", "00", "65", "00"], Codes(rig));
    }

    [Fact]
    public void Limit_Outage_EndsWhenTheIssuerDecidesAndNotByARestart()
    {
        var limit = new StandInLimit { Scope = LimitScope.Issuer, Window = LimitWindow.Outage, Count = 1 };
        CoreRig rig = With(profile => profile with { Limits = [limit] });
        rig.Request(stan: 1, amount: 100);
        rig.Request(stan: 2, amount: 100);
        Assert.Equal(["00", "65"], Codes(rig));

        rig = rig.Restart();
        rig.Request(stan: 3, amount: 100);
        rig.LinksUp();
        rig.Request(stan: 4, amount: 100, card: CoreRig.OtherCard);
        rig.Reply(rig.World.ToLinks.Last(sent => sent.Mti.IsRequest), code: "51");
        rig.Core.LinkDown(CoreRig.PrimaryLink);
        rig.Core.LinkDown(CoreRig.StandbyLink);
        rig = rig.Restart();
        rig.Request(stan: 5, amount: 100);
        rig.Request(stan: 6, amount: 100);

        Assert.Equal(["00", "65"], Codes(rig));
    }

    [Fact]
    public void Limit_AfterRestart_CountsWhatTheJournalHolds()
    {
        var limit = new StandInLimit
        {
            Scope = LimitScope.Merchant, Window = LimitWindow.Rolling, Span = Hour, Count = 2, Amount = 9_000,
        };
        CoreRig rig = With(profile => profile with { Limits = [limit] });
        rig.Request(stan: 1, amount: 5_000);

        rig = rig.Restart();
        rig.Request(stan: 2, amount: 5_000);
        rig.Request(stan: 3, amount: 4_000);
        Assert.Equal(["61", "00"], Codes(rig));

        rig = rig.Restart();
        rig.Request(stan: 4, amount: 1, card: CoreRig.OtherCard);
        Assert.Equal(["65"], Codes(rig));

        // A profile of another name: the approvals count where their range leads now.
        rig = rig.Restart(configuration => WithProfile(
            configuration, profile => profile with { Name = "new", Limits = [limit] }));
        rig.Request(stan: 5, amount: 1, card: CoreRig.OtherCard);
        Assert.Equal(["65"], Codes(rig));
    }

    [Fact]
    public void Limit_Reversal_GivesBackOnceAlsoAfterRestart()
    {
        var limit = new StandInLimit { Scope = LimitScope.Terminal, Window = LimitWindow.Day, Count = 2 };
        CoreRig rig = With(profile => profile with { Limits = [limit] });
        rig.Request(stan: 1, amount: 100);
        rig.Request(stan: 2, amount: 100);
        rig.Reversal(originalStan: 1, stan: 11, amount: 100);
        rig.Reversal(originalStan: 1, stan: 12, amount: 100);
        rig = rig.Restart();

        rig.Request(stan: 3, amount: 100);
        rig.Request(stan: 4, amount: 100);

        Assert.Equal(["00", "65"], Codes(rig));
    }

    [Fact]
    public void StandInMaxTooSmallForTheJournal_StopsTheStart()
    {
        CoreRig rig = With(profile => profile);
        rig.Request(stan: 1, amount: 100);
        rig.Request(stan: 2, amount: 100);

        var stopped = Assert.Throws<RecordFormatException>(
            () => rig.Restart(configuration => configuration with { StandInMax = 1 }));

        Assert.Contains("StandInMax", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Triggers_OthersThanAllowed_Decline91AndSayWhy()
    {
        CoreRig rig = With(profile => profile with { Triggers = StandInTriggers.TimedOut });

        rig.Request();

        Assert.Equal(["91"], Codes(rig));
        Assert.Equal(StandInRule.TriggerNotAllowed, LastRule(rig).Rule);
        Assert.Equal((0, 1), (rig.Counters.DeclinedByStandIn, rig.Counters.DeclinedBySwitch));
    }

    [Fact]
    public void Triggers_IssuerAsks_IsToldSo()
    {
        CoreRig rig = With(profile => profile with { Triggers = StandInTriggers.Asked });
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Request();

        rig.Reply(rig.World.ToLinks[^1], code: "N0");
        rig.Advance(TimeSpan.FromMilliseconds(50));

        Assert.Equal(["00"], Codes(rig));
        Assert.Equal(("0120", "200"), (rig.World.ToLinks[^1].Mti.ToString(), rig.World.ToLinks[^1][60]));
    }

    /// <summary>
    /// Every way into stand-in (docs/domain.md section 4.1), and what the advice says of it in DE 60.
    /// </summary>
    [Theory]
    [InlineData("no link", "203")]
    [InlineData("link lost", "203")]
    [InlineData("send refused", "203")]
    [InlineData("at its bound", "203")]
    [InlineData("breaker open", "203")]
    [InlineData("forced", "203")]
    [InlineData("signed off", "201")]
    [InlineData("signed off by 065", "201")]
    [InlineData("silent", "202")]
    [InlineData("answers 91", "200")]
    public void Triggers_Each_ItsReasonGoesToTheIssuer(string trigger, string reason)
    {
        CoreRig rig = new(configuration => configuration with
        {
            Issuers =
            [
                configuration.Issuers[0] with
                {
                    MaxInFlight = 1, BreakerConsecutiveTimeouts = 1, BreakerCooldown = TimeSpan.FromMinutes(1),
                },
                configuration.Issuers[1],
            ],
        });
        Pull(rig, trigger);

        rig.Request(stan: 1, card: CoreRig.OtherCard);
        Finish(rig, trigger);

        SentMessage advice = rig.World.ToLinks.Last(sent => sent.Mti == Mti.AuthorizationAdvice);
        Assert.Equal((CoreRig.OtherCard, "00", reason), (advice[2], advice[39], advice[60]));
    }

    private static void Pull(CoreRig rig, string trigger)
    {
        if (trigger != "no link")
        {
            rig.Core.LinkUp(CoreRig.PrimaryLink);
        }

        switch (trigger)
        {
            case "at its bound" or "breaker open":
                rig.Request(stan: 9, card: CoreRig.CardWithoutStandIn);
                rig.Advance(trigger == "breaker open" ? TimeSpan.FromSeconds(3.1) : TimeSpan.Zero);
                break;
            case "send refused":
                rig.CommitsAtOnce = false;
                break;
            case "forced":
                rig.Core.Execute(
                    new CoreCommand { Kind = CoreCommandKind.ForceStandIn, Issuer = 0, Who = "kim", Why = "drill" });
                break;
            case "signed off" or "signed off by 065":
                Network(rig, trigger == "signed off" ? "002" : "065");
                break;
        }
    }

    private static void Finish(CoreRig rig, string trigger)
    {
        switch (trigger)
        {
            case "silent":
                rig.Advance(TimeSpan.FromSeconds(3.1));
                break;
            case "link lost":
                rig.Core.LinkDown(CoreRig.PrimaryLink);
                rig.Settle();
                break;
            case "send refused":
                rig.World.GoneLinks.Add(CoreRig.PrimaryLink);
                rig.CommitsAtOnce = true;
                rig.Commit();
                rig.World.GoneLinks.Clear();
                break;
            case "answers 91":
                rig.Reply(rig.World.ToLinks[^1], code: "91");
                break;
        }

        rig.Core.LinkUp(CoreRig.PrimaryLink);
        Network(rig, "001"); // Ends a sign-off.
        rig.Advance(TimeSpan.FromMilliseconds(50));
    }

    private static void Network(CoreRig rig, string code) =>
        rig.FromIssuer("0800", new Fields { [7] = "1122100000", [11] = "000777", [70] = code });

    [Fact]
    public void Triggers_OperatorForces_StandsInForThatReason()
    {
        CoreRig rig = With(profile => profile with { Triggers = StandInTriggers.Forced });
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        var force = new CoreCommand { Kind = CoreCommandKind.ForceStandIn, Issuer = 0, Who = "kim", Why = "drill" };

        Assert.Equal(CoreCommandOutcome.Done, rig.Core.Execute(force).Outcome);
        rig.Request(stan: 1);

        Assert.Equal(["00"], Codes(rig));
        Assert.DoesNotContain(rig.World.ToLinks, sent => sent.Mti.IsRequest);
    }

    [Fact]
    public void AdviseDeclines_OwesAnAdviceWithTheCodeGivenAndNoExposure()
    {
        CoreRig rig = With(profile => profile with { AdviseDeclines = true });

        rig.Request(amount: 10_001);
        Assert.Equal((1, 0), (rig.Counters.OwedNow, rig.Counters.StandInExposure));
        rig = rig.Restart();
        rig.LinksUp();
        rig.Advance(TimeSpan.FromMilliseconds(50));

        SentMessage advice = Assert.Single(rig.World.ToLinks);
        Assert.Equal(("0121", "61", false), (advice.Mti.ToString(), advice[39], advice.Has(38)));
        rig.Reply(advice);
        Assert.Equal((0, 1), (rig.Counters.OwedNow, rig.Counters.AdvicesAcknowledged));
    }

    [Fact]
    public void Fallback_LedgerFull_ApprovesSmallAmountsUncounted()
    {
        CoreRig rig = With(
            profile => profile with { FallbackPerTransaction = 1_000 },
            change: settings => settings with { StandInMax = 1 });

        rig.Request(stan: 1, amount: 5_000);
        rig.Request(stan: 2, amount: 1_000);
        Assert.Equal(StandInRule.ApprovedOnFallback, LastRule(rig).Rule);
        rig.Request(stan: 3, amount: 1_001);

        Assert.Equal(["00", "00", "91"], Codes(rig));
        Assert.Equal((2, 1), (rig.Counters.ApprovedByStandIn, rig.Counters.ApprovedOnFallback));
        Assert.Equal(5_000, rig.Counters.StandInExposure);
        CoreRig again = rig.Restart();
        Assert.Equal((2, 5_000), (again.Counters.OwedNow, again.Counters.StandInExposure));
    }

    private static readonly Dictionary<string, IReadOnlyList<string>> Food = new() { ["food"] = ["5411", "5812"] };

    private static LocalClock At(int hours, int minutes) => LocalClock.Fixed(new TimeSpan(hours, minutes, 0));

    // At 10:00 UTC, when the rig begins, it is so many hours later there.
    private static LocalClock SummerTimeEnds(int hours, int minutes)
    {
        var zone = TimeZoneInfo.CreateCustomTimeZone(
            "test", new TimeSpan(hours - 1, minutes, 0), "test", "test", "test summer",
            [
                TimeZoneInfo.AdjustmentRule.CreateAdjustmentRule(
                    new DateTime(2020, 1, 1), new DateTime(2030, 1, 1), TimeSpan.FromHours(1),
                    TimeZoneInfo.TransitionTime.CreateFixedDateRule(new DateTime(1, 1, 1, 2, 0, 0), 3, 29),
                    TimeZoneInfo.TransitionTime.CreateFixedDateRule(new DateTime(1, 1, 1, 0, 0, 0), 11, 23)),
            ]);
        return LocalClock.Of(
            zone, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
            new DateTimeOffset(2028, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    private static CoreRig With(
        Func<StandInProfile, StandInProfile> profile, LocalClock? clock = null,
        Func<CoreConfiguration, CoreConfiguration>? change = null) => new(configuration =>
        {
            configuration = change is null ? configuration : change(configuration);
            return WithProfile(configuration, profile) with
            {
                Issuers = [configuration.Issuers[0] with { Clock = clock ?? LocalClock.Utc }, configuration.Issuers[1]],
            };
        });

    private static CoreConfiguration WithProfile(
        CoreConfiguration configuration, Func<StandInProfile, StandInProfile> profile) =>
        configuration with { StandInProfiles = [profile(configuration.StandInProfiles[0])] };

    private static string[] Codes(CoreRig rig) =>
        [.. rig.Answers.Where(sent => sent.Mti.Class == 1).Select(sent => sent[39])];

    private static (StandInRule Rule, byte Limit, long Use, long Bound) LastRule(CoreRig rig)
    {
        StoredRecord record = rig.World.Records.Last(stored => stored.Type == RecordType.Decision);
        var reader = new RecordReader(record.Open);
        reader.Bytes(1 + 8 + 8);
        if (reader.Byte() != 0)
        {
            IdentityBlock.Read(ref reader);
        }

        OutcomeBlock.Read(ref reader);
        var rule = (StandInRule)reader.Byte();
        StandInBlock block = rule == StandInRule.None ? default : StandInBlock.Read(ref reader);
        return (rule, block.Limit, block.Use, block.Bound);
    }
}
