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

    private List<(AcquirerListener Listener, IPEndPoint EndPoint)> ListenersOf(SwitchOptions options)
    {
        var ids = new SessionIds();
        ILogger<AcquirerListener> logger = _loggers.CreateLogger<AcquirerListener>();
        var listeners = new List<(AcquirerListener, IPEndPoint)>();
        foreach (AcquirerOptions acquirer in options.Acquirers)
        {
            if (!HostPort.TryParseListen(acquirer.Listen, out IPEndPoint? endPoint))
            {
                throw new InvalidOperationException(
                    $"Listen '{acquirer.Listen}' passed validation but cannot be parsed.");
            }

            int index = listeners.Count;
            var listener = new AcquirerListener(
                index, acquirer, _configuration.Core.Acquirers[index], options.Limits,
                FormatOf(acquirer.Framing, acquirer.Header), _shared.Cards!, ids, _shared, logger)
            {
                Tls = _doors.OfAcquirer(index),
            };
            listeners.Add((listener, endPoint));
        }

        return listeners;
    }

    private Link LinkOf(LinkSettings link, ILogger logger)
    {
        IssuerOptions issuer = _options.Issuers[link.Issuer];
        var limits = new ConnectionLimits
        {
            FrameSizeMax = issuer.MaxFrameSize, WriteBufferMax = _options.Limits.ConnectionBufferMax,
        };
        return new Link(
            link, _configuration.Core.Issuers[link.Issuer].Dialect, FormatOf(issuer.Framing, issuer.Header), limits,
            _shared, _doors.OfIssuer(link.Issuer) is null ? _transport : _doors.Transport, Random.Shared.NextDouble,
            logger)
        {
            Name = NameOf(link),
            Tls = _doors.OfIssuer(link.Issuer),
            Issuer = issuer.Name,
        };
    }

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
