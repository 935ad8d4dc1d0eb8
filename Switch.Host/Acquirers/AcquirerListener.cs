using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Connections.Tls;
using Switch.Host.Security.Macs;
using Switch.Protocol.Dialects;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Routing.Duplicates;
using Switch.Routing.Payments;
using Switch.Routing.Settings;

namespace Switch.Host.Acquirers;

/// <summary>One acquirer's side of the door: who may come in, how many, how fast, and what is spoken.</summary>
internal sealed class AcquirerListener : IDoor
{
    // What one connection may have open, so that one of an acquirer's many cannot take the whole of its share.
    private const int SessionInFlightMaxDefault = 8_192;

    private readonly EdgeShared _shared;
    private readonly SessionIds _ids;
    private readonly ILogger _logger;
    private readonly AddressList _allowed;
    private readonly RollLimits _limits;
    private readonly ConnectionRoll _roll;
    private readonly SessionLines _lines;
    private readonly ulong _hash;
    private readonly bool _signsOn;
    private readonly ConcurrentDictionary<Session, bool> _dialed = new();
    private AcquirerMemory _memory = new(known: null);

    public AcquirerListener(
        int index, AcquirerOptions options, AcquirerSettings settings, LimitOptions limits, FrameFormat format,
        CardStamps cards, SessionIds ids, EdgeShared shared, ILogger logger)
    {
        Index = index;
        Name = options.Name;
        Weight = options.Weight;
        Format = format;
        Dialect = settings.Dialect;
        Cards = cards;
        ConnectionLimits = new ConnectionLimits
        {
            FrameSizeMax = options.MaxFrameSize,
            WriteBufferMax = limits.ConnectionBufferMax,
            KeepAlivesPerSecond = options.KeepAlivesPerSecond,
        };
        SessionInFlightMax = Math.Min(options.MaxInFlight, SessionInFlightMaxDefault);

        // A second more than the deadline: by then every message has ended, whatever became of its answer.
        SessionBeats = (int)Math.Ceiling((options.Deadline + TimeSpan.FromSeconds(1)) / Heartbeat.Interval) + 1;
        Rate = new TokenBucket(options.RatePerSecond, shared.Clock.Ticks);
        _hash = RequestKey.OfAcquirer(options.Name);
        Refusals = new RefusalDesk(settings.Dialect, options.MaxFrameSize, MayRefuseAnew, shared.Seals);
        _allowed = new AddressList(options.AllowFrom);
        _limits = new RollLimits(
            options.MaxConnections, options.MaxConnectionsPerAddress ?? ((options.MaxConnections + 1) / 2),
            options.ConnectionsPerSecond);
        _roll = new ConnectionRoll(_limits, shared.AcquirerArrivals);
        _signsOn = settings.SignOnTime > TimeSpan.Zero;
        FirstMessage = _signsOn ? TimeSpan.Zero : options.FirstMessage; // The core waits for its first message then.
        Idle = options.Idle;
        ReceiveBuffer = limits.ReceiveBuffer;
        FormatErrors = options.FormatErrors;
        _lines = new SessionLines(logger, options.Name, shared.Meters);
        shared.Heartbeat.Also(_lines.OnBeat);
        _ids = ids;
        _shared = shared;
        _logger = logger;
    }

    /// <summary>Position in the configuration, as the core counts.</summary>
    public int Index { get; }

    public string Name { get; }

    /// <summary>Its share, where all want more than there is.</summary>
    public int Weight { get; }

    public FrameFormat Format { get; }

    /// <summary>Bytes of one connection that the kernel is asked to keep.</summary>
    public int ReceiveBuffer { get; }

    public Dialect Dialect { get; }

    public CardStamps Cards { get; }

    public ConnectionLimits ConnectionLimits { get; }

    public int SessionInFlightMax { get; }

    public int SessionBeats { get; }

    /// <summary>Unreadable messages in a row that end a connection; 0: they never do.</summary>
    public int FormatErrors { get; }

