using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Switch.Host.Connections;
using Switch.Protocol.Framing;

namespace Switch.Benchmarks.Load;

/// <summary>
/// The least that a switch on Kestrel's sockets can do, in a process of its own: frames go from many connections to a
/// few and back, by an id in front of each. Nothing is parsed, decided or kept. Same writers and same transport
/// settings as the switch's.
/// </summary>
internal sealed class ByteProxy : IDisposable
{
    public const string Command = "load-proxy";

    /// <summary>Bytes in front of a message: the connection it came from.</summary>
    public const int IdSize = 8;

    private const int FrameSizeMax = 8_192;
    private const int WriteBufferMax = 16 * 1024 * 1024;

    private readonly FrameFormat _format = FrameFormat.TryGet("len2", out FrameFormat? format) ? format
        : throw new InvalidOperationException("There is no framing len2.");

    private readonly SwitchClock _clock = new(TimeProvider.System);
    private readonly ConnectionWriter?[] _clients = new ConnectionWriter?[65_536];
    private readonly List<ConnectionWriter> _issuers = [];
    private readonly KestrelServer _server;
    private readonly SocketConnectionContextFactory _transports;
    private int _last;
    private int _port;

    private ByteProxy()
    {
        var options = new KestrelServerOptions();
        options.Listen(new IPEndPoint(IPAddress.Loopback, 0), listen =>
        {
            listen.Run(OnClientAsync);
            Listener = listen;
        });
        var sockets = new SocketTransportOptions
        {
            NoDelay = true, MaxReadBufferSize = 256 * 1024, MaxWriteBufferSize = 64 * 1024,
        };
        _server = new KestrelServer(
            Options.Create(options),
            new SocketTransportFactory(Options.Create(sockets), NullLoggerFactory.Instance),
            NullLoggerFactory.Instance);
        _transports = new SocketConnectionContextFactory(new SocketConnectionFactoryOptions(), NullLogger.Instance);
    }

    private ListenOptions? Listener { get; set; }

    /// <summary>Arguments: the issuer's port, and how many connections to it. Prints its own port; ends with standard
    /// input.</summary>
    public static async Task RunAsync(string[] arguments)
    {
        using var proxy = new ByteProxy();
        proxy._port = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        for (int i = 0; i < int.Parse(arguments[1], CultureInfo.InvariantCulture); i++)
        {
            await proxy.ConnectAsync().ConfigureAwait(false);
        }

        await proxy._server.StartAsync(new NoHttp(), CancellationToken.None).ConfigureAwait(false);
        Console.WriteLine(proxy.Listener!.IPEndPoint!.Port);
        while (await Console.In.ReadLineAsync().ConfigureAwait(false) is not null)
        {
        }
    }

    public void Dispose()
    {
        _server.Dispose();
        _transports.Dispose();
    }

    private async Task ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _port)).ConfigureAwait(false);
        ConnectionContext transport = _transports.Create(socket);
        var writer = new ConnectionWriter(_format, WriteBufferMax, _clock);
        _issuers.Add(writer);
        _ = CarryAsync(transport, writer, new Leg(this, null, 0));
    }

    private Task OnClientAsync(ConnectionContext transport)
    {
        int id = Interlocked.Increment(ref _last) % _clients.Length;
        var writer = new ConnectionWriter(_format, WriteBufferMax, _clock);
        _clients[id] = writer;
        return CarryAsync(transport, writer, new Leg(this, _issuers[id % _issuers.Count], id));
    }

    private async Task CarryAsync(ConnectionContext transport, ConnectionWriter writer, Leg leg)
    {
        Task writing = writer.RunAsync(transport.Transport.Output);
        PipeReader input = transport.Transport.Input;
        while (true)
        {
            ReadResult read = await input.ReadAsync().ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = read.Buffer;
            leg.Forward(ref buffer);
            input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        writer.Complete();
        await writing.ConfigureAwait(false);
        await transport.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>One direction of one connection: to its issuer, or to whom each frame names.</summary>
    private sealed class Leg(ByteProxy proxy, ConnectionWriter? issuer, int id)
    {
        private readonly byte[] _frame = new byte[FrameSizeMax];
        private readonly List<ConnectionWriter> _dirty = [];

        public void Forward(ref ReadOnlySequence<byte> buffer)
        {
            while (proxy._format.TryDecode(ref buffer, FrameSizeMax, out ReadOnlySequence<byte> frame)
                == FrameStatus.Complete)
            {
                frame.CopyTo(_frame);
                ConnectionWriter? to = issuer;
                if (to is null)
                {
                    to = proxy._clients[BinaryPrimitives.ReadInt32BigEndian(_frame)]!;
                }
                else
                {
                    BinaryPrimitives.WriteInt32BigEndian(_frame, id);
                }

                to.Append(_frame.AsSpan(0, (int)frame.Length));
                if (!_dirty.Contains(to))
                {
                    _dirty.Add(to);
                }
            }

            foreach (ConnectionWriter writer in _dirty)
            {
                writer.Flush();
            }

            _dirty.Clear();
        }
    }

    private sealed class NoHttp : IHttpApplication<object>
    {
        public object CreateContext(IFeatureCollection contextFeatures) => this;

        public Task ProcessRequestAsync(object context) => Task.CompletedTask;

        public void DisposeContext(object context, Exception? exception)
        {
        }
    }
}
