using System.Diagnostics.CodeAnalysis;

namespace Switch.Routing.Admission;

/// <summary>
/// What waits, by acquirer: each has its own line, first in first out, and they are served in turn, each so many at a
/// time as its weight says (deficit round robin, where each costs one). So one that floods makes its own line long and
/// no other's.
/// </summary>
/// <typeparam name="T">What waits; it is forgotten when it is taken.</typeparam>
public sealed class RequestLine<T>
{
    private const int None = -1;

    private readonly int[] _weights;
    private readonly Entry[] _entries;
    private readonly Line[] _lines;
    private int _firstFree;

    // Acquirers that have something, in a ring: the one whose turn it is, and the one before it.
    private int _turn = None;
    private int _last = None;
    private int _left;

    /// <param name="weights">Of each acquirer: at least 1.</param>
    /// <param name="capacity">How many may wait, of all of them: at least 1.</param>
    public RequestLine(IReadOnlyList<int> weights, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _weights = [.. weights];
        foreach (int weight in _weights)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(weight, 1, nameof(weights));
        }

        _entries = new Entry[capacity];
        _lines = new Line[_weights.Length];
        for (int i = 0; i < capacity; i++)
        {
            _entries[i].Next = i + 1 < capacity ? i + 1 : None;
        }
    }

    /// <summary>How many wait.</summary>
    public int Count { get; private set; }

    /// <summary>The sum of the weights of those acquirers that have something here.</summary>
    public int WeightWaiting { get; private set; }

    /// <summary>How many of an acquirer's wait.</summary>
    public int CountOf(int acquirer) => _lines[acquirer].Count;

    /// <summary>At the end of its acquirer's line; false: there is no room.</summary>
    public bool TryAdd(int acquirer, in T item)
    {
        if (Count == _entries.Length)
        {
            return false;
        }

        int place = _firstFree;
        ref Entry entry = ref _entries[place];
        _firstFree = entry.Next;
        entry.Item = item;
        entry.Next = None;
        ref Line line = ref _lines[acquirer];
        if (line.Count++ == 0)
        {
            line.First = place;
            Join(acquirer);
        }
        else
        {
            _entries[line.Last].Next = place;
        }

        line.Last = place;
        Count++;
        return true;
    }

    /// <summary>The next in turn; false: none waits.</summary>
    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        if (Count == 0)
        {
            item = default;
            return false;
        }

        int acquirer = _turn;
        ref Line line = ref _lines[acquirer];
        int place = line.First;
        ref Entry entry = ref _entries[place];
        item = entry.Item;
        line.First = entry.Next;
        entry.Item = default!;
        entry.Next = _firstFree;
        _firstFree = place;
        Count--;
        if (--line.Count == 0)
        {
            Leave(acquirer);
        }
        else if (--_left <= 0)
        {
            _last = acquirer;
            Begin(line.NextAcquirer);
        }

        return true;
    }

    // Behind all others: its turn comes when they have had theirs.
    private void Join(int acquirer)
    {
        WeightWaiting += _weights[acquirer];
        if (_turn == None)
        {
            _lines[acquirer].NextAcquirer = acquirer;
            _last = acquirer;
            Begin(acquirer);
            return;
        }

        _lines[acquirer].NextAcquirer = _turn;
        _lines[_last].NextAcquirer = acquirer;
        _last = acquirer;
    }

    // Only the one whose turn it is.
    private void Leave(int acquirer)
    {
        WeightWaiting -= _weights[acquirer];
        int next = _lines[acquirer].NextAcquirer;
        if (next == acquirer)
        {
            _turn = None;
            _last = None;
            return;
        }

        _lines[_last].NextAcquirer = next;
        Begin(next);
    }

    private void Begin(int acquirer)
    {
        _turn = acquirer;
        _left = _weights[acquirer];
    }

    private struct Entry
    {
        public T Item;
        public int Next;
    }

    private struct Line
    {
        public int First;
        public int Last;
        public int Count;
        public int NextAcquirer;
    }
}
