using System.Buffers.Binary;
using System.Net.Sockets;

namespace Switch.Host.Connections;

/// <summary>What the kernel knows of a connection (TCP_INFO). Linux.</summary>
internal static class TcpState
{
    private const int Tcp = 6;
    private const int TcpInfo = 11;

    // Of struct tcp_info: one byte of state, and how many bytes the peer has acknowledged.
    private const int StateAt = 0;
    private const int AcknowledgedAt = 120;
    private const int SizeMin = 128;
    private const int Closed = 7;

    /// <summary>False: there is no socket any more, or it does not say.</summary>
    /// <param name="socket">A connection that the peer opened.</param>
    /// <param name="isDead">It was reset.</param>
    /// <param name="acknowledged">Bytes of ours that reached the peer's kernel.</param>
    public static bool TryRead(Socket? socket, out bool isDead, out long acknowledged)
    {
        isDead = false;
        acknowledged = 0;
        Span<byte> info = stackalloc byte[256];
        try
        {
            if (socket is null || socket.GetRawSocketOption(Tcp, TcpInfo, info) < SizeMin)
            {
                return false;
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            return false;
        }

        isDead = info[StateAt] == Closed;
        acknowledged = BinaryPrimitives.ReadInt64LittleEndian(info[AcknowledgedAt..]);
        return true;
    }
}
