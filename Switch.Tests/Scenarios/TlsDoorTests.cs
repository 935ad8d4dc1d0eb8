using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Switch.Host.Configuration;
using Switch.Host.Connections.Tls;
using Switch.Host.Security.Tls;
using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Goal: a peer that does not end its handshake, or speaks something else, costs others nothing. Method: whole switches
/// and hundreds of sockets; what is asserted are counts, and that payments of others go on.
/// </summary>
public sealed class TlsDoorTests : IDisposable
{
    private const string Elsewhere = "127.0.0.2";

    private readonly TestPki _pki = new();
    private readonly List<Socket> _sockets = [];

    public void Dispose()
    {
        _sockets.ForEach(static socket => socket.Dispose());
        _pki.Dispose();
    }

    /// <summary>They send half of their first record, which costs a connection and no more.</summary>
    [Theory]
    [InlineData("Epoll")]
    [InlineData("Sockets")]
    public async Task Handshakes_AThousandHalfOpen_AreBoundedAndKeepNeitherPaymentsNorNewcomersOut(string transport)
    {
        const int Count = 1_000;
        await using Rig rig = await StartAsync(transport);
        TlsParty party = rig.Server.Doors.OfAcquirer(0)!;
        Handshakes handshakes = rig.Server.Doors.Handshakes;
        await using ScriptedAcquirer acquirer = await ConnectAsync(rig);
        byte[] half = (await HelloAsync())[..100];
        for (int i = 0; i < Count; i++)
        {
            await SendAsync(await OpenAsync(rig, Elsewhere), half);
        }

        await UntilAsync(() => Sum(party) + handshakes.Hellos == Count);
        await using ScriptedAcquirer next = await ConnectAsync(rig);
        Assert.Equal(810, (await next.AskAsync(Echo())).Mti);
        for (int i = 0; i < 50; i++)
        {
            acquirer.Send(Purchases.Authorization());
            (await rig.Primary.NextAsync()).Answer();
            Assert.Equal("00", (await acquirer.NextAsync())[39]);
            Assert.InRange(handshakes.Hellos, 0, Handshakes.HellosMaxOfOne);
        }

        _sockets.ForEach(static socket => socket.Dispose());
        await UntilAsync(() => Sum(party) == Count);
        Assert.Equal((2, 0, 0), (party.Completed, handshakes.Now, handshakes.Hellos));
    }

    /// <summary>They send a whole hello, so that the switch computes for them, and then nothing.</summary>
    [Theory]
    [InlineData("Epoll")]
    [InlineData("Sockets")]
    public async Task Handshakes_AllPlacesTakenByOneAddress_AnotherGetsOne(string transport)
    {
        const int Count = Handshakes.MaxOfOne + 16; // Each is computed for, at a low priority.
        await using Rig rig = await StartAsync(transport, clock: new WatchedTimeProvider());
        using var leaving = new Leaving(_sockets); // No time passes, in which the switch would end them.
        TlsParty party = rig.Server.Doors.OfAcquirer(0)!;
        Handshakes handshakes = rig.Server.Doors.Handshakes;
        byte[] hello = await HelloAsync();
        for (int i = 0; i < Count; i++)
        {
            await SendAsync(await OpenAsync(rig, Elsewhere), hello);
        }

        // Also computed for: one that waits for a processor keeps its place, and the newcomer would find none.
        await UntilAsync(() => handshakes is { Hellos: 0, Waiting: Handshakes.MaxOfOne }
            && Sum(party) == Count - Handshakes.MaxOfOne);
        await using ScriptedAcquirer next = await ConnectAsync(rig);

        Assert.Equal(810, (await next.AskAsync(Echo())).Mti);
        Assert.Equal(1, party.Completed);
        await UntilAsync(() => party.Refused(TlsRefusal.Displaced) > 0);
    }

