using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Duplicates;
using Switch.Routing.Totals;
using Switch.Routing.Values;

namespace Switch.Routing.Payments;

/// <summary>What the core reads from an acquirer's message once, when it comes.</summary>
internal readonly record struct RequestFacts
{
    /// <summary>The message's own MTI, without the repeat digit.</summary>
    public Mti Mti { get; init; }

    /// <summary>DE 11 as the acquirer gave it; 0: it gave none, and is known by DE 37.</summary>
    public int Stan { get; init; }

    /// <summary>DE 7 as a number; where its sender gives none, the one that issuers know the message by.</summary>
    public long Time { get; init; }

    /// <summary>DE 4 in minor units.</summary>
    public long Amount { get; init; }

    public CardToken Card { get; init; }

    /// <summary>DE 3 as a number.</summary>
    public int ProcessingCode { get; init; }

    /// <summary>DE 49 as a number; 0: absent, or not one.</summary>
    public int Currency { get; init; }

    /// <summary>What it counts as in the totals, when it is approved and is no reversal.</summary>
    public TotalKind Counts => TotalKinds.Of(Mti.Class, ProcessingCode);

    /// <summary>The transaction's key in the duplicate table.</summary>
    public ulong Key { get; init; }

    /// <summary>A hash of what must not differ between a message and its repeat.</summary>
    public uint Content { get; init; }

    /// <summary>A hash of DE 37; 0: it bears none that names anything.</summary>
    public uint Rrn { get; init; }

    /// <summary>A hash of acquirer, DE 41 and DE 42.</summary>
    public uint Place { get; init; }

    /// <summary>What later messages may name it by; a reversal cannot be named by DE 37.</summary>
    public PaymentName Name => new(Card.Short, Amount, Stan, (uint)Time, Mti.IsReversal ? 0 : Rrn, Place);
}

/// <summary>
/// Keys of the duplicate window (docs/domain.md section 2.3): acquirer, class, and the elements that the acquirer's
/// dialect tells transactions apart by, which are STAN, DE 7, terminal and acquiring institution unless it says
/// otherwise. The class is in the key because most reversals reuse their original's STAN; for the same reason an advice
/// of a class that has requests (0120, 0220) has a class of its own here.
/// </summary>
internal static class TransactionKey
{
    // Of DE 41, which is part of the key and of the name.
    private const int TextMax = PaymentName.TextMax;
    private const int AdviceClass = 16;

    /// <summary>Of DE 13 and 12 as one number: below it the date is zeros.</summary>
    public const long FirstDate = 1_000_000;

    /// <summary>The class by which a message has its key.</summary>
    public static int ClassOf(Mti mti) =>
        mti is { IsAdvice: true, Class: 1 or 2 } ? mti.Class + AdviceClass : mti.Class;

    /// <summary>
    /// The key that a transaction with this trace number and time has, where the rest is as this message states it.
    /// </summary>
    public static ulong Of(ulong acquirerHash, int messageClass, int stan, long time, Message message, long institution)
    {
        Span<byte> text = stackalloc byte[TextMax];
        ReadOnlySpan<byte> terminal = message.ReadText(Field.TerminalId, text);
        return Of(acquirerHash, messageClass, stan, time, message, institution, terminal);
    }

    /// <summary>As above, where DE 41 has been read.</summary>
    public static ulong Of(
        ulong acquirerHash, int messageClass, int stan, long time, Message message, long institution,
        ReadOnlySpan<byte> terminal)
    {
        FieldSet elements = message.Dialect.Key;
        var hash = new StableHash(acquirerHash);
        hash.Add(((ulong)messageClass << 32) | (uint)(elements.Contains(Field.Stan) ? stan : 0));
        hash.Add((ulong)time);
        hash.Add((ulong)(elements.Contains(Field.AcquirerId) ? institution : 0));
        hash.Add(terminal);
        if (elements.Contains(Field.RetrievalReference))
        {
            Add(ref hash, message, Field.RetrievalReference);
        }

        if (elements.Contains(Field.MerchantId))
        {
            Add(ref hash, message, Field.MerchantId);
        }

        return hash.Value;
    }

