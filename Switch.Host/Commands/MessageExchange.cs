using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Switch.Host.Commands.Common;
using Switch.Host.Wording;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;

namespace Switch.Host.Commands;

/// <summary>How an exchange ended. Names are in what scripts read.</summary>
internal enum ExchangeEnd
{
    Answered,

    /// <summary>Nothing came in time; the connection stayed open.</summary>
    TimedOut,

    /// <summary>The peer closed the connection without an answer.</summary>
    PeerClosed,

    /// <summary>The peer, or the network, reset the connection.</summary>
    PeerReset,

    /// <summary>What came is no frame of this framing.</summary>
    NoFrame,
}

/// <summary>What came of one message.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Answer">With <see cref="ExchangeEnd.Answered"/>; else null.</param>
internal readonly record struct Exchange(ExchangeEnd End, Message? Answer = null);

/// <summary>One message there, one answer back, on a connection of its own.</summary>
internal sealed class MessageExchange(Dialect dialect, FrameFormat framing)
{
    private const int SizeMax = 65_535;

    /// <summary>Sends, and waits for the answer of the expected type.</summary>
    /// <param name="limit">How long; <see cref="ExchangeEnd.TimedOut"/> then.</param>
    /// <exception cref="UsageException">Nothing accepts connections there.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public async Task<Exchange> SendAsync(
        string host, int port, byte[] request, Mti mti, TimeSpan limit, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        either.CancelAfter(limit);
        try
        {
            return await SendAsync(host, port, request, mti, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new Exchange(ExchangeEnd.TimedOut);
        }
    }

    private async Task<Exchange> SendAsync(string host, int port, byte[] request, Mti mti, CancellationToken ct)
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
            return new Exchange(ExchangeEnd.PeerReset);
        }
    }

    /// <summary>
    /// The first message of the expected type; others (an echo test, say) are passed over. A request of another edition
    /// is answered in the dialect's own, so the edition does not count.
    /// </summary>
    private async Task<Exchange> ReadAsync(PipeReader reader, Mti expected, CancellationToken ct)
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
                    return new Exchange(ExchangeEnd.Answered, message);
                }
            }

            if (status != FrameStatus.Incomplete)
            {
                return new Exchange(ExchangeEnd.NoFrame);
            }

            if (result.IsCompleted)
            {
                return new Exchange(ExchangeEnd.PeerClosed);
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
                $"The answer is not valid in the dialect {dialect}: {MessageMistake.Of(fault).Describe(dialect)}.");
    }
}
