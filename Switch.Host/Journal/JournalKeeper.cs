using System.Diagnostics;
using Switch.Host.Configuration;
using Switch.Host.Files;
using Switch.Host.Memory;
using Switch.Routing.Checkpoints;
using Switch.Routing.Core;
using Switch.Routing.Journal;
using Switch.Routing.Values;

namespace Switch.Host.Journal;

/// <summary>What the keeper has done since the start. Read on any thread.</summary>
internal readonly record struct KeeperCounters(
    long Checkpoints, long CheckpointLsn, long CheckpointMs, long SegmentsRemoved, long SegmentsScrubbed, long Damaged);

/// <summary>What the keeper works with.</summary>
/// <param name="Settings">When what is due.</param>
/// <param name="Keys">To read segments and write checkpoints.</param>
/// <param name="Dependencies">Disk, clock, random numbers and log.</param>
/// <param name="SealedUpTo">The sealed part of the journal now.</param>
/// <param name="NewCore">A core that a checkpoint can be made with.</param>
/// <param name="OnCheckpoint">Takes the first LSN that a good new checkpoint does not cover.</param>
/// <param name="ProjectedLsn">
/// Up to where a store has taken the records in; null: there is none that needs them.
/// </param>
internal sealed record KeeperParts(
    JournalSettings Settings, JournalKeyRing Keys, JournalDependencies Dependencies, Func<CheckpointPlace> SealedUpTo,
    Func<AuthorizationCore> NewCore, Action<long> OnCheckpoint, Func<long>? ProjectedLsn);

/// <summary>
/// Looks after what is sealed, on one thread of the lowest priority: makes checkpoints, reads segments again, and
/// removes those that nothing needs. A segment goes when the older of the two newest good checkpoints covers it, the
/// store has its records, and its time is over.
/// </summary>
internal sealed class JournalKeeper : IDisposable
{
    private const int CheckpointsKept = 2;
    private const int NiceMost = 19;

    // From here on a checkpoint's core takes so much that the next one is not to find its garbage there.
    private const long LargeCheckpoint = 256L << 20;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetentionInterval = TimeSpan.FromMinutes(1);

    private readonly KeeperParts _parts;
    private readonly StoppableDisk _disk;
    private readonly SealedSegments _sealed;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private readonly Dictionary<long, DateTimeOffset> _scrubbed = [];
    private readonly HashSet<long> _damaged = [];
    private readonly List<CheckpointReport> _good = []; // Newest first.
    private readonly Lock _gate = new();
    private KeeperCounters _counters;
    private DateTimeOffset _retainedAt;
    private bool _hasLooked;
    private bool _hasWarned;
    private CheckpointPlace _failedAt;

    public JournalKeeper(KeeperParts parts)
    {
        _parts = parts;
        _disk = new StoppableDisk(parts.Dependencies.Disk, () => _stop.IsSet);
        _sealed = new SealedSegments(_disk);
        _thread = new Thread(Run) { IsBackground = true, Name = "journal keeper" };
    }

    public KeeperCounters Counters
    {
        get
        {
            lock (_gate)
            {
                return _counters;
            }
        }
    }

    public void Start() => _thread.Start();

    /// <summary>Everything that is due now, once; for <see cref="Run"/>, and for tests that have no thread.</summary>
    /// <exception cref="OperationCanceledException">It was told to stop.</exception>
    public void RunOnce()
    {
        LookAtCheckpoints();
        LookAtSegments();
        bool isNew = MakeCheckpoint();
        if (isNew)
        {
            GiveMemoryBack();
        }

        DateTimeOffset now = _parts.Dependencies.Clock.GetUtcNow();
        if (isNew || now - _retainedAt >= RetentionInterval)
        {
            _retainedAt = now;
            RemoveOld(now);
        }

        ScrubOne(now);
    }

