using System.Diagnostics;
using Switch.Protocol.Fields;
using Switch.Routing.Journal;
using Switch.Routing.Records;

namespace Switch.Host.Stores.Schema;

/// <summary>
/// Rows on their way to the store, of several tables, in plain arrays that are used again: projecting allocates nothing
/// after warm-up, so that it leaves the garbage collector, and with it the core, in peace. One thread.
/// </summary>
internal sealed class StoreBatch : IRecordFacts
{
    /// <summary>Large enough that a commit and its round trips cost little per row; some MiB in memory.</summary>
    public const int RecordsMax = 16_384;

    private const int BytesMax = 4 * 1024 * 1024;

    private const long MillisecondsPerDay = 24 * 60 * 60 * 1000;

    private readonly StoreRows[] _rows = [.. StoreSchema.Tables.Select(table => new StoreRows(table))];
    private byte[] _bytes = new byte[256 * 1024];
    private int _used;
    private int _day = -1;

    /// <summary>Rows of all tables.</summary>
    public int RowCount { get; private set; }

    /// <summary>Days since 1970-01-01, UTC, that rows are of: one, or two around midnight.</summary>
    public HashSet<int> Days { get; } = [];

    public ReadOnlySpan<StoreRows> Tables => _rows;

    /// <summary>
    /// Takes what is durable, up to a full batch, and moves the position behind it. False when there was nothing.
    /// </summary>
    /// <param name="tail">Stands behind the position.</param>
    /// <param name="durableLsn">Nothing beyond it is taken.</param>
    /// <param name="position">Of the last record taken.</param>
    /// <param name="onUnknown">Told of each record of a kind that this program does not know.</param>
    public bool Fill(JournalTail tail, long durableLsn, ref StorePosition position, Action<long> onUnknown)
    {
        int records = 0;
        while (records < RecordsMax && _used < BytesMax && tail.MoveNext(durableLsn))
        {
            JournalRecord record = tail.Current;
            if (!RecordDecoder.Read(record.Lsn, record.Type, record.Open, this))
            {
                onUnknown(record.Lsn);
            }

            position = new StorePosition(record.Lsn, record.OpenChecksum, record.TimeMs);
            records++;
        }

        return records > 0;
    }

    public void Clear()
    {
        foreach (StoreRows rows in _rows)
        {
            rows.Clear();
        }

        _used = 0;
        RowCount = 0;
        Days.Clear();
        _day = -1;
    }

    /// <summary>A text's or blob's bytes.</summary>
    public ReadOnlySpan<byte> BytesOf(in StoreCell cell) => _bytes.AsSpan((int)cell.Number, cell.Length);

    /// <inheritdoc cref="BytesOf"/>
    public ReadOnlyMemory<byte> MemoryOf(in StoreCell cell) => _bytes.AsMemory((int)cell.Number, cell.Length);

    public void Take(in RecordHead head, in PaymentFact payment)
    {
        StoreRows rows = Begin(0, head);
        Number(rows, (long)head.Transaction);
        Text(rows, payment.Acquirer);
        Always(rows, (long)payment.Key);
        Always(rows, (int)payment.Content);
        Card(rows, payment.Card);
        Text(rows, payment.MaskedPan);
        Always(rows, payment.Mti);
        Always(rows, payment.Amount);
        Text(rows, payment.Currency);
        Always(rows, payment.Stan);
        Always(rows, payment.Time);
        Text(rows, payment.ProcessingCode);
        Text(rows, payment.Institution);
        Text(rows, payment.RetrievalReference);
        Text(rows, payment.Terminal);
        Text(rows, payment.Merchant);
        Text(rows, payment.Issuer);
        Number(rows, payment.LegStan);
        Number(rows, payment.LegMti);
        Number(rows, payment.LocalTime);
    }

    public void Take(in RecordHead head, in DecisionFact decision)
    {
        StoreRows rows = Begin(1, head);
        bool ruled = decision.Rule != 0;
        Always(rows, (long)head.Transaction);
        Always(rows, decision.Source);
        Number(rows, decision.Trigger);
        Text(rows, decision.Code);
        Always(rows, decision.IsApproval ? 1 : 0);
        Text(rows, decision.Approval);
        Text(rows, decision.Issuer);
        Number(rows, decision.Stan);
        Always(rows, decision.Amount);
        Number(rows, decision.Rule);
        Optional(rows, ruled && decision.Limit != byte.MaxValue, decision.Limit);
        Optional(rows, ruled && decision.LimitBound != 0, decision.LimitUse);
        Optional(rows, ruled && decision.LimitBound != 0, decision.LimitBound);
        Number(rows, decision.Outage);
        Text(rows, decision.Profile);
        Text(rows, decision.OutageIssuer);
        Text(rows, decision.MerchantType);
        Text(rows, decision.EntryMode);
    }

