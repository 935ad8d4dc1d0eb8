using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Switch.Host.Files;
using Switch.Host.Security.Tls;

namespace Switch.Host.Simulators;

/// <summary>A simulator's side of TLS, by the platform alone: what the switch does to its connections is judged by
/// another's code.</summary>
internal sealed class SimulatorTls
{
    private const int FileSizeMax = 1024 * 1024;

    private readonly SslStreamCertificateContext? _own;
    private readonly X509Certificate2Collection _trust;

    /// <param name="own">Null: it shows no certificate. A server needs one.</param>
    /// <param name="trust">Whose certificates it believes.</param>
    public SimulatorTls(SslStreamCertificateContext? own, X509Certificate2Collection trust)
    {
        _own = own;
        _trust = trust;
    }

    /// <summary>From files in PEM, or PFX for the certificate.</summary>
    /// <exception cref="ArgumentException">One cannot be used.</exception>
    public static SimulatorTls Load(string certificate, string? key, string trust)
    {
        try
        {
            return new SimulatorTls(
                CertificateFile.ReadOwn(Read(certificate), key is null ? null : Read(key), password: null),
                CertificateFile.ReadAll(Read(trust)));
        }
        catch (Exception problem) when (problem is TlsFileException or CryptographicException or IOException
            or UnauthorizedAccessException)
        {
            throw new ArgumentException($"TLS: {problem.Message}", problem);
        }
    }

    /// <summary>As the one that connects.</summary>
    /// <param name="plain">The connection; the result owns it.</param>
    /// <param name="host">The name that the peer's certificate must bear; null: any.</param>
    /// <param name="stop">Ends the attempt.</param>
    public async Task<Stream> ConnectAsync(Stream plain, string? host, CancellationToken stop)
    {
        var tls = new SslStream(plain);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = host ?? "localhost",
                ClientCertificateContext = _own,
                AllowTlsResume = false,
                CertificateChainPolicy = NewPolicy(),
                RemoteCertificateValidationCallback = (_, _, _, errors) => errors == SslPolicyErrors.None
                    || (host is null && errors == SslPolicyErrors.RemoteCertificateNameMismatch),
            },
            stop).ConfigureAwait(false);
        return tls;
    }

    /// <summary>As the one that was connected to.</summary>
    public async Task<Stream> AcceptAsync(Stream plain, CancellationToken stop)
    {
        var tls = new SslStream(plain);
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificateContext = _own,
                ClientCertificateRequired = true,
                AllowTlsResume = false,
                CertificateChainPolicy = NewPolicy(),
                RemoteCertificateValidationCallback = static (_, _, _, errors) => errors == SslPolicyErrors.None,
            },
            stop).ConfigureAwait(false);
        return tls;
    }

    private static byte[] Read(string file) => BoundedFile.ReadBytes(file, FileSizeMax);

    private X509ChainPolicy NewPolicy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(_trust);
        return policy;
    }
}
