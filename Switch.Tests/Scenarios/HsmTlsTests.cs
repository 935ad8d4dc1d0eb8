using System.Net;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using Switch.Host.Admin;
using Switch.Host.Configuration;
using Switch.Host.Connections.Tls;
using Switch.Host.Security.Tls;
using Switch.Host.Simulators;
using Switch.Host.Simulators.Hsm;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Goal: a security module is asked over TLS when it is the configured one, and never otherwise. Method: whole switches
/// and a simulated module, whose TLS is the platform's alone.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class HsmTlsTests : IDisposable
{
    private readonly TestPki _pki = new();
    private readonly ListLoggerFactory _log = new();
    private SwitchOptions _options = new();

    public void Dispose() => _pki.Dispose();

    [Theory]
    [InlineData("1.2")]
    [InlineData("1.3")]
    public async Task Pin_ThroughAModuleWithTls_IsReadByTheIssuer(string minimum)
    {
        await using HsmSimulator hsm = Module(Issue(new CertificatePlan()));
        await using Rig rig = await StartAsync(hsm, tls => tls.Minimum = minimum);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        await PayWithPinAsync(rig, acquirer);

        TlsStatus status = Status(rig);
        Assert.Equal(($"127.0.0.1:{hsm.EndPoint.Port}", "CN=switch"), (status.Name, status.Certificate));
        Assert.Equal((1, 1, 0), (status.Open, status.Completed, status.Refused.Sum(static one => one.Count)));
        Assert.NotNull(status.NotAfter);
        Assert.False(status.IsExposed);
    }

    [Theory]
    [InlineData("another name", TlsRefusal.WrongName)]
    [InlineData("another key", TlsRefusal.WrongPin)]
    [InlineData("expired", TlsRefusal.Expired)]
    [InlineData("for clients", TlsRefusal.WrongUsage)]
    [InlineData("another authority", TlsRefusal.UnknownAuthority)]
    [InlineData("plain text that answers", TlsRefusal.PlainText)]
    [InlineData("plain text that waits", TlsRefusal.TimedOut)]
    internal async Task Module_ThatIsNotTheConfiguredOne_IsNotAskedForThatReason(string kind, TlsRefusal refusal)
    {
        using var another = new TestPki("another authority");
        await using HsmSimulator hsm = Impostor(kind, another);
        await using Rig rig = await StartAsync(
            hsm, tls => tls.Pins = kind == "another key" ? [TestPki.PinOf(_pki.Root)] : []);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        TlsParty party = rig.Server.Security.Doors.OfModule(0)!;
        await Rig.UntilAsync(() => party.Refused(refusal) > 0 && _log.CountOf(6001) > 0);

        Assert.Contains(
            $"is out of use: TLS refused ({refusal}): ", _log.Lines.First(static line => line.Id == 6001).Text,
            StringComparison.Ordinal);
        Assert.Equal((0, 0), (party.Completed, hsm.Commands));
        Assert.All(
            Enum.GetValues<TlsRefusal>(), one => Assert.Equal(one == refusal, party.Refused(one) > 0));
        Assert.Equal("96", (await acquirer.AskAsync(PinParties.Purchase()))[39]);
        Assert.Equal(0, rig.Counters.SentToIssuers);
        acquirer.Send(Purchases.Authorization());
        (await rig.Primary.NextAsync()).Answer();
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
    }

    [Fact]
    public async Task Reload_WithoutItsPin_EndsTheConnectionUntilItIsPinnedAgain()
    {
        X509Certificate2 certificate = Issue(new CertificatePlan());
        await using HsmSimulator hsm = Module(certificate);
        await using Rig rig = await StartAsync(hsm, tls => tls.Pins = [TestPki.PinOf(certificate)]);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        TlsParty party = rig.Server.Security.Doors.OfModule(0)!;
        await PayWithPinAsync(rig, acquirer);

        _options.Security.Hsm[0].Tls!.Pins = [TestPki.PinOf(_pki.Root)];
        Assert.Empty(await rig.Server.ReloadTlsAsync("test", "key lost"));
        await Rig.UntilAsync(() => party.Refused(TlsRefusal.WrongPin) > 0);

        Assert.Equal((1, 1, 0), (party.Completed, party.Withdrawn, party.Open));
        Assert.Equal("96", (await acquirer.AskAsync(PinParties.Purchase()))[39]);
        _options.Security.Hsm[0].Tls!.Pins = [TestPki.PinOf(certificate)];
        Assert.Empty(await rig.Server.ReloadTlsAsync("test", "key found"));
        await Rig.UntilAsync(() => rig.Server.Security.Status.Modules[0].IsInUse);
        await PayWithPinAsync(rig, acquirer);
    }

    [Fact]
    public async Task Reload_BySignal_TakesAnotherCertificateAndRefusesABadOne()
    {
        await using HsmSimulator hsm = Module(Issue(new CertificatePlan()));
        await using Rig rig = await StartAsync(hsm);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        TlsParty party = rig.Server.Security.Doors.OfModule(0)!;
        TlsMaterial first = party.Material;
        _pki.WriteTo(rig.Folder);

        await rig.Server.ReloadBySignalAsync();

        TlsMaterial second = party.Material;
        Assert.NotSame(first, second);
        await File.WriteAllTextAsync(Path.Combine(rig.Folder, "switch.pem"), "nonsense");
        Assert.Contains(
            await rig.Server.ReloadTlsAsync("test", "mistake"),
            static problem => problem.Path == "Switch:Security:Hsm:0:Tls:Certificate");
        Assert.Same(second, party.Material);
        await PayWithPinAsync(rig, acquirer); // On the connection of before.
        Assert.Equal(1, party.Completed);
    }

    [Fact]
    public async Task PlainText_BeyondThisMachine_IsSaidAtTheStartAndInTheStatus()
    {
        const string Elsewhere = "192.0.2.1:1500";
        await using HsmSimulator hsm = Module(Issue(new CertificatePlan()));
        RigSettings settings = PinParties.Settings(hsm: hsm);
        await using Rig rig = await Rig.StartAsync(settings with
        {
            Loggers = _log,
            Change = options =>
            {
                settings.Change!(options);
                options.Security.Hsm = [new HsmOptions { Endpoint = Elsewhere, Tls = TlsOptions.PlainText() }];
            },
        });

        Assert.Contains(
            $"hsm {Elsewhere}", _log.Lines.Single(static line => line.Id == 1050).Text, StringComparison.Ordinal);
        Assert.True(Status(rig).IsExposed);
        Assert.Contains(
            Status(rig).WarningsAt(DateTime.UtcNow),
            static warning => warning.Contains("plain text", StringComparison.Ordinal));
    }

    private static TlsStatus Status(Rig rig) =>
        Assert.Single(rig.Server.Status().Tls, static one => one.Side == "hsm");

    private static async Task PayWithPinAsync(Rig rig, ScriptedAcquirer acquirer)
    {
        acquirer.Send(PinParties.Purchase());
        Arrival request = await rig.Primary.NextAsync();
        Assert.Equal(PinParties.Pin, PinParties.PinOf(request.Message, PinParties.PrimaryKey));
        request.Answer();
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
    }

    private Task<Rig> StartAsync(HsmSimulator hsm, Action<TlsOptions>? change = null)
    {
        RigSettings settings = PinParties.Settings(hsm: hsm);
        return Rig.StartAsync(settings with
        {
            Loggers = _log,
            Prepare = folder =>
            {
                settings.Prepare!(folder);
                _pki.WriteTo(folder);
            },
            Change = options =>
            {
                settings.Change!(options);
                options.Security.Hsm[0].Tls = TestPki.Options();
                change?.Invoke(options.Security.Hsm[0].Tls!);
                _options = options;
            },
        });
    }

    private HsmSimulator Impostor(string kind, TestPki another) => kind switch
    {
        "another name" => Module(Issue(new CertificatePlan { Names = ["hsm.example.com"] })),
        "another key" => Module(Issue(new CertificatePlan())),
        "expired" => Module(Issue(new CertificatePlan { From = -9, To = -1 })),
        "for clients" => Module(_pki.Issue()),
        "another authority" => Module(another.Issue(new CertificatePlan { Use = CertificatePlan.ServerUse })),
        "plain text that answers" => Started(static async (plain, stop) =>
        {
            await plain.WriteAsync("\0\u00080000ND00"u8.ToArray(), stop);
            return plain;
        }),
        _ => Started(secure: null),
    };

    private X509Certificate2 Issue(CertificatePlan plan) => _pki.Issue(plan with { Use = CertificatePlan.ServerUse });

    private HsmSimulator Module(X509Certificate2 certificate) => Started(_pki.Peer(certificate).AcceptAsync);

    private static HsmSimulator Started(Func<Stream, CancellationToken, Task<Stream>>? secure)
    {
        var hsm = new HsmSimulator(new IPEndPoint(IPAddress.Loopback, 0), 4) { Secure = secure };
        hsm.Start();
        return hsm;
    }
}
