using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Switch.Host.Configuration;
using Switch.Routing.Journal;

namespace Switch.Host.Journal;

/// <summary>
/// Sums since the journal was opened. Times are in <see cref="Stopwatch"/> ticks; a batch's is from its sealing to the
/// end of its fdatasync. Read on the journal's thread, in its report of progress, the last is that of the batch
/// reported.
/// </summary>
internal readonly record struct JournalCounters(
    long Batches, long Records, long Bytes, long WriteTicks, long LongestWriteTicks, long LastWriteTicks);

/// <summary>
/// The journal of this node, open for appending. One thread appends (the core's); a thread of the journal's own
/// writes what has formed: one write and one fdatasync a batch, while the next batch forms.
/// </summary>
/// <remarks>
/// Neither appending nor handing over takes a lock: see <see cref="BatchExchange"/>. The gate is of the journal's
/// thread, the watch, and those who read counters.
/// </remarks>
internal sealed class JournalWriter : IJournal, IDisposable
{
    private readonly Lock _gate = new();
    private readonly BatchExchange _exchange;
    private readonly JournalDependencies _parts;
    private readonly SegmentAppender _appender;
    private readonly SparePool _spares;
    private readonly JournalWatch _watch;
    private readonly Action _onProgress;
    private readonly Thread _thread;
    private readonly int _recordSizeMax;
    private RecordBatch _forming;
    private long _durableLsn;
    private long _replayFrom;
    private SealedPart _sealed;
    private volatile Exception? _failure;
    private JournalCounters _counters;
    private bool _isDisposed;

    private JournalWriter(
        JournalSettings settings, JournalDependencies parts, SegmentAppender appender, SparePool spares,
        Action onProgress)
    {
        _parts = parts;
        _appender = appender;
        _spares = spares;
        _onProgress = onProgress;
        int batchSize = settings.ToAppendOptions().BatchSize;
        _recordSizeMax = Math.Min(batchSize, JournalFormat.RecordSizeMax);
        _forming = new RecordBatch(batchSize);
        _exchange = new BatchExchange(batchSize);
        LastLsn = _durableLsn = appender.NextLsn - 1;
        _replayFrom = appender.ReplayFrom;
        _sealed = new SealedPart(appender.SealedUpTo, appender.Segment, appender.SegmentCreatedMs);
        Epoch = appender.Epoch;
        _thread = new Thread(Run) { IsBackground = true, Name = "journal" };
        JournalMarkFile? mark = settings.IdentityFile is { } file ? new JournalMarkFile(file) : null;
        _watch = new JournalWatch(mark, () => MarkOf(settings), Fail, parts);
    }

    /// <summary>The highest LSN that survives a power cut. Any thread.</summary>
    public long DurableLsn => Volatile.Read(ref _durableLsn);

    /// <summary>LSN of the last record appended. Core thread.</summary>
    public long LastLsn { get; private set; }

    /// <summary>
    /// How often this journal has been opened, this time included: with the node's name it makes ids unique.
    /// </summary>
    public long Epoch { get; }

    /// <summary>
    /// A write or sync failed, or what is written is not where it should be. Final: nothing after
    /// <see cref="DurableLsn"/> will ever be durable. Any thread.
    /// </summary>
    public bool HasFailed => _failure is not null;

    /// <summary>What failed first; null while nothing has.</summary>
    public Exception? Failure => _failure;

    /// <summary>
    /// False: half of what may wait for the disk waits already, so new work should be refused; the other half is for
    /// the work already begun. Core thread.
    /// </summary>
    public bool HasRoom => _forming.Size <= _forming.Capacity / 2;

    /// <summary>Segments that can still be begun before the disk is full. Any thread.</summary>
    public long SegmentsLeft => _spares.SegmentsLeft;

    /// <summary>Bytes free on the journal's disk, as of the last second. Any thread.</summary>
    public long FreeBytes => _spares.FreeBytes;

    /// <summary>
    /// The disk is nearly full: what approves on the journal's word alone must stop, so that what is owed anyway,
    /// reversals above all, still finds room. Any thread.
    /// </summary>
    public bool IsSpaceLow => _spares.IsLow;

    /// <summary>What lies sealed in front of the segment being written. Any thread.</summary>
    public CheckpointPlace SealedUpTo => Volatile.Read(ref _sealed).Place;

    /// <summary>Its disk, clock and random numbers, for the keeper of what it has sealed.</summary>
    public JournalDependencies Dependencies => _parts;

