namespace Switch.Host.Simulators.World;

/// <summary>Somebody to whom things happen.</summary>
internal interface IActor
{
    void On(in Happening happening);
}

/// <summary>Something that will happen: when, in which order among those of one moment, and to whom.</summary>
/// <param name="Kind">The actor's own numbering.</param>
internal readonly record struct Happening(
    long Time, long Order, IActor Actor, int Kind, long Value, object? Subject);

/// <summary>
/// Virtual time: a heap of what will happen by (time, order of planning). Nothing else moves the clock, so the same
/// plans give the same world.
/// </summary>
internal sealed class Scheduler(Trace trace)
{
    private Happening[] _heap = new Happening[4_096];
    private int _count;
    private long _order;

    /// <summary>Ticks of 100 ns since the world began.</summary>
    public long Now { get; private set; }

    public long Delivered { get; private set; }

    public void At(long time, IActor actor, int kind, long value = 0, object? subject = null)
    {
        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, _count * 2);
        }

        var happening = new Happening(Math.Max(time, Now), _order++, actor, kind, value, subject);
        int place = _count++;
        while (place > 0 && IsBefore(happening, _heap[(place - 1) >> 1]))
        {
            _heap[place] = _heap[(place - 1) >> 1];
            place = (place - 1) >> 1;
        }

        _heap[place] = happening;
    }

    public void In(long ticks, IActor actor, int kind, long value = 0, object? subject = null) =>
        At(Now + ticks, actor, kind, value, subject);

    /// <summary>Lets the next thing happen; false when nothing is planned.</summary>
    public bool Step()
    {
        if (_count == 0)
        {
            return false;
        }

        Happening next = _heap[0];
        Happening last = _heap[--_count];
        _heap[_count] = default;
        if (_count > 0)
        {
            Sink(last);
        }

        Now = next.Time;
        Delivered++;
        trace.Add(next.Time);
        trace.Add(((long)next.Kind << 48) ^ next.Value);
        next.Actor.On(next);
        return true;
    }

    private void Sink(in Happening last)
    {
        int place = 0;
        while (true)
        {
            int child = (place * 2) + 1;
            if (child >= _count)
            {
                break;
            }

            child += child + 1 < _count && IsBefore(_heap[child + 1], _heap[child]) ? 1 : 0;
            if (!IsBefore(_heap[child], last))
            {
                break;
            }

            _heap[place] = _heap[child];
            place = child;
        }

        _heap[place] = last;
    }

    private static bool IsBefore(in Happening left, in Happening right) =>
        left.Time < right.Time || (left.Time == right.Time && left.Order < right.Order);
}
