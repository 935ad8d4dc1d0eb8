using System.Globalization;
using System.Text;
using Switch.Routing.Journal;

namespace Switch.Host.Simulators.World;

/// <summary>
/// The node's journal: the real appender over the simulated disk. Batches form while one is being written, which takes
/// its time; what was told durable is remembered for ever, to be compared with what recovery finds.
/// </summary>
internal sealed class NodeJournal(WorldContext context, SimDisk disk, RandomSource random) : IDisposable
{
    private readonly Queue<RecordBatch> _ready = new();
    private readonly Stack<RecordBatch> _free = new();
    private readonly List<ulong> _hashes = [];
    private readonly List<long> _durableAt = [];
    private readonly HashSet<ulong> _watched = [];
    private readonly bool _hasStore = context.Plan.Core.LookUp > TimeSpan.Zero;
    private readonly List<JournaledRecord> _records = []; // For the store.
    private readonly WorldStore _store = new();
    private readonly JournalPlan _plan = context.Plan.Journal;
    private SegmentAppender? _appender;
    private RecordBatch? _forming;
    private RecordBatch? _lastReady;

    public long LastLsn { get; private set; }

    public long DurableLsn { get; private set; }

    public bool HasFailed { get; private set; }

    /// <summary>A batch is on its way to the disk.</summary>
    public bool IsWriting { get; private set; }

    public bool IsIdle => !IsWriting && (_forming is null || _forming.IsEmpty);

    /// <summary>Extra time of a sync now, in ticks.</summary>
    public long Slowness { get; set; }

    /// <summary>Of the tokens that cards have now.</summary>
    public int TokenAge { get; set; } = CardTokens.AgeOfToday;

    /// <summary>When each record became durable, by LSN - 1.</summary>
    public IReadOnlyList<long> DurableAt => _durableAt;

    /// <summary>
    /// Recovers from the disk and is ready to append. What was durable must be there, as it was appended, and nothing
    /// that was not.
    /// </summary>
    /// <param name="judge">Sees that all is replayed, and may refuse to go on.</param>
    public void Open(RecordReplay replay, Action judge, long nowMs)
    {
        long expected = 1;
        bool isToday = TokenAge == CardTokens.AgeOfToday;
        JournalIdentity identity = _plan.Identity with
        {
            TokenCheck = CardTokens.CheckOf(TokenAge),
            FormerTokenCheck = isToday ? CardTokens.CheckOf(0) : 0,
            OldTokenCheck = TokenAge == 0 || isToday ? 0 : CardTokens.CheckOf(TokenAge - 1),
        };
        RecoveredJournal recovered = JournalRecovery.Run(
            disk, identity, _plan.Keys, new RecoveryOptions { NowMs = nowMs },
            (lsn, type, open, secret) =>
            {
                Compare(lsn, expected++, Trace.Of(open, secret, (ulong)type));
                replay(lsn, type, open, secret);
            });
        judge();
        long last = recovered.NextLsn - 1;
        if (last < DurableLsn || last != expected - 1)
        {
            context.Report("I13", 0, $"recovered up to LSN {last}; {DurableLsn} was durable, {expected - 1} replayed");
        }

        _hashes.RemoveRange((int)last, Math.Max(0, _hashes.Count - (int)last));
        _records.RemoveRange(_hasStore ? (int)last : 0, Math.Max(0, _records.Count - (int)last));
        while (_durableAt.Count < last)
        {
            _durableAt.Add(context.Now); // It had survived the crash without anybody having been told.
        }

        LastLsn = DurableLsn = last;
        _appender = new SegmentAppender(
            disk, identity, _plan.Keys, _plan.Options, recovered, random.Fill, static _ => null, nowMs);
        HasFailed = false;
        IsWriting = false;
        _forming = TakeBatch(nowMs);
    }

    /// <summary>The process is gone, and what it had not written with it.</summary>
    public void Abandon()
    {
        foreach (RecordBatch batch in _ready)
        {
            Free(batch);
        }

        _ready.Clear();
        if (_forming is { } forming)
        {
            Free(forming);
        }

        _forming = null;
        _appender?.Dispose();
        _appender = null;
        IsWriting = false;
    }

