using System.Security.Cryptography.X509Certificates;
using Switch.Host.Configuration;
using Switch.Host.Connections.Tls;
using Switch.Host.Security.Tls;
using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Goal: certificates, pins and revocation lists change without a restart, all of them or none, and a peer that is
/// still welcome does not notice. Method: whole switches whose files are changed while payments run.
/// </summary>
public sealed class TlsReloadTests : IDisposable
{
    private readonly TestPki _pki = new();
    private SwitchOptions _options = new();

    public void Dispose() => _pki.Dispose();

    [Theory]
    [InlineData("Epoll")]
    [InlineData("Sockets")]
    public async Task Reload_AHundredTimesUnderLoad_DisconnectsNobody(string transport)
    {
        X509Certificate2 partner = _pki.Issue();
        await using Rig rig = await StartAsync(transport);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync(Client(partner));
        for (int i = 0; i < 100; i++)
        {
            _pki.WriteTo(rig.Folder); // A new key and certificate each time.
            _options.Acquirers[0].Tls!.Pins = i % 2 == 0 ? [] : [TestPki.PinOf(partner), TestPki.PinOf(_pki.Root)];
            acquirer.Send(Purchases.Authorization());
            Task<IReadOnlyList<ConfigurationError>> reload = rig.Server.ReloadTlsAsync("test", "rotation");
            (await rig.Primary.NextAsync()).Answer();

            Assert.Empty(await reload);
            Assert.Equal("00", (await acquirer.NextAsync())[39]);
        }

        await using ScriptedAcquirer next = await rig.ConnectAsync(Client(partner));
        await AssertPaysAsync(rig, next);
        Assert.Equal((2, 0), (rig.Server.EdgeCounters.SessionsAccepted, rig.Server.EdgeCounters.LinkLosses));
        Assert.Equal((2, 0), (Party(rig).Completed, Party(rig).Withdrawn));
    }

    [Theory]
    [InlineData("Epoll")]
    [InlineData("Sockets")]
    public async Task Reload_WithoutAPin_EndsItsSessionsAndNoOther(string transport)
    {
        X509Certificate2 former = _pki.Issue();
        X509Certificate2 present = _pki.Issue();
        await using Rig rig = await StartAsync(
            transport, tls => tls.Pins = [TestPki.PinOf(former), TestPki.PinOf(present)]);
        await using ScriptedAcquirer leaves = await rig.ConnectAsync(Client(former));
        await using ScriptedAcquirer stays = await rig.ConnectAsync(Client(present));
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsNow == 2);

        _options.Acquirers[0].Tls!.Pins = [TestPki.PinOf(present)];
        Assert.Empty(await rig.Server.ReloadTlsAsync("test", "key lost"));

