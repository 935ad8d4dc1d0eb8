using Microsoft.AspNetCore.Connections;

namespace Switch.Host.Connections;

/// <summary>A connection's pipes as one stream, which ends the connection when it is disposed of.</summary>
/// <remarks>One reads and one writes at a time. It is disposed of when neither does any more.</remarks>
internal sealed class ConnectionStream(ConnectionContext connection) : AsyncStream
{
    private readonly Stream _input = connection.Transport.Input.AsStream(leaveOpen: true);
    private readonly Stream _output = connection.Transport.Output.AsStream(leaveOpen: true);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _input.ReadAsync(buffer, cancellationToken);

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await _output.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception over) when (over is not (IOException or OperationCanceledException))
        {
            // What a pipe throws when its other end is gone is whatever ended that.
            throw new IOException(over.Message, over);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        connection.Abort();
        await connection.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
