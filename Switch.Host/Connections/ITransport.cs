using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Switch.Host.Connections;

/// <summary>
/// Where connections come from, and what moves their bytes. Sessions and links see pipes, and know nothing else of it.
/// </summary>
internal interface ITransport : IDisposable
{
    /// <summary>Called when accepting stops for a while, because no descriptor is left.</summary>
    Action? OnNoDescriptor { get; set; }

    /// <param name="bind">Makes the socket of a listener.</param>
    IConnectionListenerFactory Listeners(Func<EndPoint, Socket> bind);

    /// <summary>Connects to an address or a host's name, without a time limit of its own.</summary>
    Task<Socket> ConnectAsync(EndPoint endPoint, CancellationToken stop);

    /// <summary>Makes pipes of what <see cref="ConnectAsync"/> gave; the socket is the connection's then.</summary>
    ConnectionContext Open(Socket connected);
}
