using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;

namespace Switch.Host.Connections.Epoll;

/// <summary>
/// The way in of one connection. A read that waits is served on the loop's thread: bytes go into the loop's one buffer,
/// the reader continues in place and takes whole frames there, and only the beginning of the next frame is copied to a
/// block of the connection's own. So an idle connection holds no memory. What was received is zeroed when it is let go.
/// </summary>
/// <remarks>
/// Bytes are asked for only while a read waits, so a peer is held back by TCP when its frames are not taken. An end (of
/// the stream, by a failure, by a cancelled read) continues on the pool: it logs, and closes, and wakes others.
/// </remarks>
internal sealed class EpollReader : PipeReader, IValueTaskSource<ReadResult>, IThreadPoolWorkItem
{
    private readonly EpollConnection _owner;
    private readonly EventLoop _loop;
    private ManualResetValueTaskSourceCore<ReadResult> _signal;

    // Under the gate. What the reader has not consumed, and where that is: in an array that was received into, or in a
    // block of this connection's own.
    private ReadOnlySequence<byte> _unconsumed = ReadOnlySequence<byte>.Empty;
    private byte[]? _array;
    private int _arrayUsed;
    private IMemoryOwner<byte>? _kept;
    private bool _hasUnexamined;
    private bool _isWaiting;
    private bool _isReady;
    private bool _isHungUp;
    private bool _isEnded;
    private bool _isCancelled;
    private bool _isCompleted;
    private Exception? _failure;

    // Loop thread.
    private bool _isInTurn;

    public EpollReader(EpollConnection owner, EventLoop loop)
    {
        _owner = owner;
        _loop = loop;
        Gate = new OwnedGate(loop.Owner);
    }

    /// <summary>Held while the descriptor is received from, and to close it.</summary>
    public OwnedGate Gate { get; }

    /// <summary>Loop thread: the kernel has bytes, or an end; <see cref="Turn"/> is to follow.</summary>
    public void OnReadable(bool isHungUp)
    {
        using (Gate.Enter())
        {
            _isReady = true;
            _isHungUp |= isHungUp;
        }
    }

    /// <summary>
    /// Loop thread: serves a read that waits. One, of <see cref="EventLoop.ReadMax"/> bytes at most: if there is more,
    /// others have their turn first. How many bytes were received.
    /// </summary>
    public int Turn()
    {
        int received;
        _isInTurn = true;
        try
        {
            received = Serve();
        }
        finally
        {
            _isInTurn = false;
        }

        bool isMore;
        using (Gate.Enter())
        {
            isMore = _isWaiting && _isReady;
        }

        if (isMore)
        {
            _loop.Post(_owner);
        }

        return received;
    }

    /// <summary>Ends the read that waits, and all later ones. Any thread.</summary>
    public void Fail(Exception failure)
    {
        bool isDue;
        using (Gate.Enter())
        {
            _failure ??= failure;
            isDue = TakeWaiting();
        }

        ContinueOnPool(isDue);
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.CanBeCanceled)
        {
            return ReadUntilAsync(cancellationToken);
        }

        short version;
        bool isTurnDue;
        using (Gate.Enter())
        {
            if (IsResultDue)
            {
                return new(TakeResult());
            }

            _signal.Reset();
            version = _signal.Version;
            _isWaiting = true;
            isTurnDue = _isReady;
        }

        if (isTurnDue && !(_loop.IsOwnThread && _isInTurn))
        {
            _loop.Post(_owner);
        }

