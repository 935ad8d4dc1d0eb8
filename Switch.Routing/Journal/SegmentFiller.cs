namespace Switch.Routing.Journal;

/// <summary>
/// Makes files of zeros for segments. Written zeros, not just reserved room: on a reserved extent each fdatasync also
/// commits metadata, which costs a third of the sync rate.
/// </summary>
public static class SegmentFiller
{
    /// <summary>Synced in pieces, so that no flush of ours keeps the journal's own sync waiting for long.</summary>
    private const int PieceSize = 1024 * 1024;

    private const int PiecesPerSync = 4;
    private static readonly byte[] Zeros = new byte[PieceSize];

    /// <summary>Writes the zeros; false when <paramref name="isStopped"/> said so half way.</summary>
    public static bool Fill(IJournalDisk disk, string name, long size, bool isDurable, Func<bool>? isStopped = null)
    {
        ArgumentNullException.ThrowIfNull(disk);
        using IJournalFile file = disk.Create(name);
        file.Allocate(size);
        int pieces = 0;
        for (long offset = 0; offset < size; offset += PieceSize)
        {
            if (isStopped?.Invoke() == true)
            {
                return false;
            }

            file.Write(offset, Zeros.AsSpan(0, (int)Math.Min(PieceSize, size - offset)));
            if (isDurable && ++pieces % PiecesPerSync == 0)
            {
                file.Sync();
            }
        }

        if (isDurable)
        {
            file.Sync();
        }

        return true;
    }

    /// <summary>
    /// Makes a spare under its final name and returns that; <paramref name="name"/> is without the suffix. Null when
    /// stopped. Leaves nothing half made.
    /// </summary>
    public static string? MakeSpare(IJournalDisk disk, string name, long size, bool isDurable, Func<bool> isStopped)
    {
        ArgumentNullException.ThrowIfNull(disk);
        string unfinished = name + SegmentName.Filling;
        string spare = name + SegmentName.Spare;
        bool isFilled = false;
        try
        {
            isFilled = Fill(disk, unfinished, size, isDurable, isStopped);
        }
        finally
        {
            if (!isFilled && disk.List().Contains(unfinished))
            {
                disk.Delete(unfinished); // On a full disk, what was filled so far is room that others need.
            }
        }

        if (isFilled)
        {
            disk.Rename(unfinished, spare);
            disk.SyncDirectory();
        }

        return isFilled ? spare : null;
    }

    /// <summary>
    /// Finished spares of the folder that a segment of these options can use; the others are deleted.
    /// </summary>
    public static IReadOnlyList<string> FindSpares(IJournalDisk disk, long size)
    {
        ArgumentNullException.ThrowIfNull(disk);
        var spares = new List<string>();
        foreach (string name in disk.List())
        {
            if (!name.EndsWith(SegmentName.Spare, StringComparison.Ordinal))
            {
                continue;
            }

            using IJournalFile file = disk.Open(name);
            if (file.Size == size)
            {
                spares.Add(name);
            }
            else
            {
                disk.Delete(name);
            }
        }

        spares.Sort(StringComparer.Ordinal);
        return spares;
    }
}
