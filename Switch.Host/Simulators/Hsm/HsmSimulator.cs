using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace Switch.Host.Simulators.Hsm;

/// <summary>
/// A security module that is none: it answers host commands over TCP or TLS under the public test key, and can be made
/// slow, silent or wrong. For tests of what the switch does then.
/// </summary>
internal sealed class HsmSimulator : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Socket, byte> _sockets = new();
    private readonly TcpListener _listener;
    private readonly int _headerLength;
    private Task _accepting = Task.CompletedTask;
    private long _commands;

    public HsmSimulator(IPEndPoint listen, int headerLength)
    {
        _listener = new TcpListener(listen);
        _headerLength = headerLength;
    }

    /// <summary>Makes TLS of a connection before any command is read; null: plain text.</summary>
    public Func<Stream, CancellationToken, Task<Stream>>? Secure { get; init; }

    public HsmMode Mode { get; set; }

    /// <summary>In <see cref="HsmMode.Error"/>: two characters.</summary>
    public string ErrorCode { get; set; } = "41";

    /// <summary>In <see cref="HsmMode.Slow"/>.</summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Commands are answered when it has ended; null: at once.</summary>
    public Task? Held { get; set; }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Commands that came, without diagnostics.</summary>
    public long Commands => Interlocked.Read(ref _commands);

    /// <summary>Why a TLS handshake failed, for people. Any thread.</summary>
    public Action<string>? OnRefused { get; init; }

    /// <exception cref="SocketException">It cannot listen there.</exception>
    public void Start()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Ends every connection; new ones are accepted.</summary>
    public void Reset()
    {
        foreach (Socket socket in _sockets.Keys)
        {
            socket.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        Reset();
        await _accepting.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptSocketAsync(_stop.Token).ConfigureAwait(false);
                socket.NoDelay = true;
                _sockets.TryAdd(socket, 0);
                serving.RemoveAll(static task => task.IsCompleted);
                serving.Add(ServeAsync(socket));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving).ConfigureAwait(false);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var gate = new SemaphoreSlim(1);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        var answering = new List<Task>();
        try
        {
            stream = Secure is null ? stream : await SecureAsync(stream, Secure).ConfigureAwait(false);
            byte[] length = new byte[2];
            while (true)
            {
                await stream.ReadExactlyAsync(length, _stop.Token).ConfigureAwait(false);
                byte[] frame = new byte[(length[0] << 8) | length[1]];
                await stream.ReadExactlyAsync(frame, _stop.Token).ConfigureAwait(false);
                answering.RemoveAll(static task => task.IsCompleted);
                answering.Add(AnswerAsync(stream, gate, frame));
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            await Task.WhenAll(answering).ConfigureAwait(false);
        }
        finally
        {
            _sockets.TryRemove(socket, out _);
            await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<Stream> SecureAsync(Stream plain, Func<Stream, CancellationToken, Task<Stream>> secure)
    {
        try
        {
            return await secure(plain, _stop.Token).ConfigureAwait(false);
        }
        catch (AuthenticationException problem)
        {
            string text = (problem.InnerException ?? problem).Message;
            OnRefused?.Invoke(text);
            throw new IOException(text, problem);
        }
    }

    private async Task AnswerAsync(Stream stream, SemaphoreSlim gate, byte[] frame)
    {
        try
        {
            if (await MakeAsync(frame).ConfigureAwait(false) is not { } reply)
            {
                return;
            }

            await gate.WaitAsync(_stop.Token).ConfigureAwait(false);
            try
            {
                byte[] whole = [(byte)(reply.Length >> 8), (byte)reply.Length, .. reply];
                await stream.WriteAsync(whole, _stop.Token).ConfigureAwait(false);
            }
            finally
            {
                gate.Release();
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // The connection ended; the reader says so.
        }
    }

    /// <summary>Header and reply; null: no reply.</summary>
    private async Task<byte[]?> MakeAsync(byte[] frame)
    {
        if (frame.Length < _headerLength)
        {
            return null;
        }

        byte[] header = frame[.._headerLength];
        byte[] body = HsmCommands.Answer(frame[_headerLength..]);
        if (body is [(byte)'N', (byte)'D', ..])
        {
            return [.. header, .. body]; // A module that is sick may still say that it is well.
        }

        Task held = Held ?? Task.CompletedTask; // Before it counts: what comes next may be held no more.
        Interlocked.Increment(ref _commands);
        await held.WaitAsync(_stop.Token).ConfigureAwait(false);
        switch (Mode)
        {
            case HsmMode.Silent:
                return null;
            case HsmMode.Slow:
                await Task.Delay(Delay, _stop.Token).ConfigureAwait(false);
                break;
            case HsmMode.Error:
                body = [body[0], body[1], (byte)ErrorCode[0], (byte)ErrorCode[1]];
                break;
            case HsmMode.WrongBlock when body.Length > 8:
                body[8] = (byte)(body[8] == 'A' ? 'B' : 'A');
                break;
            case HsmMode.SwappedHeader:
                header[^1] = (byte)(header[^1] == 'Z' ? 'Y' : 'Z');
                break;
            case HsmMode.Garbage:
                body = RandomNumberGenerator.GetBytes(RandomNumberGenerator.GetInt32(64));
                break;
            default:
                break;
        }

        return [.. header, .. body];
    }

    private static bool IsEnd(Exception e) =>
        e is IOException or OperationCanceledException or ObjectDisposedException or SocketException;
}