    /// <summary>What recovery found; for the log, the console and the first lines of a report.</summary>
    public required RecoveredJournal Recovered { get; init; }

    /// <summary>Any thread.</summary>
    public JournalCounters Counters
    {
        get
        {
            lock (_gate)
            {
                return _counters;
            }
        }
    }

    /// <summary>
    /// Verifies the journal, cuts off a torn tail, replays what survived, and is ready to append. Refuses with a
    /// <see cref="JournalException"/>.
    /// </summary>
    /// <param name="settings">Where and how.</param>
    /// <param name="keys">For the secret parts.</param>
    /// <param name="replay">Called for each surviving record, in LSN order, on the calling thread.</param>
    /// <param name="onProgress">
    /// Called on the journal's thread whenever <see cref="DurableLsn"/> moved or <see cref="HasFailed"/> turned true.
    /// </param>
    /// <param name="logger">State changes only.</param>
    /// <param name="restore">
    /// Takes the newest checkpoint before the rest is replayed; null: all of the journal is replayed.
    /// </param>
    /// <param name="start">Whether the start may go on with what is there; null: it may.</param>
    public static JournalWriter Open(
        JournalSettings settings, JournalKeyRing keys, RecordReplay replay, Action onProgress, ILogger logger,
        StateSink? restore = null, JournalStart? start = null)
    {
        start?.RequireJournal();
        PosixJournalDisk disk = PosixJournalDisk.OpenToWrite(settings.Path);
        start?.AskStore();
        try
        {
            var parts = new JournalDependencies(
                disk, disk, RandomNumberGenerator.Fill, TimeProvider.System, logger);
            return Open(settings, keys, replay, onProgress, parts, restore, start);
        }
        catch
        {
            disk.Dispose();
            start?.Abandon();
            throw;
        }
    }

