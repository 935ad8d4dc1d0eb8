using System.Net;
using Microsoft.Extensions.Logging;
using Switch.Host.Acquirers;
using Switch.Host.Admin;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Connections.Epoll;
using Switch.Host.Issuers;
using Switch.Protocol.Framing;

namespace Switch.Host.Server;

/// <summary>What its connections are made of: transport, listeners and links, as they are configured.</summary>
internal sealed partial class SwitchServer
{
    private static ITransport TransportOf(EdgeOptions edge, ILoggerFactory loggers) =>
        edge.Transport == EdgeTransport.Epoll
            ? new EpollTransport(edge.Reactors) : new SocketsTransport(loggers);

    private AcceptGate NewGate()
    {
        DescriptorBudget budget = DescriptorBudget.Require(_options, Descriptors.RaiseLimit());
        var lines = new LineBudget<int>();
        return new AcceptGate(budget.ConnectionsMax, budget.DescriptorMax)
        {
            OnPaused = open =>
            {
                EdgeMeters.Add(ref _meters.Live.AcceptPauses);
                if (lines.TrySpend(0, _clock.Ticks, out _))
                {
                    SessionLog.AcceptPaused(_logger, open);
                }
            },
        };
    }

    private AcquirerServer ServerOf(SwitchOptions options, AcceptGate gate)
    {
        var ids = new SessionIds();
        ILogger<AcquirerListener> logger = _loggers.CreateLogger<AcquirerListener>();
        var listeners = new List<(AcquirerListener, IPEndPoint)>();
        var dialed = new List<AcquirerListener>();
        var dialers = new List<AcquirerDialer>();
        for (int index = 0; index < options.Acquirers.Count; index++)
        {
            AcquirerOptions acquirer = options.Acquirers[index];
            var listener = new AcquirerListener(
                index, acquirer, _configuration.Core.Acquirers[index], options.Limits,
                FormatOf(acquirer.Framing, acquirer.Header), _shared.Cards!, ids, _shared, logger)
            {
                Tls = _doors.OfAcquirer(index),
                Mac = _macs.OfAcquirer(index),
            };
            if (acquirer.Connect.Count == 0)
            {
                listeners.Add((listener, ListenPointOf(acquirer.Listen)));
                continue;
            }

            dialed.Add(listener);
            dialers.AddRange(acquirer.Connect.SelectMany(
                place => Enumerable.Range(0, acquirer.Connections).Select(
                    _ => DialerOf(listener, acquirer, place, logger))));
        }

        var others = new AcquirerServer.OtherWays
        {
            Doors = [.. options.Issuers.Index().Where(static one => one.Item.Listen is not null).Select(
                one => ((IDoor)DoorOf(one.Index), ListenPointOf(one.Item.Listen!)))],
            Dialers = dialers,
            Dialed = dialed,
        };
        return new AcquirerServer(listeners, _transport, _loggers, gate, _doors.Transport, others);
    }

    private AcquirerDialer DialerOf(
        AcquirerListener listener, AcquirerOptions acquirer, string place, ILogger logger)
    {
        if (!HostPort.TryParse(place, out string? host, out int port))
        {
            throw new InvalidOperationException($"Connect '{place}' passed validation but cannot be parsed.");
        }

        var backoff = new Backoff(acquirer.Reconnect.Min, acquirer.Reconnect.Max, Random.Shared.NextDouble);
        ITransport transport = listener.IsTls ? _doors.Transport : _transport;
        return new AcquirerDialer(listener, host, port, transport, _shared, backoff, logger);
    }

    private IssuerDoor DoorOf(int index)
    {
        IssuerOptions issuer = _options.Issuers[index];
        return new IssuerDoor(
            Links.Where(link => link.Issuer == index), issuer, _configuration.Core.Issuers[index].Dialect,
            FormatOf(issuer.Framing, issuer.Header), LimitsOf(issuer), _shared, _loggers.CreateLogger<Link>())
        {
            Tls = _doors.OfIssuer(index),
            Mac = _macs.OfIssuer(index),
        };
    }

    private ConnectionLimits LimitsOf(IssuerOptions issuer) => new()
    {
        FrameSizeMax = issuer.MaxFrameSize, WriteBufferMax = _options.Limits.ConnectionBufferMax,
    };

    private static IPEndPoint ListenPointOf(string listen) =>
        HostPort.TryParseListen(listen, out IPEndPoint? endPoint)
            ? endPoint
            : throw new InvalidOperationException($"Listen '{listen}' passed validation but cannot be parsed.");

    private Link LinkOf(LinkSettings link, ILogger logger)
    {
        IssuerOptions issuer = _options.Issuers[link.Issuer];
        return new Link(
            link, _configuration.Core.Issuers[link.Issuer].Dialect, FormatOf(issuer.Framing, issuer.Header),
            LimitsOf(issuer), _shared, _doors.OfIssuer(link.Issuer) is null ? _transport : _doors.Transport,
            Random.Shared.NextDouble, logger)
        {
            Name = NameOf(link),
            Tls = _doors.OfIssuer(link.Issuer),
            Mac = _macs.OfIssuer(link.Issuer),
            Issuer = issuer.Name,
        };
    }

    private static AcquirerStatus StatusOf(AcquirerListener called, AcquirerOptions options) =>
        new(called.Name, $"to {string.Join(", ", options.Connect)}")
        {
            Connections = options.Connect.Count * options.Connections,
            ConnectionsOpen = called.DialedNow,
            ConnectionsSignedOn = called.SignedOnNow,
        };

    private IssuerStatus StatusOf(string name, int issuer)
    {
        LinkSettings[] links = [.. Links.Where(link => link.Issuer == issuer)];
        return new IssuerStatus(name, links.Length, links.Count(link => IsLinkReady(link.Id)))
        {
            Counters = _thread?.Issuer(issuer) ?? default,
        };
    }

    /// <summary>As people read it: issuer-a#3 (127.0.0.1:9001).</summary>
    private string NameOf(LinkSettings link) => $"{_options.Issuers[link.Issuer].Name}#{link.Id} ({link})";

    private static FrameFormat FormatOf(string name, string? header) =>
        FrameFormat.TryGet(name, header, out FrameFormat? format, out _)
            ? format
            : throw new InvalidOperationException($"Framing '{name}' passed validation but does not exist.");
}
