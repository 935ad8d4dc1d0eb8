using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Payments;
using Switch.Routing.Routes;
using Switch.Routing.StandIn;
using Switch.Routing.Values;

namespace Switch.Routing.Transactions;

/// <summary>
/// Decides in an issuer's place, within the rules that the issuer gave. Rules stand in the order of docs/domain.md
/// section 4.2, and the first that declines wins: an earlier edit wins over a limit even where limits would allow.
/// </summary>
internal sealed class StandInRules
{
    private readonly CoreContext _context;
    private readonly CompiledProfile[] _profiles;

    public StandInRules(CoreContext context)
    {
        _context = context;
        IReadOnlyList<StandInProfile> profiles = context.Configuration.StandInProfiles;
        _profiles = new CompiledProfile[profiles.Count];
        for (int i = 0; i < _profiles.Length; i++)
        {
            _profiles[i] = new CompiledProfile(profiles[i]);
        }
    }

    /// <summary>Other lists for a profile, from the next decision on.</summary>
    public void Replace(int profile, CardLists lists)
    {
        _context.CardLists[profile] = lists;
        if (lists.Lost == LostLists.None)
        {
            _context.Effects.Raise(
                Incident.CardListsReplaced, profile, (long)lists.Negative!.Count + lists.Positive!.Count);
        }
        else
        {
            _context.Effects.Raise(Incident.CardListsLost, profile, (long)lists.Lost);
        }
    }

    /// <summary>What stand-in says to a request that its issuers cannot or may not answer.</summary>
    public StandInVerdict Evaluate(Transaction transaction)
    {
        Route route = transaction.Route!;
        StandInRule closed = EligibilityOf(transaction, route);
        if (closed != StandInRule.None)
        {
            return new StandInVerdict { Rule = closed, Code = ResponseCode.Inoperative };
        }

        var verdict = new StandInVerdict
        {
            Keys = ScopeKeys.Of(
                transaction.Request, _context.AcquirerHashes[transaction.Acquirer], StableHash.Of(route.Prefix)),
            Outage = _context.Ledger.BeginOutage(route.Primary, _context.Now.WallMs),
        };
        CompiledProfile profile = _profiles[route.StandIn];
        StandInVerdict ruled = CheckFormat(profile, transaction, verdict);
        ruled = ruled.Rule == StandInRule.None ? CheckProduct(profile, route, transaction.Request, verdict) : ruled;
        ruled = ruled.Rule == StandInRule.None ? CheckLists(route, transaction, verdict) : ruled;
        ruled = ruled.Rule == StandInRule.None ? CheckLimits(profile, route, transaction, verdict) : ruled;
        return ruled;
    }

    private StandInRule EligibilityOf(Transaction transaction, Route route)
    {
        if (route.StandIn < 0)
        {
            return StandInRule.NoProfile;
        }

        if ((_profiles[route.StandIn].Rules.Triggers & TriggerOf(transaction.Trigger)) == 0)
        {
            return StandInRule.TriggerNotAllowed;
        }

        if (_context.IsJournalSpaceLow)
        {
            return StandInRule.DiskLow;
        }

        if (_context.CardLists[route.StandIn] is { Negative: null } or { Positive: null })
        {
            return StandInRule.CardListsLost; // Never skipped, so stand-in is off.
        }

        return TraceNumbers.SufficeForRequest(_context, _context.Issuers[route.Primary])
            ? StandInRule.None
            : StandInRule.NoTraceNumbers;
    }

    // The trigger that a profile must allow for stand-in to decide for this reason.
    private static StandInTriggers TriggerOf(Reason reason) => reason switch
    {
        Reason.IssuerSignedOff => StandInTriggers.SignedOff,
        Reason.IssuerTimedOut => StandInTriggers.TimedOut,
        Reason.IssuerAsked => StandInTriggers.Asked,
        Reason.ForcedByOperator => StandInTriggers.Forced,
        _ => StandInTriggers.Unavailable,
    };

    private StandInVerdict CheckFormat(CompiledProfile profile, Transaction transaction, in StandInVerdict verdict)
    {
        Message request = transaction.Request;
        LocalClock clock = _context.Issuers[transaction.Route!.Primary].Settings.Clock;
        if (!request.TryGetPan(out Pan pan) || !pan.IsLuhnValid)
        {
            return verdict with { Rule = StandInRule.CardNumber, Code = ResponseCode.InvalidCard };
        }

        if (RequestText.IsExpired(request, clock.LocalMs(_context.Now.WallMs)))
        {
            return verdict with { Rule = StandInRule.Expired, Code = ResponseCode.ExpiredCard };
        }

        if (!RequestText.StartsWith(request, Field.Currency, profile.Currency))
        {
            return verdict with { Rule = StandInRule.Currency, Code = ResponseCode.NotPermitted };
        }

        return transaction.Facts.Amount > 0
            ? verdict
            : verdict with { Rule = StandInRule.Amount, Code = ResponseCode.InvalidAmount };
    }

