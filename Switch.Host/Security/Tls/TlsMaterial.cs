using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Switch.Host.Security.Tls;

/// <summary>What one partner's TLS is made of, read from its files at one moment. Never changed: a reload makes
/// another.</summary>
internal sealed record TlsMaterial
{
    /// <summary>How a pin begins.</summary>
    public const string PinPrefix = "sha256/";

    /// <summary>Our certificate with its key, and those between it and its authority.</summary>
    public required SslStreamCertificateContext Own { get; init; }

    /// <summary>Whose certificates are believed from this partner.</summary>
    public required X509Certificate2Collection Trust { get; init; }

    /// <summary>The partner's public keys as <see cref="PinOf"/> makes them; empty: any that the chain
    /// allows.</summary>
    public IReadOnlySet<string> Pins { get; init; } = new HashSet<string>();

    /// <summary>Names of which the partner's certificate must bear one; empty: an issuer's host, and any of an
    /// acquirer.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    public IReadOnlyList<RevocationList> Revoked { get; init; } = [];

    /// <summary>Whether TLS 1.2 is refused.</summary>
    public bool IsTls13Only { get; init; }

    /// <summary>When our certificate ends.</summary>
    public DateTime NotAfter => Own.TargetCertificate.NotAfter.ToUniversalTime();

    /// <summary>When the first of the revocation lists should have been replaced; null: none says.</summary>
    public DateTime? RevokedUntil => Revoked.Min(static list => list.NextUpdate);

    /// <summary>The pin of a certificate's public key: <c>sha256/</c> and the hash of its SubjectPublicKeyInfo in
    /// base64, as in RFC 7469.</summary>
    public static string PinOf(X509Certificate2 certificate) => PinPrefix
        + Convert.ToBase64String(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    /// <summary>Whether the partner may have the key of this pin: it is pinned, or none is.</summary>
    public bool Allows(string pin) => Pins.Count == 0 || Pins.Contains(pin);

    /// <summary>Whether a text is a pin as <see cref="PinOf"/> makes it.</summary>
    public static bool IsPin(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes + 1];
        return text.StartsWith(PinPrefix, StringComparison.Ordinal)
            && Convert.TryFromBase64String(text[PinPrefix.Length..], hash, out int size)
            && size == SHA256.HashSizeInBytes;
    }
}
