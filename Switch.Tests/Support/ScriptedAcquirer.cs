using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Switch.Host.Simulators;

namespace Switch.Tests.Support;

/// <summary>One connection of an acquirer, by hand.</summary>
internal sealed class ScriptedAcquirer : IAsyncDisposable
{
    private readonly FrameConnection _connection;
    private readonly Socket _socket;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<PlainMessage> _answers = Channel.CreateUnbounded<PlainMessage>();
    private readonly Task _running;

    private ScriptedAcquirer(
        Socket socket, string dialect, Func<Stream, CancellationToken, Task<Stream>>? secure, SimulatorMac? mac = null)
    {
        _socket = socket;
        (var spoken, var framing) = Wire.Find(dialect, "len2");
        _connection = new FrameConnection(socket, spoken, framing, 8_192)
        {
            Secure = secure, OnBadFrame = problem => Problem = problem, Mac = mac, OnBadMac = () => BadMacs++,
        };
        _running = _connection.RunAsync((_, message) => _answers.Writer.TryWrite(message), _stop.Token);
    }

    /// <summary>Ends when the switch closes the connection.</summary>
    public Task Closed => _running.WaitAsync(Rig.Patience);

    /// <summary>What it could make no sense of, or why there is no TLS.</summary>
    public string? Problem { get; private set; }

    /// <summary>Answers with a wrong MAC, or none, where it has a key.</summary>
    public int BadMacs { get; private set; }

    /// <summary>True when no answer waits.</summary>
    public bool IsQuiet => _answers.Reader.Count == 0;

    public static async Task<ScriptedAcquirer> ConnectAsync(
        IPEndPoint target, string dialect, Func<Stream, CancellationToken, Task<Stream>>? secure = null,
        SimulatorMac? mac = null)
    {
        var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(target);
        return new ScriptedAcquirer(socket, dialect, secure, mac);
    }

    /// <summary>One that a switch calls.</summary>
    public static async Task<ScriptedAcquirer> AcceptAsync(
        Socket listener, string dialect, Func<Stream, CancellationToken, Task<Stream>>? secure = null,
        SimulatorMac? mac = null) =>
        new(await listener.AcceptAsync().WaitAsync(Rig.Patience), dialect, secure, mac);

    public void Send(PlainMessage message) => Assert.True(_connection.TrySend(message));

    /// <summary>A frame with any body.</summary>
    public void SendBody(ReadOnlySpan<byte> body) => Assert.True(_connection.TrySendBody(body));

    /// <summary>Bytes as they are, without a frame.</summary>
    public void SendRaw(ReadOnlySpan<byte> bytes) => _socket.Send(bytes);

    public Task<PlainMessage> NextAsync() => _answers.Reader.ReadAsync().AsTask().WaitAsync(Rig.Patience);

    public async Task<PlainMessage> AskAsync(PlainMessage message)
    {
        Send(message);
        return await NextAsync();
    }

    public void Reset() => _connection.Reset();

    /// <summary>Sends no more, and goes on reading.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _connection.Dispose();
        await _running;
        _stop.Dispose();
    }
}
