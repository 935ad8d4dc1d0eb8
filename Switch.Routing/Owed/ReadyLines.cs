using System.Numerics;
using Switch.Routing.Settings;

namespace Switch.Routing.Owed;

/// <summary>
/// The messages of one issuer whose turn may come: the oldest of each card, in lines. One line goes before all others;
/// it has what a request waits for and what was sent before. With <see cref="AdviceOrder.Oldest"/> there is one more.
/// With <see cref="AdviceOrder.LargestFirst"/> there are two for each number of digits of an amount, reversals before
/// advices, because a reversal frees money of a customer; and every <see cref="OldestEvery"/>th message is the oldest
/// of those in front of their lines, so that a small one waits for a bounded number of younger ones.
/// </summary>
internal sealed class ReadyLines(AdviceOrder order)
{
    /// <summary>One message of so many goes by its age alone.</summary>
    public const int OldestEvery = 4;

    private const int KindsPerAmount = 2;

    /// <summary>The line that goes before all others; the lines below it go from the highest to the lowest.</summary>
    private const int Front = (OwedItem.AmountDigitsMax + 1) * KindsPerAmount;

    private readonly Line[] _lines = new Line[Front + 1];
    private uint _used;
    private int _taken;

    /// <summary>The message that goes next, or null.</summary>
    public OwedItem? First
    {
        get
        {
            if (_used == 0)
            {
                return null;
            }

            int highest = BitOperations.Log2(_used);
            return highest == Front || (_taken + 1) % OldestEvery != 0 ? _lines[highest].First : Oldest();
        }
    }

    /// <summary>Whether a message stands in the line that goes before all others.</summary>
    public static bool IsInFront(OwedItem item) => item is { State: OwedState.Ready, Line: Front };

    /// <summary>All of them, line by line.</summary>
    public IEnumerable<OwedItem> InOrder()
    {
        for (int line = Front; line >= 0; line--)
        {
            for (OwedItem? item = _lines[line].First; item is not null; item = item.NextReady)
            {
                yield return item;
            }
        }
    }

    /// <summary>Puts a message before all others.</summary>
    public void AddFirst(OwedItem item)
    {
        ref Line line = ref Enter(item, Front);
        item.NextReady = line.First;
        item.PreviousReady = null;
        if (line.First is { } next)
        {
            next.PreviousReady = item;
        }

        line.First = item;
        line.Last ??= item;
    }

    /// <summary>Puts a message at the end of its line.</summary>
    /// <param name="isInFront">Of the line that goes before all others.</param>
    public void AddLast(OwedItem item, bool isInFront = false)
    {
        ref Line line = ref Enter(item, isInFront ? Front : LineOf(item));
        item.NextReady = null;
        item.PreviousReady = line.Last;
        if (line.Last is { } previous)
        {
            previous.NextReady = item;
        }

        line.Last = item;
        line.First ??= item;
    }

    /// <summary>Takes a message out because it goes: the next one may go by another rule.</summary>
    public void Take(OwedItem item)
    {
        Remove(item);
        _taken++;
    }

    public void Remove(OwedItem item)
    {
        ref Line line = ref _lines[item.Line];
        if (item.PreviousReady is { } previous)
        {
            previous.NextReady = item.NextReady;
        }
        else
        {
            line.First = item.NextReady;
        }

        if (item.NextReady is { } next)
        {
            next.PreviousReady = item.PreviousReady;
        }
        else
        {
            line.Last = item.PreviousReady;
        }

        item.NextReady = item.PreviousReady = null;
        if (line.First is null)
        {
            _used &= ~(1U << item.Line);
        }
    }

    private ref Line Enter(OwedItem item, int line)
    {
        item.State = OwedState.Ready;
        item.Line = (byte)line;
        _used |= 1U << line;
        return ref _lines[line];
    }

    private int LineOf(OwedItem item) => order == AdviceOrder.Oldest
        ? 0
        : (item.AmountDigits * KindsPerAmount) + (item.IsReversal ? 1 : 0);

    // Ids grow with each decision.
    private OwedItem? Oldest()
    {
        OwedItem? oldest = null;
        for (uint left = _used; left != 0; left &= left - 1)
        {
            OwedItem first = _lines[BitOperations.TrailingZeroCount(left)].First!;
            oldest = oldest is null || first.Id < oldest.Id ? first : oldest;
        }

        return oldest;
    }

    private struct Line
    {
        public OwedItem? First;
        public OwedItem? Last;
    }
}
