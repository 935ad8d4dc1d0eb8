using Switch.Protocol.Fields;
using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Payments;
using Switch.Routing.Settings;
using Switch.Routing.Values;

namespace Switch.Routing.Transactions;

/// <summary>
/// PIN blocks of requests. A block is under a key that its acquirer and one other party share, so it goes to an issuer
/// either as it is, where that issuer is the other party, or enciphered anew by the security module: for each issuer
/// that is asked, from the acquirer's own block, and before the intent is recorded. A crash meanwhile leaves nothing
/// owed. No block is in any record.
/// </summary>
internal sealed class PinDesk(CoreContext context)
{
    private const int CandidatesMax = 16;

    private static readonly FieldSet OfItsKey = FieldSet.Of(Field.PinData, Field.SecurityControl);

    private readonly PinSettings[] _settings =
        [.. context.Configuration.Acquirers.Select(static acquirer => acquirer.Pin)];
    private readonly ResponseCode[] _unreadable =
        [.. context.Configuration.Acquirers.Select(static acquirer => ResponseCode.Of(acquirer.Pin.UnreadableCode))];

    /// <summary>
    /// Declines a request with a PIN where none is taken from its acquirer; the transaction has its response then.
    /// </summary>
    public bool Declines(Transaction transaction)
    {
        if (!transaction.Request.Has(Field.PinData)
            || _settings[transaction.Acquirer].Handling != PinHandling.Refuse)
        {
            return false;
        }

        context.Counters.PinsRefused++;
        Refuse(transaction, RefusalReason.PinNotTaken);
        return true;
    }

    /// <summary>Whether the issuer can have what the request has for it.</summary>
    public bool MayAsk(Transaction transaction, int issuer)
    {
        if (!transaction.Request.Has(Field.PinData))
        {
            return true;
        }

        PinSettings settings = _settings[transaction.Acquirer];
        return settings.Handling == PinHandling.Translate
            ? context.Configuration.Issuers[issuer].HasPinKey
            : settings.SharedWith.Contains(issuer);
    }

    /// <summary>Whether its block is to be enciphered for each issuer.</summary>
    public bool IsTranslated(Transaction transaction) => transaction.Request.Has(Field.PinData)
        && _settings[transaction.Acquirer].Handling == PinHandling.Translate;

    /// <summary>Whether its block is to be enciphered for that issuer first.</summary>
    public bool IsDue(Transaction transaction, int candidate) =>
        transaction.PinCandidate != candidate && IsTranslated(transaction);

    /// <summary>
    /// Has the block enciphered. False: the module takes none now, and the transaction has its response.
    /// </summary>
    /// <param name="until">The issuer must be asked before this, in monotonic ticks.</param>
    public bool TryBegin(Transaction transaction, int candidate, bool isForced, long until)
    {
        until = Math.Min(until, context.Now.Ticks + context.Configuration.PinTime.Ticks);
        var ask = new PinQuestion
        {
            Tag = TagOf(transaction, candidate),
            Acquirer = transaction.Acquirer,
            Issuer = transaction.Route!.IssuerAt(candidate),
            Request = transaction.Request,
        };
        if (!context.Effects.TranslatePin(ask))
        {
            context.Counters.PinsFailed++;
            transaction.Response = ResponseCode.Malfunction;
            return false;
        }

        transaction.State = TransactionState.AwaitingPin;
        transaction.PinCandidate = candidate;
        transaction.IsPinForced = isForced;
        context.Wheel.Arm(transaction.Seat, until);
        return true;
    }

    /// <summary>Whether an answer of the module is still waited for.</summary>
    public static bool IsAwaited(Transaction transaction, SendTag tag) => transaction.Use == tag.Use
        && transaction.State == TransactionState.AwaitingPin && transaction.PinCandidate == tag.Place % CandidatesMax;

    public static int SeatOf(SendTag tag) => tag.Place / CandidatesMax;

    /// <summary>The module's answer has come, or its time is over. Says whether the issuer can be asked.</summary>
    public bool End(Transaction transaction, PinOutcome outcome, ReadOnlySpan<byte> block)
    {
        context.Wheel.Cancel(transaction.Seat);
        bool isGood = outcome == PinOutcome.Translated && block.Length is > 0 and <= PinBytes.Max;
        if (isGood)
        {
            transaction.KeepPin(block);
            context.Counters.PinsTranslated++;
            return true;
        }

        transaction.ForgetPin();
        if (outcome == PinOutcome.Unreadable)
        {
            context.Counters.PinsUnreadable++;
            Refuse(transaction, RefusalReason.PinUnreadable);
        }
        else
        {
            context.Counters.PinsFailed++;
            transaction.Response = ResponseCode.Malfunction;
        }

        return false;
    }

    /// <summary>
    /// What of a request's fields goes to an issuer: its PIN block, and what says of which key that is, only where the
    /// issuer has that key.
    /// </summary>
    public FieldSet FieldsFor(Transaction transaction, int issuer, in FieldSet fields) =>
        _settings[transaction.Acquirer] is { Handling: PinHandling.PassThrough } settings
            && settings.SharedWith.Contains(issuer)
                ? fields
                : fields.Except(OfItsKey);

    private void Refuse(Transaction transaction, RefusalReason reason)
    {
        ResponseCode code = _unreadable[transaction.Acquirer];
        transaction.Response = code;
        context.Effects.SessionRefused(
            transaction.Session, transaction.Request, new Refusal(reason, Field.PinData, code.Value));
    }

    private static long TagOf(Transaction transaction, int candidate) =>
        new SendTag(SendTag.Kind.Pin, (transaction.Seat * CandidatesMax) + candidate, transaction.Use).Value;
}
