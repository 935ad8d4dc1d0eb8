using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Switch.Host.Security.Tls;

/// <summary>
/// What a peer was let in with, kept while its connection is open: when the partner's pins, authorities or revocation
/// lists are replaced, it is judged by the new ones. Any thread.
/// </summary>
/// <param name="pin">Of its public key.</param>
/// <param name="chain">Certificates in DER, its own first, its trust anchor last.</param>
/// <param name="host">The host that we connected to; null: the peer has connected to us.</param>
/// <param name="material">What it was judged by.</param>
internal sealed class PeerProof(string pin, IReadOnlyList<byte[]> chain, string? host, TlsMaterial material)
{
    private TlsMaterial _material = material;

    /// <summary>Whether its key is pinned, or none is. Costs nothing.</summary>
    public bool IsPinnedBy(TlsMaterial now) => now.Allows(pin);

    /// <summary>
    /// Whether it would be let in again, but for dates: a certificate that has ended meanwhile ends no connection.
    /// </summary>
    public bool IsGoodBy(TlsMaterial now)
    {
        if (ReferenceEquals(Volatile.Read(ref _material), now))
        {
            return true;
        }

        var check = new PeerCheck(now, host, isOpen: true);
        var certificates = new X509Certificate2Collection();
        try
        {
            foreach (byte[] one in chain)
            {
                certificates.Add(X509CertificateLoader.LoadCertificate(one));
            }

            using var built = new X509Chain { ChainPolicy = check.NewPolicy() };
            built.ChainPolicy.ExtraStore.AddRange(certificates);
            built.Build(certificates[0]);
            bool isGood = check.Judge(certificates[0], built);
            if (isGood)
            {
                Volatile.Write(ref _material, now);
            }

            return isGood;
        }
        catch (CryptographicException)
        {
            return false; // What cannot be judged is not let in either.
        }
        finally
        {
            foreach (X509Certificate2 one in certificates)
            {
                one.Dispose();
            }
        }
    }
}
