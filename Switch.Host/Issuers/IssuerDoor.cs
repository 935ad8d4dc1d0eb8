using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Connections.Tls;
using Switch.Host.Security.Macs;
using Switch.Protocol.Dialects;
using Switch.Protocol.Framing;

namespace Switch.Host.Issuers;

/// <summary>
/// The listener of an issuer that connects to the switch. It has as many links as connections are configured; one that
/// comes takes a free link, and is what <see cref="Link"/> would have made from then on.
/// </summary>
internal sealed class IssuerDoor : IDoor
{
    private readonly Queue<LinkSettings> _free;
    private readonly Dialect _dialect;
    private readonly FrameFormat _format;
    private readonly ConnectionLimits _limits;
    private readonly AddressList _allowed;
    private readonly EdgeShared _shared;
    private readonly ILogger _logger;
    private readonly LineBudget<string> _lines = new(perMinute: 36, perPeer: 12);

    /// <param name="links">Those that connections take.</param>
    /// <param name="options">Of the issuer.</param>
    /// <param name="dialect">What is spoken there.</param>
    /// <param name="format">How it is framed.</param>
    /// <param name="limits">Bounds of each connection.</param>
    /// <param name="shared">What all connections share.</param>
    /// <param name="logger">State changes only.</param>
    public IssuerDoor(
        IEnumerable<LinkSettings> links, IssuerOptions options, Dialect dialect, FrameFormat format,
        ConnectionLimits limits, EdgeShared shared, ILogger logger)
    {
        _free = new Queue<LinkSettings>(links);
        Issuer = options.Name;
        _allowed = new AddressList(options.AllowFrom);
        _dialect = dialect;
        _format = format;
        _limits = limits;
        _shared = shared;
        _logger = logger;
    }

    /// <summary>The issuer's name.</summary>
    public string Issuer { get; }

    /// <summary>What the issuer is known by; null: it speaks plain text.</summary>
    public TlsParty? Tls { get; init; }

    /// <summary>The MACs of its messages; null: they have none.</summary>
    public PartnerMac? Mac { get; init; }

    public string Title => $"Issuer {Issuer}";

    public bool IsTls => Tls is not null;

    public async Task OnConnectionAsync(ConnectionContext transport)
    {
        EndPoint? peer = transport.RemoteEndPoint;
        try
        {
            if (peer is IPEndPoint address && !_allowed.Allows(address.Address))
            {
                Refuse(transport, "its address is not in AllowFrom");
            }
            else if (!MayCome(peer))
            {
                Refuse(transport, "more connections came to issuers' listeners than Limits:ConnectionsPerSecond");
            }
            else if (_shared.Own.Accepted(peer, transport.LocalEndPoint, Issuer) is { } own)
            {
                Refuse(transport, $"it is this switch's own connection {own}");
            }
            else if (Tls is null)
            {
                await ServeAsync(transport).ConfigureAwait(false);
            }
            else
            {
                await SecureAsync(transport, Tls).ConfigureAwait(false);
            }
        }
        finally
        {
            _shared.Own.Ended(peer, transport.LocalEndPoint);
        }
    }

    private bool MayCome(EndPoint? peer)
    {
        IPAddress address = (peer as IPEndPoint)?.Address ?? IPAddress.None;
        return _shared.IssuerArrivals.TryTake(PeerAddress.KeyOf(address), _shared.Clock.Ticks);
    }

    // A link is taken only by a peer that has shown that it is the issuer.
    private async Task SecureAsync(ConnectionContext transport, TlsParty party)
    {
        TlsOutcome outcome = await party.AcceptAsync(transport).ConfigureAwait(false);
        if (outcome.Connection is not { } secure)
        {
            await transport.Transport.Output.CompleteAsync().ConfigureAwait(false);
            Refuse(transport, $"TLS refused ({outcome.Refusal}): {outcome.Detail}");
            party.Count(outcome.Refusal);
            return;
        }

        await using (secure.ConfigureAwait(false))
        {
            await ServeAsync(secure).ConfigureAwait(false);
        }
    }

    private async Task ServeAsync(ConnectionContext transport)
    {
        if (Take() is not { } link)
        {
            Refuse(transport, "as many connections as configured are open");
            return;
        }

        string name = $"{Issuer}#{link.Id}";
        RefusalSource trace = _shared.Trace.Of("issuer", Issuer, $"link {name}");
        var connection = new LinkConnection(link.Id, _dialect, _format, _limits, transport, _shared, trace)
        {
            Mac = Mac,
        };
        if (transport is TlsConnection secure)
        {
            Tls!.Serve(secure, () => connection.Abort(EndCause.Withdrawn));
        }

        if (MaySay(nameof(LinkLog.Came)))
        {
            LinkLog.Came(_logger, name, transport.RemoteEndPoint);
        }

        _shared.Heartbeat.Watch(connection);
        EdgeMeters.Add(ref _shared.Meters.Live.LinkConnects);
        try
        {
            await connection.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            Give(link);
        }

        if (connection.Cause != EndCause.Stopping)
        {
            if (MaySay(nameof(LinkLog.Went)))
            {
                LinkLog.Went(_logger, name, transport.RemoteEndPoint, connection.Cause, connection.FramesIn);
            }

            EdgeMeters.Add(ref _shared.Meters.Live.LinkLosses);
        }
    }

    private LinkSettings? Take()
    {
        lock (_free)
        {
            return _free.TryDequeue(out LinkSettings? link) ? link : null;
        }
    }

    private void Give(LinkSettings link)
    {
        lock (_free)
        {
            _free.Enqueue(link);
        }
    }

    private void Refuse(ConnectionContext transport, string why)
    {
        transport.Abort();
        if (MaySay(nameof(LinkLog.Refused)))
        {
            LinkLog.Refused(_logger, Issuer, transport.RemoteEndPoint, why);
        }

        EdgeMeters.Add(ref _shared.Meters.Live.LinkConnectFailures);
    }

    private bool MaySay(string line)
    {
        bool maySay = _lines.TrySpend(line, _shared.Clock.Ticks, out LinesLeftOut left);
        if (left.Count > 0)
        {
            LinkLog.LeftOut(_logger, Issuer, left.Count, left.Most);
        }

        if (!maySay)
        {
            EdgeMeters.Add(ref _shared.Meters.Live.IncidentsNotLogged);
        }

        return maySay;
    }
}
