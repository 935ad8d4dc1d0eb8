using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Switch.Host.Connections.Epoll;

/// <summary>
/// Connections on event loops of our own: Linux. Each connection stays on one loop, and they take turns.
/// </summary>
internal sealed class EpollTransport : ITransport
{
    private readonly EventLoop[] _loops;
    private readonly Lock _looking = new();
    private uint _next;

    // Under _looking: the counts when they had all grown last.
    private readonly long[] _rounds;
    private long _coreRounds;
    private long _commonRounds;

    /// <param name="reactors">Loops, each with a thread. 0: one loop, whose turns the core's thread takes.</param>
    /// <param name="name">Of the threads, before their numbers.</param>
    public EpollTransport(int reactors, string name = "reactor")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(reactors);
        _loops = reactors == 0
            ? [new EventLoop()] : [.. Enumerable.Range(0, reactors).Select(i => new EventLoop($"{name} {i}"))];
        _rounds = new long[_loops.Length];
    }

    /// <summary>The loop that the core's thread is to drive; null: each has a thread of its own.</summary>
    public EventLoop? CoreLoop => _loops[0].IsDriven ? _loops[0] : null;

    public IReadOnlyList<EventLoop> Loops => _loops;

    /// <summary>
    /// Has the first loop that has a thread of its own do something as well, every 10 ms at least. Nothing, when there
    /// is none.
    /// </summary>
    public void DriveByTheWay(Action action)
    {
        if (CoreLoop is null)
        {
            _loops[0].FromTimeToTime(action);
        }
    }

    public Action? OnNoDescriptor { get; set; }

    /// <summary>Accepts one from a listener's descriptor; tests put theirs here.</summary>
    public AcceptCall Accept { get; init; } = static (int file, Span<byte> address, ref int size) =>
        Libc.Accept(file, address, ref size, Libc.NonBlocking | Libc.CloseOnExec);

    /// <summary>
    /// Grows from one call to the next when the core and each loop with a thread of its own have gone round between
    /// them; 0: not yet. Loops that rest are woken, so that the next call can tell. Any thread.
    /// </summary>
    /// <param name="coreRounds">Of the core's thread.</param>
    public long CommonRounds(long coreRounds)
    {
        lock (_looking)
        {
            bool hasEach = coreRounds != _coreRounds;
            for (int i = 0; i < _loops.Length; i++)
            {
                hasEach &= _loops[i].IsDriven || _loops[i].Rounds != _rounds[i];
                _loops[i].Ring();
            }

            if (hasEach)
            {
                _coreRounds = coreRounds;
                _commonRounds++;
                for (int i = 0; i < _loops.Length; i++)
                {
                    _rounds[i] = _loops[i].Rounds;
                }
            }

            return _commonRounds;
        }
    }

    public IConnectionListenerFactory Listeners(Func<EndPoint, Socket> bind) => new ListenerFactory(this, bind);

    public Task<Socket> ConnectAsync(EndPoint endPoint, CancellationToken stop) =>
        EpollConnector.ConnectAsync(NextLoop(), endPoint, stop);

    public ConnectionContext Open(Socket connected)
    {
        connected.Blocking = false;
        return Start(connected, connected.RemoteEndPoint);
    }

    /// <summary>Takes in an accepted descriptor; null when its peer is gone already.</summary>
    public EpollConnection? TryAdopt(int file, EndPoint remote)
    {
        var handle = new SafeSocketHandle(file, ownsHandle: true);
        try
        {
            return Start(new Socket(handle) { NoDelay = true }, remote);
        }
        catch (Exception gone) when (gone is SocketException or IOException)
        {
            handle.Dispose();
            return null;
        }
    }

    public void Dispose()
    {
        foreach (EventLoop loop in _loops)
        {
            loop.Dispose();
        }
    }

    private EpollConnection Start(Socket socket, EndPoint? remote)
    {
        try
        {
            var connection = new EpollConnection(socket, remote, NextLoop());
            connection.Start();
            return connection;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private EventLoop NextLoop() => _loops[Interlocked.Increment(ref _next) % (uint)_loops.Length];

    internal delegate int AcceptCall(int file, Span<byte> address, ref int size);

    private sealed class ListenerFactory(EpollTransport transport, Func<EndPoint, Socket> bind)
        : IConnectionListenerFactory, IConnectionListenerFactorySelector
    {
        private const int Backlog = 512;

        public ValueTask<IConnectionListener> BindAsync(
            EndPoint endpoint, CancellationToken cancellationToken = default)
        {
            Socket socket = bind(endpoint);
            try
            {
                socket.Listen(Backlog);
                return new(new EpollListener(socket, transport, transport.NextLoop()));
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;
    }
}