    /// <summary>How long a connection may be open without a message; zero: for ever.</summary>
    public TimeSpan FirstMessage { get; }

    /// <summary>How long a connection may be silent; zero: for ever.</summary>
    public TimeSpan Idle { get; }

    public TokenBucket Rate { get; }

    public RefusalDesk Refusals { get; }

    /// <summary>What the acquirer is known by; null: it speaks plain text.</summary>
    public TlsParty? Tls { get; init; }

    /// <summary>The MACs of its messages; null: they have none.</summary>
    public PartnerMac? Mac { get; init; }

    /// <summary>Connections that the switch has made and that are open now.</summary>
    public int DialedNow => _dialed.Count;

    /// <summary>Those of them on which the acquirer has accepted the sign-on; null: none is sent.</summary>
    public int? SignedOnNow => _signsOn ? _dialed.Keys.Count(static session => session.HasBeenReady) : null;

    public string Title => $"Acquirer {Name}";

    public bool IsTls => Tls is not null;

    /// <summary>Before the first connection: what was known of requests that came in an earlier life.</summary>
    public void Recall(KnownRequests known) => _memory = new AcquirerMemory(known);

    /// <summary>
    /// Notes that a message came, and tells what it is: a first, or a copy. Any thread, once for each message.
    /// </summary>
    public RequestArrival Arrive(Message message)
    {
        if (!RequestKey.TryOf(_hash, message, out ulong key))
        {
            return RequestArrival.First; // No money, or answered 30: copies of it do no harm.
        }

        RequestArrival arrival = _memory.Arrive(key, message.Mti.IsRepeat, _shared.Clock.Ticks);
        if (arrival != RequestArrival.FirstOfMany)
        {
            return arrival;
        }

        EdgeMeters.Add(ref _shared.Meters.Live.RequestsNotRemembered);
        return RequestArrival.First;
    }

    /// <summary>
    /// Whether a message that is no copy may be refused with a code; if so, no copy of it is taken in from here on. Any
    /// thread.
    /// </summary>
    public bool MayRefuse(Message message) =>
        !RequestKey.TryOf(_hash, message, out ulong key) || _memory.TryRefuse(key, _shared.Clock.Ticks);

    /// <summary>Kestrel's entry: the whole life of one connection.</summary>
    public async Task OnConnectionAsync(ConnectionContext transport)
    {
        if (TryEnter(transport) is not { } entry)
        {
            transport.Abort();
            return;
        }

        try
        {
            if (IsOwn(transport))
            {
                transport.Abort();
            }
            else if (await HasItsTurnAsync(entry, transport).ConfigureAwait(false))
            {
                await (Tls is null ? ServeAsync(entry, transport) : SecureAsync(entry, transport, Tls))
                    .ConfigureAwait(false);
            }
        }
        finally
        {
            _shared.Own.Ended(transport.RemoteEndPoint, transport.LocalEndPoint);
            _roll.Leave(entry);
        }
    }

    /// <summary>The whole life of a connection that the switch has made to the acquirer.</summary>
    /// <param name="transport">Stays the caller's.</param>
    /// <param name="host">The name or address that it was made to.</param>
    /// <param name="stop">Ends a TLS handshake; a session ends with all others.</param>
    /// <returns>Whether it was of use: it was signed on, or messages came where no sign-on is sent.</returns>
    /// <exception cref="TlsRefusedException">The host is not the acquirer's.</exception>
    public async Task<bool> ServeDialedAsync(ConnectionContext transport, string host, CancellationToken stop)
    {
        if (Tls is null)
        {
            return await ServeAsync(entry: null, transport).ConfigureAwait(false);
        }

        try
        {
            TlsConnection secure;
            using (stop.UnsafeRegister(static open => ((ConnectionContext)open!).Abort(), transport))
            {
                secure = await Tls.ConnectAsync(transport, host).ConfigureAwait(false);
            }

            await using (secure.ConfigureAwait(false))
            {
                return await ServeAsync(entry: null, secure).ConfigureAwait(false);
            }
        }
        catch (TlsRefusedException refused)
        {
            Tls.Count(refused.Refusal);
            throw;
        }
    }

