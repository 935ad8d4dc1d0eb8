using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Switch.Host.Simulators;
using Switch.Protocol.Fields;

namespace Switch.Benchmarks.Load;

/// <summary>
/// Sends acquirers' advices in batches, each when the one before was answered. The number of an advice is its DE 37.
/// </summary>
internal sealed class AdviceFeeder(string dialect, int port, int total)
{
    private const int Batch = 250;
    private const int StanMax = 999_999;
    private const int Cards = 500_000;

    private readonly WireShape _shape = WireShape.Of(dialect);
    private int _next;
    private int _taken;

    /// <summary>Advices that were answered with 00.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Sends all of them over so many connections; throws when one is not taken.</summary>
    public void Run(int connections)
    {
        Exception? failure = null;
        Thread[] threads =
        [
            .. Enumerable.Range(1, connections).Select(terminal => new Thread(() =>
            {
                try
                {
                    Feed(terminal);
                }
                catch (Exception exception)
                {
                    failure = exception;
                }
            })),
        ];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        if (failure is not null)
        {
            throw new InvalidOperationException($"After {Taken} advices one was not taken.", failure);
        }
    }

    private void Feed(int terminal)
    {
        MessageTemplate template = MessageTemplate.Advice(_shape);
        var places = new FieldPlaces();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true, ReceiveTimeout = 60_000,
        };
        socket.Connect(IPAddress.Loopback, port);
        byte[] bytes = new byte[LeanConnection.BufferSize];
        while (true)
        {
            int from = Interlocked.Add(ref _next, Batch) - Batch;
            int count = Math.Min(Batch, total - from);
            if (count <= 0)
            {
                return;
            }

            long time = long.Parse(
                DateTime.UtcNow.ToString("MMddHHmmss", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            int size = 0;
            for (int number = from; number < from + count; number++)
            {
                long card = long.Parse(TestCards.Make("400000", number % Cards), CultureInfo.InvariantCulture);
                var facts = new MessageFacts(
                    card, LoadMix.AmountOf(number), time, 1 + (number % StanMax), number, terminal);
                size += template.Write(bytes.AsSpan(size), facts);
            }

            socket.Send(bytes.AsSpan(0, size));
            Await(socket, bytes, places, count);
        }
    }

    private void Await(Socket socket, byte[] bytes, FieldPlaces places, int count)
    {
        int filled = 0;
        while (count > 0)
        {
            int received = socket.Receive(bytes.AsSpan(filled));
            if (received == 0)
            {
                throw new IOException("The switch closed the connection.");
            }

            filled += received;
            ReadOnlySpan<byte> left = bytes.AsSpan(0, filled);
            while (LeanConnection.TryTakeFrame(ref left, out ReadOnlySpan<byte> answer))
            {
                if (!_shape.TryIndex(answer, places)
                    || !answer.Slice(places.StartOf(Field.ResponseCode), 2).SequenceEqual("00"u8))
                {
                    throw new InvalidDataException($"An advice was answered {Convert.ToHexString(answer)}.");
                }

                count--;
                Interlocked.Increment(ref _taken);
            }

            left.CopyTo(bytes);
            filled = left.Length;
        }
    }
}