    /// <summary>The same over any disk and clock. Owns the disk's owner only once it has returned.</summary>
    public static JournalWriter Open(
        JournalSettings settings, JournalKeyRing keys, RecordReplay replay, Action onProgress,
        JournalDependencies parts, StateSink? restore = null, JournalStart? start = null)
    {
        bool isDurable = settings.Durability == Durability.Fsync;
        AppendOptions options = settings.ToAppendOptions();
        var recovery = new RecoveryOptions
        {
            Restore = restore,
            NowMs = parts.NowMs(),
        };
        RecoveredJournal recovered = JournalRecovery.Run(parts.Disk, settings.Identity, keys, recovery, replay);
        JournalLog.Recovery(parts.Logger, settings.Path, recovered, isDurable);
        JournalBeginning beginning = start?.Judge(parts.Disk, recovered) ?? default;
        recovered = recovered with { Epoch = Math.Max(recovered.Epoch, beginning.Epoch) };
        var spares = new SparePool(
            parts.Disk, options.SegmentSize, settings.SparesAhead, isDurable, parts.Logger, settings.FreeSpaceMin);
        try
        {
            var appender = new SegmentAppender(
                parts.Disk, settings.Identity, keys, options, recovered, parts.Salts, spares.Take, parts.NowMs());
            if (beginning.Reason is { } reason)
            {
                appender.GiveUp(beginning.GivenUpTo, parts.NowMs(), reason);
            }

            var writer = new JournalWriter(settings, parts, appender, spares, onProgress) { Recovered = recovered };
            writer._watch.Start();
            spares.Start();
            writer._thread.Start();
            return writer;
        }
        catch
        {
            spares.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Queues a record and returns its LSN: 1, 2, 3... Copies both parts. Core thread only. Blocks, as a last resort,
    /// when <see cref="HasRoom"/> was ignored until nothing more fits. After a failure the record is forgotten: its LSN
    /// never becomes durable.
    /// </summary>
    public long Append(RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret)
    {
        if (type is RecordType.None or >= RecordType.Group
            || (long)open.Length + secret.Length > _recordSizeMax
            || JournalFormat.SizeOf(open.Length, secret.Length) > _recordSizeMax)
        {
            ThrowBadRecord(type, open.Length, secret.Length);
        }

        long lsn = ++LastLsn;
        if (_forming.IsEmpty)
        {
            _forming.TimeMs = _parts.NowMs();
        }

        if (!_forming.TryAppend(lsn, type, open, secret))
        {
            AppendSlow(lsn, type, open, secret);
        }

        return lsn;
    }

    /// <summary>
    /// Hands what has formed to the journal's thread. Core thread, at the end of each batch of events.
    /// </summary>
    public void SubmitBatch()
    {
        if (_forming.IsEmpty)
        {
            return;
        }

        _exchange.Submit(ref _forming);
    }

    /// <summary>
    /// Says that replaying from this LSN suffices, because a checkpoint that is durable covers everything before; for
    /// people, it is noted from the next segment on. Any thread.
    /// </summary>
    public void SetReplayFrom(long lsn) => Volatile.Write(ref _replayFrom, lsn);

    /// <summary>Writes what has formed, seals the segment, and closes. Core thread.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        while (!_forming.IsEmpty)
        {
            SubmitBatch();
            _exchange.WaitUntilTaken();
        }

        _exchange.Stop();
        _thread.Join();
        _watch.Stop(HasFailed);
        _spares.Dispose();
        try
        {
            if (!HasFailed)
            {
                _appender.Close(_parts.NowMs());
                JournalLog.Closed(_parts.Logger, DurableLsn);
            }
        }
        catch (JournalException refused)
        {
            // Only the seal is missing: everything was durable before, and the next start seals it.
            JournalLog.Failed(_parts.Logger, DurableLsn, refused);
        }

        _watch.Dispose();
        _appender.Dispose();
        _parts.Owner?.Dispose();
    }

    private static void ThrowBadRecord(RecordType type, int open, int secret) => throw new ArgumentException(
        $"A record of type {type} with {open} and {secret} bytes cannot be written to the journal.", nameof(type));

    private void AppendSlow(long lsn, RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret)
    {
        do
        {
            long formed = _forming.TimeMs;
            SubmitBatch();
            if (!_forming.IsEmpty)
            {
                _exchange.WaitUntilTaken();
            }
            else
            {
                _forming.TimeMs = formed;
            }
        }
        while (!_forming.TryAppend(lsn, type, open, secret));
    }

    private void Run()
    {
        while (_exchange.Take() is { } batch)
        {
            long started = Stopwatch.GetTimestamp();
            try
            {
                _appender.ReplayFrom = Volatile.Read(ref _replayFrom);
                _appender.Write(batch);
                if (_appender.SealedUpTo.Segment != _sealed.Place.Segment)
                {
                    Volatile.Write(
                        ref _sealed,
                        new SealedPart(_appender.SealedUpTo, _appender.Segment, _appender.SegmentCreatedMs));
                }
            }
            catch (Exception cause)
            {
                // Any exception at all: it is not known what is on the disk now.
                batch.Clear();
                Fail(cause);
                return;
            }

            if (!TryPublish(batch.LastLsn))
            {
                batch.Clear();
                return;
            }

            Recycle(batch, Stopwatch.GetTimestamp() - started);
            _onProgress();
        }
    }

    // Not after a failure that was found meanwhile: what was synced to a place that is gone is not durable.
    private bool TryPublish(long lastLsn)
    {
        lock (_gate)
        {
            if (_failure is null)
            {
                Volatile.Write(ref _durableLsn, lastLsn);
            }

            return _failure is null;
        }
    }

    private void Recycle(RecordBatch batch, long ticks)
    {
        long records = batch.Count;
        long bytes = batch.Size;
        batch.Clear();
        lock (_gate)
        {
            _counters = new JournalCounters(
                _counters.Batches + 1, _counters.Records + records, _counters.Bytes + bytes,
                _counters.WriteTicks + ticks, Math.Max(_counters.LongestWriteTicks, ticks), ticks);
        }

        _exchange.Give(batch);
    }

    // The journal's thread or the watch's; the first failure is the one that counts.
    private void Fail(Exception cause)
    {
        lock (_gate)
        {
            if (_failure is not null)
            {
                return;
            }

            _failure = cause;
        }

        _exchange.End();

        JournalLog.Failed(_parts.Logger, DurableLsn, cause);
        _onProgress();
    }

    // The segment first: the LSN is then at least as new. What is not synced is not claimed.
    private JournalMark MarkOf(JournalSettings settings)
    {
        SealedPart part = Volatile.Read(ref _sealed);
        bool isDurable = settings.Durability == Durability.Fsync;
        return new JournalMark
        {
            Cluster = settings.Identity.Cluster, Node = settings.Identity.Node, Epoch = Epoch,
            Segment = isDurable ? part.Segment : 0, CreatedMs = isDurable ? part.SegmentCreatedMs : 0,
            Lsn = isDurable ? DurableLsn : 0,
        };
    }

    // A reference, so that other threads see all of it or nothing.
    private sealed record SealedPart(CheckpointPlace Place, long Segment, long SegmentCreatedMs);
}
