using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Duplicates;
using Switch.Routing.Payments;
using Switch.Routing.Settings;
using Switch.Routing.StandIn;
using Switch.Routing.Values;
using Switch.Routing.Velocity;

namespace Switch.Routing.Transactions;

/// <summary>
/// The rules against card testing, asked once for each new request, before an issuer or stand-in decides. Counts begin
/// empty at each start: their windows are short, and nothing of them is recorded
/// (docs/decisions/0014-velocity-begins-at-zero.md).
/// </summary>
internal sealed class VelocityCheck(CoreContext context)
{
    // In a tick of 10 ms: 3,200 keys a second, and some microseconds.
    private const int SweepMax = 32;

    private VelocityWatch[] _watches = [];

    // Of the request in hand, by watch; -1: none.
    private int[] _places = [];
    private ulong[] _acquirers = [];
    private bool _readsTerminals;
    private bool _readsMerchants;
    private bool _readsBins;

    /// <summary>There are rules.</summary>
    public bool IsOn => _watches.Length > 0;

    /// <summary>The rules at work, in the order of the configuration.</summary>
    public IReadOnlyList<VelocityWatch> Watches => _watches;

    /// <summary>
    /// Recovery is over: makes the tables. A core that only replays, for a checkpoint, needs none.
    /// </summary>
    public void Begin()
    {
        IReadOnlyList<VelocityRule> rules = context.Configuration.Velocity.Rules;
        _watches =
        [
            .. rules.Select((rule, index) =>
                new VelocityWatch(index, rule, context.Configuration.Acquirers.Count, Tell)),
        ];
        _places = new int[_watches.Length];
        _acquirers = [.. context.AcquirerHashes.Select(static acquirer => KeyOf(value: 0, acquirer))];
        _readsTerminals = rules.Any(static rule => rule.Per == VelocityScope.Terminal);
        _readsMerchants = rules.Any(static rule => rule.Per == VelocityScope.Merchant);
        _readsBins = rules.Any(static rule => rule.Per == VelocityScope.Bin);
    }

    /// <summary>
    /// Counts a new request, and says whether a rule declines it: then the transaction has the response code. One that
    /// is marked as a repeat is never declined: its first may have been approved and forgotten, and an acquirer that is
    /// told no does not reverse it.
    /// </summary>
    public bool Declines(Transaction transaction, in Pan pan)
    {
        transaction.Velocity = KeysOf(transaction, pan);
        bool mayDecline = !transaction.Request.Mti.IsRepeat;
        int place = -1;
        VelocityWatch? declining = mayDecline ? FindOver(transaction, out place) : null;
        declining ??= CountAll(transaction, out place);
        if (declining is null || !mayDecline)
        {
            return false;
        }

        declining.CountOwn();
        transaction.Verdict = VerdictOf(declining, place);
        transaction.Response = ResponseCode.Of(declining.Rule.ResponseCode);
        context.Effects.SessionRefused(
            transaction.Session, transaction.Request,
            new Refusal(RefusalReason.Velocity, Code: transaction.Response.Value));
        return true;
    }

    /// <summary>A request was decided: a decline by an issuer or by stand-in counts.</summary>
    public void Decided(Transaction transaction)
    {
        bool counts = !transaction.Response.IsApproval
            && transaction.Source is DecisionSource.Primary or DecisionSource.Standby or DecisionSource.StandIn;
        if (!counts)
        {
            return; // What the switch declines for reasons of its own says nothing about the card.
        }

        long now = context.Now.Ticks;
        foreach (VelocityWatch watch in _watches)
        {
            ulong key = watch.KeyOf(transaction.Velocity, transaction.Acquirer);
            if (key != 0 && watch.Find(key, now) is >= 0 and var place)
            {
                watch.CountDecline(place, now);
            }
        }
    }

    /// <summary>Time passed.</summary>
    public void Tick()
    {
        foreach (VelocityWatch watch in _watches)
        {
            watch.Sweep(context.Now.Ticks, SweepMax);
        }
    }

    /// <summary>Copies what was counted, by rule.</summary>
    public void CopyTo(Span<VelocityCounters> destination)
    {
        for (int i = 0; i < _watches.Length; i++)
        {
            destination[i] = _watches[i].Counters;
        }
    }

    // What a rule declines is no danger any more, and counts there alone: else an attack on one terminal would decline
    // its merchant, and the cards of others with the same BIN.
    private VelocityWatch? FindOver(Transaction transaction, out int firstPlace)
    {
        firstPlace = -1;
        long now = context.Now.Ticks;
        VelocityWatch? first = null;
        foreach (VelocityWatch watch in _watches)
        {
            if (!watch.Declines || !watch.HasOver)
            {
                continue;
            }

            ulong key = watch.KeyOf(transaction.Velocity, transaction.Acquirer);
            if (key != 0 && watch.Find(key, now) is >= 0 and var place && watch.IsOver(place, now))
            {
                firstPlace = first is null ? place : firstPlace;
                first ??= watch;
                watch.CountDeclined(place, now, transaction.Facts.Card.Short, IsSmall(watch.Rule, transaction.Facts));
            }
        }

        return first;
    }

