using Switch.Routing.StandIn;
using Switch.Routing.Values;

namespace Switch.Tests.Routing.StandIn;

/// <summary>Every kind of limit against a list that is searched from end to end.</summary>
public class LimitModelTests
{
    private const long HourMs = 3_600_000;

    private static readonly TimeSpan[] Offsets = [TimeSpan.Zero, TimeSpan.FromHours(9), TimeSpan.FromHours(-5.5)];

    private static readonly Dictionary<string, IReadOnlyList<string>> Groups = new()
    {
        ["travel"] = ["0011", "0012"],
    };

    private static readonly StandInLimit[] Limits =
    [
        new() { Scope = LimitScope.Card, Window = LimitWindow.Day },
        new() { Scope = LimitScope.Card, Window = LimitWindow.Rolling, Span = new(3, 0, 0), ProcessingCode = "01" },
        new() { Scope = LimitScope.Issuer, Window = LimitWindow.Outage },
        new() { Scope = LimitScope.Range, Window = LimitWindow.Day },
        new() { Scope = LimitScope.MccGroup, Window = LimitWindow.Rolling, Span = new(7, 0, 0), MccGroup = "travel" },
        new() { Scope = LimitScope.Merchant, Window = LimitWindow.Rolling, Span = TimeSpan.FromMinutes(20) },
        new() { Scope = LimitScope.Terminal, Window = LimitWindow.Outage, EntryMode = "05" },
        new() { Scope = LimitScope.Acquirer, Window = LimitWindow.Day, MccGroup = "travel" },
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RandomUse_AgreesWithAList(int seed)
    {
        var random = new Random(seed);
        var ledger = new StandInLedger(
            300, [.. Offsets.Select(LocalClock.Fixed)], [Profile(Limits), Profile(Limits.Reverse().Take(3))]);
        var all = new List<Entry>();
        long[] outages = new long[Offsets.Length];
        long now = 1_700_000_000_000;
        for (int step = 1; step <= 2_000; step++)
        {
            now += random.Next(0, 20) == 0 ? random.NextInt64(9 * HourMs) : random.Next(0, 600_000);
            int issuer = random.Next(Offsets.Length);
            if (random.Next(25) == 0)
            {
                outages[issuer] = 0;
                ledger.EndOutage(issuer);
            }

            if (!ledger.IsFull)
            {
                long outage = ledger.BeginOutage(issuer, now);
                Assert.True(outages[issuer] == 0 || outages[issuer] == outage);
                outages[issuer] = outage;
                var entry = new Entry(
                    random.Next(40), issuer, step, now, random.Next(2), Keys(random), outages[issuer],
                    random.Next(1, 500));
                ledger.Add(entry.ToApproval());
                all.Add(entry);
            }

            Change(ledger, all[random.Next(all.Count)], random, now);
            ledger.Expire(now);
            Compare(ledger, all, outages, random, now, seed, step);
        }

        Assert.True(all.Count > 300, $"only {all.Count} approvals found room");
    }

    private static void Change(StandInLedger ledger, Entry chosen, Random random, long now)
    {
        // What is too old for every limit may be forgotten, and then nothing is left to change.
        bool isOld = now - chosen.TimeMs > 2 * HourMs;
        switch (random.Next(3))
        {
            case 0 when !isOld:
                Assert.Equal(!chosen.IsBack, ledger.GiveBack(TestTokens.Of(chosen.Card), chosen.Issuer, chosen.Stan));
                chosen.IsBack = true;
                chosen.IsExposed = false;
                break;
            case 1 when !isOld && !chosen.IsBack && chosen.Amount > 1:
                chosen.Amount = random.NextInt64(1, chosen.Amount);
                ledger.Reduce(TestTokens.Of(chosen.Card), chosen.Issuer, chosen.Stan, chosen.Amount);
                break;
            default:
                ledger.Acknowledge(TestTokens.Of(chosen.Card), chosen.Issuer, chosen.Stan);
                chosen.IsExposed = false;
                break;
        }
    }

    private static void Compare(
        StandInLedger ledger, List<Entry> all, long[] outages, Random random, long now, int seed, int step)
    {
        var probe = new Entry(random.Next(40), random.Next(Offsets.Length), 0, now, random.Next(2), Keys(random), 0, 0);
        ReadOnlySpan<LimitCounter> limits = ledger.LimitsOf(probe.Profile);
        for (int i = 0; i < limits.Length; i++)
        {
            StandInLimit limit = limits[i].Settings;
            var live = all.Where(entry => entry.Profile == probe.Profile && !entry.IsBack && Passes(limit, entry)
                && IsSame(limit.Scope, entry, probe) && IsInWindow(limit, entry, probe.Issuer, outages, now)).ToList();
            var expected = new LimitUse(live.Count, live.Sum(entry => entry.Amount));
            LimitUse found = ledger.UseOf(
                probe.Profile, i, TestTokens.Of(probe.Card), probe.Issuer, probe.Keys, now);
            Assert.True(expected == found, $"seed {seed} step {step} limit {i} {limit}: {expected}, not {found}");
        }

        Assert.Equal(all.Where(a => a.Issuer == 1 && a.IsExposed).Sum(a => a.Amount), ledger.Exposure(1));
    }

    private static bool Passes(StandInLimit limit, Entry entry) =>
        (limit.ProcessingCode is null || int.Parse(limit.ProcessingCode) == entry.Keys.ProcessingCode)
        && (limit.EntryMode is null || int.Parse(limit.EntryMode) == entry.Keys.EntryMode)
        && (limit.MccGroup is null || Groups[limit.MccGroup].Any(mcc => int.Parse(mcc) == entry.Keys.Mcc));

    private static bool IsSame(LimitScope scope, Entry entry, Entry probe) => scope switch
    {
        LimitScope.Card => entry.Card == probe.Card,
        LimitScope.Issuer => entry.Issuer == probe.Issuer,
        LimitScope.Range => entry.Keys.Range == probe.Keys.Range,
        LimitScope.Merchant => entry.Keys.Merchant == probe.Keys.Merchant,
        LimitScope.Terminal => entry.Keys.Terminal == probe.Keys.Terminal,
        LimitScope.Acquirer => entry.Keys.Acquirer == probe.Keys.Acquirer,
        _ => true,
    };

    // Days and outages are the issuer's own.
    private static bool IsInWindow(StandInLimit limit, Entry entry, int issuer, long[] outages, long now) =>
        limit.Window switch
        {
            LimitWindow.Day => entry.Issuer == issuer && DayOf(entry.TimeMs, issuer) == DayOf(now, issuer),
            LimitWindow.Outage => entry.Issuer == issuer && entry.Outage == outages[issuer],
            _ => now - entry.TimeMs < limit.Span.TotalMilliseconds,
        };

    private static DateTime DayOf(long timeMs, int issuer) =>
        DateTime.UnixEpoch.AddMilliseconds(timeMs).Add(Offsets[issuer]).Date;

    private static ScopeKeys Keys(Random random) => new()
    {
        Merchant = (ulong)random.Next(6), Terminal = (ulong)random.Next(6), Acquirer = (ulong)random.Next(2),
        Range = (ulong)random.Next(3), Mcc = (short)random.Next(10, 14), ProcessingCode = (short)random.Next(2),
        EntryMode = (short)(random.Next(2) * 5),
    };

    private static StandInProfile Profile(IEnumerable<StandInLimit> limits) => new()
    {
        Name = "p", Currency = "392", PerCardWindow = TimeSpan.FromHours(2), Limits = [.. limits], MccGroups = Groups,
    };

    private sealed record Entry(
        int Card, int Issuer, int Stan, long TimeMs, int Profile, ScopeKeys Keys, long Outage, long Given)
    {
        public long Amount { get; set; } = Given;

        public bool IsBack { get; set; }

        public bool IsExposed { get; set; } = true;

        public StandInApproval ToApproval() => new()
        {
            Card = TestTokens.Of(Card), Issuer = Issuer, Stan = Stan, Amount = Amount, TimeMs = TimeMs,
            Profile = Profile, Keys = Keys,
        };
    }
}