    /// <summary>A connection has sent its first message: it keeps its place from here on.</summary>
    public void HasSpoken(RollEntry? entry)
    {
        if (entry is not null)
        {
            _roll.Prove(entry);
        }
    }

    // Who is no peer of ours is told by an end: the certificate of a TLS 1.3 client is judged after its handshake.
    private async Task SecureAsync(RollEntry entry, ConnectionContext transport, TlsParty party)
    {
        TlsOutcome outcome = await party.AcceptAsync(transport).ConfigureAwait(false);
        if (outcome.Connection is not { } secure)
        {
            if (_lines.MaySay(SessionLine.RefusedTls, transport.RemoteEndPoint, _shared.Clock.Ticks))
            {
                SessionLog.RefusedTls(_logger, Name, transport.RemoteEndPoint, outcome.Refusal, outcome.Detail);
            }

            await transport.Transport.Output.CompleteAsync().ConfigureAwait(false);
            party.Count(outcome.Refusal);
            return;
        }

        await using (secure.ConfigureAwait(false))
        {
            await ServeAsync(entry, secure).ConfigureAwait(false);
        }
    }

    private async Task<bool> ServeAsync(RollEntry? entry, ConnectionContext transport)
    {
        var session = new Session(_ids.Next(), this, transport, _shared) { Entry = entry };
        if (entry is not null)
        {
            entry.End = () => session.Abort(EndCause.Displaced);
        }
        else
        {
            _dialed.TryAdd(session, true);
        }

        if (transport is TlsConnection secure)
        {
            Tls!.Serve(secure, () => session.Abort(EndCause.Withdrawn));
        }

        if (_lines.MaySay(SessionLine.Opened, transport.RemoteEndPoint, _shared.Clock.Ticks))
        {
            SessionLog.Opened(_logger, session.Id, Name, transport.RemoteEndPoint);
        }

        // What is counted has been said and is watched: a count is what tests and operators wait for.
        _shared.Heartbeat.Watch(session);
        EdgeMeters.Add(ref _shared.Meters.Live.SessionsAccepted);
        EdgeMeters.Add(ref _shared.Meters.Live.SessionsNow);
        try
        {
            await session.RunAsync().ConfigureAwait(false);
            LogEnd(session);
            return _signsOn ? session.HasBeenReady : session.FramesIn > 0;
        }
        finally
        {
            _dialed.TryRemove(session, out _);
            EdgeMeters.Add(ref _shared.Meters.Live.SessionsNow, -1);
        }
    }

    // Of one that was not looked at before.
    private bool MayRefuseAnew(Message message) => Arrive(message) == RequestArrival.First && MayRefuse(message);

    // Null: it may not come in.
    private RollEntry? TryEnter(ConnectionContext transport)
    {
        long now = _shared.Clock.Ticks;
        var peer = transport.RemoteEndPoint as IPEndPoint;
        if (peer is not null && !_allowed.Allows(peer.Address))
        {
            if (_lines.MaySay(SessionLine.RefusedAddress, peer, now))
            {
                SessionLog.RefusedAddress(_logger, Name, peer);
            }

            EdgeMeters.Add(ref _shared.Meters.Live.SessionsRefusedAddress);
            return null;
        }

        var entry = new RollEntry(peer?.Address ?? IPAddress.None) { End = transport.Abort };
        RollVerdict verdict = _roll.TryEnter(entry, now, out RollEntry? displaced);
        displaced?.End?.Invoke();
        if (verdict == RollVerdict.Entered)
        {
            return entry;
        }

        Refuse(verdict, peer, now);
        return null;
    }