    private VelocityWatch? CountAll(Transaction transaction, out int firstPlace)
    {
        firstPlace = -1;
        long now = context.Now.Ticks;
        VelocityWatch? first = null;
        for (int i = 0; i < _watches.Length; i++)
        {
            VelocityWatch watch = _watches[i];
            ulong key = watch.KeyOf(transaction.Velocity, transaction.Acquirer);
            _places[i] = -1;
            if (key == 0)
            {
                continue;
            }

            int place = watch.Find(key, now);
            place = place >= 0 ? place : Take(watch, key, now, transaction);
            bool isOver = watch.Count(
                place, now, transaction.Facts.Card.Short, IsSmall(watch.Rule, transaction.Facts));
            if (isOver && watch.Declines)
            {
                firstPlace = first is null ? place : firstPlace;
                first ??= watch;
                _places[i] = place;
            }
        }

        if (first is not null && !transaction.Request.Mti.IsRepeat)
        {
            CountDeclines(now);
        }

        return first;
    }

    // The figure that people think of first: of several limits, all of which are reached.
    private static StandInVerdict VerdictOf(VelocityWatch watch, int place)
    {
        VelocityFigures figures = watch.FiguresOf(place);
        VelocityRule rule = watch.Rule;
        (VelocityCount count, int use, int bound) =
            rule.DistinctCards > 0 ? (VelocityCount.Cards, figures.Cards, rule.DistinctCards)
            : rule.Declines > 0 ? (VelocityCount.Declines, figures.Declines, rule.Declines)
            : rule.SmallAmounts > 0 ? (VelocityCount.SmallAmounts, figures.SmallAmounts, rule.SmallAmounts)
            : (VelocityCount.Requests, figures.Requests, rule.Requests);
        return new StandInVerdict
        {
            Rule = StandInRule.Velocity, VelocityRule = watch.Index, Limit = (byte)count, Use = use, Bound = bound,
        };
    }

    private void CountDeclines(long now)
    {
        for (int i = 0; i < _watches.Length; i++)
        {
            if (_places[i] >= 0)
            {
                _watches[i].CountDecline(_places[i], now);
            }
        }
    }

    private int Take(VelocityWatch watch, ulong key, long now, Transaction transaction)
    {
        VelocityScope per = watch.Rule.Per;
        Span<byte> text = stackalloc byte[PaymentName.TextMax];
        ReadOnlySpan<byte> name = per switch
        {
            VelocityScope.Terminal => transaction.Request.ReadText(Field.TerminalId, text),
            VelocityScope.Merchant => transaction.Request.ReadText(Field.MerchantId, text),
            VelocityScope.Bin => BinText(transaction, text),
            _ => default,
        };
        int acquirer = per == VelocityScope.Bin ? -1 : transaction.Acquirer;
        return watch.Take(key, now, acquirer, VelocityName.Of(name));
    }

    private ReadOnlySpan<byte> BinText(Transaction transaction, Span<byte> text)
    {
        transaction.Request.TryGetPan(out Pan pan);
        Span<byte> digits = stackalloc byte[Pan.LengthMax];
        pan.CopyDigits(digits);
        digits[..context.Configuration.Velocity.BinDigits].CopyTo(text);
        digits.Clear();
        return text[..context.Configuration.Velocity.BinDigits];
    }

    private VelocityKeys KeysOf(Transaction transaction, in Pan pan)
    {
        Message request = transaction.Request;
        ulong acquirer = context.AcquirerHashes[transaction.Acquirer];
        return new VelocityKeys(
            _readsTerminals ? KeyOf(request, Field.TerminalId, acquirer) : 0,
            _readsMerchants ? KeyOf(request, Field.MerchantId, acquirer) : 0,
            _readsBins ? KeyOf(pan.Leading(context.Configuration.Velocity.BinDigits), seed: 0) : 0,
            _acquirers[transaction.Acquirer]);
    }

    // Without DE 41, or DE 42, there is no such key.
    private static ulong KeyOf(Message request, int field, ulong acquirer)
    {
        Span<byte> text = stackalloc byte[PaymentName.TextMax];
        ReadOnlySpan<byte> name = request.ReadText(field, text).TrimEnd((byte)' ');
        if (name.IsEmpty)
        {
            return 0;
        }

        var hash = new StableHash(acquirer);
        hash.Add(name);
        return Math.Max(hash.Value, 1);
    }

    private static ulong KeyOf(ulong value, ulong seed)
    {
        var hash = new StableHash(seed);
        hash.Add(value);
        return Math.Max(hash.Value, 1);
    }

    private static bool IsSmall(VelocityRule rule, in RequestFacts facts) =>
        facts.Amount == 0 || (facts.Currency == rule.Currency && facts.Amount <= rule.SmallAmountMax);

    private void Tell(VelocityChange change)
    {
        if (_watches[change.Rule].Rule.Action != VelocityAction.Count)
        {
            context.Effects.VelocityChanged(change);
        }
    }
}
