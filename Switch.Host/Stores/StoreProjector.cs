using Microsoft.Extensions.Logging;
using Switch.Host.Files;
using Switch.Host.Memory;
using Switch.Host.Stores.Schema;
using Switch.Routing.Journal;

namespace Switch.Host.Stores;

/// <summary>The world as the projector needs it; tests bring another.</summary>
internal sealed record ProjectorParts
{
    /// <summary>For people.</summary>
    public required string Provider { get; init; }

    /// <summary>Makes a store that is not opened yet. Called again after each failure.</summary>
    public required Func<IStore> Make { get; init; }

    /// <summary>The journal's folder, opened to read. The projector disposes of it.</summary>
    public required Func<IJournalDisk> OpenJournal { get; init; }

    public required JournalIdentity Identity { get; init; }

    /// <summary>The highest LSN that is durable. Any thread.</summary>
    public required Func<long> DurableLsn { get; init; }

    /// <summary>The store is a file of this machine: a stop waits until it is closed.</summary>
    public bool IsFile { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public required ILogger Logger { get; init; }
}

/// <summary>
/// Follows the journal's durable end on a thread of its own and brings it into the store. Whatever the store does, the
/// rest of the switch goes on: nothing is kept in memory but one batch, and what the store has not taken is read from
/// the journal again.
/// </summary>
internal sealed class StoreProjector : IDisposable
{
    /// <summary>How stale the store may be in quiet times: a commit is a sync, on the journal's disk.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan RetryMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RefusedPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan CareEvery = TimeSpan.FromHours(1);
    private const int Nice = 10;

    // For what it is in the middle of: a server may never answer, a file of this machine always does, though a busy
    // one leaves a thread of low priority waiting.
    private static readonly TimeSpan EndOfServer = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan EndOfFile = TimeSpan.FromSeconds(60);

    private readonly ProjectorParts _parts;
    private readonly StoreBatch _batch = new();
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private readonly Lock _published = new();
    private StoreStatus _status;
    private StorePosition _position;
    private long _confirmedLsn;
    private long _stopBy = long.MaxValue;
    private long _nextCare;
    private TimeSpan _pause = RetryMin;
    private bool _isBehind = true;

    public StoreProjector(ProjectorParts parts)
    {
        _parts = parts;
        _status = StoreStatus.Off with { State = StoreState.Opening, Provider = parts.Provider };
        _nextCare = parts.Clock.GetTimestamp();
        _thread = new Thread(Run) { IsBackground = true, Name = "store" };
    }

    /// <summary>
    /// Everything up to here is in the store for good, by the store's own promise: the journal need not keep it for the
    /// store's sake. 0 until the first batch of this process. Any thread.
    /// </summary>
    public long ConfirmedLsn => Volatile.Read(ref _confirmedLsn);

    /// <summary>Any thread.</summary>
    public StoreStatus Status
    {
        get
        {
            StoreStatus status;
            StorePosition position;
            lock (_published)
            {
                status = _status;
                position = _position;
            }

            long lag = Math.Max(0, _parts.DurableLsn() - position.Lsn);
            double seconds = lag == 0 || position.TimeMs == 0 ? 0
                : Math.Max(0, _parts.Clock.GetUtcNow().ToUnixTimeMilliseconds() - position.TimeMs) / 1000.0;
            return status with { PositionLsn = position.Lsn, LagRecords = lag, LagSeconds = seconds };
        }
    }

    public void Start() => _thread.Start();

    /// <summary>
    /// Lets it catch up with what is durable now, for as long as given, and ends it. Call it when the journal has
    /// ended.
    /// </summary>
    public void Stop(TimeSpan patience)
    {
        Volatile.Write(ref _stopBy, _parts.Clock.GetTimestamp() + Stamps(patience));
        _stop.Set();
        if (!_thread.Join(patience + (_parts.IsFile ? EndOfFile : EndOfServer)))
        {
            // It waits for a server, inside a driver. Nothing is lost: its position says how far it got.
            StoreLog.StoppedBehind(_parts.Logger, _parts.Provider, Status.LagRecords);
        }
    }

    public void Dispose()
    {
        if (_thread.IsAlive)
        {
            Stop(TimeSpan.Zero);
        }

        if (!_thread.IsAlive)
        {
            _stop.Dispose(); // Else it waits for a server, inside a driver, and looks at this when that ends.
        }
    }

    private void Run()
    {
        // Of this thread only: nothing waits for it, so where processors are short payments go first. A tenth of one
        // that is busy is left to it. Refused, it competes like any other.
        _ = Posix.SetPriority(0, 0, Nice);
        while (!_stop.IsSet || (_status.State == StoreState.Following && !IsLate()))
        {
            try
            {
                Publish(status => status with { State = StoreState.Opening });
                using IStore store = _parts.Make();
                Follow(store);
                return;
            }
            catch (StoreRefusedException refused)
            {
                Fail(StoreState.Refused, refused.Message);
                StoreLog.Refused(_parts.Logger, _parts.Provider, refused.Message);
                _stop.Wait(RefusedPause);
            }
            catch (Exception problem) when (problem is StoreException or JournalException)
            {
                if (_pause == RetryMin)
                {
                    StoreLog.Unavailable(_parts.Logger, _parts.Provider, problem.Message);
                }

                Fail(StoreState.Unavailable, problem.Message);
                BackOff();
            }
            catch (Exception defect)
            {
                // Ours, or the driver's. The store is not worth a payment: it is said, and tried again.
                StoreLog.Defect(_parts.Logger, _parts.Provider, defect);
                Fail(StoreState.Unavailable, defect.Message);
                _pause = RetryMax;
                BackOff();
            }
        }
    }

