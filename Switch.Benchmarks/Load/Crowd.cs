using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Switch.Benchmarks.Load;

/// <summary>
/// Connections that want nothing but to be there, in a process of their own. They come from other addresses than the
/// good ones, and come again a second after the switch has closed them.
/// </summary>
internal sealed class Crowd : IDisposable
{
    public const string Command = "load-crowd";

    /// <summary>Half of the first record of a TLS handshake, and nothing more.</summary>
    public const string Halves = "halves";

    /// <summary>The first record of a TLS handshake, which has the switch compute, and nothing more.</summary>
    public const string Hellos = "hellos";

    /// <summary>A byte of a frame each second.</summary>
    public const string Drops = "drops";

    private const int Addresses = 4;
    private const byte FirstAddress = 2;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);
    private static readonly byte[] Hello = MakeHello();

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];

    /// <summary>Orders: what, a port and how many connections; "none". Ends with standard input.</summary>
    public static async Task RunAsync()
    {
        var crowd = new Crowd();
        while (await Console.In.ReadLineAsync().ConfigureAwait(false) is { } order)
        {
            await crowd.GoAsync().ConfigureAwait(false);
            crowd.Dispose();
            crowd = new Crowd();
            if (order.Split(' ') is [var what, var port, var count])
            {
                crowd.Come(what, Number(port), Number(count));
            }

            Console.WriteLine("done");
        }
    }

    /// <summary>One of those that it comes from.</summary>
    public static IPAddress Address { get; } = AddressOf(0);

    public void Dispose() => _stop.Dispose();

    private static IPAddress AddressOf(int index) => new([127, 0, 0, (byte)(FirstAddress + index % Addresses)]);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private void Come(string what, int port, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _running.Add(StayAsync(what, new IPEndPoint(AddressOf(i), 0), port));
        }
    }

    private async Task GoAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_running).ConfigureAwait(false);
    }

    private async Task StayAsync(string what, IPEndPoint from, int port)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.NoDelay = true;
                socket.Bind(from);
                await socket.ConnectAsync(IPAddress.Loopback, port, _stop.Token).ConfigureAwait(false);
                await (what == Drops ? DropAsync(socket) : HelloAsync(socket, what == Halves)).ConfigureAwait(false);
                await EndOf(socket).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                // The switch closed it.
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(Rest, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Task<int> HelloAsync(Socket socket, bool isHalf) =>
        socket.SendAsync(isHalf ? Hello.AsMemory(0, Hello.Length / 2) : Hello, _stop.Token).AsTask();

    private async Task DropAsync(Socket socket)
    {
        // Both are waited for: a byte that cannot be sent must not leave the other's end unseen.
        Task end = EndOf(socket);
        await Task.WhenAll(end, SendDropsAsync(socket, end)).ConfigureAwait(false);
    }

    /// <summary>A frame of 200 bytes, a byte each second, until the switch closes the connection.</summary>
    private async Task SendDropsAsync(Socket socket, Task end)
    {
        byte[] frame = new byte[202];
        BinaryPrimitives.WriteUInt16BigEndian(frame, 200);
        for (int sent = 0; sent < frame.Length && !end.IsCompleted; sent++)
        {
            await socket.SendAsync(frame.AsMemory(sent, 1), _stop.Token).ConfigureAwait(false);
            await Task.WhenAny(end, Task.Delay(Rest, _stop.Token)).ConfigureAwait(false);
        }
    }

    private async Task EndOf(Socket socket)
    {
        byte[] answer = new byte[256];
        while (await socket.ReceiveAsync(answer, _stop.Token).ConfigureAwait(false) > 0)
        {
        }
    }

    // What the platform's client sends first. Each of a crowd sends the same.
    private static byte[] MakeHello()
    {
        var sent = new MemoryStream();
        using var tls = new SslStream(new FirstWrite(sent));
        try
        {
            tls.AuthenticateAsClient("127.0.0.1");
        }
        catch (IOException)
        {
            // Nothing answers.
        }

        return sent.ToArray();
    }

    /// <summary>Keeps what is written, and is at its end for who reads.</summary>
    private sealed class FirstWrite(MemoryStream sent) : MemoryStream
    {
        public override int Read(Span<byte> buffer) => 0;

        public override void Write(ReadOnlySpan<byte> buffer) => sent.Write(buffer);

        public override void Write(byte[] buffer, int offset, int count) => sent.Write(buffer, offset, count);
    }
}
