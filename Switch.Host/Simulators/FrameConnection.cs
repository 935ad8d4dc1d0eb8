using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Security.Authentication;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;

namespace Switch.Host.Simulators;

/// <summary>
/// One socket of a simulator: messages in by callback, messages out from any thread. Outgoing bytes are queued and
/// written by one loop; a peer that stops reading makes <see cref="TrySend(PlainMessage)"/> refuse at a fixed bound.
/// </summary>
internal sealed class FrameConnection : IDisposable
{
    private const int OutgoingSizeMax = 8 * 1024 * 1024;

    private readonly Socket _socket;
    private readonly FrameFormat _framing;
    private readonly int _sizeMax;
    private readonly PlainCodec _reader;
    private readonly PlainCodec _writer;
    private readonly Pipe _outgoing = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    private readonly Lock _gate = new();
    private Stream? _secured;
    private long _outgoingSize;
    private bool _isClosed;

    public FrameConnection(Socket socket, Dialect dialect, FrameFormat framing, int sizeMax)
    {
        _socket = socket;
        TrySet(static one => one.NoDelay = true);
        _framing = framing;
        _sizeMax = sizeMax;
        _reader = new PlainCodec(dialect, sizeMax);
        _writer = new PlainCodec(dialect, sizeMax);
    }

    /// <summary>
    /// Called on the reading task for a frame that is not a message of the dialect. Set before running.
    /// </summary>
    public Action<ParseFault> OnFault { get; init; } = static _ => { };

    /// <summary>
    /// Called on the reading task for bytes that are no frame; the connection closes. Set before running.
    /// </summary>
    public Action<string> OnBadFrame { get; init; } = static _ => { };

    /// <summary>Seals what is sent and checks what comes; null: there are no MACs. Set before running.</summary>
    public SimulatorMac? Mac { get; init; }

    /// <summary>
    /// Called on the reading task for a message with a wrong MAC, or none; it is dropped. Set before running.
    /// </summary>
    public Action OnBadMac { get; init; } = static () => { };

    /// <summary>Makes TLS of the socket's bytes before any is read or written; null: plain text.</summary>
    public Func<Stream, CancellationToken, Task<Stream>>? Secure { get; init; }

    /// <summary>Reads and writes until either side closes. Each message is handed over on the reading task.</summary>
    public async Task RunAsync(Action<FrameConnection, PlainMessage> onMessage, CancellationToken cancellation)
    {
        Task writing = Task.CompletedTask;
        try
        {
            if (Secure is not null)
            {
                var plain = new NetworkStream(_socket, ownsSocket: false);
                _secured = await Secure(plain, cancellation).ConfigureAwait(false);
            }

            writing = WriteAllAsync(cancellation);
            await ReadAllAsync(onMessage, cancellation).ConfigureAwait(false);
        }
        catch (InvalidDataException problem)
        {
            OnBadFrame(problem.Message);
        }
        catch (AuthenticationException problem)
        {
            OnBadFrame($"no TLS: {problem.InnerException?.Message ?? problem.Message}");
        }
        catch (Exception problem) when (IsExpected(problem))
        {
            // The peer went away or we did: for a simulator both are ordinary ends of a connection.
        }
        finally
        {
            Close();
            await writing.ConfigureAwait(false);
            if (_secured is not null)
            {
                await _secured.DisposeAsync().ConfigureAwait(false);
            }

            _socket.Dispose();
        }
    }

    /// <summary>Queues a message; false when the connection is closed or its peer does not read.</summary>
    public bool TrySend(PlainMessage message)
    {
        lock (_gate)
        {
            ReadOnlySpan<byte> body = _isClosed ? [] : _writer.Encode(message);
            return !_isClosed && Append(Mac is null ? body : Mac.Seal(body), message.Header);
        }
    }

    /// <summary>Queues a frame of any bytes, for tests of bad input.</summary>
    public bool TrySendBody(ReadOnlySpan<byte> body)
    {
        lock (_gate)
        {
            return !_isClosed && Append(body, default);
        }
    }

