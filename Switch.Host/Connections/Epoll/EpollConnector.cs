using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Switch.Host.Connections.Epoll;

/// <summary>
/// Connects on an <see cref="EventLoop"/>. A socket that the platform connects stays in the platform's own epoll set
/// for as long as it lives, and every reply of an issuer would wake its thread as well.
/// </summary>
internal static class EpollConnector
{
    /// <summary>Tries one address of the host after the other.</summary>
    /// <exception cref="SocketException">None of them took it: why the last did not.</exception>
    public static async Task<Socket> ConnectAsync(EventLoop loop, EndPoint endPoint, CancellationToken stop)
    {
        IPEndPoint[] addresses = endPoint is DnsEndPoint host
            ? [.. (await Dns.GetHostAddressesAsync(host.Host, stop).ConfigureAwait(false))
                .Select(address => new IPEndPoint(address, host.Port))]
            : [(IPEndPoint)endPoint];
        SocketException? failure = null;
        foreach (IPEndPoint address in addresses)
        {
            try
            {
                return await ConnectOneAsync(loop, address, stop).ConfigureAwait(false);
            }
            catch (SocketException refused)
            {
                failure = refused;
            }
        }

        throw failure ?? new SocketException((int)SocketError.HostNotFound);
    }

    private static async Task<Socket> ConnectOneAsync(EventLoop loop, IPEndPoint endPoint, CancellationToken stop)
    {
        int family = endPoint.AddressFamily == AddressFamily.InterNetwork ? Libc.InterNetwork : Libc.InterNetworkV6;
        int file = Libc.Socket(family, Libc.Stream | Libc.NonBlocking | Libc.CloseOnExec, Libc.Tcp);
        if (file < 0)
        {
            throw Libc.ToException(Marshal.GetLastPInvokeError());
        }

        using var handle = new SafeSocketHandle(file, ownsHandle: true);
        SocketAddress address = endPoint.Serialize();
        int error = Libc.Connect(file, address.Buffer.Span, address.Size) == 0 ? 0 : Marshal.GetLastPInvokeError();
        if (error is Libc.InProgress or Libc.Interrupted)
        {
            error = await WaitAsync(loop, file, stop).ConfigureAwait(false);
        }

        if (error != 0)
        {
            throw Libc.ToException(error);
        }

        // Now, and not before: a socket learns when it is made of a handle whether that is connected.
        var owned = new SafeSocketHandle(handle.DangerousGetHandle(), ownsHandle: true);
        handle.SetHandleAsInvalid();
        var socket = new Socket(owned);
        try
        {
            socket.NoDelay = true;
            return socket.RemoteEndPoint is null ? throw Libc.ToException(Libc.NotConnected) : socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<int> WaitAsync(EventLoop loop, int file, CancellationToken stop)
    {
        var attempt = new Attempt();
        long id = loop.NextId();
        loop.Watch(id, file, Libc.Out | Libc.EdgeTriggered, attempt);
        try
        {
            await attempt.Ended.WaitAsync(stop).ConfigureAwait(false);
        }
        finally
        {
            loop.Forget(id, file);
        }

        int size = sizeof(int);
        return Libc.GetOption(file, Libc.SocketLevel, Libc.SocketError, out int error, ref size) == 0
            ? error : Marshal.GetLastPInvokeError();
    }

    private sealed class Attempt : IReady
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Ended => _ended.Task;

        public void OnReady(uint events) => _ended.TrySetResult();

        public void OnDefect(Exception defect) => _ended.TrySetException(defect);
    }
}
