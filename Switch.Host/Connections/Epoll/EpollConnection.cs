using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Switch.Host.Connections.Epoll;

/// <summary>
/// A connected socket on an <see cref="EventLoop"/>, as the pair of pipes that sessions and links know.
/// </summary>
/// <remarks>
/// Every system call on the descriptor is made under the gate of its direction, and it is closed under both: no call
/// can meet a descriptor that was given to another connection meanwhile. The reader's gate is taken first.
/// </remarks>
internal sealed class EpollConnection : ConnectionContext, IDuplexPipe, IConnectionSocketFeature, IMemoryPoolFeature,
    IReadingThread, IEndsSending, IReady
{
    // Received and not looked at, when it is closed: beyond it the peer gets a reset instead of an end.
    private const int DiscardMax = 256 * 1024;

    private readonly EventLoop _loop;
    private readonly long _watchId;
    private readonly CancellationTokenSource _closed = new();
    private readonly EpollReader _reader;
    private readonly EpollWriter _writer;
    private bool _isClosed;
    private int _isEndTold;

    // The group in whose turn it is read, and how much that group weighs; null: it is read at once.
    private volatile ReadingGroup? _group;

    // Loop thread: it stands in the loop's line.
    private bool _isInLine;

    /// <summary>Owns the socket from here on.</summary>
    public EpollConnection(Socket socket, EndPoint? remote, EventLoop loop)
    {
        Socket = socket;
        File = (int)socket.Handle;
        _loop = loop;
        _watchId = loop.NextId();
        _reader = new EpollReader(this, loop);
        _writer = new EpollWriter(this, loop.IsDriven ? loop.Owner : null);
        RemoteEndPoint = remote;
        LocalEndPoint = socket.LocalEndPoint;
        ConnectionClosed = _closed.Token;
        ConnectionId = $"epoll-{_watchId}";
        Transport = this;
        Features.Set<IConnectionSocketFeature>(this);
        Features.Set<IMemoryPoolFeature>(this);
        Features.Set<IReadingThread>(this);
        Features.Set<IEndsSending>(this);
    }

    /// <summary>The descriptor: for use under a gate, while not <see cref="IsClosed"/>.</summary>
    public int File { get; }

    /// <summary>Under a gate.</summary>
    public bool IsClosed => _isClosed;

    public Socket Socket { get; }

    public MemoryPool<byte> MemoryPool => SocketMemory.Blocks;

    public PipeReader Input => _reader;

    public PipeWriter Output => _writer;

    public override IDuplexPipe Transport { get; set; }

    public override string ConnectionId { get; set; }

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    /// <summary>The failure of a system call on the descriptor.</summary>
    public static ConnectionResetException ResetBy(int error) =>
        new(Marshal.GetPInvokeErrorMessage(error), Libc.ToException(error));

    /// <summary>A failure to be thrown once more: the first would bear the stack of another thread.</summary>
    public static Exception Anew(Exception failure) => failure switch
    {
        ConnectionResetException reset => new ConnectionResetException(reset.Message, reset),
        ConnectionAbortedException aborted => new ConnectionAbortedException(aborted.Message, aborted),
        _ => new InvalidOperationException(failure.Message, failure),
    };

    /// <summary>Begins to be told of its readiness.</summary>
    /// <exception cref="IOException">The kernel does not take it.</exception>
    public void Start() => _loop.Watch(
        _watchId, File, Libc.In | Libc.Out | Libc.ReadHangUp | Libc.EdgeTriggered, this);

    public void OnReady(uint events)
    {
        const uint Ends = Libc.ReadHangUp | Libc.HangUp | Libc.Error;
        if (events == 0)
        {
            ReadWhenItIsTime();
            return;
        }

        if ((events & (Libc.In | Ends)) != 0)
        {
            _reader.OnReadable((events & Ends) != 0);
            if ((events & Ends) != 0)
            {
                _reader.Turn(); // Before its end is told.
            }
            else
            {
                ReadWhenItIsTime();
            }
        }

        if ((events & (Libc.Out | Ends)) != 0)
        {
            _writer.OnWritable();
        }

        if ((events & Ends) != 0)
        {
            TellEnd();
        }
    }

    public void OnDefect(Exception defect) => Close(defect);

    /// <summary>Loop thread: its turn in the loop's line has come. How many bytes were read.</summary>
    public int ReadInLine()
    {
        _isInLine = false;
        return _reader.Turn();
    }

    public void ReadInTurn(int group, int weight) => _group = new ReadingGroup(group, weight);

    public PipeScheduler NewScheduler() => new LoopScheduler(_loop, OnDefect);

    public bool HasUnread
    {
        get
        {
            using (_reader.Gate.Enter())
            {
                return !_isClosed && Socket.Available > 0;
            }
        }
    }

    public Task EndSendingAsync()
    {
        using (_writer.Gate.Enter())
        {
            if (!_isClosed)
            {
                _ = Libc.Shutdown(File, Libc.ShutdownSend);
            }
        }

        return Task.CompletedTask;
    }

    public override void Abort(ConnectionAbortedException abortReason) => Close(abortReason);

    public override ValueTask DisposeAsync()
    {
        Close(new ConnectionAbortedException("The connection was disposed of."));
        _reader.Complete();
        return base.DisposeAsync();
    }

    /// <summary>
    /// All was written: the peer gets an end, and not a reset for what it said and was not read.
    /// </summary>
    public void EndSending()
    {
        using (_reader.Gate.Enter())
        {
            using (_writer.Gate.Enter())
            {
                if (!_isClosed)
                {
                    _ = Libc.Shutdown(File, Libc.ShutdownSend);
                    Discard();
                }
            }
        }

        Close(new ConnectionAbortedException("The connection was completed."));
    }

    /// <summary>Closes it, and ends what waits for it. Any thread.</summary>
    public void Close(Exception reason)
    {
        using (_reader.Gate.Enter())
        {
            using (_writer.Gate.Enter())
            {
                if (_isClosed)
                {
                    return;
                }

                _isClosed = true;
                _loop.Forget(_watchId, File);
                Socket.Dispose();
            }
        }

        _reader.Fail(reason);
        _writer.Fail(reason);
        TellEnd();
    }

    private void ReadWhenItIsTime()
    {
        if (_group is not { } group)
        {
            _reader.Turn();
        }
        else if (!_isInLine)
        {
            _isInLine = true;
            _loop.Reading.Add(group.Index, group.Weight, this);
        }
    }

    // Not in place: what listens to it may do anything.
    private void TellEnd()
    {
        if (Interlocked.Exchange(ref _isEndTold, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static closed => closed.Cancel(), _closed, preferLocal: false);
        }
    }

    // Under both gates.
    private void Discard()
    {
        for (long left = DiscardMax; left > 0;)
        {
            nint count = Libc.Receive(File, default, 64 * 1024, Libc.Truncate);
            if (count <= 0)
            {
                return;
            }

            left -= count;
        }
    }

    private sealed record ReadingGroup(int Index, int Weight);
}
