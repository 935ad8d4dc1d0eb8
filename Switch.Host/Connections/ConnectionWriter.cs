using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using Switch.Host.Memory;
using Switch.Protocol.Framing;

namespace Switch.Host.Connections;

/// <summary>What became of a frame that was to be written.</summary>
internal enum AppendResult
{
    /// <summary>It will be written, unless the connection ends first.</summary>
    Taken,

    /// <summary>The peer does not read: the buffer is at its bound. Surely not sent.</summary>
    Full,

    /// <summary>The connection has ended or is ending. Surely not sent.</summary>
    Closed,
}

/// <summary>
/// The way out of one connection: frames are appended to a bounded buffer by any thread, and one loop writes what has
/// gathered, a buffer at a time, while the other buffer fills.
/// </summary>
/// <remarks>
/// Bytes: <c>_filling</c> is shared under the gate, <c>_writing</c> is the loop's alone; they change places under the
/// gate. The loop continues on the thread that calls <see cref="Flush"/>: writing to the transport's pipe is a copy,
/// and one more thread hop for each batch would cost more than it. A write that has to wait goes on elsewhere.
/// </remarks>
internal sealed class ConnectionWriter : IValueTaskSource<bool>
{
    private const int SizeMin = 2_048;

    private readonly FrameFormat _format;
    private readonly int _sizeMax;
    private readonly SwitchClock _clock;
    private readonly OwnedGate _gate;

    private byte[] _filling = [];
    private int _filled;
    private byte[] _writing = [];
    private int _inTransit;
    private volatile State _state;
    private bool _isParked;
    private ManualResetValueTaskSourceCore<bool> _signal;

    private long _writingSince;
    private long _taken;

    /// <param name="format">How frames are headed.</param>
    /// <param name="sizeMax">Bytes that may wait, those being written included. Buffers start small and grow to
    /// it.</param>
    /// <param name="clock">Measures how long a write takes.</param>
    /// <param name="owner">The thread that appends and writes, where one does both.</param>
    public ConnectionWriter(FrameFormat format, int sizeMax, SwitchClock clock, GateOwner? owner = null)
    {
        _gate = new OwnedGate(owner);
        _format = format;
        _sizeMax = sizeMax;
        _clock = clock;
    }

    private enum State
    {
        /// <summary>Frames are taken.</summary>
        Open,

        /// <summary>No more frames; those taken are still written.</summary>
        Completing,

        /// <summary>Nothing more is written.</summary>
        Closed,
    }

    /// <summary>For the core thread's list of connections to flush; no other thread touches it.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Bytes taken since the connection stands.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>False once frames are refused for good.</summary>
    public bool IsOpen => _state == State.Open;

    /// <summary>
    /// Copies a message, headed as a frame, into the buffer. Nothing moves before <see cref="Flush"/>.
    /// </summary>
    /// <param name="header">What the frame of an answer bears; empty: the connection's own.</param>
    public AppendResult Append(ReadOnlySpan<byte> message, in FrameHeader header = default)
    {
        using (_gate.Enter())
        {
            if (_state != State.Open)
            {
                return AppendResult.Closed;
            }

            int size = _format.OverheadSize + message.Length;
            if (_filled + _inTransit + size > _sizeMax)
            {
                return AppendResult.Full;
            }

            if (_filling.Length - _filled < size)
            {
                Grow(_filled + size);
            }

            int written = _format.Write(_filling.AsSpan(_filled), message, in header);
            _filled += written;
            _taken += written;
            return AppendResult.Taken;
        }
    }

    /// <summary>Sets the loop going if it rests and there is something to write. Any thread.</summary>
    public void Flush()
    {
        using (_gate.Enter())
        {
            if (!_isParked || _filled == 0)
            {
                return;
            }

            _isParked = false;
        }

        _signal.SetResult(true);
    }

    /// <summary>Takes no more frames; <see cref="RunAsync"/> ends when those taken have been written.</summary>
    public void Complete() => End(State.Completing);

    /// <summary>Takes no more frames and forgets those that wait.</summary>
    public void Close() => End(State.Closed);

    /// <summary>True when one write has been waiting for the peer since before <paramref name="limit"/> ago.</summary>
    public bool IsStalled(long nowTicks, TimeSpan limit)
    {
        long since = Volatile.Read(ref _writingSince);
        return since != 0 && nowTicks - since > limit.Ticks;
    }

    /// <summary>
    /// The loop: ends when completed, closed, or when the transport takes no more. Throws what the transport throws.
    /// </summary>
    public async Task RunAsync(PipeWriter output)
    {
        try
        {
            while (true)
            {
                ValueTask<bool> isMore = WaitAsync();
                if (!isMore.IsCompleted)
                {
                    StackSweep.Below();
                }

                if (!await isMore.ConfigureAwait(false))
                {
                    break;
                }

                ReadOnlyMemory<byte> batch = Take();
                ValueTask<FlushResult> write = output.WriteAsync(batch);
                if (!write.IsCompleted)
                {
                    // Only now: the peer may have read a write that ended at once before this line.
                    Volatile.Write(ref _writingSince, Math.Max(_clock.Ticks, 1));
                }

                FlushResult flushed = await write.ConfigureAwait(false);
                Volatile.Write(ref _writingSince, 0);
                _writing.AsSpan(0, batch.Length).Clear(); // It is card data, and the pipe has its own copy.
                if (flushed.IsCompleted || flushed.IsCanceled)
                {
                    break;
                }
            }
        }
        finally
        {
            Close();
            Forget();
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _signal.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _signal.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _signal.OnCompleted(continuation, state, token, flags);

    private ValueTask<bool> WaitAsync()
    {
        using (_gate.Enter())
        {
            _inTransit = 0;
            if (_state == State.Closed)
            {
                return new(false);
            }

            if (_filled > 0 || _state == State.Completing)
            {
                return new(_filled > 0);
            }

            _signal.Reset();
            _isParked = true;
            return new(this, _signal.Version);
        }
    }

    private ReadOnlyMemory<byte> Take()
    {
        using (_gate.Enter())
        {
            (_filling, _writing) = (_writing, _filling);
            _inTransit = _filled;
            _filled = 0;
            return _writing.AsMemory(0, _inTransit);
        }
    }

    private void End(State state)
    {
        bool isWakeDue;
        bool hasMore;
        using (_gate.Enter())
        {
            _state = state > _state ? state : _state;
            if (_state == State.Closed)
            {
                _filling.AsSpan(0, _filled).Clear();
                _filled = 0;
            }

            hasMore = _filled > 0;
            isWakeDue = _isParked;
            _isParked = false;
        }

        if (isWakeDue)
        {
            _signal.SetResult(hasMore);
        }
    }

    private void Grow(int needed)
    {
        int size = Math.Max(_filling.Length, SizeMin);
        while (size < needed)
        {
            size *= 2;
        }

        // Pinned: the collector would leave what is in it behind where it moves it.
        byte[] larger = GC.AllocateArray<byte>(Math.Min(size, _sizeMax), pinned: true);
        _filling.AsSpan(0, _filled).CopyTo(larger);
        _filling.AsSpan(0, _filled).Clear();
        _filling = larger;
    }

    /// <summary>Both buffers held card data.</summary>
    private void Forget()
    {
        using (_gate.Enter())
        {
            _filling.AsSpan().Clear();
            _writing.AsSpan().Clear();
        }
    }
}