        return new(this, version);
    }

    public override bool TryRead(out ReadResult result)
    {
        using (Gate.Enter())
        {
            bool isDue = IsResultDue;
            result = isDue ? TakeResult() : default;
            return isDue;
        }
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        using (Gate.Enter())
        {
            if (_isCompleted)
            {
                return;
            }

            _hasUnexamined = !_unconsumed.Slice(examined).IsEmpty;
            Keep(_unconsumed.Slice(consumed));
        }
    }

    public override void CancelPendingRead()
    {
        bool isDue;
        using (Gate.Enter())
        {
            _isCancelled = true;
            isDue = TakeWaiting();
        }

        ContinueOnPool(isDue);
    }

    /// <summary>No more is read, and what was is forgotten.</summary>
    public override void Complete(Exception? exception = null)
    {
        using (Gate.Enter())
        {
            _isCompleted = true;
            Keep(ReadOnlySequence<byte>.Empty);
        }
    }

    void IThreadPoolWorkItem.Execute() => _signal.SetResult(default);

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        _signal.GetResult(token);
        using (Gate.Enter())
        {
            return TakeResult();
        }
    }

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _signal.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _signal.OnCompleted(continuation, state, token, flags);

    // Under the gate.
    private bool IsResultDue => _isCancelled || _failure is not null || _hasUnexamined || _isEnded;

    // Under the gate.
    private ReadResult TakeResult()
    {
        if (_isCompleted)
        {
            throw new InvalidOperationException("Reading after the reader was completed.");
        }

        bool isCancelled = _isCancelled;
        _isCancelled = false;
        if (!isCancelled && _failure is not null)
        {
            throw EpollConnection.Anew(_failure);
        }

        return new ReadResult(_unconsumed, isCancelled, _isEnded);
    }

    private async ValueTask<ReadResult> ReadUntilAsync(CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        ReadResult result;
        using (stop.UnsafeRegister(static reader => ((EpollReader)reader!).CancelPendingRead(), this))
        {
            result = await ReadAsync(CancellationToken.None).ConfigureAwait(false);
        }

        if (result.IsCanceled && stop.IsCancellationRequested)
        {
            AdvanceTo(result.Buffer.Start);
            stop.ThrowIfCancellationRequested();
        }

        return result;
    }

    // Under the gate: true when a read waited, which the caller now has to end.
    private bool TakeWaiting()
    {
        bool wasWaiting = _isWaiting;
        _isWaiting = false;
        return wasWaiting;
    }

    private void ContinueOnPool(bool isDue)
    {
        if (isDue)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    // Loop thread. Does nothing when no read waits, or there is nothing for it yet. How many bytes were received.
    private int Serve()
    {
        int received;
        using (Gate.Enter())
        {
            if (!_isWaiting || !_isReady || _owner.IsClosed || !TryReceive(out received))
            {
                return 0;
            }

            _isWaiting = false;
        }

        if (received == 0)
        {
            ContinueOnPool(isDue: true);
            return 0;
        }

        try
        {
            _signal.SetResult(default);
        }
        finally
        {
            KeepBufferIfHeld(); // Also after a defect: the next connection must not be read into it.
        }

        return received;
    }

    private void KeepBufferIfHeld()
    {
        using (Gate.Enter())
        {
            if (_array == _loop.Buffer)
            {
                _loop.ReplaceBuffer(); // It was not let go in place: it is the reader's by now.
            }
        }
    }

    // Under the gate, on the loop thread. False: nothing is there, or it was interrupted. Nothing received: an end.
    private bool TryReceive(out int received)
    {
        byte[] buffer = _loop.Buffer;
        int kept = (int)_unconsumed.Length;
        _unconsumed.CopyTo(buffer);
        nint count = Libc.Receive(_owner.File, buffer.AsSpan(kept, EventLoop.ReadMax), EventLoop.ReadMax, 0);
        int error = count < 0 ? Marshal.GetLastPInvokeError() : 0;
        received = Math.Max((int)count, 0);
        if (count > 0)
        {
            // Less than there was room for is all there was, unless an end is behind it: that is told once only.
            _isReady = count == EventLoop.ReadMax || _isHungUp;
            Release();
            _array = buffer;
            _arrayUsed = kept + (int)count;
            _unconsumed = new ReadOnlySequence<byte>(buffer, 0, _arrayUsed);
            return true;
        }

        buffer.AsSpan(0, kept).Clear();
        if (error == Libc.Interrupted)
        {
            return false;
        }

        _isReady = false;
        if (error == Libc.WouldBlock)
        {
            _isHungUp = false;
            return false;
        }

        _isEnded = error == 0;
        if (error != 0)
        {
            _failure ??= EpollConnection.ResetBy(error);
        }

        return true;
    }

    // Under the gate: what is left of the bytes goes to a block of this connection's own, and all else is zeroed.
    private void Keep(in ReadOnlySequence<byte> left)
    {
        int length = (int)left.Length;
        if (length > EventLoop.KeptMax)
        {
            throw new InvalidOperationException($"{length} bytes were left unconsumed: {EventLoop.KeptMax} may be.");
        }

        if (length == 0)
        {
            Release();
            _unconsumed = ReadOnlySequence<byte>.Empty;
            _hasUnexamined = false;
        }
        else if (_array is not null || length < _unconsumed.Length)
        {
            IMemoryOwner<byte> kept = SocketMemory.Blocks.Rent(length);
            left.CopyTo(kept.Memory.Span);
            Release();
            _kept = kept;
            _unconsumed = new ReadOnlySequence<byte>(kept.Memory[..length]);
        }
    }

    // Under the gate.
    private void Release()
    {
        _array?.AsSpan(0, _arrayUsed).Clear();
        _array = null;
        _kept?.Dispose(); // Zeroes it.
        _kept = null;
    }
}