    /// <summary>Closes at once with a reset, as a host that crashed does.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                TrySet(static one => one.LingerState = new LingerOption(true, 0));
            }
        }

        Dispose();
    }

    public void Dispose()
    {
        Close();
        _socket.Dispose();
    }

    private static bool IsExpected(Exception problem) =>
        problem is IOException or SocketException or ObjectDisposedException or OperationCanceledException;

    /// <summary>
    /// A peer that is gone already leaves a socket whose options cannot be set: it ends when it is read.
    /// </summary>
    private void TrySet(Action<Socket> set)
    {
        try
        {
            set(_socket);
        }
        catch (SocketException)
        {
            // Reading says what became of the peer.
        }
    }

    private void Close()
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                _isClosed = true;
                _outgoing.Writer.Complete();
            }
        }
    }

    private bool Append(ReadOnlySpan<byte> body, in FrameHeader header)
    {
        if (Interlocked.Read(ref _outgoingSize) > OutgoingSizeMax)
        {
            return false;
        }

        Span<byte> space = _outgoing.Writer.GetSpan(_framing.OverheadSize + body.Length);
        int size = _framing.Write(space, body, in header);
        _outgoing.Writer.Advance(size);
        Interlocked.Add(ref _outgoingSize, size);

        // The pipe has no threshold, so a flush never waits: the bound above is the only one.
        _ = _outgoing.Writer.FlushAsync(CancellationToken.None).AsTask();
        return true;
    }

    private async Task ReadAllAsync(Action<FrameConnection, PlainMessage> onMessage, CancellationToken cancellation)
    {
        Stream stream = _secured ?? new NetworkStream(_socket, ownsSocket: false);
        PipeReader input = PipeReader.Create(stream);
        while (true)
        {
            ReadResult result = await input.ReadAsync(cancellation).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            DecodeAll(ref buffer, onMessage);
            input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return;
            }
        }
    }

    private void DecodeAll(ref ReadOnlySequence<byte> buffer, Action<FrameConnection, PlainMessage> onMessage)
    {
        while (true)
        {
            FrameStatus status = _framing.TryDecode(
                ref buffer, _sizeMax, out ReadOnlySequence<byte> frame, out FrameHeader reply);
            if (status == FrameStatus.Incomplete)
            {
                return;
            }

            if (status is FrameStatus.OverLimit or FrameStatus.Malformed)
            {
                throw new InvalidDataException(status == FrameStatus.OverLimit
                    ? $"no frame: one would be longer than {_sizeMax} bytes; is it another framing?"
                    : "no frame: is it another framing?");
            }

            if (status == FrameStatus.Complete && Mac?.IsRight(in frame) == false)
            {
                OnBadMac();
            }
            else if (status == FrameStatus.Complete)
            {
                if (_reader.TryDecode(frame, out PlainMessage message, out ParseFault fault))
                {
                    message.ReplyHeader = reply;
                    onMessage(this, message);
                }
                else
                {
                    OnFault(fault);
                }
            }
        }
    }

    private async Task WriteAllAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                ReadResult result = await _outgoing.Reader.ReadAsync(cancellation).ConfigureAwait(false);
                foreach (ReadOnlyMemory<byte> segment in result.Buffer)
                {
                    await SendAllAsync(segment, cancellation).ConfigureAwait(false);
                }

                _outgoing.Reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (Exception problem) when (IsExpected(problem))
        {
            // The reading loop sees the same end and closes.
        }
    }

    private async Task SendAllAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (_secured is not null)
        {
            await _secured.WriteAsync(bytes, cancellation).ConfigureAwait(false);
            Interlocked.Add(ref _outgoingSize, -bytes.Length);
            return;
        }

        while (bytes.Length > 0)
        {
            int sent = await _socket.SendAsync(bytes, cancellation).ConfigureAwait(false);
            Interlocked.Add(ref _outgoingSize, -sent);
            bytes = bytes[sent..];
        }
    }
}