    // Else the tables of the core that made it may be there still when the next one fills its own. Not within the
    // method that made that core: the frame holds on to it. In the background, so that payments go on.
    private void GiveMemoryBack()
    {
        if (_good.Count > 0 && _good[0].Size >= LargeCheckpoint)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false, compacting: false);
        }
    }

    /// <summary>Tells it to stop, at the next read at the latest. Any thread.</summary>
    public void Stop() => _stop.Set();

    public void Dispose()
    {
        Stop();
        if (_thread.IsAlive)
        {
            _thread.Join();
        }

        _stop.Dispose();
    }

    private void Run()
    {
        // Of this thread only; refused, it competes like any other, which is no harm worth stopping for.
        _ = Posix.SetPriority(0, 0, NiceMost);
        do
        {
            try
            {
                RunOnce();
                _hasWarned = false;
            }
            catch (OperationCanceledException)
            {
                // Told to stop. What was half made is gone, and the next life looks again at what is due.
            }
            catch (Exception refused) when (refused is JournalException or IOException)
            {
                if (!_hasWarned)
                {
                    JournalLog.KeeperFailed(_parts.Dependencies.Logger, refused); // Once a trouble.
                    _hasWarned = true;
                }
            }

            StackSweep.Below();
        }
        while (!_stop.Wait(Interval));
    }

    // Reads through what an earlier life left, once.
    private void LookAtCheckpoints()
    {
        if (_hasLooked)
        {
            return;
        }

        foreach (CheckpointReport report in CheckpointFiles.Inspect(_disk, _parts.Settings.Identity))
        {
            if (report.IsGood)
            {
                _good.Add(report);
            }
        }

        _hasLooked = true;
        Note();
    }

    private void LookAtSegments()
    {
        (IReadOnlyList<long> gone, IReadOnlyList<long> changed) = _sealed.Look(_parts.SealedUpTo().Segment);
        if (gone.Count > 0)
        {
            _damaged.UnionWith(gone);
            JournalLog.SegmentsGone(_parts.Dependencies.Logger, SegmentCheck.NameOf(gone[0]), gone.Count - 1);
            lock (_gate)
            {
                _counters = _counters with { Damaged = _damaged.Count };
            }
        }

        foreach (long number in changed)
        {
            Scrub(number);
        }
    }

    private bool MakeCheckpoint()
    {
        CheckpointPlace place = _parts.SealedUpTo();
        CheckpointPlace last = _good.Count > 0 ? _good[0].Place : default;
        if (_parts.Settings.CheckpointEvery == 0 || place.Lsn <= last.Lsn || place == _failedAt || !IsDue(place, last))
        {
            return false;
        }

        GiveMemoryBack(); // Of what the core that works has let go.

        long started = Stopwatch.GetTimestamp();
        try
        {
            long size = CheckpointMaker.Make(
                _disk, _parts.Settings.Identity, _parts.Keys, place, _parts.Dependencies.Salts,
                _parts.Dependencies.NowMs(), _parts.NewCore(), () => _stop.IsSet);
            if (size == 0)
            {
                return false;
            }

            // Believed only when it can be read: it is what lets segments go.
            CheckpointReport made = Look(place.Segment);
            if (!made.IsGood)
            {
                throw new JournalException($"Checkpoint {made.Name} cannot be used after it was written: "
                    + $"{made.Problem}.");
            }

            JournalLog.CheckpointMade(
                _parts.Dependencies.Logger, place.Segment, Stopwatch.GetElapsedTime(started).TotalMilliseconds,
                place.Lsn,
                size);
            _good.Insert(0, made);
        }
        catch (Exception refused) when (refused is JournalException or IOException or RecordFormatException
            or InvalidOperationException)
        {
            _failedAt = place; // The same again would fail the same; the next segment is another try.
            JournalLog.NoCheckpoint(_parts.Dependencies.Logger, refused);
            return false;
        }

        lock (_gate)
        {
            _counters = _counters with { Checkpoints = _counters.Checkpoints + 1 };
        }

        _parts.OnCheckpoint(place.Lsn + 1);
        Note();
        return true;
    }

    // As much as the state itself, at least: so checkpoints never write more than the journal does.
    private bool IsDue(in CheckpointPlace place, in CheckpointPlace last)
    {
        long due = Math.Max(_parts.Settings.CheckpointEvery, _good.Count > 0 ? _good[0].Size : 0);
        long sealedBytes = 0;
        foreach (long number in SegmentCheck.Numbers(_disk))
        {
            if (number > last.Segment && number <= place.Segment)
            {
                using IJournalFile file = _disk.Open(SegmentCheck.NameOf(number));
                sealedBytes += file.Size;
            }
        }

        return sealedBytes >= due;
    }

    private void RemoveOld(DateTimeOffset now)
    {
        if (_good.Count < CheckpointsKept)
        {
            return;
        }

        long covered = _good[CheckpointsKept - 1].Place.Segment;
        long projected = _parts.ProjectedLsn?.Invoke() ?? long.MaxValue;
        long keepFromMs = (now - _parts.Settings.Retention).ToUnixTimeMilliseconds();
        var old = new List<long>();
        foreach (long number in SegmentCheck.Numbers(_disk))
        {
            if (number > covered)
            {
                break;
            }

            SealedSegment segment = SegmentCheck.BeforeNext(_disk, number);
            if (segment.LastLsn > projected || segment.SealedMs > keepFromMs)
            {
                break; // And so all after it: numbers have no gaps.
            }

            old.Add(number);
        }

        bool hasMore = old.Count > 0 || _good.Count > CheckpointsKept;
        if (hasMore && CanRely())
        {
            Remove(old);
            RemoveCheckpointsBefore(covered);
        }
    }

    // They were good when they were made; what they cover is gone for ever once its segments are.
    private bool CanRely()
    {
        for (int index = 0; index < CheckpointsKept; index++)
        {
            CheckpointReport now = Look(_good[index].Place.Segment);
            if (!now.IsGood)
            {
                JournalLog.CheckpointRejected(_parts.Dependencies.Logger, now.Name, now.Problem);
                _good.RemoveAt(index);
                Note();
                return false; // The next one that is made is another try.
            }
        }

        return true;
    }

    private void Remove(List<long> segments)
    {
        foreach (long number in segments)
        {
            // One at a time, oldest first and each for good: a power cut must leave no gap.
            _disk.Delete(SegmentCheck.NameOf(number));
            _disk.SyncDirectory();
            _sealed.Forget(number);
            _scrubbed.Remove(number);
            _damaged.Remove(number);
        }

        if (segments.Count > 0)
        {
            JournalLog.Removed(_parts.Dependencies.Logger, segments[0], segments[^1]);
            lock (_gate)
            {
                _counters = _counters with
                {
                    SegmentsRemoved = _counters.SegmentsRemoved + segments.Count,
                    Damaged = _damaged.Count,
                };
            }
        }
    }

    private CheckpointReport Look(long number) =>
        CheckpointFiles.Inspect(_disk, number, _parts.Settings.Identity, fromDisk: true);

    private void RemoveCheckpointsBefore(long number)
    {
        foreach (long old in CheckpointFiles.Numbers(_disk))
        {
            if (old < number)
            {
                _disk.Delete(CheckpointFiles.NameOf(old));
            }
        }

        _good.RemoveRange(CheckpointsKept, _good.Count - CheckpointsKept);
    }

    private void ScrubOne(DateTimeOffset now)
    {
        TimeSpan every = _parts.Settings.ScrubEvery;
        long sealedUpTo = _parts.SealedUpTo().Segment;
        if (every == TimeSpan.Zero)
        {
            return;
        }

        long longestAgo = SegmentCheck.Numbers(_disk)
            .Where(number => number <= sealedUpTo && now - _scrubbed.GetValueOrDefault(number) >= every)
            .OrderBy(number => _scrubbed.GetValueOrDefault(number))
            .FirstOrDefault();
        if (longestAgo > 0)
        {
            _scrubbed[longestAgo] = now;
            Scrub(longestAgo);
        }
    }

    private void Scrub(long number)
    {
        SealedSegment expected = SegmentCheck.BeforeNext(_disk, number);
        LostRange? lost = SegmentCheck.Scrub(_disk, _parts.Settings.Identity, expected, Pace);
        if (lost is not null && _damaged.Add(number))
        {
            JournalLog.ScrubFoundDamage(
                _parts.Dependencies.Logger, lost.Segment, lost.Offset, lost.FirstLsn, lost.Reason);
        }
        else if (lost is null)
        {
            _damaged.Remove(number); // It was repaired.
        }

        lock (_gate)
        {
            _counters = _counters with
            {
                SegmentsScrubbed = _counters.SegmentsScrubbed + 1,
                Damaged = _damaged.Count,
            };
        }
    }

    private void Pace(int bytes) =>
        _stop.Wait(TimeSpan.FromSeconds(bytes / (double)Math.Max(1, _parts.Settings.ScrubBytesPerSecond)));

    private void Note()
    {
        if (_good.Count > 0)
        {
            lock (_gate)
            {
                _counters = _counters with
                {
                    CheckpointLsn = _good[0].Place.Lsn,
                    CheckpointMs = _good[0].CreatedMs,
                };
            }
        }
    }
}
