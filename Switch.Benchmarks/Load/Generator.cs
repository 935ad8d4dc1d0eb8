using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Switch.Benchmarks.Load;

/// <summary>How one stretch of load is offered.</summary>
internal sealed record LoadPhase
{
    public required string Name { get; init; }

    /// <summary>Where to: connections are spread over the ports in turn.</summary>
    public required IReadOnlyList<int> Ports { get; init; }

    public int Connections { get; init; } = 16;

    /// <summary>Connections that send; the others stay open and idle.</summary>
    public int ActiveConnections { get; init; } = int.MaxValue;

    /// <summary>Closed loop: messages in flight on each connection that sends.</summary>
    public int Window { get; init; } = 64;

    /// <summary>Open loop: messages a second over all connections; 0: closed loop.</summary>
    public double Rate { get; init; }

    public double Seconds { get; init; } = 5;

    /// <summary>Load is offered for so long before anything is counted.</summary>
    public double LeadSeconds { get; init; }

    public int Issuers { get; init; } = 4;

    /// <summary>The number of the first connection's terminal, less one.</summary>
    public int Terminals { get; init; }

    /// <summary>Bytes in front of each message.</summary>
    public int HeaderSize { get; init; }

    /// <summary>Bytes added to each request.</summary>
    public int Padding { get; init; }

    public string Dialect { get; init; } = "iso87-ascii";

    /// <summary>
    /// Open loop: what is due while TCP holds a connection back is not sent at all, as by an acquirer that gives up on
    /// it, and counted; and the sockets' own buffers are small. Otherwise it is sent late.
    /// </summary>
    public bool GivesUp { get; init; }

    /// <summary>How long to wait for answers that are due when the time is up.</summary>
    public double PatienceSeconds { get; init; } = 15;
}

/// <summary>
/// Sends and receives for one phase: one thread, all connections. Closed loop: each answer makes room for the next
/// request. Open loop: requests are sent when they are due by the schedule, and their latency counts from there.
/// </summary>
internal sealed class Generator : IDisposable
{
    private const long PatienceNs = 20_000_000;

    // A few dozen messages, of one that gives up.
    private const int SmallBuffer = 8 * 1024;

    private readonly LoadPhase _phase;
    private readonly GeneratorTraffic _traffic;
    private readonly Epoll _epoll = new();
    private readonly GeneratorConnection[] _connections;
    private readonly byte[] _in = new byte[LeanConnection.BufferSize];
    private readonly byte[] _out = new byte[LeanConnection.BufferSize * 2];
    private readonly Schedule _schedule;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly long _counts;
    private long _ends;
    private long _issued;
    private int _next;

    private Generator(LoadPhase phase, GeneratorBook book, double rate)
    {
        _phase = phase;
        int ringSize = rate > 0 ? 8_192 : phase.Window * 4;
        _connections = [.. Enumerable.Range(0, phase.Connections).Select(i => Connect(i, ringSize))];
        _started = Stopwatch.GetTimestamp();
        _counts = _started + (long)(phase.LeadSeconds * Stopwatch.Frequency);
        _ends = _counts + (long)(phase.Seconds * Stopwatch.Frequency);
        _traffic = new GeneratorTraffic(phase, book, _counts);
        _schedule = new Schedule(rate > 0 ? rate : 1, _started, Stopwatch.Frequency);
    }

    private int Active => Math.Min(_phase.ActiveConnections, _connections.Length);

