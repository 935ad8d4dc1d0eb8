using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Switch.Benchmarks.Load;

/// <summary>
/// Connections that want nothing but to be there, in a process of their own. They come from other addresses than the
/// good ones, and come again a second after the switch has closed them.
/// </summary>
internal sealed class Crowd : IDisposable
{
    public const string Command = "load-crowd";

    /// <summary>The beginning of a TLS handshake, and nothing more.</summary>
    public const string Handshakes = "handshakes";

    /// <summary>A byte of a frame each second.</summary>
    public const string Drops = "drops";

    private const int Addresses = 4;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);
    private static readonly byte[] HalfHello = MakeHalfHello();

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

    public void Dispose() => _stop.Dispose();

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private void Come(string what, int port, int count)
    {
        for (int i = 0; i < count; i++)
        {
            var from = new IPEndPoint(new IPAddress([127, 0, 0, (byte)(2 + i % Addresses)]), 0);
            _running.Add(StayAsync(what == Handshakes, from, port));
        }
    }

    private async Task GoAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_running).ConfigureAwait(false);
    }

    private async Task StayAsync(bool isHandshake, IPEndPoint from, int port)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.NoDelay = true;
                socket.Bind(from);
                await socket.ConnectAsync(IPAddress.Loopback, port, _stop.Token).ConfigureAwait(false);
                await (isHandshake ? socket.SendAsync(HalfHello, _stop.Token).AsTask() : DropAsync(socket))
                    .ConfigureAwait(false);
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

    /// <summary>A frame of 200 bytes, a byte each second, until the switch closes the connection.</summary>
    private async Task DropAsync(Socket socket)
    {
        byte[] frame = new byte[202];
        BinaryPrimitives.WriteUInt16BigEndian(frame, 200);
        Task end = EndOf(socket);
        for (int sent = 0; sent < frame.Length && !end.IsCompleted; sent++)
        {
            await socket.SendAsync(frame.AsMemory(sent, 1), _stop.Token).ConfigureAwait(false);
            await Task.WhenAny(end, Task.Delay(Rest, _stop.Token)).ConfigureAwait(false);
        }

        await end.ConfigureAwait(false);
    }

    private async Task EndOf(Socket socket)
    {
        byte[] answer = new byte[256];
        while (await socket.ReceiveAsync(answer, _stop.Token).ConfigureAwait(false) > 0)
        {
        }
    }

    // A record that states 200 bytes and has 95: type and length, version 1.2, and 32 bytes of random follow.
    private static byte[] MakeHalfHello()
    {
        byte[] hello = new byte[100];
        ((ReadOnlySpan<byte>)[0x16, 0x03, 0x01, 0x00, 200, 0x01, 0x00, 0x00, 196, 0x03, 0x03]).CopyTo(hello);
        return hello;
    }
}
