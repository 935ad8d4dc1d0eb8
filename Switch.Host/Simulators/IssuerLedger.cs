using System.Diagnostics.CodeAnalysis;

namespace Switch.Host.Simulators;

/// <summary>
/// An issuer's books: a balance per card and every message about it, with repeats recognised. Not thread safe: the
/// simulator's lock protects it. It shares no code with the switch: the two are compared.
/// </summary>
internal sealed class IssuerLedger
{
    private readonly Dictionary<string, CardAccount> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<LegKey, LedgerEntry> _byKey = [];
    private readonly Dictionary<(string Pan, string Rrn, string Terminal, long Amount), LedgerEntry> _byReference = [];

    public SimulatedIssuerCounters Counters { get; } = new();

    public IReadOnlyCollection<CardAccount> Accounts => _accounts.Values;

    /// <summary>The card's balance, 0 when the issuer never heard of it.</summary>
    public long BalanceOf(string pan) => _accounts.TryGetValue(pan, out CardAccount? account) ? account.Balance : 0;

    /// <summary>
    /// 0100 and 0200: posts when <paramref name="responseCode"/> approves; a repeat gets the first answer.
    /// </summary>
    public LedgerEntry Request(PlainMessage message, string responseCode, Func<string> approvalCode)
    {
        if (TryFindRepeat(message, out LedgerEntry? known))
        {
            return known;
        }

        bool isApproved = SimulatorResponseCodes.IsApproval(responseCode);
        LedgerEntry entry = Add(message, isApproved ? EntryState.Posted : EntryState.Declined, responseCode);
        if (isApproved)
        {
            entry.ApprovalCode = approvalCode();
            Post(entry);
        }

        return entry;
    }

    /// <summary>
    /// 0120 and 0220: what was approved elsewhere is posted, unless the original that it names (DE 90, else DE 37, 41
    /// and the amount) had been posted already, which is what a lost answer leaves behind (docs/domain.md section 3.3,
    /// case B).
    /// </summary>
    public LedgerEntry Advice(PlainMessage message)
    {
        if (TryFindRepeat(message, out LedgerEntry? known))
        {
            if (known.State == EntryState.Tombstone)
            {
                Counters.AdvicesAfterReversal++;
            }

            return known;
        }

        bool isApproved = message[39] is null || SimulatorResponseCodes.IsApproval(message[39]);
        bool namesOriginal = TryReadOriginal(message, out LegKey originalKey);
        LedgerEntry? original = FindOriginal(message, namesOriginal, originalKey);
        LedgerEntry entry = Add(message, EntryState.Declined, SimulatorResponseCodes.Approved);
        entry.ApprovalCode = message[38];
        if (!isApproved)
        {
            return entry;
        }

        if (original is { State: EntryState.Posted })
        {
            Counters.AdvicesCovered++;
            entry.State = EntryState.Covered;
            entry.CoveredBy = original;
            return entry;
        }

        Counters.ApprovedAgainstDecline += original is { State: EntryState.Declined } ? 1 : 0;
        Counters.AdvicesPosted++;
        entry.State = EntryState.Posted;
        Post(entry);
        if (namesOriginal)
        {
            // The original may still be on its way: when it comes it must find this advice and move nothing.
            _byKey.TryAdd(originalKey, entry);
        }

        return entry;
    }

    /// <summary>
    /// 0400 and 0420: takes the original of DE 90 back, once. An unknown original is accepted and remembered, so that
    /// it moves nothing should it arrive after its reversal.
    /// </summary>
    public LedgerEntry Reverse(PlainMessage message)
    {
        if (TryFindRepeat(message, out LedgerEntry? known))
        {
            return known;
        }

        bool namesOriginal = TryReadOriginal(message, out LegKey originalKey);
        LedgerEntry? original = FindOriginal(message, namesOriginal, originalKey);
        LedgerEntry entry = Add(message, EntryState.Reversal, SimulatorResponseCodes.Approved);
        if (original is null)
        {
            Counters.ReversalsUnknown++;
            if (namesOriginal)
            {
                _byKey[originalKey] = new LedgerEntry(originalKey, entry.Account)
                {
                    Rrn = entry.Rrn,
                    Terminal = entry.Terminal,
                    State = EntryState.Tombstone,
                    ResponseCode = SimulatorResponseCodes.Duplicate,
                };
            }

            return entry;
        }

        original = original.CoveredBy ?? original;
        long amount = SignedAmount(message);
        if (original.Account != entry.Account || (amount != original.Amount && amount != original.Posted))
        {
            Counters.Complain($"{message.Mti:D4}/{message.Stan:D6} reverses another card or amount than {original}");
        }

        TakeBack(original, Remaining(message));
        return entry;
    }

