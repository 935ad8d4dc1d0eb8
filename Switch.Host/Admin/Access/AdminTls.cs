using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Switch.Host.Security.Tls;

namespace Switch.Host.Admin.Access;

/// <summary>TLS of the admin listener, judged as partners' is, by what is configured at each handshake.</summary>
internal static class AdminTls
{
    private static readonly TimeSpan HandshakeTime = TimeSpan.FromSeconds(5);

    /// <param name="current">As it is now.</param>
    public static TlsHandshakeCallbackOptions OptionsOf(Func<TlsMaterial> current) => new()
    {
        HandshakeTimeout = HandshakeTime,
        OnConnection = _ => ValueTask.FromResult(OptionsOf(current())),
    };

    private static SslServerAuthenticationOptions OptionsOf(TlsMaterial material)
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = material.Own,
            AllowRenegotiation = false,
            AllowTlsResume = false,
            EnabledSslProtocols =
                material.IsTls13Only ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CipherSuitesPolicy = TlsSuites.Allowed,
        };
        if (material.Trust.Count > 0)
        {
            // Asked for and not required: a token does as well. One that is shown must be good.
            var check = new PeerCheck(material, host: null);
            options.ClientCertificateRequired = true;
            options.CertificateChainPolicy = check.NewPolicy();
            options.RemoteCertificateValidationCallback =
                (_, peer, chain, _) => peer is null || check.Judge(peer, chain);
        }

        return options;
    }
}
