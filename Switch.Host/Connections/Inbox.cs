using System.Runtime.InteropServices;
using Switch.Routing.Admission;
using Switch.Routing.Loop;

namespace Switch.Host.Connections;

/// <summary>
/// The one way into the core: many producers, one consumer, two arrays that change places. A producer hands over all
/// that one socket read gave in one lock; the consumer takes all there is in one lock.
/// </summary>
/// <remarks>
/// Bounds: sheddable events are refused from <c>sheddableMax</c> events on, all others from <c>capacity</c> on. As one
/// level is below the other, nothing of the second kind is ever refused while the first is still admitted
/// (docs/domain.md section 3.8). What the consumer holds in its line counts as if it still waited here. Where acquirers
/// have limits, a sheddable event is also refused when too many of its acquirer wait.
/// </remarks>
internal sealed class Inbox : IDisposable
{
    private readonly OwnedGate _gate;
    private readonly IDoorbell? _bell;
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly InboxBounds _bounds;
    private readonly LineLimits? _limits;

    // Under the gate. Of each acquirer: sheddable events here, and in the consumer's line.
    private readonly int[] _filledBy;
    private readonly int[] _heldBy;
    private InboxEvent[] _filling;
    private int _filled;
    private int _held;
    private bool _isConsumerParked;
    private bool _isPoked;
    private bool _isClosed;
    private TaskCompletionSource? _drained;

    // Consumer only.
    private InboxEvent[] _draining;
    private int _drainedCount;

    private volatile bool _isAdmitting = true;

    /// <param name="capacity">Events that may wait.</param>
    /// <param name="reserve">How many of them are kept for what must not be shed.</param>
    /// <param name="bell">Where the consumer waits; null: in <see cref="Wait"/>.</param>
    /// <param name="limits">How many of each acquirer may wait; null: the bounds of all are the only ones.</param>
    /// <param name="isShared">Other threads than the bell's push as often as it does.</param>
    public Inbox(
        int capacity, int reserve, IDoorbell? bell = null, LineLimits? limits = null, bool isShared = false)
    {
        _limits = limits;
        _filledBy = new int[limits?.Count ?? 0];
        _heldBy = new int[_filledBy.Length];
        _bell = bell;
        _gate = new OwnedGate(isShared ? null : bell?.Owner);
        _bounds = new InboxBounds(capacity, reserve);
        _filling = new InboxEvent[capacity];
        _draining = new InboxEvent[capacity];
    }

    /// <summary>
    /// False: sheddable events are refused, however few wait. Set by the core thread, e.g. when the journal is full.
    /// </summary>
    public bool IsAdmitting
    {
        get => _isAdmitting;
        set => _isAdmitting = value;
    }

    /// <summary>The consumer is gone: every event is refused.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>Consumer: <see cref="Hold"/> is to be called also for a turn that leaves nothing in line.</summary>
    public bool AwaitsTurns => _limits is { IsNarrow: true };

    /// <summary>Events that wait now. Any thread.</summary>
    public int Count => Volatile.Read(ref _filled);

    /// <summary>
    /// Takes the events in order. Those that find no room are moved to the front of <paramref name="events"/>, in
    /// order, and counted in the result: they are still the caller's.
    /// </summary>
    public int Push(Span<InboxEvent> events)
    {
        int refused = 0;
        bool isWakeDue;
        using (_gate.Enter())
        {
            bool isAdmitting = _isAdmitting;
            foreach (ref InboxEvent item in events)
            {
                if (!_isClosed && _bounds.Takes(item.IsSheddable, isAdmitting, _filled + _held)
                    && (!item.IsSheddable || TakesOfAcquirer(in item)))
                {
                    _filling[_filled++] = item;
                }
                else
                {
                    events[refused++] = item;
                }
            }

            isWakeDue = _isConsumerParked && _filled > 0;
            _isConsumerParked &= !isWakeDue;
        }

        if (_bell is { } bell)
        {
            Ring(bell);
        }
        else if (isWakeDue)
        {
            _wake.Set();
        }

        return refused;
    }

    /// <summary>As <see cref="Push(Span{InboxEvent})"/>, for one event; false when there is no room.</summary>
    public bool Push(in InboxEvent item)
    {
        InboxEvent copy = item;
        return Push(MemoryMarshal.CreateSpan(ref copy, 1)) == 0;
    }

