using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Switch.Host.Simulators;

namespace Switch.Benchmarks.Load;

/// <summary>An authority for one run, and the certificates of both sides, as files.</summary>
internal static class TlsFiles
{
    private const string Authority = "ca.pem";

    /// <summary>Makes them.</summary>
    public static void Make(string folder)
    {
        Directory.CreateDirectory(folder);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=load authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        using X509Certificate2 authority = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        File.WriteAllText(Path.Combine(folder, Authority), authority.ExportCertificatePem());
        Issue(folder, "switch", authority, serial: 1);
        Issue(folder, "peer", authority, serial: 2);
    }

    /// <summary>The side that is not the switch.</summary>
    public static SimulatorTls Peer(string folder) => SimulatorTls.Load(
        Path.Combine(folder, "peer.pem"), Path.Combine(folder, "peer.key"), Path.Combine(folder, Authority));

    /// <summary>The switch's side, for its configuration.</summary>
    public static object Options(string folder) => new
    {
        Certificate = $"file:{Path.Combine(folder, "switch.pem")}", Key = $"file:{Path.Combine(folder, "switch.key")}",
        Trust = $"file:{Path.Combine(folder, Authority)}",
    };

    private static void Issue(string folder, string name, X509Certificate2 authority, byte serial)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 made = request.Create(
            authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1), [serial]);
        File.WriteAllText(Path.Combine(folder, $"{name}.pem"), made.ExportCertificatePem());
        string file = Path.Combine(folder, $"{name}.key");
        File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }
}