    /// <summary>Runs the phase to its end on a thread of its own.</summary>
    public static PhaseFigures Run(LoadPhase phase, GeneratorBook book)
    {
        PhaseFigures? figures = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var generator = new Generator(phase, book, phase.Rate);
                figures = generator.Run();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        })
        {
            Name = "generator",
        };
        thread.Start();
        thread.Join();
        return figures ?? throw new InvalidOperationException($"Phase {phase.Name} failed.", failure);
    }

    public void Dispose()
    {
        foreach (GeneratorConnection connection in _connections)
        {
            connection.Socket.Dispose();
        }

        _epoll.Dispose();
    }

    private PhaseFigures Run()
    {
        long now = _started;
        if (_phase.Rate == 0)
        {
            for (int i = 0; i < Active; i++)
            {
                Fill(_connections[i], _phase.Window, now);
            }
        }

        while (now < _ends || (_traffic.InFlight > 0 && now < Patience()))
        {
            if (_phase.Rate > 0 && now < _ends)
            {
                SendDue(now);
            }

            Receive(_epoll.Wait(RestNs(now)));
            now = Stopwatch.GetTimestamp();
        }

        return _traffic.Figures(_phase, (_ends - _counts) / (double)Stopwatch.Frequency);
    }

    // For what may stay without an answer, not so long.
    private long Patience() => _ends + (long)(
        (_traffic.InFlight > _traffic.RepeatsInFlight ? _phase.PatienceSeconds : Math.Min(1, _phase.PatienceSeconds))
        * Stopwatch.Frequency);

    private long RestNs(long now)
    {
        long until = _phase.Rate > 0 && now < _ends ? _schedule.TimeOf(_issued) - now : PatienceNs;
        return Math.Clamp(until * 1_000_000_000 / Stopwatch.Frequency, 0, PatienceNs);
    }

    /// <summary>Everything that has fallen due, in equal shares to the next connections in turn.</summary>
    private void SendDue(long now)
    {
        long due = _schedule.DueAt(Math.Min(now, _ends)) - _issued;
        int share = (int)((due + Active - 1) / Active);
        while (due > 0)
        {
            GeneratorConnection connection = _connections[_next];
            _next = _next + 1 == Active ? 0 : _next + 1;
            int size = 0;
            if (_phase.GivesUp && connection.IsHeldBack)
            {
                long held = Math.Min(share, due);
                _traffic.OnHeld(held);
                _issued += held;
                due -= held;
                continue;
            }

            for (int i = 0; i < share && due > 0; i++, due--)
            {
                // A full ring: the peer is far behind. What is due stays due, and its latency grows.
                if (!_traffic.TryWriteNext(connection, _schedule.TimeOf(_issued), _out, ref size))
                {
                    due = 0;
                    break;
                }

                _issued++;
            }

            if (size > 0)
            {
                connection.Send(_out.AsSpan(0, size));
            }
        }
    }

    private void Fill(GeneratorConnection connection, int count, long now)
    {
        int size;
        do
        {
            // As much as the buffer takes at a time, until the window is full.
            size = 0;
            while (count > 0 && _traffic.TryWriteNext(connection, now, _out, ref size))
            {
                count--;
            }

            connection.Send(_out.AsSpan(0, size));
        }
        while (count > 0 && size > 0);
    }

    private void Receive(int events)
    {
        for (int i = 0; i < events; i++)
        {
            GeneratorConnection connection = _connections[_epoll.TagOf(i)];
            if ((_epoll.FlagsOf(i) & Epoll.Out) != 0)
            {
                connection.OnWritable();
            }

            int received = connection.Receive(_in);
            if (received < 0)
            {
                throw new IOException($"The peer closed connection {_epoll.TagOf(i)} in phase {_phase.Name}.");
            }

            OnReceived(connection, received);
        }
    }

    private void OnReceived(GeneratorConnection connection, int received)
    {
        long now = Stopwatch.GetTimestamp();
        bool isClosedLoop = _phase.Rate == 0 && now < _ends;
        int size = 0;
        ReadOnlySpan<byte> left = _in.AsSpan(0, received);
        while (LeanConnection.TryTakeFrame(ref left, out ReadOnlySpan<byte> body))
        {
            _traffic.OnAnswer(connection, body[_phase.HeaderSize..], now, _counts <= now && now < _ends);
            if (isClosedLoop)
            {
                _traffic.TryWriteNext(connection, now, _out, ref size);
            }
        }

        connection.Keep(left);
        if (!isClosedLoop && !(_phase.GivesUp && connection.IsHeldBack))
        {
            // The schedule says when the next request goes; what follows an answer goes at once.
            _traffic.WriteFollowUps(connection, now, _out, ref size);
        }

        if (size > 0)
        {
            connection.Send(_out.AsSpan(0, size));
        }
    }

    private GeneratorConnection Connect(int index, int ringSize)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (_phase.GivesUp)
        {
            socket.SendBufferSize = SmallBuffer;
        }

        socket.Connect(IPAddress.Loopback, _phase.Ports[index % _phase.Ports.Count]);
        socket.Blocking = false;
        bool isActive = index < Math.Min(_phase.ActiveConnections, _phase.Connections);
        var connection = new GeneratorConnection(_epoll, socket, index, isActive ? ringSize : 1)
        {
            Terminal = _phase.Terminals + index + 1,
        };
        connection.Watch();
        return connection;
    }
}
