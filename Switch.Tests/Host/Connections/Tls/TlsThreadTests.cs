using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Connections.Tls;
using Switch.Host.Security.Tls;
using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Connections.Tls;

/// <summary>
/// Goal: the core's thread encrypts nothing and decrypts nothing. Method: a thread that writes as the core does, and
/// the ids of the threads on which bytes reach the connection below: <c>SslStream</c> hands them over where it made
/// them.
/// </summary>
public sealed class TlsThreadTests : IDisposable
{
    private const int Count = 500;
    private const int Size = 300;

    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Theory]
    [InlineData("Epoll")]
    [InlineData("Sockets")]
    public async Task Core_WritesAndEnds_EncryptsNothing(string kind)
    {
        using ITransport transport = TestTransport.Create(Enum.Parse<EdgeTransport>(kind));
        (Socket ours, Socket theirs) = await PairAsync();
        using Socket closing = theirs;
        ConnectionContext open = transport.Open(ours);
        var watched = new WatchedConnection(open);
        Task<Stream> client = _pki.Peer(_pki.Issue()).ConnectAsync(
            new NetworkStream(theirs, ownsSocket: false), null, CancellationToken.None);
        var clock = new SwitchClock(TimeProvider.System);
        var material = new TlsMaterial
        {
            Own = SslStreamCertificateContext.Create(_pki.Issue(new CertificatePlan { Use = null }), [], offline: true),
            Trust = _pki.Trust,
        };
        using var threads = new HandshakeThreads();
        TlsOutcome outcome =
            await new TlsParty("acquirer", material, new Handshakes(clock, threads)).AcceptAsync(watched);
        TlsConnection tls = outcome.Connection!;
        await using Stream peer = await client;
        watched.Threads.Clear();
        var writer = new ConnectionWriter(EdgeParts.Len2, 1 << 20, clock);
        Task writing = writer.RunAsync(tls.Output);

        int core = 0;
        var thread = new Thread(() =>
        {
            core = Environment.CurrentManagedThreadId;
            for (int i = 0; i < Count; i++)
            {
                Assert.Equal(AppendResult.Taken, writer.Append(new byte[Size]));
                writer.Flush();
            }

            writer.Complete();
        });
        thread.Start();
        byte[] got = new byte[Count * (Size + 2)];
        await peer.ReadExactlyAsync(got).AsTask().WaitAsync(Rig.Patience);
        await peer.WriteAsync(got);
        long read = 0;
        while (read < got.Length)
        {
            ReadResult result = await tls.Input.ReadAsync();
            read += result.Buffer.Length;
            tls.Input.AdvanceTo(result.Buffer.End);
        }

        await writing.WaitAsync(Rig.Patience);
        thread.Join();
        await tls.Output.CompleteAsync();
        await tls.DisposeAsync();
        await open.DisposeAsync();

        Assert.NotEmpty(watched.Threads);
        Assert.DoesNotContain(core, watched.Threads.Keys);
        if (kind == "Epoll")
        {
            Assert.Single(watched.Threads); // The one that reads sockets.
        }
    }

    private static async Task<(Socket Ours, Socket Theirs)> PairAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var theirs = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await theirs.ConnectAsync(listener.LocalEndPoint!);
        return (await listener.AcceptAsync(), theirs);
    }

    /// <summary>A connection that notes who writes to it.</summary>
    private sealed class WatchedConnection : ConnectionContext, IDuplexPipe
    {
        private readonly ConnectionContext _inner;

        public WatchedConnection(ConnectionContext inner)
        {
            _inner = inner;
            Output = new WatchedWriter(inner.Transport.Output, Threads);
            Transport = this;
            ConnectionId = inner.ConnectionId;
        }

        public ConcurrentDictionary<int, bool> Threads { get; } = new();

        public PipeReader Input => _inner.Transport.Input;

        public PipeWriter Output { get; }

        public override IDuplexPipe Transport { get; set; }

        public override string ConnectionId { get; set; }

        public override IFeatureCollection Features => _inner.Features;

        public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

        public override void Abort(ConnectionAbortedException abortReason) => _inner.Abort(abortReason);
    }

    private sealed class WatchedWriter(PipeWriter inner, ConcurrentDictionary<int, bool> threads) : PipeWriter
    {
        public override void Advance(int bytes) => inner.Advance(bytes);

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
            inner.FlushAsync(cancellationToken);

        public override ValueTask<FlushResult> WriteAsync(
            ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
        {
            threads[Environment.CurrentManagedThreadId] = true;
            return inner.WriteAsync(source, cancellationToken);
        }
    }
}
