using System.Net.Sockets;

namespace Switch.Host.Connections;

/// <summary>
/// Probes of the operating system on a silent connection: 15 s, then every 5 s, and after three the peer is gone.
/// </summary>
internal static class TcpKeepAlive
{
    private const int IdleSeconds = 15;
    private const int IntervalSeconds = 5;
    private const int ProbesMax = 3;

    public static void Set(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, IdleSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, IntervalSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, ProbesMax);
    }
}