    public void Take(in RecordHead head, in OwedFact owed)
    {
        StoreRows rows = Begin(2, head);
        Always(rows, (long)owed.Id);
        Number(rows, (long)head.Transaction);
        Always(rows, owed.Kind);
        Text(rows, owed.Issuer);
        Always(rows, owed.Mti);
        Always(rows, owed.Stan);
        Always(rows, owed.Time);
        Number(rows, owed.OriginalStan);
        Number(rows, owed.Reason);
        Card(rows, owed.Card);
        Always(rows, owed.Counts);
        Always(rows, owed.Amount);
    }

    public void Take(in RecordHead head, in EventFact happened)
    {
        StoreRows rows = Begin(3, head);
        Always(rows, (int)happened.Type);
        Number(rows, (long)head.Transaction);
        Number(rows, happened.Kind);
        Number(rows, (long)happened.Owed);
        Text(rows, happened.Issuer);
        Number(rows, happened.Stan);
        Number(rows, happened.Mti);
        Text(rows, happened.Code);
        Number(rows, (long)happened.Key);
        Always(rows, happened.Number);
        Card(rows, happened.Card);
        Text(rows, happened.MaskedPan);
        Text(rows, happened.Who);
        Text(rows, happened.Why);
    }

    private StoreRows Begin(int table, in RecordHead head)
    {
        Debug.Assert(_rows[table].IsWhole, "The row before has all its columns.");
        RowCount++;
        var day = (int)(head.WallMs / MillisecondsPerDay);
        if (day != _day)
        {
            Days.Add(day);
            _day = day;
        }

        Always(_rows[table], head.Lsn);
        Always(_rows[table], head.WallMs);
        return _rows[table];
    }

    private static void Always(StoreRows rows, long value) => rows.Add(new StoreCell(value, 0));

    /// <summary>Zero is nothing.</summary>
    private static void Number(StoreRows rows, long value) => Optional(rows, value != 0, value);

    private static void Optional(StoreRows rows, bool isThere, long value) =>
        rows.Add(isThere ? new StoreCell(value, 0) : StoreCell.Null);

    private void Card(StoreRows rows, in CardToken card)
    {
        Span<byte> bytes = stackalloc byte[CardToken.Size];
        card.Write(bytes);
        Text(rows, card.IsNone ? default : bytes);
    }

    /// <summary>Empty is nothing.</summary>
    private void Text(StoreRows rows, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            rows.Add(StoreCell.Null);
            return;
        }

        if (_used + text.Length > _bytes.Length)
        {
            Array.Resize(ref _bytes, _bytes.Length * 2);
        }

        text.CopyTo(_bytes.AsSpan(_used));
        rows.Add(new StoreCell(_used, text.Length));
        _used += text.Length;
    }
}

/// <summary>
/// One value: a number, or where a text begins and how long it is; a length below zero: nothing.
/// </summary>
internal readonly record struct StoreCell(long Number, int Length)
{
    public static StoreCell Null => new(0, -1);

    public bool IsNull => Length < 0;
}

/// <summary>The rows of one table, cell after cell.</summary>
internal sealed class StoreRows(StoreTable table)
{
    private StoreCell[] _cells = new StoreCell[table.Columns.Length * 64];
    private int _count;

    public StoreTable Table { get; } = table;

    public int Count => _count / Table.Columns.Length;

    public bool IsWhole => _count % Table.Columns.Length == 0;

    public ReadOnlySpan<StoreCell> Row(int index) =>
        _cells.AsSpan(index * Table.Columns.Length, Table.Columns.Length);

    public void Add(in StoreCell cell)
    {
        if (_count == _cells.Length)
        {
            Array.Resize(ref _cells, _cells.Length * 2);
        }

        _cells[_count++] = cell;
    }

    public void Clear() => _count = 0;
}
