using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Switch.Host.Connections.Tls;

/// <summary>
/// A transport's pipes as the stream that <c>SslStream</c> takes. Only what that calls is here. An abort of the
/// connection ends what waits, and a cancelled read is an end; tokens are not looked at.
/// </summary>
internal sealed class PipeStream(PipeReader input, PipeWriter output, HandshakeThreads threads) : AsyncStream
{
    private long _written;
    private bool _isEnded;

    /// <summary>
    /// While it is true, what was waited for goes on on the threads of handshakes: one computes for a millisecond, for
    /// which the others of a reading thread would wait.
    /// </summary>
    public bool IsHandshake { get; set; } = true;

    /// <summary>The handshake that is told when it waits; null: none is.</summary>
    public Handshake? Waiting { get; init; }

    /// <summary>The first byte that came; -1: none did.</summary>
    public int FirstByte { get; private set; } = -1;

    /// <summary>Bytes written so far. Any thread.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>As streams do: with an empty buffer it waits for bytes and takes none.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isEnded)
        {
            return 0;
        }

        ValueTask<ReadResult> next = input.ReadAsync(CancellationToken.None);
        if (IsHandshake && Waiting is { } handshake)
        {
            handshake.IsWaiting = !next.IsCompleted;
        }

        ReadResult read = await next.ConfigureAwait(false);
        if (IsHandshake)
        {
            Waiting?.IsWaiting = false; // What it waits for now is a processor.
            await threads.ToOne();
        }

        ReadOnlySequence<byte> bytes = read.Buffer;
        if (read.IsCanceled)
        {
            _isEnded = true; // A read with an empty buffer, which is told nothing by a 0, is followed by another.
            input.AdvanceTo(bytes.Start);
            return 0;
        }

        if (FirstByte < 0 && !bytes.IsEmpty)
        {
            FirstByte = bytes.FirstSpan[0];
        }

        int count = (int)Math.Min(bytes.Length, buffer.Length);
        bytes.Slice(0, count).CopyTo(buffer.Span);

        // Nothing is called examined that was not taken: what is left is given at once by the next read.
        input.AdvanceTo(bytes.GetPosition(count));
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // Before they go: what the kernel says to be acknowledged is never more than this.
        Volatile.Write(ref _written, _written + buffer.Length);
        ValueTask<FlushResult> write = output.WriteAsync(buffer, CancellationToken.None);
        if (!write.IsCompletedSuccessfully)
        {
            return WaitAsync(write);
        }

        write.GetAwaiter().GetResult();
        return default;
    }

    private static async ValueTask WaitAsync(ValueTask<FlushResult> write)
    {
        FlushResult flushed = await write.ConfigureAwait(false);
        if (flushed.IsCompleted)
        {
            throw new IOException("The connection takes no more.");
        }
    }
}
