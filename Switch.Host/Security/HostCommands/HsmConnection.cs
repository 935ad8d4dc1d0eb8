using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;

namespace Switch.Host.Security.HostCommands;

/// <summary>How one exchange ended.</summary>
internal enum HsmEnd : byte
{
    Replied,
    TimedOut,

    /// <summary>The connection ended before the reply.</summary>
    Lost,

    /// <summary>There are as many requests on the way as are allowed. Nothing was sent.</summary>
    Full,
}

/// <param name="Body">Behind the header; the receiver's. Empty unless it was replied to.</param>
internal readonly record struct HsmExchange(HsmEnd End, byte[] Body);

/// <summary>
/// One connection to a module, with several requests on the way at once. A frame is its length in two bytes, a header,
/// and the command. The header names the request: the module sends it back unchanged, and nothing else tells replies
/// apart.
/// </summary>
/// <remarks>
/// A header is not used again before its reply has come, even when it is no longer waited for: a late reply must never
/// be taken for that of another request. When too many never came, the connection ends.
/// </remarks>
internal sealed class HsmConnection : IAsyncDisposable
{
    /// <summary>Requests on the way at once.</summary>
    public const int InFlightMax = 64;

    private const int LengthSize = 2;

    /// <summary>Characters of a header that are counted with; those before them are zeros.</summary>
    private const int CountedMax = 5;
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private readonly ConcurrentDictionary<uint, TaskCompletionSource<HsmExchange>> _waiting = new();
    private readonly Channel<byte[]> _outgoing;
    private readonly CancellationTokenSource _end = new();
    private readonly Stream _stream;
    private readonly HsmSettings _settings;
    private readonly TimeProvider _time;
    private readonly Action _onUnknown;
    private readonly uint _headers;
    private readonly int _inFlightMax;
    private readonly byte[] _tail;
    private uint _last;
    private int _inFlight;
    private int _abandoned;

    /// <param name="stream">Connected; this closes it.</param>
    /// <param name="onUnknown">For each reply that belongs to no request.</param>
    public HsmConnection(Stream stream, HsmSettings settings, TimeProvider time, Action onUnknown)
    {
        _stream = stream;
        _settings = settings;
        _time = time;
        _onUnknown = onUnknown;
        _headers = (uint)Math.Pow(Digits.Length, Math.Min(settings.HeaderLength, CountedMax));
        _inFlightMax = (int)Math.Min(InFlightMax, _headers / 2);
        _tail = settings.LmkId is { } id ? Encoding.ASCII.GetBytes($"%{id:00}") : [];
        _outgoing = Channel.CreateBounded<byte[]>(_inFlightMax * 2);
        Completion = RunAsync();
    }

    /// <summary>Ends with the connection, and never fails.</summary>
    public Task Completion { get; }

    /// <summary>Requests that are waited for.</summary>
    public int InFlight => Volatile.Read(ref _inFlight) - Volatile.Read(ref _abandoned);

