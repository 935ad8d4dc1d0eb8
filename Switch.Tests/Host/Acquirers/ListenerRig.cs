using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Switch.Host.Acquirers;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Core;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Routing.Effects;
using Switch.Routing.Outbox;
using Switch.Routing.Settings;
using Switch.Routing.Values;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Acquirers;

/// <summary>
/// Real listeners on real sockets with a core that is a few lines: it approves every request at once, or is silent.
/// </summary>
internal sealed class ListenerRig : IAsyncDisposable
{
    private readonly Inbox _inbox;
    private readonly Outbox _outbox;
    private readonly Heartbeat _heartbeat;
    private readonly ITransport _transport;
    private readonly AcquirerServer _server;
    private readonly Thread _core;
    private readonly MessageComposer _composer = new(4_096);
    private readonly FrameFormat _format;
    private volatile bool _mustStop;

    public ListenerRig(
        Action<AcquirerOptions>? configure = null, bool isSilent = false, int inboxMax = 1_024, int poolMax = 4_096,
        bool isCoreStopped = false, LimitOptions? limits = null, FrameFormat? format = null,
        EdgeTransport? transport = null)
    {
        _format = format ?? EdgeParts.Len2;
        IsSilent = isSilent;
        Clock = new SwitchClock(Time);
        _inbox = new Inbox(inboxMax, inboxMax / 2);
        _heartbeat = new Heartbeat(Clock);
        Pool = new MessagePool(poolMax, 4_096);
        _outbox = new Outbox(Pool, Meters, EdgeParts.Incidents(Meters, Clock), links: 0, new SendLimits());
        _outbox.Attach(new FakeJournal());
        Shared = new EdgeShared(_inbox, Pool, Meters, Clock, _heartbeat)
        {
            AcquirerArrivals = new ArrivalRate(limits?.ConnectionsPerSecond ?? 0),
        };
        var options = new AcquirerOptions
        {
            Name = "acq-a", Listen = "127.0.0.1:0", MaxFrameSize = 4_096, AllowFrom = ["127.0.0.0/8"],
        };
        configure?.Invoke(options);
        var settings = new AcquirerSettings
        {
            Name = options.Name, Dialect = EdgeParts.Ascii, Deadline = options.Deadline,
        };
        var listener = new AcquirerListener(
            0, options, settings, limits ?? new LimitOptions(), _format,
            new CardStamps(new CardTokenizer(new byte[32])), new SessionIds(), Shared, Logs);
        _transport = TestTransport.Create(transport);
        _server = new AcquirerServer([(listener, IPEndPoint.Parse(options.Listen))], _transport, Logs);
        _core = new Thread(RunCore) { IsBackground = true, Name = "test core" };
        if (!isCoreStopped)
        {
            _core.Start();
        }
    }

    public FakeTimeProvider Time { get; } = new(WatchedTimeProvider.Begin);

    public SwitchClock Clock { get; }

    public EdgeMeters Meters { get; } = new();

    public MessagePool Pool { get; }

    public EdgeShared Shared { get; }

    public ListLoggerFactory Logs { get; } = new();

    public EdgeCounters Counters => Meters.Read();

    /// <summary>The core keeps requests and says nothing.</summary>
    public bool IsSilent { get; }

    public async Task StartAsync() => await _server.StartAsync(CancellationToken.None);

