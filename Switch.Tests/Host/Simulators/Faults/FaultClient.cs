using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Simulators.Faults;

/// <summary>One connection of a party that asks, for tests of what happens to it on the way.</summary>
internal sealed class FaultClient : IAsyncDisposable
{
    private readonly Channel<PlainMessage> _answers = Channel.CreateUnbounded<PlainMessage>();
    private readonly CancellationTokenSource _stop = new();
    private readonly FrameConnection _connection;
    private int _stan;

    private FaultClient(Socket socket, string dialect, string framing)
    {
        (var spoken, var framed) = Wire.Find(dialect, framing);
        _connection = new FrameConnection(socket, spoken, framed, 8_192);
        Ended = RunAsync();
    }

    /// <summary>Ends when the connection has.</summary>
    public Task Ended { get; }

    public static async Task<FaultClient> ConnectAsync(
        IPEndPoint target, string dialect = "iso87-ascii", string framing = "len2")
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(target).WaitAsync(Rig.Patience);
        return new FaultClient(socket, dialect, framing);
    }

    /// <summary>Sends a 0100 and gives its STAN.</summary>
    public int Ask(string prefix = "4", long amount = 1_000)
    {
        int stan = ++_stan;
        Assert.True(_connection.TrySend(new PlainMessage(100)
        {
            [2] = TestCards.Make(prefix, 7),
            [3] = "000000",
            [4] = amount.ToString("D12", CultureInfo.InvariantCulture),
            [7] = "1129120000",
            [11] = stan.ToString("D6", CultureInfo.InvariantCulture),
            [12] = "120000",
            [13] = "1129",
            [22] = "051",
            [25] = "00",
            [37] = stan.ToString("D12", CultureInfo.InvariantCulture),
            [41] = "TERM0001",
            [42] = "SIMULATED SHOP ",
            [49] = "392",
        }));
        return stan;
    }

    /// <summary>Sends an 0800 echo test.</summary>
    public void Echo() =>
        Assert.True(_connection.TrySend(NetworkMessages.Request(NetworkMessages.Echo, ++_stan, DateTime.UtcNow)));

    public bool Send(ReadOnlySpan<byte> body) => _connection.TrySendBody(body);

    public async Task<PlainMessage> AnswerAsync() =>
        await _answers.Reader.ReadAsync().AsTask().WaitAsync(Rig.Patience);

    /// <summary>Whether an answer has come and was not taken.</summary>
    public bool HasAnswer => _answers.Reader.TryPeek(out _);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Ended;
        _connection.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        await _connection.RunAsync((_, message) => _answers.Writer.TryWrite(message), _stop.Token);
        _answers.Writer.TryComplete();
    }
}
