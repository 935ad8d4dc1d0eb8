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
    private uint _next;

    /// <param name="reactors">Loops, each with a thread: 1 or more.</param>
    public EpollTransport(int reactors)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(reactors, 1);
        _loops = [.. Enumerable.Range(0, reactors).Select(i => new EventLoop($"reactor {i}"))];
    }

    public IReadOnlyList<EventLoop> Loops => _loops;

    public Action? OnNoDescriptor { get; set; }

    /// <summary>Accepts one from a listener's descriptor; tests put theirs here.</summary>
    public AcceptCall Accept { get; init; } = static (int file, Span<byte> address, ref int size) =>
        Libc.Accept(file, address, ref size, Libc.NonBlocking | Libc.CloseOnExec);

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
