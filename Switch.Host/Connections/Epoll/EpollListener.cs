using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;

namespace Switch.Host.Connections.Epoll;

/// <summary>
/// Accepts connections. When the process or the system has no descriptor left, it says so, waits, and tries again:
/// those who wait do so in the kernel's line.
/// </summary>
internal sealed class EpollListener : IConnectionListener, IReady
{
    private const int AddressSizeMax = 28;
    private static readonly TimeSpan NoDescriptorPause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly int _file;
    private readonly EpollTransport _transport;
    private readonly EventLoop _loop;
    private readonly long _watchId;
    private readonly TaskCompletionSource _unbound = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();

    // Under the gate.
    private TaskCompletionSource? _ready;
    private bool _isClosed;

    /// <param name="socket">Bound and listening; its own from here on.</param>
    /// <param name="transport">Takes in what is accepted.</param>
    /// <param name="loop">Tells when there is something to accept.</param>
    public EpollListener(Socket socket, EpollTransport transport, EventLoop loop)
    {
        _socket = socket;
        _file = (int)socket.Handle;
        _transport = transport;
        _loop = loop;
        EndPoint = socket.LocalEndPoint!;
        _watchId = loop.NextId();
        socket.Blocking = false;
        loop.Watch(_watchId, _file, Libc.In | Libc.EdgeTriggered, this);
    }

    public EndPoint EndPoint { get; }

    /// <summary>Null once it listens no more.</summary>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        bool isPaused = false;
        while (true)
        {
            byte[] address = new byte[AddressSizeMax];
            int file = Accept(address, out int error, out Task? ready);
            if (file >= 0)
            {
                if (_transport.TryAdopt(file, RemoteOf(address)) is { } connection)
                {
                    return connection;
                }

                continue; // Its peer was quick to go.
            }

            switch (error)
            {
                case 0:
                    return null;
                case Libc.WouldBlock:
                    await ready!.WaitAsync(cancellationToken).ConfigureAwait(false);
                    break;
                case Libc.TooManyInProcess or Libc.TooManyInSystem or Libc.NoBuffers or Libc.NoMemory:
                    if (!isPaused)
                    {
                        _transport.OnNoDescriptor?.Invoke();
                        isPaused = true;
                    }

                    Task pause = Task.Delay(NoDescriptorPause, cancellationToken);
                    await Task.WhenAny(pause, _unbound.Task).ConfigureAwait(false);
                    cancellationToken.ThrowIfCancellationRequested();
                    break;
                case Libc.BadFile or Libc.InvalidArgument or Libc.NoSocket:
                    throw Libc.ToException(error); // A defect: it would be the same for ever.
                default:
                    break; // An error of the one connection that was next: the kernel has taken it off the line.
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        Close();
        return default;
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return default;
    }

    public void OnReady(uint events)
    {
        lock (_gate)
        {
            _ready?.TrySetResult();
            _ready = null;
        }
    }

    public void OnDefect(Exception defect) => Close();

    // -1 with 0: it is closed.
    private int Accept(byte[] address, out int error, out Task? ready)
    {
        ready = null;
        error = 0;
        lock (_gate)
        {
            if (_isClosed)
            {
                return -1;
            }

            int size = address.Length;
            int file = _transport.Accept(_file, address, ref size);
            if (file >= 0)
            {
                return file;
            }

            error = Marshal.GetLastPInvokeError();
            if (error == Libc.WouldBlock)
            {
                _ready ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                ready = _ready.Task;
            }

            return -1;
        }
    }

    private IPEndPoint RemoteOf(ReadOnlySpan<byte> address)
    {
        var native = new SocketAddress(EndPoint.AddressFamily, AddressSizeMax);
        address.CopyTo(native.Buffer.Span);
        return (IPEndPoint)EndPoint.Create(native);
    }

    private void Close()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            _loop.Forget(_watchId, _file);
            _socket.Dispose();
            _ready?.TrySetResult();
        }

        _unbound.TrySetResult();
    }
}
