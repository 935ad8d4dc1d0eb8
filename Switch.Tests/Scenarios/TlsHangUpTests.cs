using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// A running process whose certificate and pins are replaced as scripts do it: new files, then SIGHUP. No time is
/// asserted: the removed key's session would else be open for as long as the test waits.
/// </summary>
public sealed class TlsHangUpTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("switch-tls-").FullName;
    private readonly TestPki _pki = new();

    public void Dispose()
    {
        _pki.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task HangUp_AfterACertificateAndPinsChanged_ServesTheNewAndEndsSessionsOfTheRemovedKey()
    {
        var closed = new IPEndPoint(IPAddress.Loopback, SwitchProcess.FindPort());
        SwitchOptions options = ProcessConfiguration.For(closed, closed);
        X509Certificate2 former = _pki.Issue();
        X509Certificate2 present = _pki.Issue();
        _pki.WriteTo(_folder);
        options.Acquirers[0].Tls = TestPki.Options();
        options.Acquirers[0].Tls!.Pins = [TestPki.PinOf(former), TestPki.PinOf(present)];
        await using var server = new SwitchProcess(_folder, options);
        await server.StartAsync();
        await using ScriptedAcquirer leaves = await ConnectAsync(server, former);
        await using ScriptedAcquirer stays = await ConnectAsync(server, present);
        Assert.Equal(810, (await leaves.AskAsync(Echo())).Mti);
        Assert.Equal(810, (await stays.AskAsync(Echo())).Mti);
        string before = await ServedAsync(server, present);

        _pki.WriteTo(_folder); // A new key and certificate.
        Pin(server.ConfigFile, TestPki.PinOf(present));
        server.HangUp();
        await leaves.Closed;

        string after = await ServedAsync(server, present);
        using X509Certificate2 written = X509CertificateLoader.LoadCertificateFromFile(
            Path.Combine(_folder, "switch.pem"));
        Assert.NotEqual(before, after);
        Assert.Equal(written.Thumbprint, after);
        Assert.Equal(810, (await stays.AskAsync(Echo())).Mti);
        await using ScriptedAcquirer again = await ConnectAsync(server, former);
        await again.Closed;
        Assert.Equal(0, await server.StopAsync());
    }

    private static PlainMessage Echo()
    {
        PlainMessage request = Purchases.Authorization();
        return new PlainMessage(800) { [7] = request[7], [11] = request[11], [70] = "301" };
    }

    private static void Pin(string configuration, string pin)
    {
        JsonNode root = JsonNode.Parse(File.ReadAllText(configuration))!;
        root["Switch"]!["Acquirers"]![0]!["Tls"]!["Pins"] = new JsonArray(pin);
        File.WriteAllText(configuration, root.ToJsonString());
    }

    private Task<ScriptedAcquirer> ConnectAsync(SwitchProcess server, X509Certificate2 certificate)
    {
        SimulatorTls peer = _pki.Peer(certificate);
        return ScriptedAcquirer.ConnectAsync(
            server.EndPoint, Rig.AcquirerDialect, (plain, stop) => peer.ConnectAsync(plain, host: null, stop));
    }

    /// <summary>The thumbprint of the certificate that the switch shows.</summary>
    private async Task<string> ServedAsync(SwitchProcess server, X509Certificate2 certificate)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.EndPoint);
        await using Stream tls = await _pki.Peer(certificate).ConnectAsync(
            new NetworkStream(socket), host: null, CancellationToken.None).WaitAsync(Rig.Patience);
        return ((SslStream)tls).RemoteCertificate!.GetCertHashString();
    }
}
