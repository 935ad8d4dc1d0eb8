namespace Switch.Host.Connections;

/// <summary>The one thread that goes through its <see cref="OwnedGate"/>s without a lock.</summary>
internal sealed class GateOwner
{
    // Managed numbers begin at 1: none yet.
    private volatile int _thread;

    /// <summary>The calling thread is it.</summary>
    public bool IsCurrent => Environment.CurrentManagedThreadId == _thread;

    /// <summary>
    /// The calling thread is it from here on. At most once, or after the thread that was it has ended: two are never
    /// owners at the same time.
    /// </summary>
    public void Take() => _thread = Environment.CurrentManagedThreadId;
}
