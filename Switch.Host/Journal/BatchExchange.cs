using Switch.Host.Memory;
using Switch.Routing.Journal;

namespace Switch.Host.Journal;

/// <summary>
/// Batches of records on their way from the core's thread to the journal's, and back empty. Three go round: one forms
/// and is the core's, at most one is ready, one is being written.
/// </summary>
/// <remarks>
/// Neither side takes a lock to hand over: what is ready is taken out of its field by one exchange, and belongs to the
/// thread that took it; the core's thread adds to it and puts it back, the journal's writes it. The gate is for waiting
/// alone, and is taken to wake a thread that waits.
/// </remarks>
internal sealed class BatchExchange
{
    private readonly object _gate = new();
    private RecordBatch? _ready;
    private RecordBatch? _firstFree;
    private RecordBatch? _secondFree;
    private volatile bool _isStopping;
    private volatile bool _isOver;

    // 1: the journal's thread waits for a batch. The other: the core's thread waits until one is taken.
    private int _isParked;
    private volatile bool _isCoreWaiting;

    /// <param name="batchSize">Bytes of a batch.</param>
    public BatchExchange(int batchSize)
    {
        _firstFree = new RecordBatch(batchSize);
        _secondFree = new RecordBatch(batchSize);
    }

    /// <summary>
    /// Core's thread: hands over what has formed, and gives an empty batch for it. When neither that nor adding to what
    /// is ready can be, it stays as it is. After <see cref="End"/> it is forgotten.
    /// </summary>
    public void Submit(ref RecordBatch forming)
    {
        if (_isOver)
        {
            forming.Clear(); // It will never be written.
            return;
        }

        RecordBatch? ready = Interlocked.Exchange(ref _ready, null);
        if (ready is null)
        {
            ready = forming;
            forming = TakeFree();
        }
        else if (ready.TryAppend(forming))
        {
            forming.Clear();
        }

        Volatile.Write(ref _ready, ready);
        WakeWriter();
        if (_isOver)
        {
            Interlocked.Exchange(ref _ready, null)?.Clear(); // It ended meanwhile, and did not see this one.
        }
    }

    /// <summary>Core's thread: waits until what is ready was taken, or never will be.</summary>
    public void WaitUntilTaken()
    {
        lock (_gate)
        {
            _isCoreWaiting = true;
            Interlocked.MemoryBarrier(); // The journal's thread takes, then looks at this: one sees the other.
            while (Volatile.Read(ref _ready) is not null && !_isOver)
            {
                Monitor.Wait(_gate);
            }

            _isCoreWaiting = false;
        }
    }

    /// <summary>Journal's thread: waits for what is ready; null: there is nothing more to write.</summary>
    public RecordBatch? Take()
    {
        while (!_isOver)
        {
            if (Interlocked.Exchange(ref _ready, null) is { } batch)
            {
                if (_isCoreWaiting)
                {
                    Pulse();
                }

                return batch;
            }

            if (_isStopping)
            {
                return null;
            }

            Park();
        }

        return null;
    }

    /// <summary>Journal's thread: an empty batch, before it takes the next.</summary>
    public void Give(RecordBatch batch)
    {
        if (Interlocked.CompareExchange(ref _firstFree, batch, null) is not null)
        {
            Volatile.Write(ref _secondFree, batch);
        }
    }

    /// <summary>Nothing more is handed over: the journal's thread ends when it has taken what is ready.</summary>
    public void Stop()
    {
        _isStopping = true;
        Pulse();
    }

    /// <summary>
    /// Nothing more is written: what is ready is forgotten, and both threads stop waiting. Any thread.
    /// </summary>
    public void End()
    {
        _isOver = true;
        Interlocked.Exchange(ref _ready, null)?.Clear();
        Pulse();
    }

    private void Park()
    {
        StackSweep.Below();
        lock (_gate)
        {
            Volatile.Write(ref _isParked, 1);
            Interlocked.MemoryBarrier(); // The core's thread hands over, then looks at this.
            while (_isParked == 1 && Volatile.Read(ref _ready) is null && !_isStopping && !_isOver)
            {
                Monitor.Wait(_gate);
            }

            Volatile.Write(ref _isParked, 0);
        }
    }

    // Only one that waits: it looks for a batch before it does.
    private void WakeWriter()
    {
        if (Interlocked.Exchange(ref _isParked, 0) == 1)
        {
            Pulse();
        }
    }

    private void Pulse()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    // There is one: of three, one has just been formed, and the journal's thread gives back what it has written before
    // it takes what is ready.
    private RecordBatch TakeFree() =>
        Interlocked.Exchange(ref _firstFree, null) ?? Interlocked.Exchange(ref _secondFree, null)
        ?? throw new InvalidOperationException("No batch is free.");
}