        await leaves.Closed;
        await AssertPaysAsync(rig, stays);
        Assert.Equal(1, Party(rig).Withdrawn);
        await using ScriptedAcquirer again = await rig.ConnectAsync(Client(former));
        await again.Closed;
        await Rig.UntilAsync(() => Party(rig).Refused(TlsRefusal.WrongPin) == 1);
    }

    [Theory]
    [InlineData("Epoll")]
    [InlineData("Sockets")]
    public async Task Reload_RevocationList_EndsTheSessionsThatItNamesAndNoOther(string transport)
    {
        X509Certificate2 lost = _pki.Issue();
        X509Certificate2 kept = _pki.Issue();
        await using Rig rig = await StartAsync(transport, tls => tls.Crl = "file:list.crl");
        await using ScriptedAcquirer leaves = await rig.ConnectAsync(Client(lost));
        await using ScriptedAcquirer stays = await rig.ConnectAsync(Client(kept));
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsNow == 2);

        File.WriteAllBytes(Path.Combine(rig.Folder, "list.crl"), _pki.Revoke(lost));
        Assert.Empty(await rig.Server.ReloadTlsAsync("test", "revoked"));

        await leaves.Closed;
        await AssertPaysAsync(rig, stays);
        Assert.Equal(1, Party(rig).Withdrawn);
        await using ScriptedAcquirer again = await rig.ConnectAsync(Client(lost));
        await again.Closed;
        await Rig.UntilAsync(() => Party(rig).Refused(TlsRefusal.Revoked) == 1);
    }

    /// <summary>Both authorities are trusted while the partner changes; then the former is taken away.</summary>
    [Fact]
    public async Task Reload_WithoutAnAuthority_EndsItsSessionsAndNoOther()
    {
        using var former = new TestPki("former authority");
        await using Rig rig = await StartAsync("Epoll", tls => tls.Trust = "file:both.pem");
        string trust = Path.Combine(rig.Folder, "both.pem");
        string present = File.ReadAllText(Path.Combine(rig.Folder, "ca.pem"));
        File.WriteAllText(trust, former.Root.ExportCertificatePem() + "\n" + present);
        Assert.Empty(await rig.Server.ReloadTlsAsync("test", "both"));
        await using ScriptedAcquirer leaves = await rig.ConnectAsync(Client(former.Issue()));
        await using ScriptedAcquirer stays = await rig.ConnectAsync(Client(_pki.Issue()));
        await AssertPaysAsync(rig, leaves);
        await AssertPaysAsync(rig, stays);

        File.WriteAllText(trust, present);
        Assert.Empty(await rig.Server.ReloadTlsAsync("test", "former taken away"));

        await leaves.Closed;
        await AssertPaysAsync(rig, stays);
        Assert.Equal((2, 1), (Party(rig).Completed, Party(rig).Withdrawn));
    }

    [Theory]
    [InlineData("switch.pem", "Switch:Acquirers:0:Tls:Certificate")]
    [InlineData("switch.key", "Switch:Acquirers:0:Tls:Key")]
    [InlineData("ca.pem", "Switch:Acquirers:0:Tls:Trust")]
    [InlineData("list.crl", "Switch:Acquirers:0:Tls:Crl")]
    public async Task Reload_OneBadFile_ChangesNothing(string file, string path)
    {
        X509Certificate2 partner = _pki.Issue();
        await using Rig rig = await StartAsync("Epoll", tls => tls.Crl = "file:list.crl");
        TlsMaterial before = Party(rig).Material;
        _pki.WriteTo(rig.Folder);
        File.WriteAllText(Path.Combine(rig.Folder, file), "nonsense");

        IReadOnlyList<ConfigurationError> problems = await rig.Server.ReloadTlsAsync("test", "mistake");

        Assert.Contains(problems, problem => problem.Path == path);
        Assert.Same(before, Party(rig).Material);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync(Client(partner));
        await Rig.UntilAsync(() => Party(rig).Completed == 1);
    }

    [Fact]
    public async Task Reload_TlsTurnedOff_IsRefused()
    {
        await using Rig rig = await StartAsync("Epoll");
        _options.Acquirers[0].Tls = null;

        ConfigurationError problem = Assert.Single(await rig.Server.ReloadTlsAsync("test", "off"));

        Assert.Equal("Switch:Acquirers:0:Tls", problem.Path);
    }

    private static async Task AssertPaysAsync(Rig rig, ScriptedAcquirer acquirer)
    {
        acquirer.Send(Purchases.Authorization());
        (await rig.Primary.NextAsync()).Answer();
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
    }

    private static TlsParty Party(Rig rig) => rig.Server.Doors.OfAcquirer(0)!;

    private Func<Stream, CancellationToken, Task<Stream>> Client(X509Certificate2 certificate)
    {
        SimulatorTls peer = _pki.Peer(certificate);
        return (plain, stop) => peer.ConnectAsync(plain, host: null, stop);
    }

    private Task<Rig> StartAsync(string transport, Action<TlsOptions>? change = null) => Rig.StartAsync(new RigSettings
    {
        Prepare = folder =>
        {
            _pki.WriteTo(folder);
            File.WriteAllBytes(Path.Combine(folder, "list.crl"), _pki.Revoke());
            File.Copy(Path.Combine(folder, "ca.pem"), Path.Combine(folder, "both.pem"));
        },
        Change = options =>
        {
            _options = options;
            options.Edge.Transport = Enum.Parse<EdgeTransport>(transport);
            options.Edge.Reactors = transport == "Epoll" ? 0 : 1;
            options.Acquirers[0].Tls = TestPki.Options();
            change?.Invoke(options.Acquirers[0].Tls!);
        },
    });
}