    /// <summary>At one listener stand many who do not end their handshakes.</summary>
    [Fact]
    public async Task Handshakes_HalfOpenAtOneListener_KeepNeitherAnotherOutNorAnIssuer()
    {
        SimulatorTls peer = _pki.Peer(_pki.Issue(new CertificatePlan { Use = null }));
        await using Rig rig = await StartAsync("Epoll", change: null, options =>
        {
            options.Acquirers.Add(new AcquirerOptions
            {
                Name = "other", Listen = "127.0.0.1:0", Tls = TestPki.Options(),
            });
            options.Issuers[0].Tls = TestPki.Options();
        }, peer.AcceptAsync);
        TlsParty party = rig.Server.Doors.OfAcquirer(0)!;
        byte[] hello = await HelloAsync();
        for (int i = 0; i < 2 * Handshakes.MaxOfOne; i++)
        {
            await SendAsync(await OpenAsync(rig), hello);
        }

        await UntilAsync(() => Sum(party) + rig.Server.Doors.Handshakes.Now == 2 * Handshakes.MaxOfOne);
        await using ScriptedAcquirer other = await ScriptedAcquirer.ConnectAsync(
            rig.Server.AcquirerEndPoints["other"], Rig.AcquirerDialect,
            (plain, stop) => peer.ConnectAsync(plain, null, stop));
        Assert.Equal(810, (await other.AskAsync(Echo())).Mti);
        rig.Primary.Reset();
        await rig.UntilReadyAsync(isPrimary: true, isStandby: false);
        Assert.Equal(0, rig.Server.Doors.OfIssuer(0)!.Refused(TlsRefusal.TooMany));
    }

    [Fact]
    public async Task Handshake_BeganAndNotEnded_IsRefusedInTime()
    {
        await using Rig rig = await StartAsync("Epoll");
        Socket socket = await OpenAsync(rig);
        socket.Send([22, 3, 1, 2, 0, 1]); // A record that promises 512 bytes.

        Assert.Equal(0, await socket.ReceiveAsync(new byte[1]).WaitAsync(Rig.Patience));
        await UntilAsync(() => rig.Server.Doors.OfAcquirer(0)!.Refused(TlsRefusal.TimedOut) == 1);
    }

    [Theory]
    [InlineData("Epoll")]
    [InlineData("Sockets")]
    public async Task Acquirer_SpeaksPlainText_IsRefusedAsThat(string transport)
    {
        await using Rig rig = await StartAsync(transport);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(Purchases.Authorization());

        await acquirer.Closed;
        await UntilAsync(() => rig.Server.Doors.OfAcquirer(0)!.Refused(TlsRefusal.PlainText) == 1);
        Assert.Equal((0, 0), (rig.Server.EdgeCounters.SessionsAccepted, rig.Counters.Requests));
    }

    [Fact]
    public async Task Acquirer_SpeaksTlsToAPlainListener_IsClosedAsNoFrame()
    {
        await using Rig rig = await Rig.StartAsync(new RigSettings
        {
            Change = static options => options.Acquirers[0].MaxFrameSize = 4_096,
        });
        Socket socket = await OpenAsync(rig);
        await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: false));

        await Assert.ThrowsAnyAsync<Exception>(
            () => tls.AuthenticateAsClientAsync("127.0.0.1").WaitAsync(Rig.Patience));

        await UntilAsync(() => rig.Server.EdgeCounters.FramesOverLimit == 1);
    }

    [Theory]
    [InlineData("1.2", SslProtocols.Tls12, true)]
    [InlineData("1.3", SslProtocols.Tls12, false)]
    [InlineData("1.3", SslProtocols.Tls13, true)]
#pragma warning disable SYSLIB0039, CA5397 // What must be refused.
    [InlineData("1.2", SslProtocols.Tls11, false)]
