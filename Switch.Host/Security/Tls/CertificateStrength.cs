using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Switch.Host.Security.Tls;

/// <summary>Which keys and signatures are strong enough: NIST SP 800-57 from 2014 on, 112 bits at least.</summary>
internal static class CertificateStrength
{
    private const int RsaBitsMin = 2_048;
    private const int CurveBitsMin = 256;

    // RSA with MD2, MD5 and SHA-1; DSA and ECDSA with SHA-1.
    private static readonly HashSet<string> WeakSignatures =
    [
        "1.2.840.113549.1.1.2", "1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.10040.4.3",
        "1.2.840.10045.4.1",
    ];

    /// <summary>What is wrong with its key; null: nothing.</summary>
    public static string? KeyProblemOf(X509Certificate2 certificate)
    {
        using RSA? rsa = certificate.GetRSAPublicKey();
        if (rsa is not null)
        {
            return rsa.KeySize >= RsaBitsMin ? null : $"its RSA key has {rsa.KeySize} bits, fewer than {RsaBitsMin}";
        }

        using ECDsa? curve = certificate.GetECDsaPublicKey();
        if (curve is not null)
        {
            return curve.KeySize >= CurveBitsMin
                ? null : $"its elliptic curve has {curve.KeySize} bits, fewer than {CurveBitsMin}";
        }

        return "its key is neither RSA nor of an elliptic curve that is known here";
    }

    /// <summary>Whether its signature can be forged. A trust anchor's is not checked.</summary>
    public static bool IsWeaklySigned(X509Certificate2 certificate) =>
        WeakSignatures.Contains(certificate.SignatureAlgorithm.Value ?? "");
}
