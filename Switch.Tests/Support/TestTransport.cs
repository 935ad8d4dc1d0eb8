using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Connections.Epoll;

namespace Switch.Tests.Support;

/// <summary>
/// Which transport tests run on: <c>SWITCH_TEST_TRANSPORT</c> (Sockets or Epoll) runs them all on it, otherwise it is
/// the product's default.
/// </summary>
internal static class TestTransport
{
    public static EdgeTransport Kind { get; } =
        Environment.GetEnvironmentVariable("SWITCH_TEST_TRANSPORT") is { Length: > 0 } name
            ? Enum.Parse<EdgeTransport>(name) : new EdgeOptions().Transport;

    /// <summary>The one that most tests do not run on.</summary>
    public static EdgeTransport Other => Kind == EdgeTransport.Epoll ? EdgeTransport.Sockets : EdgeTransport.Epoll;

    public static ITransport Create(EdgeTransport? kind = null) => (kind ?? Kind) == EdgeTransport.Epoll
        ? new EpollTransport(reactors: 1) : new SocketsTransport(NullLoggerFactory.Instance);
}

/// <summary>A transport that shows each connected socket before it is opened.</summary>
internal sealed class WatchedTransport(ITransport inner, Action<Socket>? atOpen) : ITransport
{
    public Action? OnNoDescriptor { get; set; }

    public IConnectionListenerFactory Listeners(Func<EndPoint, Socket> bind) => inner.Listeners(bind);

    public Task<Socket> ConnectAsync(EndPoint endPoint, CancellationToken stop) =>
        inner.ConnectAsync(endPoint, stop);

    public ConnectionContext Open(Socket connected)
    {
        atOpen?.Invoke(connected);
        return inner.Open(connected);
    }

    public void Dispose()
    {
    }
}
