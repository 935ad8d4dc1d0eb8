using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Switch.Host.Connections.Tls;

/// <summary>Where TLS is spoken: the mark of a listener, before it has a port that tells it from others.</summary>
internal sealed class TlsEndPoint(IPEndPoint endPoint) : IPEndPoint(endPoint.Address, endPoint.Port);

/// <summary>Two transports as one: that of <see cref="TlsEndPoint"/>s, and that of all others.</summary>
internal sealed class TlsListeners(IConnectionListenerFactory plain, IConnectionListenerFactory secure)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public ValueTask<IConnectionListener> BindAsync(
        EndPoint endpoint, CancellationToken cancellationToken = default) =>
        (endpoint is TlsEndPoint ? secure : plain).BindAsync(endpoint, cancellationToken);

    public bool CanBind(EndPoint endpoint) =>
        plain is not IConnectionListenerFactorySelector selector || selector.CanBind(endpoint);
}