    /// <summary>Projects until it is told to stop, or the store fails.</summary>
    private void Follow(IStore store)
    {
        StorePosition position = store.Open(_parts.Identity);
        IJournalDisk disk = _parts.OpenJournal();
        using var closing = disk as IDisposable;
        using JournalTail tail = Attach(disk, position);
        Publish(status => status with { State = StoreState.Following, LastFailure = "" }, position);
        StoreLog.Opened(_parts.Logger, _parts.Provider, position.Lsn, Status.LagRecords);
        _isBehind = true;
        long lastWrite = 0;
        while (true)
        {
            bool isLast = _stop.IsSet;
            long durable = _parts.DurableLsn();
            long due = lastWrite + Stamps(Pace);
            if (!isLast && durable - position.Lsn < StoreBatch.RecordsMax && _parts.Clock.GetTimestamp() < due)
            {
                StackSweep.Below();
                _stop.Wait(Pace / 4);
                continue;
            }

            lastWrite = _parts.Clock.GetTimestamp();
            _batch.Clear();
            StorePosition from = position;
            if (_batch.Fill(tail, durable, ref position, OnUnknown) || position.Lsn > ConfirmedLsn)
            {
                store.Write(_batch, from, position);
                Written(position);
            }
            else if (isLast)
            {
                return;
            }
            else
            {
                Care(store);
            }

            if (isLast && IsLate())
            {
                return;
            }
        }
    }

    // A record that the store has must be the journal's: else the store, or the journal, is another one.
    private JournalTail Attach(IJournalDisk disk, in StorePosition position)
    {
        long durable = _parts.DurableLsn();
        if (position.Lsn > durable)
        {
            throw new StoreRefusedException(
                $"It is at LSN {position.Lsn}, and the journal ends at {durable}: the store belongs to another "
                + "journal.");
        }

        if (position.Lsn == 0)
        {
            return AttachFirst(disk);
        }

        var tail = new JournalTail(disk, position.Lsn);
        try
        {
            bool isThere = tail.MoveNext(durable) && tail.Current.Lsn == position.Lsn;
            if (isThere && Has(tail.Current, position.Crc))
            {
                return tail;
            }

            if (isThere && tail.Current.Type != RecordType.Lost)
            {
                throw new StoreRefusedException(
                    $"Its last record, LSN {position.Lsn}, is not in the journal: the store belongs to another "
                    + "journal.");
            }

            // Given up in a repair: there is nothing left to compare with, and the identity must do.
            StoreLog.PositionIsLost(_parts.Logger, _parts.Provider, position.Lsn);
            tail.Dispose();
            return new JournalTail(disk, position.Lsn + 1);
        }
        catch (JournalException gone) when (gone is not (JournalDamagedException or JournalDiskException))
        {
            // Retention has taken that segment, as it may once the store has all of it.
            tail.Dispose();
            return new JournalTail(disk, position.Lsn + 1);
        }
        catch
        {
            tail.Dispose();
            throw;
        }
    }

    // Positions of earlier programs have the record's own checksum.
    private static bool Has(in JournalRecord record, uint checksum) =>
        record.OpenChecksum == checksum || record.Crc == checksum;

    private JournalTail AttachFirst(IJournalDisk disk)
    {
        JournalReport report = JournalInspector.Inspect(disk, new InspectOptions { IsQuick = true });
        long first = report.Segments.Count == 0 ? 1 : report.Segments[0].FirstLsn;
        if (first > 1)
        {
            StoreLog.BeginsLate(_parts.Logger, _parts.Provider, first);
        }

        return new JournalTail(disk, first);
    }

    private void OnUnknown(long lsn) => StoreLog.UnknownRecord(_parts.Logger, lsn);

    private void Written(in StorePosition position)
    {
        Volatile.Write(ref _confirmedLsn, position.Lsn);
        _pause = RetryMin;
        int rows = _batch.RowCount;
        _batch.Clear();
        Publish(status => status with { Rows = status.Rows + rows, Batches = status.Batches + 1 }, position);
        bool wasBehind = _isBehind;
        _isBehind = _parts.DurableLsn() - position.Lsn >= StoreBatch.RecordsMax;
        if (wasBehind && !_isBehind)
        {
            StoreLog.CaughtUp(_parts.Logger, _parts.Provider, position.Lsn);
        }
    }

    // Only when there is nothing else to do, and a piece at a time.
    private void Care(IStore store)
    {
        if (_parts.Clock.GetTimestamp() >= _nextCare && !store.RemoveOld(_parts.Clock.GetUtcNow()))
        {
            _nextCare = _parts.Clock.GetTimestamp() + Stamps(CareEvery);
        }
    }

    private void BackOff()
    {
        // Half of it fixed, half by chance: nodes that lost one store together do not come back together.
        _stop.Wait((_pause / 2) + (Random.Shared.NextDouble() * _pause / 2));
        _pause = _pause * 2 < RetryMax ? _pause * 2 : RetryMax;
    }

    private void Fail(StoreState state, string reason) => Publish(
        status => status with { State = state, Failures = status.Failures + 1, LastFailure = reason });

    private void Publish(Func<StoreStatus, StoreStatus> change, StorePosition? position = null)
    {
        lock (_published)
        {
            _status = change(_status);
            _position = position ?? _position;
        }
    }

    private bool IsLate() => _parts.Clock.GetTimestamp() >= Volatile.Read(ref _stopBy);

    private long Stamps(TimeSpan time) =>
        (long)(time.TotalSeconds * _parts.Clock.TimestampFrequency);
}
