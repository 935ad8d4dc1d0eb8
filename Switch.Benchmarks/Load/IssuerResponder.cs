using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Switch.Benchmarks.Load;

/// <summary>
/// The issuers of a load run, in a process of their own: one thread, any number of listeners, an answer to everything
/// at once, and a book of it. The last two listeners speak the acquirer's dialect: one for the generator without a
/// switch between, one for the byte proxy, whose frames begin with an id that is sent back.
/// </summary>
internal sealed class IssuerResponder : IDisposable
{
    public const string Command = "load-issuer";

    // A look at the orders this often: nothing waits for it.
    private const long PatienceNs = 50_000_000;

    private readonly Epoll _epoll = new();
    private readonly List<Listener> _listeners = [];
    private readonly List<Accepted?> _connections = [];
    private readonly ResponderBook _book = new();
    private readonly byte[] _in = new byte[LeanConnection.BufferSize];
    private readonly byte[] _out = new byte[LeanConnection.BufferSize * 2];
    private volatile string? _order;

    /// <summary>
    /// Arguments: the dialect of each issuer in turn, then the acquirer's. Prints a line with the ports; obeys
    /// <c>save FILE</c>, <c>silent</c>, <c>speak</c> and <c>pace RATE MILLISECONDS</c> on standard input, and ends with
    /// it.
    /// </summary>
    public static void Run(ReadOnlySpan<string> arguments)
    {
        using var responder = new IssuerResponder();
        foreach (string dialect in arguments)
        {
            responder.Listen(WireShape.Of(dialect), headerSize: 0);
        }

        responder.Listen(WireShape.Of(arguments[^1]), ByteProxy.IdSize);
        Console.WriteLine(string.Join(' ', responder._listeners.Select(listener => listener.Port)));
        var thread = new Thread(responder.Serve) { Name = "issuers", IsBackground = true };
        thread.Start();
        while (Console.ReadLine() is { } order)
        {
            responder._order = order;
        }
    }

    public void Dispose() => _epoll.Dispose();

    private void Listen(WireShape shape, int headerSize)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(1_024);
        int port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        _listeners.Add(new Listener(socket, port, new IssuerReply(shape, _book), headerSize));
        _epoll.Watch(socket, Epoll.In, -_listeners.Count);
    }

    private void Serve()
    {
        bool isSilent = false;
        while (true)
        {
            int count = _epoll.Wait(RestNs());
            for (int i = 0; i < count; i++)
            {
                int tag = _epoll.TagOf(i);
                if (tag < 0)
                {
                    Accept(_listeners[-tag - 1]);
                }
                else if (_connections[tag] is { } connection)
                {
                    if ((_epoll.FlagsOf(i) & Epoll.Out) != 0)
                    {
                        connection.OnWritable();
                    }

                    Answer(connection, tag, isSilent);
                }
            }

            foreach (Listener listener in _listeners)
            {
                listener.Pace.Send(Stopwatch.GetTimestamp());
            }

            if (_order is { } order)
            {
                _order = null;
                isSilent = order == "silent";
                if (order.StartsWith("save ", StringComparison.Ordinal))
                {
                    _book.Save(order[5..]);
                }
                else if (order.StartsWith("pace ", StringComparison.Ordinal))
                {
                    SetPace(order.Split(' '));
                }

                Console.WriteLine("done");
            }
        }
    }

    private void SetPace(string[] words)
    {
        foreach (Listener listener in _listeners)
        {
            listener.Pace.Set(
                int.Parse(words[1], CultureInfo.InvariantCulture), int.Parse(words[2], CultureInfo.InvariantCulture));
        }
    }

    private long RestNs()
    {
        long due = _listeners.Min(static listener => listener.Pace.NextDue);
        return due == long.MaxValue ? PatienceNs : Math.Clamp(
            (due - Stopwatch.GetTimestamp()) * (1_000_000_000 / Stopwatch.Frequency), 0, PatienceNs);
    }

    private void Accept(Listener listener)
    {
        try
        {
            Socket socket = listener.Socket.Accept();
            socket.Blocking = false;
            socket.NoDelay = true;
            var connection = new Accepted(_epoll, socket, _connections.Count, listener);
            _connections.Add(connection);
            connection.Watch();
        }
        catch (SocketException)
        {
            // Gone again before it was taken.
        }
    }

    private void Answer(Accepted connection, int tag, bool isSilent)
    {
        int received = connection.Receive(_in);
        if (received < 0)
        {
            _epoll.Forget(connection.Socket);
            connection.Socket.Dispose();
            _connections[tag] = null;
            return;
        }

        ReadOnlySpan<byte> left = _in.AsSpan(0, received);
        int size = 0;
        int header = connection.Listener.HeaderSize;
        while (LeanConnection.TryTakeFrame(ref left, out ReadOnlySpan<byte> body))
        {
            Span<byte> into = _out.AsSpan(size);
            int written = connection.Listener.Reply.Write(
                body[header..], into[(LeanConnection.FrameHeaderSize + header)..], isSilent);
            if (written > 0)
            {
                BinaryPrimitives.WriteUInt16BigEndian(into, (ushort)(header + written));
                body[..header].CopyTo(into[LeanConnection.FrameHeaderSize..]);
                int whole = LeanConnection.FrameHeaderSize + header + written;
                if (connection.Listener.Pace.IsOn)
                {
                    connection.Listener.Pace.Hold(connection, into[..whole], Stopwatch.GetTimestamp());
                }
                else
                {
                    size += whole;
                }
            }
        }

        connection.Keep(left);
        if (size > 0)
        {
            connection.Send(_out.AsSpan(0, size));
        }
    }

    private sealed record Listener(Socket Socket, int Port, IssuerReply Reply, int HeaderSize)
    {
        public IssuerPace Pace { get; } = new();
    }

    private sealed class Accepted(Epoll epoll, Socket socket, int tag, Listener listener)
        : LeanConnection(epoll, socket, tag)
    {
        public Listener Listener => listener;
    }
}
