using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Switch.Host.Memory;
using Switch.Host.Security.Tls;

namespace Switch.Host.Connections.Tls;

/// <summary>
/// A connection after its TLS handshake, as the pair of pipes that sessions and links know. Two loops move bytes
/// between them and <c>SslStream</c>: on the thread that reads the socket, or on the pool. The threads that use the
/// pipes, the core's among them, only copy.
/// </summary>
internal sealed class TlsConnection : ConnectionContext, IDuplexPipe, IAcknowledged, IEndsSending
{
    // A TLS record's plain text: RFC 8446 section 5.1.
    private const int RecordMax = 16 * 1024;

    // As of the platform's sockets: see SocketsTransport.
    private const int WriteSize = 64 * 1024;
    private const int ReadSize = 64 * 1024;
    private const int ReadMin = 2_048;

    private readonly ConnectionContext _inner;
    private readonly PipeStream _bytes;
    private readonly SslStream _tls;
    private readonly Pipe _in;
    private readonly Pipe _out;
    private readonly Socket? _socket;
    private readonly Lock _sent = new();
    private Task _reading = Task.CompletedTask;
    private Task _writing = Task.CompletedTask;
    private byte[] _record = [];

    // The socket has given all that it had, and what came of it is in the pipe.
    private volatile bool _isReadingIdle;

    // At the end of the output the inner connection is read on.
    private volatile bool _isReadOn;

    // Under _sent: of the last write that has ended, bytes of ours up to it, and of the socket's.
    private long _plainSent;
    private long _bytesSent;

    /// <param name="inner">The connection.</param>
    /// <param name="bytes">The same as a stream.</param>
    /// <param name="tls">After the handshake; this one's from here on.</param>
    /// <param name="peer">What the peer was let in with.</param>
    public TlsConnection(ConnectionContext inner, PipeStream bytes, SslStream tls, PeerProof peer)
    {
        _inner = inner;
        _bytes = bytes;
        _tls = tls;
        _socket = inner.Features.Get<IConnectionSocketFeature>()?.Socket;
        Peer = peer;
        PipeScheduler encrypting =
            inner.Features.Get<IReadingThread>()?.NewScheduler() ?? PipeScheduler.ThreadPool;
        _in = new Pipe(OptionsOf(PipeScheduler.Inline, PipeScheduler.ThreadPool, ReadSize));
        _out = new Pipe(OptionsOf(encrypting, PipeScheduler.ThreadPool, WriteSize));
        Transport = this;
        ConnectionId = inner.ConnectionId;
        LocalEndPoint = inner.LocalEndPoint;
        RemoteEndPoint = inner.RemoteEndPoint;
        ConnectionClosed = inner.ConnectionClosed;
        Features.Set<IAcknowledged>(this);
        Features.Set<IEndsSending>(this);
    }

    /// <summary>What the peer was let in with.</summary>
    public PeerProof Peer { get; }

    /// <summary>Whether the inner connection is disposed of with this one; else it stays its owner's.</summary>
    public bool OwnsInner { get; init; }

    /// <summary>Called when it is over.</summary>
    public Action<TlsConnection>? OnOver { get; init; }

    /// <summary>What the partner is known by now no longer allows it: ends it. Set by who serves it.</summary>
    public Action? OnWithdrawn { get; set; }

    public PipeReader Input => _in.Reader;

    public PipeWriter Output => _out.Writer;

    public override IDuplexPipe Transport { get; set; }

    public override string ConnectionId { get; set; }

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    /// <summary>Begins to carry bytes.</summary>
    public void Start()
    {
        _bytes.IsHandshake = false;
        _reading = ReadAsync();
        _writing = WriteAsync();
    }

    // In this order: what the kernel had at the first look has come through by the second.
    public bool HasUnread => _socket is { Available: > 0 } || !_isReadingIdle;

    public async Task EndSendingAsync()
    {
        _isReadOn = true;
        await _out.Writer.CompleteAsync().ConfigureAwait(false);
        await _writing.ConfigureAwait(false);
    }