    /// <exception cref="IOException">It cannot be reached.</exception>
    public static async Task<Socket> ConnectAsync(HsmSettings settings, CancellationToken stop)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(settings.Host, settings.Port, stop).ConfigureAwait(false);
            return socket;
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is SocketException)
            {
                throw new IOException(e.Message, e);
            }

            throw;
        }
    }

    /// <summary>Sends a command and waits for its reply.</summary>
    /// <param name="command">Stays the caller's.</param>
    public async Task<HsmExchange> SendAsync(ReadOnlyMemory<byte> command, TimeSpan limit, CancellationToken stop)
    {
        var reply = new TaskCompletionSource<HsmExchange>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!TryReserve(reply, out uint header))
        {
            return new HsmExchange(HsmEnd.Full, []);
        }

        byte[] frame = Frame(header, command.Span);
        if (!_outgoing.Writer.TryWrite(frame))
        {
            CryptographicOperations.ZeroMemory(frame);
            Release(header);
            return new HsmExchange(_end.IsCancellationRequested ? HsmEnd.Lost : HsmEnd.Full, []);
        }

        if (_end.IsCancellationRequested)
        {
            reply.TrySetResult(new HsmExchange(HsmEnd.Lost, []));
        }

        try
        {
            return await reply.Task.WaitAsync(limit, _time, stop).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Abandon(reply);
            return await reply.Task.ConfigureAwait(false); // Or the reply, if it came at this moment.
        }
        catch (OperationCanceledException)
        {
            Abandon(reply);
            throw;
        }
    }

    /// <summary>Ends it; what waits learns that it is lost.</summary>
    public void Abort()
    {
        try
        {
            _end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended already.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await Completion.ConfigureAwait(false);
        _end.Dispose();
    }

    private bool TryReserve(TaskCompletionSource<HsmExchange> reply, out uint header)
    {
        header = 0;
        if (Interlocked.Increment(ref _inFlight) > _inFlightMax || _end.IsCancellationRequested)
        {
            Interlocked.Decrement(ref _inFlight);
            return false;
        }

        // At most half of the headers are in use, so that another one is soon found.
        do
        {
            header = Interlocked.Increment(ref _last) % _headers;
        }
        while (!_waiting.TryAdd(header, reply));

        return true;
    }

    private void Release(uint header)
    {
        if (_waiting.TryRemove(header, out _))
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    // Its place stays taken until its reply comes: that is what bounds how many headers are never used again.
    private void Abandon(TaskCompletionSource<HsmExchange> reply)
    {
        if (reply.TrySetResult(new HsmExchange(HsmEnd.TimedOut, []))
            && Interlocked.Increment(ref _abandoned) >= _inFlightMax)
        {
            Abort();
        }
    }

    private byte[] Frame(uint header, ReadOnlySpan<byte> command)
    {
        int length = _settings.HeaderLength + command.Length + _tail.Length;
        byte[] frame = new byte[LengthSize + length];
        BinaryPrimitives.WriteUInt16BigEndian(frame, checked((ushort)length));
        Span<byte> text = frame.AsSpan(LengthSize, _settings.HeaderLength);
        text.Fill((byte)'0');
        for (int at = text.Length - 1; header > 0; at--)
        {
            (header, uint digit) = uint.DivRem(header, (uint)Digits.Length);
            text[at] = (byte)Digits[(int)digit];
        }

        command.CopyTo(frame.AsSpan(LengthSize + _settings.HeaderLength));
        _tail.CopyTo(frame.AsSpan(frame.Length - _tail.Length));
        return frame;
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        Task writing = WriteAsync();
        try
        {
            await ReadAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection is over: whatever waits learns of it below.
        }

        await _end.CancelAsync().ConfigureAwait(false);
        _outgoing.Writer.TryComplete();
        await writing.ConfigureAwait(false); // Before the stream ends: pipes do not bear both at once.
        await _stream.DisposeAsync().ConfigureAwait(false);
        foreach (TaskCompletionSource<HsmExchange> reply in _waiting.Values)
        {
            reply.TrySetResult(new HsmExchange(HsmEnd.Lost, []));
        }
    }

    private async Task ReadAsync()
    {
        byte[] frame = new byte[ushort.MaxValue];
        byte[] length = new byte[LengthSize];
        while (true)
        {
            await _stream.ReadExactlyAsync(length, _end.Token).ConfigureAwait(false);
            Memory<byte> whole = frame.AsMemory(0, BinaryPrimitives.ReadUInt16BigEndian(length));
            await _stream.ReadExactlyAsync(whole, _end.Token).ConfigureAwait(false);
            Settle(whole.Span);
            CryptographicOperations.ZeroMemory(whole.Span);
        }
    }

    private void Settle(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < _settings.HeaderLength || !TryHeader(frame[.._settings.HeaderLength], out uint header)
            || !_waiting.TryRemove(header, out TaskCompletionSource<HsmExchange>? reply))
        {
            _onUnknown();
            return;
        }

        Interlocked.Decrement(ref _inFlight);
        byte[] body = frame[_settings.HeaderLength..].ToArray();
        if (!reply.TrySetResult(new HsmExchange(HsmEnd.Replied, body)))
        {
            Interlocked.Decrement(ref _abandoned); // Late.
            CryptographicOperations.ZeroMemory(body);
        }
    }

    private static bool TryHeader(ReadOnlySpan<byte> text, out uint header)
    {
        header = 0;
        int counted = Math.Min(text.Length, CountedMax);
        if (text[..^counted].ContainsAnyExcept((byte)'0'))
        {
            return false;
        }

        foreach (byte character in text[^counted..])
        {
            int digit = Digits.IndexOf((char)character, StringComparison.Ordinal);
            if (digit < 0)
            {
                return false;
            }

            header = (header * (uint)Digits.Length) + (uint)digit;
        }

        return true;
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (byte[] frame in _outgoing.Reader.ReadAllAsync(_end.Token).ConfigureAwait(false))
            {
                await _stream.WriteAsync(frame, _end.Token).ConfigureAwait(false);
                CryptographicOperations.ZeroMemory(frame);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            await _end.CancelAsync().ConfigureAwait(false);
        }

        while (_outgoing.Reader.TryRead(out byte[]? frame))
        {
            CryptographicOperations.ZeroMemory(frame);
        }
    }
}
