using System.Text;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Duplicates;
using Switch.Routing.Health;
using Switch.Routing.Journal;
using Switch.Routing.Owed;
using Switch.Routing.Payments;
using Switch.Routing.Routes;
using Switch.Routing.StandIn;
using Switch.Routing.Values;

namespace Switch.Routing.Records;

/// <summary>
/// Writes the core's records (docs/internals/journal.md): what must be known after a crash is in exactly one record, so
/// that a decision and all that it makes owed are durable together or not at all.
/// </summary>
internal sealed class TransactionLog(CoreContext context)
{
    private const int OpenMax = 4_096;

    private readonly byte[] _open = new byte[OpenMax];
    private readonly byte[] _secret = GC.AllocateArray<byte>(
        (Legs.Max + 2) * FieldImage.SizeMax(context.Configuration.MessageSizeMax), pinned: true);

    /// <summary>The latest position given out: a bound for answers that rest on anything recorded so far.</summary>
    public long LastLsn { get; private set; }

    /// <summary>A request is about to be sent to its first issuer.</summary>
    public long Intent(Transaction transaction, in Leg leg, Mti sentAs)
    {
        RecordWriter writer = Begin(transaction.Id);
        IdentityBlock.Write(ref writer, AcquirerName(transaction), transaction.Request, transaction.Facts);
        LegBlock.Write(ref writer, IssuerName(leg.Issuer), leg.Stan, sentAs);
        WriteLocalTime(ref writer, transaction.Request);
        if (!RequestImage.TryWrite(
            context.Composer, transaction.Request, transaction.Facts.Mti, _secret, out int size))
        {
            _secret.AsSpan().Clear(); // A part of it may have been written.
        }

        return Append(RecordType.Intent, writer, size);
    }

    /// <summary>A request is about to be sent to a further issuer.</summary>
    public long Leg(Transaction transaction, in Leg leg, Mti sentAs)
    {
        RecordWriter writer = Begin(transaction.Id);
        LegBlock.Write(ref writer, IssuerName(leg.Issuer), leg.Stan, sentAs);
        return Append(RecordType.Leg, writer, 0);
    }

    /// <summary>A request is decided; <paramref name="owed"/> becomes owed with it.</summary>
    /// <param name="issuer">The issuer that decided or is owed the stand-in advice, or -1.</param>
    public long Decision(
        Transaction transaction, int issuer, int stan, ReadOnlySpan<OwedItem> owed, OwedItem? netted = null)
    {
        RecordWriter writer = Begin(transaction.Id);
        bool hasIdentity = transaction.LegCount == 0;
        writer.Byte(hasIdentity ? (byte)1 : (byte)0);
        if (hasIdentity)
        {
            IdentityBlock.Write(ref writer, AcquirerName(transaction), transaction.Request, transaction.Facts);
        }

        OutcomeBlock.Write(
            ref writer, transaction.Source, transaction.Trigger, transaction.Response, transaction.Approval,
            issuer < 0 ? ReadyName.None : IssuerName(issuer), stan);
        WriteStandIn(ref writer, transaction);
        writer.Number64(transaction.ApprovedAmount);
        writer.Token(transaction.Facts.Card);
        writer.Number64(transaction.Facts.Key);
        writer.Number64(netted?.Id ?? 0);
        int size = WriteOwed(ref writer, owed);
        if (hasIdentity)
        {
            WriteLocalTime(ref writer, transaction.Request);
        }

        return Append(RecordType.Decision, writer, size);
    }

    /// <summary>A restart reverses a request that it found sent and undecided.</summary>
    public long Resolved(ulong transaction, ulong key, in CardToken card, ReadOnlySpan<OwedItem> owed)
    {
        RecordWriter writer = Begin(transaction);
        writer.Byte(0);
        OutcomeBlock.Write(
            ref writer, DecisionSource.Recovery, default, ResponseCode.Inoperative, default, ReadyName.None, 0);
        writer.Byte((byte)StandInRule.None);
        writer.Number64(0L);
        writer.Token(card);
        writer.Number64(key);
        writer.Number64(0L);
        int size = WriteOwed(ref writer, owed);
        return Append(RecordType.Decision, writer, size);
    }

    /// <summary>
    /// An acquirer's advice or reversal is accepted (with its message), or an undelivered approval is taken back
    /// (without).
    /// </summary>
    public long Owed(in OwedCause cause, in RequestFacts facts, ReadOnlySpan<OwedItem> owed)
    {
        RecordWriter writer = Begin(cause.Transaction);
        writer.Number64(cause.OriginalKey);
        writer.Byte((byte)cause.Effect);
        writer.Number64(cause.Remaining);
        writer.Number64(cause.Netted?.Id ?? 0);
        writer.Byte(cause.Message is null ? (byte)0 : (byte)1);
        if (cause.Message is not null)
        {
            IdentityBlock.Write(ref writer, context.AcquirerNames[cause.Acquirer], cause.Message, facts);
        }

        int size = WriteOwed(ref writer, owed);
        if (cause.Message is not null)
        {
            WriteLocalTime(ref writer, cause.Message);
        }

        return Append(RecordType.Owed, writer, size);
    }

    /// <summary>Something happened to an owed message.</summary>
    public long Progress(OwedItem item, OwedEvent what, ResponseCode code)
    {
        RecordWriter writer = Begin(item.Transaction);
        writer.Number64(item.Id);
        writer.Byte((byte)what);
        writer.Number16(code.Value);
        writer.Number32((uint)item.Attempts);
        TotalsRecords.WritePostings(ref writer, context);
        return Append(RecordType.OwedProgress, writer, 0);
    }

