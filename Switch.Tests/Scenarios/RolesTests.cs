using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Switch.Host.Configuration;
using Switch.Host.Connections.Tls;
using Switch.Host.Security.Tls;
using Switch.Host.Simulators;
using Switch.Tests.Host.Configuration;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Goal: payments do not depend on which side connects. Method: an issuer that connects to the switch and an acquirer
/// that waits to be called, in plain text and with TLS, on each transport.
/// </summary>
public sealed class RolesTests : IDisposable
{
    private readonly TestPki _pki = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public RolesTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _pki.Dispose();
    }

    [Theory]
    [InlineData("Epoll", false)]
    [InlineData("Epoll", true)]
    [InlineData("Sockets", false)]
    [InlineData("Sockets", true)]
    public async Task Issuer_ThatConnects_IsAskedOnAsManyConnectionsAsConfigured(string transport, bool isTls)
    {
        await using Rig rig = await StartInboundAsync(transport, isTls);
        IPEndPoint door = rig.Server.IssuerEndPoints["Issuer primary"];
        await rig.Primary.ConnectAsync(door);
        await rig.Primary.ConnectAsync(door);
        await Rig.UntilAsync(() => rig.Server.IsLinkReady(0) && rig.Server.IsLinkReady(1));

        await rig.Primary.ConnectAsync(door); // One more than there are links.
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.LinkConnectFailures == 1);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        await PayAsync(rig, acquirer);

        rig.Primary.Reset();
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.LinkLosses == 2);
        await rig.Primary.ConnectAsync(door);
        await Rig.UntilAsync(() => rig.Server.IsLinkReady(0) || rig.Server.IsLinkReady(1));
        await PayAsync(rig, acquirer);
    }

    /// <summary>The switch asks for no sign-on, and answers the issuer's.</summary>
    [Fact]
    public async Task Issuer_ThatConnectsAndSignsOn_IsAnswered()
    {
        await using Rig rig = await StartInboundAsync("Epoll", isTls: false, issuer => issuer.SignOn = false);
        await rig.Primary.ConnectAsync(rig.Server.IssuerEndPoints["Issuer primary"]);
        PlainMessage like = Purchases.Authorization();

        rig.Primary.Send(new PlainMessage(800) { [7] = like[7], [11] = like[11], [70] = "001" });

        PlainMessage answer = (await rig.Primary.NextNetworkAsync()).Message;
        Assert.Equal((810, "00"), (answer.Mti, answer[39]));
    }

    [Fact]
    public async Task Issuer_ThatConnectsWithAForeignCertificate_TakesNoLink()
    {
        await using Rig rig = await StartInboundAsync("Epoll", isTls: true);
        using var other = new TestPki("another authority");
        SimulatorTls peer = _pki.Peer(other.Issue());
        rig.Primary.Secure = (plain, stop) => peer.ConnectAsync(plain, host: null, stop);

        await rig.Primary.ConnectAsync(rig.Server.IssuerEndPoints["Issuer primary"]);

        TlsParty party = rig.Server.Doors.OfIssuer(0)!;
        await Rig.UntilAsync(() => party.Refused(TlsRefusal.UnknownAuthority) == 1);
        Assert.Equal((0, 0), (party.Completed, rig.Server.EdgeCounters.LinkConnects - Standby(rig)));
    }

    [Fact]
    public async Task Issuer_ThatConnectsFromElsewhere_IsRefused()
    {
        await using Rig rig = await StartInboundAsync(
            "Epoll", isTls: false, static issuer => issuer.AllowFrom = ["10.0.0.0/8"]);

        await rig.Primary.ConnectAsync(rig.Server.IssuerEndPoints["Issuer primary"]);

        await Rig.UntilAsync(() => rig.Server.EdgeCounters.LinkConnectFailures == 1);
        Assert.False(rig.Server.IsLinkReady(0));
    }

    /// <summary>Its rate is its side's own: acquirers still get in.</summary>
    [Fact]
    public async Task Issuer_ThatConnectsTooOften_IsRefused()
    {
        await using Rig rig = await StartInboundAsync("Epoll", isTls: false, isOneASecond: true);
        IPEndPoint door = rig.Server.IssuerEndPoints["Issuer primary"];
        await rig.Primary.ConnectAsync(door);
        await Rig.UntilAsync(() => rig.Server.IsLinkReady(0) || rig.Server.IsLinkReady(1));

        await rig.Primary.ConnectAsync(door);

        await Rig.UntilAsync(() => rig.Server.EdgeCounters.LinkConnectFailures == 1);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsAccepted == 1);
    }

    [Theory]
    [InlineData("Epoll", false)]
    [InlineData("Epoll", true)]
    [InlineData("Sockets", false)]
    [InlineData("Sockets", true)]
    public async Task Acquirer_ThatIsCalled_IsServedAndCalledAgain(string transport, bool isTls)
    {
        await using Rig rig = await StartOutboundAsync(transport, isTls);
        Func<Stream, CancellationToken, Task<Stream>>? secure = isTls ? Host(CertificatePlan.ServerUse) : null;
        await using (ScriptedAcquirer first =
            await ScriptedAcquirer.AcceptAsync(_listener, Rig.AcquirerDialect, secure))
        {
            await using ScriptedAcquirer second =
                await ScriptedAcquirer.AcceptAsync(_listener, Rig.AcquirerDialect, secure);
            await PayAsync(rig, first);
            await PayAsync(rig, second);
        }

        await using ScriptedAcquirer again =
            await ScriptedAcquirer.AcceptAsync(_listener, Rig.AcquirerDialect, secure);
        await PayAsync(rig, again);
        Assert.Contains(rig.Server.Status().Acquirers, one => one.Listen == $"to {_listener.LocalEndPoint}");
    }

    [Fact]
    public async Task Acquirer_ThatIsCalledAndShowsAClientsCertificate_IsNotServed()
    {
        await using Rig rig = await StartOutboundAsync("Epoll", isTls: true);

        await using ScriptedAcquirer impostor = await ScriptedAcquirer.AcceptAsync(
            _listener, Rig.AcquirerDialect, Host(CertificatePlan.ClientUse));

        await impostor.Closed;
        await Rig.UntilAsync(() => rig.Server.Doors.OfAcquirer(0)!.Refused(TlsRefusal.WrongUsage) > 0);
        Assert.Equal(0, rig.Server.EdgeCounters.SessionsAccepted);
    }

    [Theory]
    [InlineData("Acquirers:0:Connect:0", "10.1.2.3:9001", "Acquirers:0:Connect", "beside Listen")]
    [InlineData("Acquirers:0:SignOn", "true", "Acquirers:0:SignOn", "true without Connect")]
    [InlineData("Issuers:0:Listen", "127.0.0.1:9009", "Issuers:0:Listen", "beside Endpoints")]
    [InlineData("Issuers:0:Listen", "nowhere", "Issuers:0:Listen", "is not ADDRESS:PORT")]
    [InlineData("Issuers:0:Listen", "127.0.0.1:8583", "Issuers:0:Listen", "already taken")]
    [InlineData("Issuers:0:AllowFrom:0", "10.1.2.3", "Issuers:0:AllowFrom:0", "is not a CIDR block")]
    public void Validate_RolesMixedUp_AreRefusedByPath(string key, string value, string path, string problem)
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.With((key, value));

        Assert.Contains(
            errors.All,
            error => error.Path == $"Switch:{path}" && error.Problem.Contains(problem, StringComparison.Ordinal));
    }

    // Of the standby, which is connected to as ever.
    private static long Standby(Rig rig) => rig.Server.IsLinkReady(2) ? 1 : 0;

    private static async Task PayAsync(Rig rig, ScriptedAcquirer acquirer)
    {
        acquirer.Send(Purchases.Authorization());
        (await rig.Primary.NextAsync()).Answer();
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
    }

    private Func<Stream, CancellationToken, Task<Stream>> Host(string use)
    {
        X509Certificate2 certificate = _pki.Issue(new CertificatePlan { Use = use });
        return _pki.Peer(certificate).AcceptAsync;
    }

    private Task<Rig> StartInboundAsync(
        string transport, bool isTls, Action<IssuerOptions>? change = null, bool isOneASecond = false)
    {
        SimulatorTls peer = _pki.Peer(_pki.Issue());
        return StartAsync(
            transport,
            options =>
            {
                IssuerOptions issuer = options.Issuers[0];
                issuer.Endpoints = [];
                issuer.Listen = "127.0.0.1:0";
                issuer.Connections = 2;
                issuer.Tls = isTls ? TestPki.Options() : null;
                change?.Invoke(issuer);
                options.Limits.ConnectionsPerSecond = isOneASecond ? 1 : 0;
            },
            isTls ? (plain, stop) => peer.ConnectAsync(plain, host: null, stop) : null,
            isOneASecond ? new WatchedTimeProvider() : null);
    }

    private Task<Rig> StartOutboundAsync(string transport, bool isTls) => StartAsync(
        transport,
        options =>
        {
            AcquirerOptions acquirer = options.Acquirers[0];
            acquirer.Listen = "";
            acquirer.Connect = [_listener.LocalEndPoint!.ToString()!];
            acquirer.Connections = 2;
            acquirer.Reconnect.Min = TimeSpan.FromMilliseconds(10);
            acquirer.Tls = isTls ? TestPki.Options() : null;
        },
        secure: null);

    private async Task<Rig> StartAsync(
        string transport, Action<SwitchOptions> change, Func<Stream, CancellationToken, Task<Stream>>? secure,
        TimeProvider? clock = null)
    {
        Rig rig = await Rig.StartAsync(new RigSettings
        {
            WaitsForLinks = false,
            Clock = clock,
            Prepare = folder => _pki.WriteTo(folder),
            SecurePrimary = secure,
            Change = options =>
            {
                options.Edge.Transport = Enum.Parse<EdgeTransport>(transport);
                options.Edge.Reactors = transport == "Epoll" ? 0 : 1;
                change(options);
            },
        });
        await Rig.UntilAsync(() => rig.Server.Status().Issuers.Any(
            static one => one.Name == "standby" && one.LinksReady == one.Links));
        if (rig.Server.IssuerEndPoints.Count == 0)
        {
            await rig.UntilReadyAsync(isPrimary: true, isStandby: true);
        }

        return rig;
    }
}