    /// <summary>
    /// For an event that must not be lost (a connection came or went): waits for room if there is none. Gives up only
    /// when the inbox is closed, and no one is left to tell.
    /// </summary>
    public async Task PushCertainlyAsync(InboxEvent item)
    {
        while (!Push(in item) && !IsClosed)
        {
            await WaitForRoomAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Completes when the consumer has taken what waited. Cold: only for who found no room.</summary>
    public Task WaitForRoomAsync()
    {
        using (_gate.Enter())
        {
            if (_filled + _held < _filling.Length || _isClosed)
            {
                return Task.CompletedTask;
            }

            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _drained.Task;
        }
    }

    /// <summary>
    /// Ends the consumer's wait without an event: the journal moved, or the thread must stop. Any thread.
    /// </summary>
    public void Wake()
    {
        if (_bell is { } bell)
        {
            Ring(bell);
            return;
        }

        bool isWakeDue;
        using (_gate.Enter())
        {
            _isPoked = true;
            isWakeDue = _isConsumerParked;
            _isConsumerParked = false;
        }

        if (isWakeDue)
        {
            _wake.Set();
        }
    }

    /// <summary>Consumer: waits for an event, a <see cref="Wake"/> or the time, whichever is first.</summary>
    public void Wait(int milliseconds)
    {
        using (_gate.Enter())
        {
            if (_filled > 0 || _isPoked)
            {
                _isPoked = false;
                return;
            }

            _isConsumerParked = true;
        }

        // A producer that saw the flag after the time was up leaves the event set: the next wait then returns at once,
        // finds nothing, and no harm is done.
        _wake.WaitOne(milliseconds);
        using (_gate.Enter())
        {
            _isConsumerParked = false;
            _isPoked = false;
        }
    }

    /// <summary>Consumer: takes all that waits. The span is valid until the next call.</summary>
    public Span<InboxEvent> Drain()
    {
        // References must not outlive the batch: a message that was returned belongs to another session already.
        Array.Clear(_draining, 0, _drainedCount);
        TaskCompletionSource? drained;
        using (_gate.Enter())
        {
            (_filling, _draining) = (_draining, _filling);
            _drainedCount = _filled;
            _filled = 0;
            _filledBy.AsSpan().Clear();
            drained = _drained;
            _drained = null;
        }

        drained?.TrySetResult();
        return _draining.AsSpan(0, _drainedCount);
    }

    /// <summary>Consumer: what of it is in its line now, at the end of a turn.</summary>
    /// <param name="line">With as many acquirers as have limits here.</param>
    /// <param name="served">How many it took from the line in this turn.</param>
    /// <param name="now">In ticks.</param>
    public void Hold(RequestLine<InboxEvent> line, int served, long now)
    {
        using (_gate.Enter())
        {
            _held = line.Count;
            for (int i = 0; i < _heldBy.Length; i++)
            {
                _heldBy[i] = line.CountOf(i);
            }

            _limits?.Turned(now, served, line);
        }
    }

    /// <summary>Consumer: takes no more, now or later. What waits is dropped.</summary>
    public void Close()
    {
        using (_gate.Enter())
        {
            Volatile.Write(ref _isClosed, true);
        }

        Drain();
    }

    public void Dispose() => _wake.Dispose();

    // Under the gate, of a sheddable event: counts it where it may wait.
    private bool TakesOfAcquirer(in InboxEvent item)
    {
        if (_limits is null)
        {
            return true;
        }

        int waiting = _filledBy[item.Acquirer] + _heldBy[item.Acquirer];
        if (!_limits.TakesAny(item.Acquirer, waiting) && !_limits.Takes(item.Acquirer, ClassOf(in item), waiting))
        {
            return false;
        }

        _filledBy[item.Acquirer]++;
        return true;
    }

    private static ShedClass ClassOf(in InboxEvent item) =>
        item.Kind == InboxKind.AcquirerMessage ? ShedClasses.Of(item.Message!) : ShedClass.Authorization;

    // The consumer does not wait while it is the one that pushes.
    private static void Ring(IDoorbell bell)
    {
        if (!bell.Owner.IsCurrent)
        {
            bell.Ring();
        }
    }
}
