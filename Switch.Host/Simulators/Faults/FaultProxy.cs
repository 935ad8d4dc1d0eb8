using System.Net;
using System.Net.Sockets;
using Switch.Protocol.Dialects;
using Switch.Protocol.Framing;

namespace Switch.Host.Simulators.Faults;

/// <summary>How a proxy is set up. What it does to connections is its plan, which may change while it runs.</summary>
internal sealed record FaultProxyProfile
{
    /// <summary>The party behind. On this machine.</summary>
    public required IPEndPoint Target { get; init; }

    /// <summary>Port 0 takes a free one. On this machine.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    public string Dialect { get; init; } = "iso87-ascii";

    public string Framing { get; init; } = "len2";

    /// <summary>As in the switch's configuration: a TPDU, or a fixed header.</summary>
    public string? Header { get; init; }

    public int FrameSizeMax { get; init; } = 8_192;

    /// <summary>One more is reset.</summary>
    public int ConnectionsMax { get; init; } = 256;

    /// <summary>Bytes that wait on each side of each connection; at the bound the proxy stops reading there.</summary>
    public long BufferMax { get; init; } = 1024 * 1024;

    public int Seed { get; init; } = 1;
}

/// <summary>
/// Stands between two parties of a test and makes their connection as bad as its plan says: late, slow, lossy, dead, or
/// wrong in single messages. It understands frames and messages of the link, so what it loses are whole messages. Its
/// choices come from a seed. Only between parties of this machine. Any thread.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly FaultProxyProfile _profile;
    private readonly Dialect _dialect;
    private readonly FrameFormat _framing;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<FaultedConnection, Task> _connections = [];
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;
    private FaultPlan _plan = FaultPlan.None;
    private FaultDice _dice;
    private FaultDice _connectionDice;
    private FaultCounters _counters;

    /// <exception cref="ArgumentException">
    /// The profile names an unknown dialect or framing, or an address that is not of this machine alone.
    /// </exception>
    public FaultProxy(FaultProxyProfile profile)
    {
        if (!IPAddress.IsLoopback(profile.Target.Address) || !IPAddress.IsLoopback(profile.Listen.Address))
        {
            throw new ArgumentException("A fault proxy stands between loopback addresses only.", nameof(profile));
        }

        _profile = profile;
        (_dialect, _framing) = Wire.Find(profile.Dialect, profile.Framing, profile.Header);
        _dice = new FaultDice(profile.Seed);
        _connectionDice = new FaultDice(~profile.Seed);
    }

    /// <summary>Where it listens, with the real port once started.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.None, 0);

    /// <summary>
    /// What it does from now on. The same plan makes the same choices each time that it is set. Frames that wait
    /// already keep their time.
    /// </summary>
    public FaultPlan Plan
    {
        get
        {
            lock (_gate)
            {
                return _plan;
            }
        }

        set => ChangePlan(value);
    }

    public FaultCounters Counters
    {
        get
        {
            lock (_gate)
            {
                return _counters;
            }
        }
    }

    /// <summary>Connections that it carries now.</summary>
    public int Open
    {
        get
        {
            lock (_gate)
            {
                return _connections.Count;
            }
        }
    }

    internal FaultProxyProfile Profile => _profile;

    /// <summary>Starts listening and returns; <see cref="EndPoint"/> is known from here on.</summary>
    public void Start()
    {
        _listener = new Socket(_profile.Listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(_profile.Listen);
        _listener.Listen(512);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync(_listener);
    }

    /// <summary>Resets every connection; peers may connect again.</summary>
    public void ResetConnections()
    {
        foreach (FaultedConnection connection in Carried())
        {
            connection.End();
        }
    }

    /// <summary>Resets what is open and ends when nothing of it runs any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener?.Dispose();
        await _accepting.ConfigureAwait(false);
        Task[] running;
        lock (_gate)
        {
            running = [.. _connections.Values];
        }

        await Task.WhenAll(running).ConfigureAwait(false);
        _stop.Dispose();
    }

    internal MessageTampering NewTampering() => new(_dialect, _framing, _profile.FrameSizeMax);

    internal double NextJitter() => _dice.Next(-1);

    internal void Count(Func<FaultCounters, FaultCounters> change)
    {
        lock (_gate)
        {
            _counters = change(_counters);
        }
    }

    /// <summary>The fault that a message meets now, if any.</summary>
    internal MessageFault? Meet(FaultPlan plan, FaultSides side, PlainMessage message)
    {
        for (int i = 0; i < plan.Messages.Count; i++)
        {
            MessageFault fault = plan.Messages[i];
            if (fault.Matches(side, message) && _dice.Hits(i, fault.Share))
            {
                return fault;
            }
        }

        return null;
    }

    private void ChangePlan(FaultPlan plan)
    {
        bool wasHalfOpen;
        lock (_gate)
        {
            wasHalfOpen = _plan.IsHalfOpen;
            _plan = plan;
            _dice = new FaultDice(_profile.Seed);
        }

        foreach (FaultedConnection connection in Carried())
        {
            if (plan.Refuses || (wasHalfOpen && !plan.IsHalfOpen))
            {
                connection.End();
            }
            else if (plan.IsHalfOpen)
            {
                connection.LoseTarget();
            }
        }
    }

    // A copy, for a loop without the lock: an end may run on here, and it takes the connection off the list.
    private FaultedConnection[] Carried()
    {
        lock (_gate)
        {
            return [.. _connections.Keys];
        }
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Serve(await listener.AcceptAsync(_stop.Token).ConfigureAwait(false));
            }
            catch (SocketException)
            {
                // That peer gave up while it waited; the next one may be fine.
            }
            catch (Exception problem) when (problem is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Serve(Socket client)
    {
        lock (_gate)
        {
            if (_plan.Refuses || _connections.Count >= _profile.ConnectionsMax || _stop.IsCancellationRequested)
            {
                _counters = _counters with { Refused = _counters.Refused + 1 };
                FaultedConnection.Reset(client);
                return;
            }

            _counters = _counters with { Connections = _counters.Connections + 1 };
            var connection = new FaultedConnection(this, client, _connectionDice.Next(0), _stop.Token);
            if (_plan.IsHalfOpen)
            {
                connection.LoseTarget();
            }

            // Its first step runs elsewhere, so it cannot end before it is known.
            _connections.Add(connection, Task.Run(() => CarryAsync(connection), CancellationToken.None));
        }
    }

    private async Task CarryAsync(FaultedConnection connection)
    {
        try
        {
            await connection.RunAsync(_profile.Target).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                _connections.Remove(connection);
            }

            connection.Dispose();
        }
    }
}
