using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Switch.Host.Connections;

/// <summary>Ends the sending side of a connection, and leaves the other open.</summary>
internal static class SendingEnd
{
    // By the machine's own time: the switch's clock may stand still in a test.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// Completes when the peer gets an end behind what was written, or when the connection is over. The platform's
    /// sockets have no such end of their own: it is made when the peer has all bytes, where the kernel tells that.
    /// </summary>
    /// <param name="connection">All was given to its output.</param>
    /// <param name="written">Bytes that were written to it in all.</param>
    public static async Task OfAsync(ConnectionContext connection, long written)
    {
        if (connection.Features.Get<IEndsSending>() is { } able)
        {
            await able.EndSendingAsync().ConfigureAwait(false);
            return;
        }

        Socket? socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket;
        while (TcpState.TryRead(socket, out bool isDead, out long acknowledged) && !isDead)
        {
            if (acknowledged >= written)
            {
                Shutdown(socket!);
                return;
            }

            await Task.Delay(Look, connection.ConnectionClosed)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static void Shutdown(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }
}
