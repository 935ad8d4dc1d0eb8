using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Switch.Host.Admin.Access;

/// <summary>Through which listener a connection came in.</summary>
internal enum AdminEntrance
{
    /// <summary>TCP, for the console and other machines.</summary>
    Network,

    /// <summary>The Unix socket of the command line.</summary>
    Socket,

    /// <summary>Health and metrics alone.</summary>
    Metrics,
}

/// <summary>What is known of a connection before its first request.</summary>
internal static class AdminDoors
{
    private static readonly object EntranceKey = new();
    private static readonly object PeerKey = new();

    /// <summary>At the start of a connection.</summary>
    public static void Mark(ConnectionContext connection, AdminEntrance entrance)
    {
        connection.Items[EntranceKey] = entrance;
        if (entrance == AdminEntrance.Socket
            && LocalPeer.TryOf(connection.Features.Get<IConnectionSocketFeature>()?.Socket, out LocalPeer peer))
        {
            connection.Items[PeerKey] = peer;
        }
    }

    public static AdminEntrance EntranceOf(HttpContext context) =>
        ItemsOf(context).TryGetValue(EntranceKey, out object? entrance)
            ? (AdminEntrance)entrance! : AdminEntrance.Network;

    /// <summary>The process at the other end; null: it is not on the socket.</summary>
    public static LocalPeer? PeerOf(HttpContext context) =>
        ItemsOf(context).TryGetValue(PeerKey, out object? peer) ? (LocalPeer)peer! : null;

    private static IDictionary<object, object?> ItemsOf(HttpContext context) =>
        context.Features.GetRequiredFeature<IConnectionItemsFeature>().Items;
}