    /// <summary>An issuer, a link or a route has another state of health.</summary>
    public long Health(in HealthChange change)
    {
        Route? route = change.Scope == HealthScope.Route ? context.Configuration.Routes.Routes[change.Place] : null;
        return Append(transaction: 0, new HealthRecord
        {
            Issuer = Encoding.ASCII.GetBytes(context.Configuration.Issuers[change.Issuer].Name),
            Prefix = Encoding.ASCII.GetBytes(route?.Prefix ?? ""),
            Change = change,
        });
    }

    /// <summary>A reply came after its request had ended.</summary>
    public long Late(ulong transaction, int issuer, int stan, ResponseCode code)
    {
        RecordWriter writer = Begin(transaction);
        LegBlock.Write(ref writer, IssuerName(issuer), stan, default);
        writer.Number16(code.Value);
        TotalsRecords.WritePostings(ref writer, context);
        return Append(RecordType.Late, writer, 0);
    }

    /// <summary>Writes a record that its caller has built.</summary>
    /// <param name="transaction">The id; 0 when it concerns none.</param>
    public long Append<TRecord>(ulong transaction, scoped in TRecord record)
        where TRecord : IRecordLayout, allows ref struct
    {
        RecordWriter writer = Begin(transaction);
        record.Write(ref writer);
        return Append(TRecord.Type, writer, 0);
    }

    private RecordWriter Begin(ulong transaction)
    {
        var writer = new RecordWriter(_open);
        writer.Byte(RecordParser.Version);
        writer.Number64(transaction);
        writer.Number64(context.Now.WallMs);
        return writer;
    }

    private void WriteStandIn(ref RecordWriter writer, Transaction transaction)
    {
        StandInVerdict verdict = transaction.Verdict;
        writer.Byte((byte)verdict.Rule);
        if (verdict.Rule == StandInRule.Velocity)
        {
            StandInBlock.Write(
                ref writer, verdict, context.Configuration.Velocity.Rules[verdict.VelocityRule].Name, prefix: "",
                ReadyName.None, AcquirerName(transaction), transaction.Request);
        }
        else if (verdict.Rule != StandInRule.None)
        {
            Route route = transaction.Route!;
            string profile = route.StandIn < 0 ? "" : context.Configuration.StandInProfiles[route.StandIn].Name;
            StandInBlock.Write(
                ref writer, verdict, profile, route.Prefix, IssuerName(route.Primary), AcquirerName(transaction),
                transaction.Request);
        }
    }

    // An issuer of a later edition knows the message by it. Where all speak 1987 nothing asks for it.
    private void WriteLocalTime(ref RecordWriter writer, Message message)
    {
        if (context.Duplicates.KeepsTimes)
        {
            writer.Number32((uint)TransactionKey.LocalTimeOf(message));
        }
    }

    private int WriteOwed(ref RecordWriter writer, ReadOnlySpan<OwedItem> owed)
    {
        int size = 0;
        writer.Byte((byte)owed.Length);
        foreach (OwedItem item in owed)
        {
            OwedBlock.Write(ref writer, IssuerName(item.Issuer), item);
            item.Image.AsSpan(0, item.ImageSize).CopyTo(_secret.AsSpan(size));
            size += item.ImageSize;
        }

        TotalsRecords.Write(ref writer, owed);
        TotalsRecords.WritePostings(ref writer, context);
        return size;
    }

    private long Append(RecordType type, in RecordWriter writer, int secretSize)
    {
        Span<byte> secret = _secret.AsSpan(0, secretSize);
        LastLsn = context.Effects.Append(type, writer.Written, secret);
        secret.Clear(); // It held a card number.
        return LastLsn;
    }

    private ReadyName AcquirerName(Transaction transaction) => context.AcquirerNames[transaction.Acquirer];

    private ReadyName IssuerName(int issuer) => context.IssuerNames[issuer];
}

/// <summary>What an owed record does to the original that it names. Values are written to the journal.</summary>
internal enum OwedEffect : byte
{
    None = 0,

    /// <summary>The acquirer reversed it.</summary>
    Reversed = 1,

    /// <summary>The original has not come yet: decline it when it does.</summary>
    Tombstone = 2,

    /// <summary>Its approval was never delivered, and is taken back.</summary>
    Undelivered = 3,

    /// <summary>The acquirer reversed a part of it.</summary>
    PartlyReversed = 4,

    /// <summary>The acquirer completed it for less: stand-in counts what stays.</summary>
    Completed = 5,
}

/// <summary>Why something becomes owed, apart from a decision.</summary>
internal record struct OwedCause
{
    /// <summary>The transaction that it concerns; 0 when the switch does not know it.</summary>
    public ulong Transaction { get; set; }

    /// <summary>The original's key; 0: none.</summary>
    public ulong OriginalKey { get; set; }

    /// <summary>What it does to the original.</summary>
    public OwedEffect Effect { get; set; }

    /// <summary>Of a partial reversal or a completion: the amount that stays, in minor units.</summary>
    public long Remaining { get; set; }

    /// <summary>The unsent advice that it cancels.</summary>
    public OwedItem? Netted { get; set; }

    public int Acquirer { get; set; }

    /// <summary>The acquirer's own advice or reversal; null: the switch acts by itself.</summary>
    public Message? Message { get; set; }
}
