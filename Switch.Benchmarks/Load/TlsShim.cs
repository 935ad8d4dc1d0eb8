using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Switch.Host.Simulators;

namespace Switch.Benchmarks.Load;

/// <summary>
/// Stands between the generator and the switch, and between the switch and the issuers, in a process of its own: so
/// the generator and the issuers speak plain text whatever the switch does. It speaks TLS to the switch, or plain text
/// as well: then the two differ in nothing else.
/// </summary>
internal sealed class TlsShim
{
    public const string Command = "load-tls-shim";

    private const int BufferSize = 64 * 1024;

    private readonly SimulatorTls? _tls;
    private volatile int _switchPort;

    private TlsShim(SimulatorTls? tls) => _tls = tls;

    /// <summary>Arguments: a folder with certificates, or "plain"; then the issuers' ports. Prints the port for the
    /// generator, and one for each issuer. An order "to PORT" names the switch. Ends with standard input.</summary>
    public static async Task RunAsync(string[] arguments)
    {
        var shim = new TlsShim(arguments[0] == "plain" ? null : TlsFiles.Peer(arguments[0]));
        var ports = new List<int> { shim.Listen(shim.ToSwitchAsync) };
        foreach (string issuer in arguments[1..])
        {
            int port = int.Parse(issuer, CultureInfo.InvariantCulture);
            ports.Add(shim.Listen(socket => shim.ToIssuerAsync(socket, port)));
        }

        Console.WriteLine(string.Join(' ', ports));
        while (await Console.In.ReadLineAsync().ConfigureAwait(false) is { } order)
        {
            shim._switchPort = int.Parse(order["to ".Length..], CultureInfo.InvariantCulture);
            Console.WriteLine("done");
        }
    }

    private int Listen(Func<Socket, Task> serve)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(512);
        _ = AcceptAsync(listener, serve);
        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    private static async Task AcceptAsync(Socket listener, Func<Socket, Task> serve)
    {
        while (true)
        {
            Socket socket = await listener.AcceptAsync().ConfigureAwait(false);
            socket.NoDelay = true;
            _ = ServeAsync(socket, serve);
        }
    }

    private static async Task ServeAsync(Socket socket, Func<Socket, Task> serve)
    {
        try
        {
            await serve(socket).ConfigureAwait(false);
        }
        catch (Exception end) when (end is IOException or SocketException)
        {
            // One of the two sides went away.
        }
    }

    private async Task ToSwitchAsync(Socket generator)
    {
        Stream plain = await ConnectAsync(_switchPort).ConfigureAwait(false);
        Stream to = _tls is null
            ? plain : await _tls.ConnectAsync(plain, host: null, CancellationToken.None).ConfigureAwait(false);
        await CarryAsync(new NetworkStream(generator, ownsSocket: true), to).ConfigureAwait(false);
    }

    private async Task ToIssuerAsync(Socket link, int port)
    {
        Stream plain = new NetworkStream(link, ownsSocket: true);
        Stream from = _tls is null
            ? plain : await _tls.AcceptAsync(plain, CancellationToken.None).ConfigureAwait(false);
        await CarryAsync(from, await ConnectAsync(port).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private static async Task<Stream> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port).ConfigureAwait(false);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async Task CarryAsync(Stream left, Stream right)
    {
        await Task.WhenAny(CopyAsync(left, right), CopyAsync(right, left)).ConfigureAwait(false);
        await left.DisposeAsync().ConfigureAwait(false);
        await right.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task CopyAsync(Stream from, Stream to)
    {
        byte[] buffer = new byte[BufferSize];
        for (int count; (count = await from.ReadAsync(buffer).ConfigureAwait(false)) > 0;)
        {
            await to.WriteAsync(buffer.AsMemory(0, count)).ConfigureAwait(false);
        }
    }
}