    public bool TryRead(out bool isDead, out long acknowledged)
    {
        long plain;
        long bytes;
        lock (_sent)
        {
            plain = _plainSent;
            bytes = _bytesSent;
        }

        bool isKnown = TcpState.TryRead(_socket, out isDead, out long ofSocket);
        acknowledged = ofSocket >= bytes ? plain : 0;
        return isKnown;
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        _inner.Abort(abortReason);
        _out.Reader.CancelPendingRead();
    }

    /// <summary>Ends when nothing uses the inner connection any more.</summary>
    public override async ValueTask DisposeAsync()
    {
        await _out.Writer.CompleteAsync().ConfigureAwait(false); // Also where nothing was ever carried.
        await _writing.ConfigureAwait(false);
        _inner.Abort(new ConnectionAbortedException("The TLS connection was disposed of."));
        await _in.Reader.CompleteAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        await _tls.DisposeAsync().ConfigureAwait(false);
        if (OwnsInner)
        {
            await _inner.DisposeAsync().ConfigureAwait(false);
        }

        OnOver?.Invoke(this);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private static PipeOptions OptionsOf(PipeScheduler reader, PipeScheduler writer, int size) => new(
        SocketMemory.Blocks, reader, writer, pauseWriterThreshold: size, resumeWriterThreshold: size / 2,
        useSynchronizationContext: false);

    private async Task ReadAsync()
    {
        Exception? failure = null;
        try
        {
            while (true)
            {
                ValueTask<int> next = _tls.ReadAsync(_in.Writer.GetMemory(ReadMin));
                if (!next.IsCompleted)
                {
                    _isReadingIdle = true;
                    StackSweep.Below();
                }

                int count = await next.ConfigureAwait(false);
                _isReadingIdle = false;
                if (count == 0)
                {
                    break;
                }

                _in.Writer.Advance(count);
                FlushResult flushed = await _in.Writer.FlushAsync().ConfigureAwait(false);
                if (flushed.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception problem)
        {
            failure = problem as IOException ?? new IOException(problem.Message, problem);
        }

        await _in.Writer.CompleteAsync(failure).ConfigureAwait(false);
        _isReadingIdle = true;
    }

    private async Task WriteAsync()
    {
        Exception? failure = null;
        try
        {
            while (true)
            {
                ValueTask<ReadResult> next = _out.Reader.ReadAsync();
                if (!next.IsCompleted)
                {
                    StackSweep.Below();
                }

                ReadResult read = await next.ConfigureAwait(false);
                if (read.IsCanceled)
                {
                    break;
                }

                await EncryptAsync(read.Buffer).ConfigureAwait(false);
                _out.Reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    await _tls.ShutdownAsync().ConfigureAwait(false);
                    break;
                }
            }
        }
        catch (Exception problem)
        {
            failure = problem;
        }

        await _out.Reader.CompleteAsync(failure).ConfigureAwait(false);
        Forget();
        try
        {
            if (_isReadOn && failure is null)
            {
                await SendingEnd.OfAsync(_inner, _bytes.Written).ConfigureAwait(false);
                return;
            }

            await _inner.Transport.Output.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // It was aborted: nothing is left to complete.
        }
    }

    private async ValueTask EncryptAsync(ReadOnlySequence<byte> plain)
    {
        long size = plain.Length;
        if (plain.IsSingleSegment)
        {
            await _tls.WriteAsync(plain.First).ConfigureAwait(false);
        }
        else
        {
            if (_record.Length == 0)
            {
                _record = GC.AllocateArray<byte>(RecordMax, pinned: true);
            }

            // Blocks of the pipe are smaller than a record, and each record costs a system call.
            while (!plain.IsEmpty)
            {
                int part = (int)Math.Min(plain.Length, RecordMax);
                plain.Slice(0, part).CopyTo(_record);
                await _tls.WriteAsync(_record.AsMemory(0, part)).ConfigureAwait(false);
                plain = plain.Slice(part);
            }

            Forget();
        }

        lock (_sent)
        {
            _plainSent += size;
            _bytesSent = _bytes.Written;
        }
    }

    private void Forget() => _record.AsSpan().Clear();
}