    /// <summary>
    /// The message has been seen under its key. Another content under that key is the sender's mistake.
    /// </summary>
    private bool TryFindRepeat(PlainMessage message, [NotNullWhen(true)] out LedgerEntry? entry)
    {
        if (!_byKey.TryGetValue(LegKey.Of(message), out entry))
        {
            return false;
        }

        if (entry.Account.Pan != message.Pan || (message[37] is { } rrn && entry.Rrn.Length > 0 && entry.Rrn != rrn))
        {
            Counters.Complain($"{message.Mti:D4}/{message.Stan:D6} uses a STAN and DE 7 again for another transaction");
        }

        Counters.Repeats++;
        return true;
    }

    private LedgerEntry? FindOriginal(PlainMessage message, bool namesOriginal, LegKey originalKey)
    {
        if (namesOriginal)
        {
            return _byKey.GetValueOrDefault(originalKey);
        }

        return _byReference.GetValueOrDefault(ReferenceOf(message));
    }

    private void TakeBack(LedgerEntry original, long remaining)
    {
        if (original.State != EntryState.Posted)
        {
            Counters.ReversalsWithoutEffect++;
            return;
        }

        Counters.ReversalsEffective++;
        original.Account.Balance -= original.Posted - remaining;
        original.Posted = remaining;
        original.State = remaining == 0 ? EntryState.Reversed : EntryState.Posted;
    }

    private LedgerEntry Add(PlainMessage message, EntryState state, string responseCode)
    {
        string pan = message.Pan ?? "";
        if (!_accounts.TryGetValue(pan, out CardAccount? account))
        {
            account = new CardAccount(pan);
            _accounts.Add(pan, account);
        }

        var entry = new LedgerEntry(LegKey.Of(message), account)
        {
            Rrn = message[37] ?? "",
            Terminal = message[41] ?? "",
            Amount = SignedAmount(message),
            State = state,
            ResponseCode = responseCode,
        };
        account.Entries.Add(entry);
        _byKey.Add(entry.Key, entry);
        return entry;
    }

    private void Post(LedgerEntry entry)
    {
        entry.Posted = entry.Amount;
        entry.Account.Balance += entry.Amount;
        _byReference[(entry.Account.Pan, entry.Rrn, entry.Terminal, entry.Amount)] = entry;
    }

    private static (string Pan, string Rrn, string Terminal, long Amount) ReferenceOf(PlainMessage message) =>
        (message.Pan ?? "", message[37] ?? "", message[41] ?? "", SignedAmount(message));

    /// <summary>
    /// DE 90 (docs/domain.md section 2.4): MTI 4, STAN 6, DE 7 10 digits, then acquirer and forwarder.
    /// </summary>
    private static bool TryReadOriginal(PlainMessage message, out LegKey key)
    {
        key = default;
        if (message[90] is not { Length: 42 } text || text.AsSpan(0, 4) is "0000")
        {
            return false;
        }

        int mti = PlainMessage.ToInt32(text[..4]);
        key = new LegKey(mti - (mti % 2), PlainMessage.ToInt32(text[4..10]), PlainMessage.ToInt64(text[10..20]));
        return true;
    }

    /// <summary>
    /// DE 95 starts with the amount that remains after a partial reversal; absent or zero: nothing remains.
    /// </summary>
    private static long Remaining(PlainMessage message) =>
        message[95] is { Length: >= 12 } text ? Math.Max(0, PlainMessage.ToInt64(text[..12])) : 0;

    /// <summary>Refunds, deposits and credit adjustments (DE 3 20 to 22) give money back.</summary>
    private static long SignedAmount(PlainMessage message) =>
        message[3] is ['2', >= '0' and <= '2', ..] ? -message.Amount : message.Amount;
}
