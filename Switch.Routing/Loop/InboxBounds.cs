using Switch.Protocol.Fields;

namespace Switch.Routing.Loop;

/// <summary>
/// What the line of events before the core takes, and what it refuses (docs/domain.md section 3.8). As one bound is
/// below the other, nothing that must not be shed is ever refused while a request is still taken.
/// </summary>
public readonly record struct InboxBounds
{
    /// <param name="capacity">Events that may wait: at least 1.</param>
    /// <param name="reserve">How many of them are kept for what must not be shed: less than all.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public InboxBounds(int capacity, int reserve)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(reserve, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(reserve, capacity);
        Capacity = capacity;
        SheddableMax = capacity - reserve;
    }

    /// <summary>Events that may wait.</summary>
    public int Capacity { get; }

    /// <summary>Events that may wait when one comes that may be shed.</summary>
    public int SheddableMax { get; }

    /// <summary>Whether one event more is taken.</summary>
    /// <param name="isSheddable">It may be refused first.</param>
    /// <param name="isAdmitting">See <see cref="ILoopWorld.Admit"/>.</param>
    /// <param name="waiting">Events that wait now.</param>
    public bool Takes(bool isSheddable, bool isAdmitting, int waiting) =>
        waiting < (!isSheddable ? Capacity : isAdmitting ? SheddableMax : 0);

    /// <summary>
    /// A request of money that has had no effect yet. Reversals, advices, answers and network management are not:
    /// they tell of what has happened already. A copy of a request gives way too, but in silence: the first may be
    /// approved, and only an acquirer that hears nothing asks again or reverses.
    /// </summary>
    public static bool IsSheddable(Mti mti) => mti.IsRequest && !mti.IsReversal && !mti.IsNetworkManagement;
}