    private void Refuse(RollVerdict verdict, IPEndPoint? peer, long now)
    {
        bool isOverRate = verdict is RollVerdict.OverRate or RollVerdict.AddressOverRate;
        bool maySay = _lines.MaySay(isOverRate ? SessionLine.RefusedRate : SessionLine.RefusedCap, peer, now);
        ref EdgeCounters live = ref _shared.Meters.Live;
        switch (verdict)
        {
            case RollVerdict.OverRate:
                if (maySay)
                {
                    SessionLog.RefusedRate(_logger, Name, peer, _shared.AcquirerArrivals.PerSecond);
                }

                EdgeMeters.Add(ref live.SessionsRefusedRate);
                break;
            case RollVerdict.AddressOverRate:
                if (maySay)
                {
                    SessionLog.RefusedAddressRate(_logger, Name, peer, _limits.PerSecond);
                }

                EdgeMeters.Add(ref live.SessionsRefusedAddressRate);
                break;
            case RollVerdict.AddressFull:
                if (maySay)
                {
                    SessionLog.RefusedAddressCap(_logger, Name, peer, _limits.MaxPerAddress);
                }

                EdgeMeters.Add(ref live.SessionsRefusedAddressCap);
                break;
            default:
                if (maySay)
                {
                    SessionLog.RefusedCap(_logger, Name, peer, _limits.Max);
                }

                EdgeMeters.Add(ref live.SessionsRefusedCap);
                break;
        }
    }

    // Over the rate of its address it waits; one that is gone by then is not served.
    private async Task<bool> HasItsTurnAsync(RollEntry entry, ConnectionContext transport)
    {
        if (entry.Wait == TimeSpan.Zero)
        {
            return true;
        }

        Task turn = Task.Delay(entry.Wait, _shared.Clock.Time, transport.ConnectionClosed);
        EdgeMeters.Add(ref _shared.Meters.Live.SessionsDelayed);
        await turn.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return turn.IsCompletedSuccessfully;
    }

    private bool IsOwn(ConnectionContext transport)
    {
        EndPoint? peer = transport.RemoteEndPoint;
        if (_shared.Own.Accepted(peer, transport.LocalEndPoint, Name) is not { } link)
        {
            return false;
        }

        _shared.Own.Ended(peer, transport.LocalEndPoint);
        if (_lines.MaySay(SessionLine.OwnLink, peer, _shared.Clock.Ticks))
        {
            SessionLog.OwnLink(_logger, Name, link, peer);
        }

        EdgeMeters.Add(ref _shared.Meters.Live.OwnConnections);
        return true;
    }

    private void LogEnd(Session session)
    {
        SessionLine line = session.Cause switch
        {
            EndCause.Failed => SessionLine.Failed,
            EndCause.ClosedByCore => SessionLine.ClosedByCore,
            EndCause.PeerClosed or EndCause.PeerReset or EndCause.Stopping or EndCause.Idle => SessionLine.Ended,
            _ => SessionLine.CutOff,
        };
        if (!_lines.MaySay(line, session.RemoteEndPoint, _shared.Clock.Ticks))
        {
            return;
        }

        switch (line)
        {
            case SessionLine.Failed:
                SessionLog.Failed(_logger, session.Id, Name, session.RemoteEndPoint, session.Failure);
                break;
            case SessionLine.ClosedByCore:
                SessionLog.ClosedByCore(
                    _logger, session.Id, Name, session.RemoteEndPoint, session.CoreReason, session.FramesIn);
                break;
            case SessionLine.Ended:
                SessionLog.Ended(_logger, session.Id, Name, session.RemoteEndPoint, session.Cause, session.FramesIn);
                break;
            default:
                SessionLog.CutOff(_logger, session.Id, Name, session.RemoteEndPoint, session.Cause, session.FramesIn);
                break;
        }
    }
}

/// <summary>Numbers for sessions, over all acquirers; none is used twice while the process lives.</summary>
internal sealed class SessionIds
{
    private int _last;

    public int Next() => Interlocked.Increment(ref _last);
}
