using Switch.Routing.Journal;

namespace Switch.Host.Journal;

/// <summary>
/// Notices at once, and not at the next scrub, when a sealed segment is deleted, cut or replaced while the node runs:
/// the next start would refuse the journal. One thread.
/// </summary>
internal sealed class SealedSegments(IJournalDisk disk)
{
    /// <summary>Files opened in one look; the rest follow in the next ones.</summary>
    private const int LooksMax = 64;

    private readonly Dictionary<long, (long Size, uint HeaderCrc)> _known = [];
    private readonly HashSet<long> _missing = [];
    private long _nextNumber;

    /// <summary>Segments that have gone since the last look, and such as look otherwise than at the first.</summary>
    /// <param name="sealedUpTo">The newest sealed one.</param>
    public (IReadOnlyList<long> Gone, IReadOnlyList<long> Changed) Look(long sealedUpTo)
    {
        List<long> there = [.. SegmentCheck.Numbers(disk).Where(number => number <= sealedUpTo)];
        var gone = new List<long>();
        foreach (long number in _known.Keys.Except(there))
        {
            if (_missing.Add(number))
            {
                gone.Add(number);
            }
        }

        List<long> changed = Compare(there);
        changed.AddRange(there.Where(_missing.Remove)); // Somebody has brought it back: is it the same?
        return (gone, changed);
    }

    /// <summary>The keeper itself removed it.</summary>
    public void Forget(long number) => _known.Remove(number);

    private List<long> Compare(List<long> there)
    {
        var changed = new List<long>();
        int first = Math.Max(0, there.FindIndex(number => number >= _nextNumber));
        for (int look = 0; look < Math.Min(LooksMax, there.Count); look++)
        {
            long number = there[(first + look) % there.Count];
            (long Size, uint HeaderCrc) looks = SegmentCheck.LooksOf(disk, number);
            if (_known.TryGetValue(number, out (long Size, uint HeaderCrc) before) && looks != before)
            {
                changed.Add(number);
            }

            _known[number] = looks;
            _nextNumber = number + 1;
        }

        return changed;
    }
}
