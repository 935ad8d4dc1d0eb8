using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
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

    private const int SerialTextMax = 64; // Beyond any serial number with the filling of its field.

    private static readonly FieldSet OfAnyKey =
        FieldSet.Of(Field.PinData, Field.SecurityControl, LaterField.SecurityControl);

    // What tells of an acquirer's key: the block itself, DE 53, and where the key serial number is.
    private readonly FieldSet[] _ofItsKey =
        [.. context.Configuration.Acquirers.Select(static acquirer => OfKey(acquirer.Pin))];
    private readonly PinSettings[] _settings =
        [.. context.Configuration.Acquirers.Select(static acquirer => acquirer.Pin)];
    private readonly ResponseCode[] _unreadable =
        [.. context.Configuration.Acquirers.Select(static acquirer => ResponseCode.Of(acquirer.Pin.UnreadableCode))];

    /// <summary>
    /// Declines a request with a PIN where none is taken from its acquirer, or where the key that it is under is not
    /// named; the transaction has its response then.
    /// </summary>
    public bool Declines(Transaction transaction)
    {
        if (!transaction.Request.Has(Field.PinData))
        {
            return false;
        }

        if (_settings[transaction.Acquirer].Handling == PinHandling.Refuse)
        {
            context.Counters.PinsRefused++;
            Refuse(transaction, RefusalReason.PinNotTaken);
            return true;
        }

        if (HasSerialNumbers(transaction) && !TryReadSerialNumber(transaction, out _))
        {
            context.Counters.PinSerialNumbersRefused++;
            Refuse(transaction, RefusalReason.PinSerialNumber);
            return true;
        }

        return false;
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

        // From the request anew for each issuer, as its block is: neither is kept anywhere else.
        KeySerialNumber number = default;
        if (HasSerialNumbers(transaction))
        {
            TryReadSerialNumber(transaction, out number);
        }

        var ask = new PinQuestion
        {
            Tag = TagOf(transaction, candidate),
            Acquirer = transaction.Acquirer,
            Issuer = transaction.Route!.IssuerAt(candidate),
            Request = transaction.Request,
            SerialNumber = number,
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
    /// issuer has that key. A terminal's key serial number goes to none, with or without a PIN.
    /// </summary>
    public FieldSet FieldsFor(Transaction transaction, int issuer, in FieldSet fields)
    {
        if (!transaction.Request.Has(Field.PinData) && !HasSerialNumbers(transaction))
        {
            return fields;
        }

        PinSettings settings = _settings[transaction.Acquirer];
        return settings.Handling == PinHandling.PassThrough && settings.SharedWith.Contains(issuer)
            ? fields
            : fields.Except(_ofItsKey[transaction.Acquirer]);
    }

    /// <summary>
    /// Zeroes the blocks of a request, and the key serial number: it is decided, and no issuer is asked any more.
    /// </summary>
    public void Erase(Transaction transaction)
    {
        transaction.ForgetPin();
        foreach (int field in _ofItsKey[transaction.Acquirer] & transaction.Request.Fields)
        {
            transaction.Request.Erase(field);
        }
    }

    private static FieldSet OfKey(PinSettings settings) =>
        settings.SerialNumberField == 0 ? OfAnyKey : OfAnyKey.With(settings.SerialNumberField);

    private bool HasSerialNumbers(Transaction transaction) => _settings[transaction.Acquirer].SerialNumberField != 0;

    // As bytes, or as hexadecimal digits where its field has characters.
    private bool TryReadSerialNumber(Transaction transaction, out KeySerialNumber number)
    {
        Span<byte> buffer = stackalloc byte[SerialTextMax];
        Message request = transaction.Request;
        int field = _settings[transaction.Acquirer].SerialNumberField;
        ReadOnlySpan<byte> text = request.ReadText(field, buffer);
        bool isRead = request.Dialect.Edition.Bytes.Contains(field)
            ? KeySerialNumber.TryParse(text, out number)
            : KeySerialNumber.TryParseText(text.TrimEnd((byte)' '), out number);
        buffer.Clear();
        return isRead && number.IsCounterValid;
    }

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
