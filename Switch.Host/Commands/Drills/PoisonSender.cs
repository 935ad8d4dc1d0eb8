using System.Globalization;
using System.Net.Sockets;
using System.Threading.Channels;
using Switch.Host.Simulators;
using Switch.Protocol.Dialects;
using Switch.Protocol.Framing;

namespace Switch.Host.Commands.Drills;

/// <summary>What came of malformed messages.</summary>
internal readonly record struct PoisonCounts(int Sent, int Answered30, int Closed, int Other, int Ignored);

/// <summary>
/// Sends messages that are framed well and cannot be right: a good request cut short at each place, and with bytes too
/// many. One at a time, on a new connection when the last was closed.
/// </summary>
internal sealed class PoisonSender : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly AcquirerProfile _profile;
    private readonly Dialect _dialect;
    private readonly FrameFormat _framing;
    private readonly byte[] _good;
    private Channel<PlainMessage> _answers = Channel.CreateUnbounded<PlainMessage>();
    private FrameConnection? _connection;
    private Task _running = Task.CompletedTask;

    public PoisonSender(AcquirerProfile profile)
    {
        _profile = profile;
        (_dialect, _framing) = Wire.Find(profile.Dialect, profile.Framing, profile.Header);
        _good = new PlainCodec(_dialect, profile.FrameSizeMax).Encode(Request()).ToArray();
    }

    public async Task<PoisonCounts> SendAllAsync(TimeSpan duration, CancellationToken stop)
    {
        byte[][] bodies = [.. Bodies()];
        var counts = new PoisonCounts();
        using var beat = new PeriodicTimer(duration / bodies.Length);
        foreach (byte[] body in bodies)
        {
            counts = await SendAsync(body, counts, stop).ConfigureAwait(false);
            await beat.WaitForNextTickAsync(stop).ConfigureAwait(false);
        }

        return counts;
    }

    public void Dispose() => _connection?.Dispose();

    private IEnumerable<byte[]> Bodies()
    {
        for (int length = 1; length < _good.Length; length++)
        {
            yield return _good[..length];
        }

        foreach (int more in (int[])[1, 2, 7, 100])
        {
            yield return [.. _good, .. new byte[more]];
        }
    }

    private async Task<PoisonCounts> SendAsync(byte[] body, PoisonCounts counts, CancellationToken stop)
    {
        if (_connection is null || _running.IsCompleted)
        {
            await ConnectAsync(stop).ConfigureAwait(false);
        }

        _connection!.TrySendBody(body);
        Task<bool> answered = _answers.Reader.WaitToReadAsync(stop).AsTask();
        counts = counts with { Sent = counts.Sent + 1 };
        if (await Task.WhenAny(answered, Task.Delay(Patience, stop)).ConfigureAwait(false) != answered)
        {
            return counts with { Ignored = counts.Ignored + 1 };
        }

        // The channel ends with the connection.
        return !await answered.ConfigureAwait(false) || !_answers.Reader.TryRead(out PlainMessage? answer)
            ? counts with { Closed = counts.Closed + 1 }
            : answer[39] == SimulatorResponseCodes.FormatError
                ? counts with { Answered30 = counts.Answered30 + 1 }
                : counts with { Other = counts.Other + 1 };
    }

    private async Task ConnectAsync(CancellationToken stop)
    {
        _connection?.Dispose();
        var socket = new Socket(_profile.Target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_profile.Target, stop).ConfigureAwait(false);
        Channel<PlainMessage> answers = Channel.CreateUnbounded<PlainMessage>();
        var connection = new FrameConnection(socket, _dialect, _framing, _profile.FrameSizeMax);
        _answers = answers;
        _connection = connection;
        _running = Task.Run(
            async () =>
            {
                await connection.RunAsync((_, message) => answers.Writer.TryWrite(message), stop)
                    .ConfigureAwait(false);
                answers.Writer.TryComplete();
            },
            CancellationToken.None);
    }

    private PlainMessage Request()
    {
        DateTime now = DateTime.UtcNow;
        string card = TestCards.Make(_profile.Prefixes[0], 1);
        var transaction = new AcquirerTransaction
        {
            Mti = 100,
            Pan = card,
            Amount = 1_000,
            Stan = 1,
            SentAt = now.ToString("MMddHHmmss", CultureInfo.InvariantCulture),
            LocalTime = now.ToString("HHmmssMMdd", CultureInfo.InvariantCulture),
            Rrn = "POISON000001",
            Terminal = "POISON01",
            IntendedAt = TimeSpan.Zero,
        };
        return AcquirerMessages.Request(_profile, transaction, isRepeat: false);
    }
}