#pragma warning restore SYSLIB0039, CA5397
    public async Task Version_BelowTheMinimum_IsRefused(string minimum, SslProtocols version, bool isServed)
    {
        await using Rig rig = await StartAsync("Epoll", tls => tls.Minimum = minimum);
        TlsParty party = rig.Server.Doors.OfAcquirer(0)!;
        await using var tls = new SslStream(
            new NetworkStream(await OpenAsync(rig), ownsSocket: false), false,
            static (_, shown, _, _) => shown is not null);

        Task handshake = tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "127.0.0.1",
            EnabledSslProtocols = version,
            ClientCertificates = new X509CertificateCollection { _pki.Issue() },
        });

        if (isServed)
        {
            await handshake.WaitAsync(Rig.Patience);
            await UntilAsync(() => party.Completed == 1);
            Assert.Equal(version, tls.SslProtocol);
        }
        else
        {
            await Assert.ThrowsAnyAsync<Exception>(() => handshake.WaitAsync(Rig.Patience));
            await UntilAsync(() => Sum(party) == 1);
        }
    }

    /// <summary>A session that is resumed would skip the judgement of the peer's certificate.</summary>
    [NeedsFact("openssl")]
    public async Task Session_OfAConnectionBefore_IsNotResumed()
    {
        await using Rig rig = await StartAsync("Epoll");
        foreach (string version in (string[])["-tls1_2", "-tls1_3"])
        {
            string session = Path.Combine(rig.Folder, $"session{version}");
            Assert.Contains("New, TLSv1", await OpenSslAsync(rig, version, "-sess_out", session));

            // Of TLS 1.3 there is no session without a ticket.
            string[] resuming = File.Exists(session) ? ["-sess_in", session] : [];
            string again = await OpenSslAsync(rig, [version, .. resuming]);

            Assert.Contains("New, TLSv1", again);
            Assert.DoesNotContain("Reused, ", again);
        }

        await UntilAsync(() => rig.Server.Doors.OfAcquirer(0)!.Completed == 4);
    }

    // What is no frame has the switch close the connection: until then all that it sends is read.
    private static async Task<string> OpenSslAsync(Rig rig, params string[] options)
    {
        var start = new ProcessStartInfo("openssl")
        {
            WorkingDirectory = rig.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] all =
        [
            "s_client", "-connect", $"{rig.Server.AcquirerEndPoints["acquirer"]}", "-cert", "switch.pem", "-key",
            "switch.key", .. options,
        ];
        Array.ForEach(all, start.ArgumentList.Add);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.BaseStream.WriteAsync(new byte[] { 255, 255 });
        await process.StandardInput.BaseStream.FlushAsync();
        string said = await process.StandardOutput.ReadToEndAsync().WaitAsync(Rig.Patience);
        await process.WaitForExitAsync().WaitAsync(Rig.Patience);
        return said + await errors;
    }

    private static long Sum(TlsParty party) => Enum.GetValues<TlsRefusal>().Sum(party.Refused);

    private static PlainMessage Echo()
    {
        PlainMessage request = Purchases.Authorization();
        return new PlainMessage(800) { [7] = request[7], [11] = request[11], [70] = "301" };
    }

    // Handshakes are computed at a low priority: on a machine that is busy with other things they take their time.
    private static Task UntilAsync(Func<bool> condition) => Rig.UntilAsync(condition, TimeSpan.FromMinutes(5));

    /// <summary>The first record of a client.</summary>
    private static async Task<byte[]> HelloAsync()
    {
        var sent = new MemoryStream();
        await using var tls = new SslStream(new OneWayStream(sent));
        await Assert.ThrowsAnyAsync<IOException>(() => tls.AuthenticateAsClientAsync("127.0.0.1"));
        return sent.ToArray();
    }

    // One that was turned away before it could send is gone.
    private static async Task SendAsync(Socket socket, byte[] bytes)
    {
        try
        {
            await socket.SendAsync(bytes);
        }
        catch (SocketException)
        {
        }
    }

    private async Task<Socket> OpenAsync(Rig rig, string from = "127.0.0.1")
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(rig.Server.AcquirerEndPoints["acquirer"]);
        return socket;
    }

    private async Task<ScriptedAcquirer> ConnectAsync(Rig rig)
    {
        var peer = _pki.Peer(_pki.Issue());
        ScriptedAcquirer acquirer = await rig.ConnectAsync((plain, stop) => peer.ConnectAsync(plain, null, stop));
        long open = rig.Server.EdgeCounters.SessionsNow;
        await UntilAsync(() => rig.Server.EdgeCounters.SessionsNow > open || open > 0);
        return acquirer;
    }

    private Task<Rig> StartAsync(
        string transport, Action<TlsOptions>? change = null, Action<SwitchOptions>? whole = null,
        Func<Stream, CancellationToken, Task<Stream>>? primary = null, TimeProvider? clock = null) =>
        Rig.StartAsync(new RigSettings
        {
            Clock = clock,
            Prepare = folder => _pki.WriteTo(folder),
            SecurePrimary = primary,
            Change = options =>
            {
                options.Edge.Transport = Enum.Parse<EdgeTransport>(transport);
                options.Edge.Reactors = transport == "Epoll" ? 0 : 1;
                options.Acquirers[0].Tls = TestPki.Options();
                options.Acquirers[0].MaxConnections = 2_000;
                options.Acquirers[0].MaxConnectionsPerAddress = 2_000;
                options.Acquirers[0].ConnectionsPerSecond = 0;
                options.Limits.ConnectionsPerSecond = 0;
                change?.Invoke(options.Acquirers[0].Tls!);
                whole?.Invoke(options);
            },
        });

    private sealed class Leaving(List<Socket> sockets) : IDisposable
    {
        public void Dispose() => sockets.ForEach(static socket => socket.Dispose());
    }

    /// <summary>Keeps what is written, and is at its end for who reads.</summary>
    private sealed class OneWayStream(MemoryStream sent) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => 0;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(0);

        public override void Write(byte[] buffer, int offset, int count) => sent.Write(buffer, offset, count);

        public override ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            sent.WriteAsync(buffer, cancellationToken);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
