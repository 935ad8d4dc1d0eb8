using Switch.Routing.Core;
using Switch.Routing.Journal;
using Switch.Routing.Values;

namespace Switch.Routing.Checkpoints;

/// <summary>
/// Makes the next checkpoint: a core of its own takes in the one before and replays what was sealed since, by the code
/// of every start. The core that works is not asked and does not wait (docs/decisions/0006). It costs the memory of a
/// second core's tables while it works.
/// </summary>
public static class CheckpointMaker
{
    /// <summary>Makes one; returns its size, or 0 when stopped.</summary>
    /// <param name="disk">The journal's folder; the journal may be written meanwhile.</param>
    /// <param name="identity">Whose journal it is.</param>
    /// <param name="keys">To read the old; the new is written with the current one.</param>
    /// <param name="place">The sealed part to cover.</param>
    /// <param name="salts">Must never repeat.</param>
    /// <param name="nowMs">The wall clock, Unix milliseconds.</param>
    /// <param name="core">New, over <see cref="NoEffects"/>. Of no use afterwards.</param>
    /// <param name="isStopped">Asked now and then.</param>
    /// <exception cref="JournalException">The journal, or the disk, or a key, is not what it should be.</exception>
    /// <exception cref="RecordFormatException">A record is not one of this version or configuration.</exception>
    public static long Make(
        IJournalDisk disk, JournalIdentity identity, JournalKeyRing keys, in CheckpointPlace place, SaltSource salts,
        long nowMs, AuthorizationCore core, Func<bool> isStopped)
    {
        ArgumentNullException.ThrowIfNull(core);
        ArgumentNullException.ThrowIfNull(isStopped);
        try
        {
            CheckpointPlace? from = CheckpointFiles.Restore(disk, identity, keys, core.RestoreState, []);
            return Replay(disk, keys, core, from?.Lsn ?? 0, place.Lsn, isStopped)
                ? CheckpointFiles.Write(disk, identity, keys, place, salts, nowMs, core.SaveState, isStopped)
                : 0;
        }
        finally
        {
            core.ForgetAll();
        }
    }

    private static bool Replay(
        IJournalDisk disk, JournalKeyRing keys, AuthorizationCore core, long from, long to, Func<bool> isStopped)
    {
        byte[] secret = [];
        using var tail = new JournalTail(disk, from + 1, keys);
        while (tail.MoveNext(to))
        {
            JournalRecord record = tail.Current;
            if (record.SecretLength > secret.Length)
            {
                secret = GC.AllocateArray<byte>(record.SecretLength, pinned: true);
            }

            Span<byte> plain = secret.AsSpan(0, record.SecretLength);
            if (record.SecretLength > 0)
            {
                tail.ReadSecret(plain);
            }

            core.Recover(record.Lsn, record.Type, record.Open, plain);
            plain.Clear();
            if (isStopped())
            {
                return false;
            }
        }

        return true;
    }
}
