using System.Net.Sockets;

namespace Switch.Host.Commands.Common;

/// <summary>HTTP through a Unix socket.</summary>
internal static class SocketHttp
{
    /// <param name="path">Of the socket.</param>
    public static HttpClient Through(string path) =>
        new(HandlerOf(path)) { BaseAddress = new Uri("http://localhost") };

    /// <inheritdoc cref="Through"/>
    public static SocketsHttpHandler HandlerOf(string path) =>
        new() { ConnectCallback = (_, stop) => ConnectAsync(path, stop) };

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken stop)
    {
        var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(path), stop).ConfigureAwait(false);
            return new NetworkStream(connection, ownsSocket: true);
        }
        catch (Exception)
        {
            connection.Dispose();
            throw;
        }
    }
}
