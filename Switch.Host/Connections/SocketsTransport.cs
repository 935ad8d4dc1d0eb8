using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Switch.Host.Connections;

/// <summary>The platform's own sockets, behind Kestrel's pipes: everywhere.</summary>
internal sealed class SocketsTransport(ILoggerFactory loggers) : ITransport
{
    // Per connection, between its socket and its loops. Read: several of the largest frames (64 KiB). Write: beyond it
    // the rest waits in the ConnectionWriter, which is where the bound is.
    private const int ReadSize = 256 * 1024;
    private const int WriteSize = 64 * 1024;

    private readonly SocketConnectionContextFactory _opened = new(
        SocketMemory.Use(new SocketConnectionFactoryOptions()), loggers.CreateLogger<SocketsTransport>());

    /// <summary>Never called: the platform tries again at once, and does not say so.</summary>
    public Action? OnNoDescriptor { get; set; }

    public IConnectionListenerFactory Listeners(Func<EndPoint, Socket> bind)
    {
        SocketTransportOptions sockets = SocketMemory.Use(new SocketTransportOptions
        {
            NoDelay = true,
            MaxReadBufferSize = ReadSize,
            MaxWriteBufferSize = WriteSize,

            // Never inline: a flush by the core thread would then make the system call itself.
            UnsafePreferInlineScheduling = false,
            CreateBoundListenSocket = bind,
        });
        return new SocketTransportFactory(Options.Create(sockets), loggers);
    }

    public async Task<Socket> ConnectAsync(EndPoint endPoint, CancellationToken stop)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, stop).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public ConnectionContext Open(Socket connected) => _opened.Create(connected);

    public void Dispose() => _opened.Dispose();
}
