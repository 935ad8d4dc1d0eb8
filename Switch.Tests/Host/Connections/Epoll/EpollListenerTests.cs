using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Switch.Host.Connections.Epoll;

namespace Switch.Tests.Host.Connections.Epoll;

public class EpollListenerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Accept_PeerConnects_NamesBothEnds()
    {
        using var transport = new EpollTransport(reactors: 1);
        await using IConnectionListener listener = await BindAsync(transport);
        ValueTask<ConnectionContext?> accepting = listener.AcceptAsync();

        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.EndPoint);
        ConnectionContext connection = (await accepting.AsTask().WaitAsync(Limit))!;

        Assert.Equal(peer.LocalEndPoint, connection.RemoteEndPoint);
        Assert.Equal(listener.EndPoint, connection.LocalEndPoint);
        await connection.DisposeAsync();
    }

    /// <summary>Too many open files, of the process or of the system: it is said once, and accepting goes on.</summary>
    [Theory]
    [InlineData(Libc.TooManyInProcess, 1)]
    [InlineData(Libc.TooManyInSystem, 1)]
    [InlineData(Libc.ConnectionAborted, 0)]
    [InlineData(Libc.Interrupted, 0)]
    public async Task Accept_FailsThreeTimes_SaysSoOnceAndGoesOn(int error, int expected)
    {
        int failures = 0;
        int told = 0;
        using var transport = new EpollTransport(reactors: 1)
        {
            Accept = (int file, Span<byte> address, ref int size) =>
            {
                if (failures++ < 3)
                {
                    Marshal.SetLastPInvokeError(error);
                    return -1;
                }

                return Libc.Accept(file, address, ref size, Libc.NonBlocking | Libc.CloseOnExec);
            },
        };
        transport.OnNoDescriptor = () => told++;
        await using IConnectionListener listener = await BindAsync(transport);
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.EndPoint);

        ConnectionContext? connection = await listener.AcceptAsync().AsTask().WaitAsync(Limit);

        Assert.NotNull(connection);
        Assert.Equal((4, expected), (failures, told));
        await connection.DisposeAsync();
    }

    [Fact]
    public async Task Unbind_WhileAccepting_EndsItAndFreesThePort()
    {
        using var transport = new EpollTransport(reactors: 1);
        IConnectionListener listener = await BindAsync(transport);
        Task<ConnectionContext?> accepting = listener.AcceptAsync().AsTask();

        await listener.UnbindAsync();

        Assert.Null(await accepting.WaitAsync(Limit));
        Assert.Null(await listener.AcceptAsync());
        using var next = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        next.Bind(listener.EndPoint);
        Assert.Equal(0, transport.Loops[0].Watched);
    }

    [Fact]
    public async Task Connect_NothingListens_ThrowsRefused()
    {
        using var transport = new EpollTransport(reactors: 1);
        IConnectionListener listener = await BindAsync(transport);
        await listener.UnbindAsync();

        SocketException refused = await Assert.ThrowsAsync<SocketException>(
            () => transport.ConnectAsync(listener.EndPoint, CancellationToken.None).WaitAsync(Limit));

        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        Assert.Equal(0, transport.Loops[0].Watched);
    }

    /// <summary>The kernel's line of the listener is full: it answers nothing, and the attempt waits.</summary>
    [Fact]
    public async Task Connect_NoAnswerComes_EndsWhenItIsToldTo()
    {
        using var transport = new EpollTransport(reactors: 1);
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(backlog: 0);
        using var stop = new CancellationTokenSource();
        var waiting = new List<Task<Socket>>();
        while (waiting.Count < 4 || waiting.All(static task => task.IsCompleted))
        {
            waiting.Add(transport.ConnectAsync(full.LocalEndPoint!, stop.Token));
        }

        Task<Socket> last = waiting[^1];
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => last.WaitAsync(Limit));
        foreach (Task<Socket> task in waiting)
        {
            if (await Task.WhenAny(task).WaitAsync(Limit) is { IsCompletedSuccessfully: true } connected)
            {
                (await connected).Dispose();
            }
        }

        Assert.Equal(0, transport.Loops[0].Watched);
    }

    [Fact]
    public async Task Connect_ByName_FindsTheAddress()
    {
        using var transport = new EpollTransport(reactors: 1);
        await using IConnectionListener listener = await BindAsync(transport);
        int port = ((IPEndPoint)listener.EndPoint).Port;

        using Socket connected = await transport
            .ConnectAsync(new DnsEndPoint("localhost", port), CancellationToken.None).WaitAsync(Limit);

        Assert.Equal(port, ((IPEndPoint)connected.RemoteEndPoint!).Port);
        Assert.True(connected.NoDelay);
    }

    private static ValueTask<IConnectionListener> BindAsync(EpollTransport transport) => transport.Listeners(
        static endPoint =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(endPoint);
            return socket;
        }).BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
}