    private static void Add(ref StableHash hash, Message message, int field)
    {
        Span<byte> text = stackalloc byte[TextMax];
        hash.Add(message.ReadText(field, text));
    }

    /// <summary>
    /// The time by which the sender will name this message again, as its dialect has it: its DE 7, or its local date
    /// and time, as DE 56 of the later editions does.
    /// </summary>
    public static long TimeOf(Message message)
    {
        if (message.Dialect.KeysByLocalTime)
        {
            long local = LocalTimeOf(message);
            if (local != 0 || message.Dialect.StatesKey)
            {
                return local;
            }
        }

        return message.TryGetNumber(Field.TransmissionDateTime, out long time) ? time : 0;
    }

    /// <summary>DE 13 and 12 as one number, MMDDhhmmss; 0 when they are not both there.</summary>
    public static long LocalTimeOf(Message message) =>
        message.TryGetNumber(Field.LocalDate, out long date) && message.TryGetNumber(Field.LocalTime, out long time)
            ? (date * FirstDate) + time
            : 0;

    /// <summary>DE 32 as a number; 0 when it is absent, as DE 90 writes it.</summary>
    public static long InstitutionOf(Message message) =>
        message.TryGetNumber(Field.AcquirerId, out long institution) ? institution : 0;

    /// <summary>Amount, card and processing code: with the same key, another content is another payment.</summary>
    public static uint ContentOf(Message message, long amount, in CardToken card) =>
        ContentOf(amount, card, message.TryGetNumber(Field.ProcessingCode, out long code) ? code : -1);

    /// <summary>As above, where DE 3 has been read.</summary>
    /// <param name="code">DE 3; -1: it is absent, or no number.</param>
    public static uint ContentOf(long amount, in CardToken card, long code)
    {
        var hash = new StableHash((ulong)amount);
        Span<byte> token = stackalloc byte[CardToken.Size];
        card.Write(token);
        hash.Add(token);
        hash.Add((ulong)code);
        return (uint)hash.Value;
    }
}