    public long Append(RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret, long nowMs)
    {
        long lsn = ++LastLsn;
        _hashes.Add(Trace.Of(open, secret, (ulong)type));
        context.Trace.Add(_hashes[^1]);
        if (_hasStore)
        {
            _records.Add(JournaledRecord.Of(lsn, type, open, default));
        }

        if (context.Watched != 0)
        {
            NoteWatched(lsn, type, open);
        }

        if (_forming!.IsEmpty)
        {
            _forming.TimeMs = nowMs;
        }

        if (!_forming.TryAppend(lsn, type, open, secret))
        {
            Enqueue(nowMs);
            _forming.TryAppend(lsn, type, open, secret);
        }

        return lsn;
    }

    /// <summary>
    /// End of a slice: what has formed may go. Says when the batch being written will be on the disk; 0: none.
    /// </summary>
    public long SubmitBatch(long nowMs)
    {
        if (!_forming!.IsEmpty && !HasFailed)
        {
            // While the disk is busy, what forms joins what waits: one write and one sync for all of it.
            bool isJoined = _ready.Count > (IsWriting ? 1 : 0) && _lastReady!.TryAppend(_forming);
            if (isJoined)
            {
                _forming.Clear();
            }
            else
            {
                Enqueue(nowMs);
            }
        }

        return StartWrite();
    }

    /// <summary>
    /// The batch's time on the disk is over: writes it for good, or fails. Says when the next will be there.
    /// </summary>
    public long Finish()
    {
        IsWriting = false;
        RecordBatch batch = _ready.Peek();
        try
        {
            _appender!.Write(batch);
        }
        catch (JournalException)
        {
            HasFailed = true;
            return 0;
        }

        DurableLsn = batch.LastLsn;
        while (_durableAt.Count < DurableLsn)
        {
            _durableAt.Add(context.Now);
        }

        Free(_ready.Dequeue());
        return StartWrite();
    }

    /// <summary>The node's store, with everything that is durable now.</summary>
    public WorldStore Store()
    {
        for (int i = (int)_store.PositionLsn; i < DurableLsn; i++)
        {
            _store.Take(_records[i].Lsn, _records[i].Type, _records[i].Open);
        }

        return _store;
    }

    public void Dispose() => Abandon();

    // A watched payment's records: those that bear its DE 37, and all of the transactions that these belong to.
    private void NoteWatched(long lsn, RecordType type, ReadOnlySpan<byte> open)
    {
        ulong transaction = BitConverter.ToUInt64(open[1..]);
        string rrn = context.Watched.ToString("D12", CultureInfo.InvariantCulture);
        if (open.IndexOf(Encoding.ASCII.GetBytes(rrn)) >= 0)
        {
            _watched.Add(transaction);
            context.Note(context.Watched, $"node records {type} at LSN {lsn}");
        }
        else if (transaction != 0 && _watched.Contains(transaction))
        {
            context.Note(context.Watched, $"node records {type} at LSN {lsn}");
        }
    }

    private void Enqueue(long nowMs)
    {
        _lastReady = _forming;
        _ready.Enqueue(_forming!);
        _forming = TakeBatch(nowMs);
    }

    private long StartWrite()
    {
        if (IsWriting || HasFailed || _ready.Count == 0)
        {
            return 0;
        }

        IsWriting = true;
        long latency = random.Between(_plan.SyncMin, _plan.SyncMax) + random.Between(0, Slowness);
        return context.Now + latency;
    }

    private void Compare(long lsn, long expected, ulong hash)
    {
        if (lsn != expected)
        {
            context.Report("I13", 0, $"recovery replayed LSN {lsn} where {expected} was due");
        }
        else if (lsn > _hashes.Count || _hashes[(int)lsn - 1] != hash)
        {
            context.Report("I13", 0, $"recovery replayed at LSN {lsn} what was never appended there");
        }
    }

    private RecordBatch TakeBatch(long nowMs)
    {
        RecordBatch batch = _free.TryPop(out RecordBatch? free) ? free : new RecordBatch(_plan.Options.BatchSize);
        batch.TimeMs = nowMs;
        return batch;
    }

    private void Free(RecordBatch batch)
    {
        batch.Clear();
        _free.Push(batch);
    }
}
