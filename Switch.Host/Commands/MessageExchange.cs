using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;

namespace Switch.Host.Commands;

/// <summary>One message there, one answer back, on a connection of its own.</summary>
internal sealed class MessageExchange(Dialect dialect, FrameFormat framing)
{
    private const int SizeMax = 65_535;

    /// <summary>Sends, and returns the answer of the expected type; null when the peer closed without one.</summary>
    /// <exception cref="UsageException">There is nobody to send it to.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public async Task<Message?> SendAsync(string host, int port, byte[] request, Mti mti, CancellationToken ct)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, ct).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw new UsageException($"{host}:{port}: {e.Message}");
        }

        byte[] frame = new byte[framing.OverheadSize + request.Length];
        framing.Write(frame, request);
        try
        {
            using var stream = new NetworkStream(socket);
            await stream.WriteAsync(frame, ct).ConfigureAwait(false);
            return await ReadAsync(PipeReader.Create(stream), mti.Response(), ct).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The peer reset the connection: that is no answer either.
            return null;
        }
    }

    /// <summary>
    /// The first message of the expected type; others (an echo test, say) are passed over. A request of another edition
    /// is answered in the dialect's own, so the edition does not count.
    /// </summary>
    private async Task<Message?> ReadAsync(PipeReader reader, Mti expected, CancellationToken ct)
    {
        while (true)
        {
            ReadResult result = await reader.ReadAsync(ct).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            FrameStatus status;
            while ((status = framing.TryDecode(ref buffer, SizeMax, out ReadOnlySequence<byte> frame))
                is FrameStatus.Complete or FrameStatus.Empty)
            {
                if (status == FrameStatus.Complete && Load(frame) is { } message
                    && message.Mti.WithVersion(0) == expected.WithVersion(0))
                {
                    return message;
                }
            }

            if (status != FrameStatus.Incomplete || result.IsCompleted)
            {
                return null;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <exception cref="UsageException">The answer is not a message of this dialect.</exception>
    private Message Load(in ReadOnlySequence<byte> frame)
    {
        var message = new Message(SizeMax);
        return message.TryLoad(dialect, frame, out ParseFault fault)
            ? message
            : throw new UsageException(
                $"An answer came that is not {dialect}: {fault.Error} in field {fault.Field}, byte {fault.Offset}.");
    }
}
