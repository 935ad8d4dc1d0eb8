using Switch.Host.Simulators;

namespace Switch.Host.Commands.Drills;

/// <summary>One payment as its acquirer's books have it.</summary>
/// <param name="Issuer">Whose card it is.</param>
/// <param name="SentAt">When the schedule wanted it sent, by the acquirer's clock.</param>
/// <param name="AnsweredAt">By the same clock; null: not answered.</param>
/// <param name="Code">DE 39; null: not answered.</param>
internal sealed record DrillPayment(
    string Issuer, TimeSpan SentAt, TimeSpan? AnsweredAt, string? Code, string Pan, string Rrn, long Amount)
{
    public bool IsApproved => SimulatorResponseCodes.IsApproval(Code);

    public TimeSpan? Latency => AnsweredAt - SentAt;
}

/// <summary>One message as an issuer's books have it.</summary>
internal sealed record DrillEntry(string Issuer, int Mti, string Pan, string Rrn, EntryState State);

/// <summary>What all parties wrote down, at one moment.</summary>
internal sealed class DrillBooks
{
    private readonly Dictionary<(string Pan, string Rrn), List<DrillEntry>> _entries = [];

    public DrillBooks(IReadOnlyList<DrillPayment> payments, IEnumerable<DrillEntry> entries)
    {
        Payments = payments;
        foreach (DrillEntry entry in entries)
        {
            if (!_entries.TryGetValue((entry.Pan, entry.Rrn), out List<DrillEntry>? all))
            {
                _entries.Add((entry.Pan, entry.Rrn), all = []);
            }

            all.Add(entry);
        }
    }

    /// <summary>In the order of sending.</summary>
    public IReadOnlyList<DrillPayment> Payments { get; }

    public static DrillBooks Take(
        AcquirerSimulator acquirer, IEnumerable<IssuerSimulator> issuers, Func<string, string> issuerOf) => new(
            acquirer.Read(desk => desk.Transactions.Select(one => new DrillPayment(
                issuerOf(one.Pan), one.IntendedAt, one.AnsweredAt, one.ResponseCode, one.Pan, one.Rrn, one.Amount))
                .ToArray()),
            issuers.SelectMany(static issuer => issuer.Read(ledger => ledger.Accounts
                .SelectMany(static account => account.Entries)
                .Select(one => new DrillEntry(issuer.Name, one.Key.Mti, one.Account.Pan, one.Rrn, one.State))
                .ToArray())));

    public IReadOnlyList<DrillEntry> EntriesOf(DrillPayment payment) =>
        _entries.TryGetValue((payment.Pan, payment.Rrn), out List<DrillEntry>? all) ? all : [];

    /// <summary>Another issuer was asked, or stand-in's advice was sent.</summary>
    public bool IsDecidedElsewhere(DrillPayment payment) => EntriesOf(payment).Any(entry =>
        (IsRequest(entry) && entry.Issuer != payment.Issuer) || IsAdvice(entry));

    /// <summary>Its own issuer was asked, and no other.</summary>
    public bool IsDecidedByItsIssuer(DrillPayment payment) =>
        EntriesOf(payment).Any(IsRequest) && !IsDecidedElsewhere(payment);

    /// <summary>An issuer may have acted on it without an answer: it was reversed, or covered by an advice.</summary>
    public bool IsUncertain(DrillPayment payment) => EntriesOf(payment).Any(static entry =>
        entry.State is EntryState.Reversed or EntryState.Reversal or EntryState.Covered or EntryState.Tombstone);

    /// <summary>Stand-in approved it, and the advice moved the money.</summary>
    public bool IsStoodIn(DrillPayment payment) =>
        EntriesOf(payment).Any(static entry => IsAdvice(entry) && entry.State != EntryState.Declined);

    private static bool IsRequest(DrillEntry entry) => entry.Mti is 100 or 200;

    private static bool IsAdvice(DrillEntry entry) => entry.Mti is 120 or 220;
}
