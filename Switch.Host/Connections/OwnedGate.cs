namespace Switch.Host.Connections;

/// <summary>
/// A lock for what one thread does thousands of times and others now and then: its owner comes in with two plain
/// stores and a load, and pays for no atomic operation; the others take a lock, and have the kernel make both sides see
/// each other. Without an owner it is a lock. A thread may come in again while it is in.
/// </summary>
/// <remarks>
/// The owner says that it is in, then looks for others; another says that it is in, has every processor of the process
/// pass a barrier, then waits until the owner is out. So either the owner sees the other and waits at the lock, or the
/// other sees the owner and lets it finish. What is done inside is short and never waits.
/// </remarks>
internal sealed class OwnedGate(GateOwner? owner)
{
    private readonly Lock _lock = new();

    // The owner's: how often it has come in without the lock.
    private int _ownerDepth;

    // Under the lock: how often the thread that holds it, which is not the owner, has come in.
    private int _otherDepth;

    /// <summary>Waits for its turn; the result is to be disposed of on the same thread.</summary>
    public Scope Enter()
    {
        if (owner is null)
        {
            _lock.Enter();
            return new Scope(this, Way.Plain);
        }

        return owner.IsCurrent ? EnterAsOwner() : EnterAsOther();
    }

    private Scope EnterAsOwner()
    {
        Volatile.Write(ref _ownerDepth, _ownerDepth + 1);
        if (_ownerDepth > 1 || Volatile.Read(ref _otherDepth) == 0)
        {
            return new Scope(this, Way.Owner);
        }

        Volatile.Write(ref _ownerDepth, 0);
        _lock.Enter();
        return new Scope(this, Way.Plain);
    }

    private Scope EnterAsOther()
    {
        _lock.Enter();
        Volatile.Write(ref _otherDepth, _otherDepth + 1);
        if (_otherDepth == 1)
        {
            Interlocked.MemoryBarrierProcessWide();
            var spin = new SpinWait();
            while (Volatile.Read(ref _ownerDepth) != 0)
            {
                spin.SpinOnce();
            }
        }

        return new Scope(this, Way.Other);
    }

    private void Leave(Way way)
    {
        if (way == Way.Owner)
        {
            Volatile.Write(ref _ownerDepth, _ownerDepth - 1);
            return;
        }

        if (way == Way.Other)
        {
            Volatile.Write(ref _otherDepth, _otherDepth - 1);
        }

        _lock.Exit();
    }

    /// <summary>How a thread came in.</summary>
    internal enum Way
    {
        Plain,
        Owner,
        Other,
    }

    /// <summary>A thread is in until this is disposed of.</summary>
    internal readonly ref struct Scope(OwnedGate gate, Way way)
    {
        public void Dispose() => gate.Leave(way);
    }
}
