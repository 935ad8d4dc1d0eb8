using System.Net;
using System.Net.Sockets;

namespace Switch.Host.Commands.Drills;

/// <summary>Connections that behave badly, from an address of their own where the machine has one.</summary>
internal sealed class AttackConnections(IPEndPoint target) : IDisposable
{
    private readonly List<Socket> _sockets = [];

    /// <summary>Loopback is a whole network on Linux: the attack does not share the address of the load.</summary>
    public IPAddress From { get; } =
        OperatingSystem.IsLinux() && target.AddressFamily == AddressFamily.InterNetwork
            ? IPAddress.Parse("127.0.0.66") : target.Address;

    public async Task OpenAsync(int count, CancellationToken stop)
    {
        for (int i = 0; i < count; i++)
        {
            var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            _sockets.Add(socket);
            try
            {
                socket.Bind(new IPEndPoint(From, 0));
                await socket.ConnectAsync(target, stop).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                // Refused: that is the node's right.
            }
        }
    }

    /// <summary>Sends on the connection that was opened last.</summary>
    public Task SendLastAsync(byte[] bytes, CancellationToken stop) => TrySendAsync(_sockets[^1], bytes, stop);

    /// <summary>Sends a byte on each, again and again: the length of a message that never comes.</summary>
    public async Task DripAsync(TimeSpan beat, TimeSpan duration, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(beat);
        for (TimeSpan gone = TimeSpan.Zero; gone < duration; gone += beat)
        {
            foreach (Socket socket in _sockets)
            {
                await TrySendAsync(socket, [0], stop).ConfigureAwait(false);
            }

            await timer.WaitForNextTickAsync(stop).ConfigureAwait(false);
        }
    }

    /// <summary>Connections that the node has ended.</summary>
    public int CountClosed() => _sockets.Count(IsClosed);

    public void Dispose()
    {
        foreach (Socket socket in _sockets)
        {
            socket.Dispose();
        }
    }

    private static async Task TrySendAsync(Socket socket, byte[] bytes, CancellationToken stop)
    {
        try
        {
            await socket.SendAsync(bytes, stop).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // Closed by the node.
        }
    }

    private static bool IsClosed(Socket socket)
    {
        try
        {
            return !socket.Connected || (socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0);
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
