using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;

namespace Switch.Host.Connections.Epoll;

/// <summary>
/// The way out of one connection: bytes go to the kernel on the thread that writes them, without a copy. Only when the
/// kernel takes no more the write waits, and goes on on the loop's thread. One write at a time.
/// </summary>
internal sealed class EpollWriter : PipeWriter, IValueTaskSource<FlushResult>, IThreadPoolWorkItem
{
    private readonly EpollConnection _owner;
    private ManualResetValueTaskSourceCore<FlushResult> _signal;

    // Under the gate.
    private ReadOnlyMemory<byte> _rest;
    private bool _isWaiting;
    private Exception? _failure;

    // The writer's own: what was put into GetMemory and not flushed.
    private IMemoryOwner<byte>? _block;
    private int _blockUsed;

    /// <param name="owner">The connection.</param>
    /// <param name="writer">The thread that writes, where it is the loop's; null: any thread does.</param>
    public EpollWriter(EpollConnection owner, GateOwner? writer)
    {
        _owner = owner;
        Gate = new OwnedGate(writer);
    }

    /// <summary>Held while the descriptor is sent to, and to close it.</summary>
    public OwnedGate Gate { get; }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _blockUsed;

    /// <summary>Loop thread: the kernel takes more, or there is an end.</summary>
    public void OnWritable()
    {
        Exception? failure;
        using (Gate.Enter())
        {
            if (!_isWaiting || !TrySend(ref _rest, out failure))
            {
                return;
            }

            _isWaiting = false;
            _rest = default;
            _failure ??= failure;
        }

        if (failure is null)
        {
            _signal.SetResult(default);
            return;
        }

        ContinueOnPool(isDue: true);
        _owner.Close(failure);
    }

    /// <summary>Ends the write that waits, and all later ones. Any thread.</summary>
    public void Fail(Exception failure)
    {
        bool isDue;
        using (Gate.Enter())
        {
            _failure ??= failure;
            isDue = _isWaiting;
            _isWaiting = false;
            _rest = default;
        }

        ContinueOnPool(isDue);
    }

    /// <summary>
    /// Completes when the kernel has all of it; <paramref name="source"/> is the transport's until then.
    /// </summary>
    public override ValueTask<FlushResult> WriteAsync(
        ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        if (_blockUsed == 0)
        {
            return SendAsync(source);
        }

        source.CopyTo(GetMemory(source.Length));
        Advance(source.Length);
        return FlushAsync(cancellationToken);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        int needed = _blockUsed + Math.Max(sizeHint, 1);
        if (_block is null || _block.Memory.Length < needed)
        {
            IMemoryOwner<byte> larger = SocketMemory.Blocks.Rent(Math.Max(needed, 2 * _blockUsed));
            _block?.Memory[.._blockUsed].CopyTo(larger.Memory);
            _block?.Dispose();
            _block = larger;
        }

        return _block.Memory[_blockUsed..];
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, (_block?.Memory.Length ?? 0) - _blockUsed);
        _blockUsed += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_block is not { } block)
        {
            return SendAsync(default);
        }

        ReadOnlyMemory<byte> bytes = block.Memory[.._blockUsed];
        _block = null;
        _blockUsed = 0;
        return FlushAsync(block, bytes);
    }

    /// <summary>
    /// Does nothing: bytes of a write that waits are still the caller's, so that only an abort of the connection can
    /// end the wait.
    /// </summary>
    public override void CancelPendingFlush()
    {
    }

    /// <summary>All was written: closes the connection.</summary>
    public override void Complete(Exception? exception = null)
    {
        _block?.Dispose();
        _block = null;
        _blockUsed = 0;
        _owner.EndSending();
    }

    void IThreadPoolWorkItem.Execute() => _signal.SetResult(default);

    FlushResult IValueTaskSource<FlushResult>.GetResult(short token)
    {
        _signal.GetResult(token);
        using (Gate.Enter())
        {
            return _failure is null ? default : throw EpollConnection.Anew(_failure);
        }
    }

    ValueTaskSourceStatus IValueTaskSource<FlushResult>.GetStatus(short token) => _signal.GetStatus(token);

    void IValueTaskSource<FlushResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _signal.OnCompleted(continuation, state, token, flags);

    private async ValueTask<FlushResult> FlushAsync(IMemoryOwner<byte> block, ReadOnlyMemory<byte> bytes)
    {
        using (block)
        {
            return await SendAsync(bytes).ConfigureAwait(false);
        }
    }

    private ValueTask<FlushResult> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        Exception? failure;
        using (Gate.Enter())
        {
            if (_isWaiting)
            {
                throw new InvalidOperationException("An earlier write has not ended.");
            }

            if (_failure is not null)
            {
                return ValueTask.FromException<FlushResult>(EpollConnection.Anew(_failure));
            }

            if (!TrySend(ref bytes, out failure))
            {
                _rest = bytes;
                _isWaiting = true;
                _signal.Reset();
                return new(this, _signal.Version);
            }

            _failure = failure;
        }

        if (failure is null)
        {
            return default;
        }

        _owner.Close(failure);
        return ValueTask.FromException<FlushResult>(EpollConnection.Anew(failure));
    }

    // Under the gate. False: the kernel takes no more now, and says when it does.
    private bool TrySend(ref ReadOnlyMemory<byte> bytes, out Exception? failure)
    {
        failure = null;
        while (!bytes.IsEmpty)
        {
            nint count = Libc.Send(_owner.File, bytes.Span, bytes.Length, Libc.NoSignal);
            if (count >= 0)
            {
                bytes = bytes[(int)count..];
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error == Libc.WouldBlock)
            {
                return false;
            }

            if (error != Libc.Interrupted)
            {
                failure = EpollConnection.ResetBy(error);
                return true;
            }
        }

        return true;
    }

    private void ContinueOnPool(bool isDue)
    {
        if (isDue)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }
}
