namespace Switch.Host.Simulators.World;

/// <summary>A party that receives scheduled events.</summary>
internal interface IActor
{
    void On(in ScheduledEvent scheduled);
}

/// <summary>A scheduled event: its time, its order among events of the same time, and its receiver.</summary>
/// <param name="Kind">The actor's own numbering.</param>
internal readonly record struct ScheduledEvent(
    long Time, long Order, IActor Actor, int Kind, long Value, object? Subject);

/// <summary>
/// Virtual time: a heap of scheduled events, ordered by time and then by the order of scheduling. Nothing else moves
/// the clock, so the same schedule gives the same world.
/// </summary>
internal sealed class Scheduler(Trace trace)
{
    private ScheduledEvent[] _heap = new ScheduledEvent[4_096];
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

        var scheduled = new ScheduledEvent(Math.Max(time, Now), _order++, actor, kind, value, subject);
        int place = _count++;
        while (place > 0 && IsBefore(scheduled, _heap[(place - 1) >> 1]))
        {
            _heap[place] = _heap[(place - 1) >> 1];
            place = (place - 1) >> 1;
        }

        _heap[place] = scheduled;
    }

    public void In(long ticks, IActor actor, int kind, long value = 0, object? subject = null) =>
        At(Now + ticks, actor, kind, value, subject);

    /// <summary>Delivers the next event; false when none is scheduled.</summary>
    public bool Step()
    {
        if (_count == 0)
        {
            return false;
        }

        ScheduledEvent next = _heap[0];
        ScheduledEvent last = _heap[--_count];
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

    private void Sink(in ScheduledEvent last)
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

    private static bool IsBefore(in ScheduledEvent left, in ScheduledEvent right) =>
        left.Time < right.Time || (left.Time == right.Time && left.Order < right.Order);
}