    private StandInVerdict CheckProduct(
        CompiledProfile profile, Route route, Message request, in StandInVerdict verdict)
    {
        StandInRule rule = StandInRule.None;
        if (!RequestText.StartsWithAny(request, Field.ProcessingCode, profile.ProcessingCodes))
        {
            rule = StandInRule.ProcessingCode;
        }
        else if (profile.EntryModes.Length > 0
            && !RequestText.StartsWithAny(request, Field.EntryMode, profile.EntryModes))
        {
            rule = StandInRule.EntryMode;
        }
        else if (RequestText.StartsWithAny(request, Field.MerchantType, profile.DeniedMccs))
        {
            rule = StandInRule.MerchantCategory;
        }
        else if (RequestText.IsOfCountry(request, profile.DeniedCountries))
        {
            rule = StandInRule.Country;
        }
        else if (!IsAllowedNow(profile.Rules.AllowHours, _context.Issuers[route.Primary].Settings.Clock))
        {
            rule = StandInRule.Hours;
        }

        return rule == StandInRule.None ? verdict : verdict with { Rule = rule, Code = ResponseCode.NotPermitted };
    }

    private bool IsAllowedNow(IReadOnlyList<HourSpan> hours, LocalClock clock)
    {
        long localMs = clock.LocalMs(_context.Now.WallMs);
        for (int i = 0; i < hours.Count; i++)
        {
            if (hours[i].Contains(localMs))
            {
                return true;
            }
        }

        return hours.Count == 0;
    }

    // The negative file with what issuers changed of it by file actions, and then what takes keys that the switch does
    // not hold: a PIN cannot be verified here, because the issuer's keys are not the switch's (docs/domain.md section
    // 4.2).
    private StandInVerdict CheckLists(Route route, Transaction transaction, in StandInVerdict verdict)
    {
        transaction.Request.TryGetPan(out Pan pan);
        CardToken card = transaction.Facts.Card;
        bool isChanged = _context.FileChanges.TryFind(card, out ResponseCode listed);
        StandInRule rule = listed.IsNone ? StandInRule.None : StandInRule.ListedCard;
        if (listed.IsNone)
        {
            listed = _context.CardLists[route.StandIn].Negative!.Find(
                isChanged ? default : card, pan, verdict.Keys, DayAt(route.Primary), out rule);
        }

        if (rule != StandInRule.None)
        {
            return verdict with { Rule = rule, Code = listed };
        }

        bool mayHavePin = _context.Configuration.StandInProfiles[route.StandIn].Pin == StandInPin.AllowUnverified;
        return transaction.Request.Has(Field.PinData) && !mayHavePin
            ? verdict with { Rule = StandInRule.PinPresent, Code = ResponseCode.NotPermitted }
            : verdict;
    }

    private StandInVerdict CheckLimits(
        CompiledProfile profile, Route route, Transaction transaction, in StandInVerdict verdict)
    {
        StandInProfile rules = profile.Rules;
        long amount = transaction.Facts.Amount;
        PositiveList positive = _context.CardLists[route.StandIn].Positive!;
        RaisedLimits raised = positive.Find(transaction.Facts.Card, DayAt(route.Primary));
        long most = raised.TransactionBound(rules.PerTransaction);
        if (amount > most)
        {
            return verdict with
            {
                Rule = StandInRule.PerTransaction,
                Code = ResponseCode.OverAmountLimit,
                Bound = most,
            };
        }

        StandInVerdict limited = CheckPerCard(route, transaction, verdict, raised);
        if (limited.Rule != StandInRule.None)
        {
            return limited;
        }

        long exposure = _context.Ledger.Exposure(route.Primary);
        if (exposure + amount > rules.IssuerExposure)
        {
            _context.Effects.Raise(Incident.ExposureReached, route.Primary, exposure);
            return verdict with
            {
                Rule = StandInRule.IssuerExposure,
                Code = ResponseCode.OverAmountLimit,
                Use = exposure,
                Bound = rules.IssuerExposure,
            };
        }

        limited = CheckList(route, transaction, verdict, raised);
        return limited.Rule == StandInRule.None ? Approve(rules, amount, verdict) : limited;
    }