    /// <param name="atBound">Is given both ends of the connection before it is made.</param>
    /// <param name="from">The peer's address.</param>
    public async Task<Peer> ConnectAsync(Action<EndPoint, EndPoint>? atBound = null, string from = "127.0.0.1")
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        atBound?.Invoke(socket.LocalEndPoint!, _server.EndPoints["acq-a"]);
        await socket.ConnectAsync(_server.EndPoints["acq-a"]);
        return new Peer(socket, _format);
    }

    /// <summary>True when a connection is not served: ended at once, or even before the connect has returned.</summary>
    public async Task<bool> IsRefusedAsync(Action<EndPoint, EndPoint>? atBound = null)
    {
        try
        {
            using Peer peer = await ConnectAsync(atBound);
            return await peer.IsClosedAsync();
        }
        catch (SocketException)
        {
            return true;
        }
    }

    /// <summary>Lets the core's thread run if it was held back.</summary>
    public void StartCore() => _core.Start();

    /// <summary>
    /// Waits, without a sleep, until what the edge counts is as expected; the test's time limit ends it otherwise.
    /// </summary>
    public async Task UntilAsync(Func<EdgeCounters, bool> isReached)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!isReached(Counters))
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var abort = new CancellationTokenSource();
        Task stopping = _server.StopAsync(abort.Token);
        _heartbeat.AbortAll();
        await abort.CancelAsync();
        if (_core.ThreadState.HasFlag(ThreadState.Unstarted))
        {
            _core.Start();
        }

        await stopping;
        _mustStop = true;
        _inbox.Wake();
        _core.Join();
        _server.Dispose();
        _transport.Dispose();
        _heartbeat.Dispose();
        _inbox.Dispose();
    }

    private void RunCore()
    {
        while (!_mustStop)
        {
            foreach (ref InboxEvent item in _inbox.Drain())
            {
                Handle(in item);
            }

            _outbox.Flush();
            _inbox.Wait(1_000);
        }

        _inbox.Close();
    }

    private void Handle(in InboxEvent item)
    {
        switch (item.Kind)
        {
            case InboxKind.SessionOpened:
                _outbox.AddSession(item.Connection!);
                break;
            case InboxKind.SessionClosed:
                _outbox.RemoveSession(item.Id);
                break;
            case InboxKind.AcquirerMessage when !IsSilent:
                Answer(item.Id, item.Message!);
                _outbox.Return(item.Message!);
                break;
            case InboxKind.AcquirerFault:
                _outbox.Return(item.Message!);
                _outbox.CloseSession(item.Id, CloseReason.Malformed);
                break;
        }
    }

    private void Answer(int session, Message request)
    {
        _composer.Start(EdgeParts.Ascii, request.Mti.Response());
        _composer.Take(request, FieldSet.Of(Field.Stan, Field.TransmissionDateTime, Field.TerminalId));
        _composer.Set(Field.ResponseCode, "00"u8);
        Assert.True(_composer.TryWrite(out ReadOnlySpan<byte> bytes, out _));
        _outbox.SendToSession(session, bytes, afterLsn: 0, tag: 0, request.ReplyHeader);
    }
}

/// <summary>An acquirer's end of a socket.</summary>
internal sealed class Peer(Socket socket, FrameFormat? format = null) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly byte[] _buffer = new byte[1 << 20];
    private int _count;

    public Socket Socket => socket;

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var limit = new CancellationTokenSource(Limit);
        await socket.SendAsync(bytes, limit.Token);
    }

    /// <summary>Reads messages until there are so many, or the connection ends.</summary>
    public async Task<List<string>> ReceiveAsync(int count)
    {
        var messages = new List<string>();
        while (messages.Count < count)
        {
            int read = await ReadAsync();
            if (read == 0)
            {
                break;
            }

            _count += read;
            var buffer = new ReadOnlySequence<byte>(_buffer, 0, _count);
            FrameFormat framing = format ?? EdgeParts.Len2;
            while (framing.TryDecode(ref buffer, 65_535, out ReadOnlySequence<byte> frame, out FrameHeader reply)
                == FrameStatus.Complete)
            {
                messages.Add($"{EdgeParts.Describe(frame.ToArray())} {reply}".TrimEnd());
            }

            buffer.CopyTo(_buffer);
            _count = (int)buffer.Length;
        }

        return messages;
    }

    /// <summary>True when the switch ends the connection without another byte.</summary>
    public async Task<bool> IsClosedAsync() => await ReadAsync() == 0;

    public void Dispose() => socket.Dispose();

    private async Task<int> ReadAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            return await socket.ReceiveAsync(_buffer.AsMemory(_count), limit.Token);
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
