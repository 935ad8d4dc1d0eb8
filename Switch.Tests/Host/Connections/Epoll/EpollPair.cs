using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Switch.Host.Connections.Epoll;

namespace Switch.Tests.Host.Connections.Epoll;

/// <summary>A connection of the transport, and the plain socket at its other end.</summary>
internal sealed class EpollPair : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private EpollPair(EpollTransport transport, Socket peer, EpollConnection connection)
    {
        Transport = transport;
        Peer = peer;
        Connection = connection;
    }

    public EpollTransport Transport { get; }

    public EventLoop Loop => Transport.Loops[0];

    public Socket Peer { get; }

    public EpollConnection Connection { get; }

    public PipeReader Input => Connection.Input;

    public PipeWriter Output => Connection.Output;

    public static async Task<EpollPair> CreateAsync()
    {
        var transport = new EpollTransport(reactors: 1);
        (Socket peer, EpollConnection connection) = await ConnectAsync(transport);
        return new EpollPair(transport, peer, connection);
    }

    /// <summary>One more connection on the transport.</summary>
    public static async Task<(Socket Peer, EpollConnection Connection)> ConnectAsync(EpollTransport transport)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var limit = new CancellationTokenSource(Limit);
        Socket opened = await transport.ConnectAsync(listener.LocalEndPoint!, limit.Token);
        return (await listener.AcceptAsync(limit.Token), (EpollConnection)transport.Open(opened));
    }

    /// <summary>Waits until so many bytes are there, and takes them.</summary>
    public async Task<byte[]> ReadAsync(int count)
    {
        ReadResult read = await Input.ReadAsync().AsTask().WaitAsync(Limit);
        while (read.Buffer.Length < count && !read.IsCompleted)
        {
            Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            read = await Input.ReadAsync().AsTask().WaitAsync(Limit);
        }

        ReadOnlySequence<byte> taken = read.Buffer.Slice(0, Math.Min(count, read.Buffer.Length));
        byte[] bytes = taken.ToArray();
        Input.AdvanceTo(taken.End);
        return bytes;
    }

    /// <summary>What the peer receives until so many bytes came, or an end.</summary>
    public async Task<byte[]> ReceiveAsync(int count)
    {
        using var limit = new CancellationTokenSource(Limit);
        byte[] bytes = new byte[count];
        int total = 0;
        while (total < count)
        {
            int received = await Peer.ReceiveAsync(bytes.AsMemory(total), limit.Token);
            if (received == 0)
            {
                break;
            }

            total += received;
        }

        return bytes[..total];
    }

    public void Dispose()
    {
        Peer.Dispose();
        Connection.Abort();
        Transport.Dispose();
    }
}