    private StandInVerdict CheckPerCard(
        Route route, Transaction transaction, in StandInVerdict verdict, in RaisedLimits raised)
    {
        StandInLimit limit = _context.Ledger.LimitsOf(route.StandIn)[0].Settings;
        LimitUse use = UseOf(route, 0, transaction, verdict);
        int count = raised.CountBound(limit.Count);
        if (use.Count >= count)
        {
            return verdict with
            {
                Rule = StandInRule.PerCardCount,
                Code = ResponseCode.OverCountLimit,
                Use = use.Count,
                Bound = count,
            };
        }

        long sum = raised.AmountBound(limit.Amount);
        return Fits(use.Amount, transaction.Facts.Amount, sum)
            ? verdict
            : verdict with
            {
                Rule = StandInRule.PerCardAmount,
                Code = ResponseCode.OverAmountLimit,
                Use = use.Amount,
                Bound = sum,
            };
    }

    private StandInVerdict CheckList(
        Route route, Transaction transaction, in StandInVerdict verdict, in RaisedLimits raised)
    {
        ReadOnlySpan<LimitCounter> limits = _context.Ledger.LimitsOf(route.StandIn);
        for (int i = 1; i < limits.Length; i++)
        {
            if (!limits[i].Matches(verdict.Keys))
            {
                continue;
            }

            StandInLimit limit = limits[i].Settings;
            RaisedLimits own = limit.Scope == LimitScope.Card ? raised : RaisedLimits.None;
            LimitUse use = UseOf(route, i, transaction, verdict);
            long count = own.Times(limit.Count);
            if (use.Count >= count)
            {
                return verdict with
                {
                    Rule = StandInRule.LimitCount,
                    Code = ResponseCode.OverCountLimit,
                    Limit = (byte)(i - 1),
                    Use = use.Count,
                    Bound = count,
                };
            }

            long sum = own.Times(limit.Amount);
            if (!Fits(use.Amount, transaction.Facts.Amount, sum))
            {
                return verdict with
                {
                    Rule = StandInRule.LimitAmount,
                    Code = ResponseCode.OverAmountLimit,
                    Limit = (byte)(i - 1),
                    Use = use.Amount,
                    Bound = sum,
                };
            }
        }

        return verdict;
    }

    private StandInVerdict Approve(StandInProfile rules, long amount, in StandInVerdict verdict)
    {
        if (!_context.Ledger.IsFull)
        {
            return verdict with { Rule = StandInRule.Approved, Code = ResponseCode.Approved };
        }

        return amount <= rules.FallbackPerTransaction
            ? verdict with
            {
                Rule = StandInRule.ApprovedOnFallback,
                Code = ResponseCode.Approved,
                Bound = rules.FallbackPerTransaction,
            }
            : verdict with
            {
                Rule = StandInRule.LedgerFull,
                Code = ResponseCode.Inoperative,
                Bound = rules.FallbackPerTransaction,
            };
    }

    private LimitUse UseOf(Route route, int limit, Transaction transaction, in StandInVerdict verdict) =>
        _context.Ledger.UseOf(
            route.StandIn, limit, transaction.Facts.Card, route.Primary, verdict.Keys, _context.Now.WallMs);

    private int DayAt(int issuer) =>
        ListPeriod.DayOf(_context.Issuers[issuer].Settings.Clock.LocalMs(_context.Now.WallMs));

    // Without the sum, which may not fit: amounts are at most twelve digits, and bounds may be the largest number.
    private static bool Fits(long use, long amount, long bound) => use <= bound - amount;

    /// <summary>A profile's lists as bytes, compared without making strings.</summary>
    private sealed class CompiledProfile(StandInProfile rules)
    {
        public StandInProfile Rules { get; } = rules;

        public byte[] Currency { get; } = Bytes(rules.Currency);

        public byte[][] ProcessingCodes { get; } = All(rules.AllowProcessingCodes);

        public byte[][] DeniedMccs { get; } = All(rules.DenyMcc);

        public byte[][] DeniedCountries { get; } = All(rules.DenyCountry);

        public byte[][] EntryModes { get; } = All(rules.AllowEntryModes);

        private static byte[] Bytes(string text) => System.Text.Encoding.ASCII.GetBytes(text);

        private static byte[][] All(IReadOnlyList<string> texts)
        {
            var all = new byte[texts.Count][];
            for (int i = 0; i < all.Length; i++)
            {
                all[i] = Bytes(texts[i]);
            }

            return all;
        }
    }
}
