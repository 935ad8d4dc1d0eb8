using System.Collections.Concurrent;
using System.Net;

namespace Switch.Host.Connections;

/// <summary>
/// The connections that the switch makes and those that it accepts, so that one which is both is noticed before a byte
/// is read: an issuer's endpoint that leads to one of its own listeners by a name or an address that the configuration
/// does not show. Whichever side comes second sees the other.
/// </summary>
internal sealed class OwnConnections
{
    private readonly ConcurrentDictionary<(IPEndPoint Client, IPEndPoint Server), string> _made = new();
    private readonly ConcurrentDictionary<(IPEndPoint Client, IPEndPoint Server), string> _accepted = new();

    /// <summary>A link has connected. The acquirer whose listener has accepted it, or null; then it is noted.</summary>
    public string? Made(EndPoint? client, EndPoint? server, string link) =>
        Note(_made, _accepted, client, server, link);

    /// <summary>A listener has accepted. The link that has made it, or null; then it is noted.</summary>
    public string? Accepted(EndPoint? client, EndPoint? server, string acquirer) =>
        Note(_accepted, _made, client, server, acquirer);

    /// <summary>A connection has ended, whichever side it was.</summary>
    public void Ended(EndPoint? client, EndPoint? server)
    {
        if (KeyOf(client, server) is { } key)
        {
            _made.TryRemove(key, out _);
            _accepted.TryRemove(key, out _);
        }
    }

    // Noted first and looked for then, so that of two at the same moment one at least sees the other.
    private static string? Note(
        ConcurrentDictionary<(IPEndPoint Client, IPEndPoint Server), string> mine,
        ConcurrentDictionary<(IPEndPoint Client, IPEndPoint Server), string> others, EndPoint? client,
        EndPoint? server, string name)
    {
        if (KeyOf(client, server) is not { } key)
        {
            return null;
        }

        mine[key] = name;
        return others.GetValueOrDefault(key);
    }

    private static (IPEndPoint Client, IPEndPoint Server)? KeyOf(EndPoint? client, EndPoint? server) =>
        client is IPEndPoint from && server is IPEndPoint to ? (Plain(from), Plain(to)) : null;

    // A dual-mode socket reports 10.0.0.1 as ::ffff:10.0.0.1.
    private static IPEndPoint Plain(IPEndPoint endPoint) => endPoint.Address.IsIPv4MappedToIPv6
        ? new IPEndPoint(endPoint.Address.MapToIPv4(), endPoint.Port)
        : endPoint;
}