/// <summary>Reads facts and says which field is missing.</summary>
internal static class RequestFactsReader
{
    /// <summary>
    /// False when a mandatory field is absent, or is no number, or a STAN or a time of zeros;
    /// <paramref name="missing"/> names it.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="acquirerHash">The acquirer's part of its keys.</param>
    /// <param name="timeNow">DE 7 of a message that its sender gives none, as issuers are to know it.</param>
    /// <param name="duplicates">Fetches the place of the message's key, while the rest is read.</param>
    /// <param name="facts">What it says.</param>
    /// <param name="pan">Its card number; none in a reversal without one.</param>
    /// <param name="missing">The field at fault.</param>
    public static bool TryRead(
        Message message, ulong acquirerHash, long timeNow, DuplicateTable duplicates, out RequestFacts facts,
        out Pan pan, out int missing)
    {
        facts = default;
        Mti mti = message.Mti.WithoutRepeat();
        FieldSet absent = AbsentFrom(message);
        if (!absent.IsEmpty)
        {
            pan = default;
            missing = FirstOf(absent);
            return false;
        }

        missing = Field.Pan;
        if (!message.TryGetPan(out pan) && !IsFoundWithoutCard(message))
        {
            return false;
        }

        missing = Field.Amount;
        if (!message.TryGetNumber(Field.Amount, out long amount))
        {
            return false;
        }

        // Zeros name nothing: two such messages would be taken for one.
        FieldSet key = message.Dialect.Key;
        missing = Field.Stan;
        if ((!message.TryGetNumber(Field.Stan, out long stan) || stan == 0) && key.Contains(Field.Stan))
        {
            return false;
        }

        missing = Field.TransmissionDateTime;
        bool hasTime = message.TryGetNumber(Field.TransmissionDateTime, out long time) && time != 0;
        if (!hasTime && key.Contains(Field.TransmissionDateTime))
        {
            return false;
        }

        missing = Field.LocalTime;
        if (key.Contains(Field.LocalTime) && TransactionKey.LocalTimeOf(message) < TransactionKey.FirstDate)
        {
            return false;
        }

        Span<byte> terminalText = stackalloc byte[PaymentName.TextMax];
        ReadOnlySpan<byte> terminal = message.ReadText(Field.TerminalId, terminalText);
        long keyTime = message.Dialect.KeysByLocalTime ? TransactionKey.TimeOf(message) : time;
        ulong hash = TransactionKey.Of(
            acquirerHash, TransactionKey.ClassOf(mti), (int)stan, keyTime, message,
            TransactionKey.InstitutionOf(message), terminal);
        duplicates.Prefetch(hash);

        missing = Field.RetrievalReference;
        uint rrn = RrnOf(message);
        if (rrn == 0 && !key.Contains(Field.Stan))
        {
            return false;
        }

        missing = 0;
        bool hasCode = message.TryGetNumber(Field.ProcessingCode, out long code);
        facts = new RequestFacts
        {
            Mti = mti,
            Stan = (int)stan,
            Time = hasTime ? time : timeNow,
            Amount = amount,
            Card = message.Card,
            ProcessingCode = (int)code,
            Currency = CurrencyOf(message),
            Key = hash,
            Content = TransactionKey.ContentOf(amount, message.Card, hasCode ? code : -1),
            Rrn = rrn,
            Place = PlaceOf(message, acquirerHash, terminal),
        };
        return true;
    }

    /// <summary>The mandatory fields that a message lacks: with any, it is answered 30 and goes no further.</summary>
    public static FieldSet AbsentFrom(Message message)
    {
        FieldSet mandatory = CommonFields.MandatoryIn(message.Dialect);
        bool isAdvice = message.Mti.IsAdvice && !message.Mti.IsReversal;
        return (isAdvice ? mandatory.With(Field.ResponseCode) : mandatory).Except(message.Fields);
    }

    // Only a payment that is known has a card then.
    private static bool IsFoundWithoutCard(Message message) =>
        message.Mti.IsReversal && message.Dialect.CardlessReversals && !message.Has(Field.Pan)
        && !message.Has(Field.Track2) && OriginalElements.Read(message, out _) == OriginalNaming.Named;

    private static uint RrnOf(Message message)
    {
        Span<byte> text = stackalloc byte[PaymentName.TextMax];
        return PaymentName.RrnOf(message.ReadText(Field.RetrievalReference, text));
    }

    private static uint PlaceOf(Message message, ulong acquirerHash, ReadOnlySpan<byte> terminal)
    {
        Span<byte> merchant = stackalloc byte[PaymentName.TextMax];
        return PaymentName.PlaceOf(acquirerHash, terminal, message.ReadText(Field.MerchantId, merchant));
    }

    /// <summary>DE 49 as a number; 0: absent, or not one.</summary>
    public static int CurrencyOf(Message message)
    {
        const int Length = 3;
        Span<byte> buffer = stackalloc byte[Length];
        ReadOnlySpan<byte> text = message.ReadText(Field.Currency, buffer);
        if (text.Length != Length)
        {
            return 0;
        }

        uint first = (uint)text[0] - '0';
        uint second = (uint)text[1] - '0';
        uint third = (uint)text[2] - '0';
        return Math.Max(first, Math.Max(second, third)) > 9 ? 0 : (int)((((first * 10) + second) * 10) + third);
    }

    private static int FirstOf(in FieldSet fields)
    {
        foreach (int field in fields)
        {
            return field;
        }

        return 0;
    }
}
