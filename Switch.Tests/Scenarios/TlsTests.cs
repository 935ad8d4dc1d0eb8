using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Switch.Host.Configuration;
using Switch.Host.Security.Tls;
using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Goal: payments over TLS are the same payments, and who is not the partner gets none. Method: whole switches on real
/// sockets, on each transport; the peers' TLS is the platform's alone.
/// </summary>
public sealed class TlsTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Theory]
    [InlineData("Epoll", 0)]
    [InlineData("Epoll", 1)]
    [InlineData("Sockets", 1)]
    public async Task Payment_OverTlsOnBothLegs_IsAnsweredAndReversed(string transport, int reactors)
    {
        await using Rig rig = await StartAsync(transport, reactors);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync(Client(_pki.Issue()));
        PlainMessage request = Purchases.Authorization();

        acquirer.Send(request);
        (await rig.Primary.NextAsync()).Answer();
        PlainMessage answer = await acquirer.NextAsync();
        PlainMessage reversed = await acquirer.AskAsync(Purchases.Reversal(request, answer));
        (await rig.Primary.NextAsync()).Answer();
        await rig.UntilSettledAsync();

        Assert.Equal("00", answer[39]);
        Assert.Equal((430, "00"), (reversed.Mti, reversed[39]));
        Assert.Equal(1, Acquirer(rig).Completed);
    }

    /// <summary>What is kept for an answer in doubt is counted in bytes before they are encrypted.</summary>
    [Theory]
    [InlineData("Epoll", 0)]
    [InlineData("Sockets", 1)]
    public async Task Acquirer_ClosesItsHalf_GetsItsAnswerAndAnEnd(string transport, int reactors)
    {
        await using Rig rig = await StartAsync(transport, reactors);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync(Client(_pki.Issue()));
        acquirer.Send(Purchases.Authorization());
        Arrival atIssuer = await rig.Primary.NextAsync();

        acquirer.EndSending();
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsHalfClosed == 1);
        atIssuer.Answer();

        Assert.Equal("00", (await acquirer.NextAsync())[39]);
        await acquirer.Closed;
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsNow == 0);
    }

    [Theory]
    [InlineData("Epoll", 0)]
    [InlineData("Sockets", 1)]
    public async Task Load_ManyMessagesBothWays_EachIsAnswered(string transport, int reactors)
    {
        const int Rounds = 60;
        const int Together = 10;
        await using Rig rig = await StartAsync(transport, reactors);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync(Client(_pki.Issue()));
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < Together; i++)
            {
                acquirer.Send(Purchases.Authorization());
            }

            for (int i = 0; i < Together; i++)
            {
                (await rig.Primary.NextAsync()).Answer();
            }

            for (int i = 0; i < Together; i++)
            {
                Assert.Equal("00", (await acquirer.NextAsync())[39]);
            }
        }
    }

    public static TheoryData<string, string> Hostile()
    {
        var data = new TheoryData<string, string>();
        foreach ((string name, TlsRefusal refusal) in HostilePeers.All)
        {
            data.Add(name, refusal.ToString());
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Acquirer_WithAHostileCertificate_IsRefusedForThatReason(string name, string refusal)
    {
        var log = new ListLoggerFactory();
        await using Rig rig = await StartAsync("Epoll", 0, tls => tls.Crl = "file:revoked.crl", folder =>
            File.WriteAllBytes(Path.Combine(folder, "revoked.crl"), HostilePeers.RevocationOf(_pki)), log);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(rig.Server.AcquirerEndPoints["acquirer"]);

        bool isServed = await HostilePeers.TryAsync(_pki, name, socket);

        Assert.False(isServed);
        TlsRefusal expected = Enum.Parse<TlsRefusal>(refusal);
        await Rig.UntilAsync(() => Enum.GetValues<TlsRefusal>().Any(one => Acquirer(rig).Refused(one) > 0));
        string line = log.Lines.Single(static line => line.Id == 1030).Text;
        Assert.Contains($": {expected}: ", line, StringComparison.Ordinal);
        Assert.Equal(1, Acquirer(rig).Refused(expected));
        Assert.Equal((0, 0), (Acquirer(rig).Completed, rig.Server.EdgeCounters.SessionsAccepted));
    }

    public static TheoryData<string, string> HostileIssuers()
    {
        var data = new TheoryData<string, string>();
        foreach ((string name, TlsRefusal refusal) in HostilePeers.AllServers)
        {
            data.Add(name, refusal.ToString());
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(HostileIssuers))]
    public async Task Issuer_WithAHostileCertificate_IsNotAskedForThatReason(string name, string refusal)
    {
        await using Rig rig = await Rig.StartAsync(new RigSettings
        {
            WaitsForLinks = false,
            Prepare = folder =>
            {
                _pki.WriteTo(folder);
                File.WriteAllBytes(Path.Combine(folder, "revoked.crl"), HostilePeers.RevocationOf(_pki));
            },
            SecurePrimary = (plain, stop) => HostilePeers.ServeAsync(_pki, name, plain, stop),
            Change = options =>
            {
                options.Issuers[0].Tls = TestPki.Options();
                options.Issuers[0].Tls!.Crl = "file:revoked.crl";
            },
        });

        var party = rig.Server.Doors.OfIssuer(0)!;
        await Rig.UntilAsync(() => Enum.GetValues<TlsRefusal>().Any(one => party.Refused(one) > 0));

        Assert.All(
            Enum.GetValues<TlsRefusal>(),
            one => Assert.Equal(one == Enum.Parse<TlsRefusal>(refusal), party.Refused(one) > 0));
        Assert.Equal(0, party.Completed);
        Assert.False(rig.Server.IsLinkReady(0));
    }

    private Task<Rig> StartAsync(
        string transport, int reactors, Action<TlsOptions>? change = null, Action<string>? prepare = null,
        ILoggerFactory? loggers = null) =>
        Rig.StartAsync(new RigSettings
        {
            Prepare = folder =>
            {
                _pki.WriteTo(folder);
                prepare?.Invoke(folder);
            },
            Loggers = loggers ?? NullLoggerFactory.Instance,
            SecurePrimary = Server(_pki.Issue(new CertificatePlan { Use = CertificatePlan.ServerUse })),
            Change = options =>
            {
                options.Edge.Transport = Enum.Parse<EdgeTransport>(transport);
                options.Edge.Reactors = reactors;
                options.Acquirers[0].Tls = TestPki.Options();
                options.Issuers[0].Tls = TestPki.Options();
                change?.Invoke(options.Acquirers[0].Tls!);
            },
        });

    private static Switch.Host.Connections.Tls.TlsParty Acquirer(Rig rig) => rig.Server.Doors.OfAcquirer(0)!;

    private Func<Stream, CancellationToken, Task<Stream>> Client(X509Certificate2? certificate)
    {
        SimulatorTls peer = _pki.Peer(certificate);
        return (plain, stop) => peer.ConnectAsync(plain, "127.0.0.1", stop);
    }

    private Func<Stream, CancellationToken, Task<Stream>> Server(X509Certificate2 certificate) =>
        _pki.Peer(certificate).AcceptAsync;
}
