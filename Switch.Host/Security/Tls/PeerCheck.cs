using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Switch.Protocol.Masking;

namespace Switch.Host.Security.Tls;

/// <summary>Judges the certificate of one peer, and remembers how. Made for one handshake.</summary>
internal sealed class PeerCheck
{
    /// <summary>Certificates from the peer's own to its trust anchor.</summary>
    public const int ChainMax = 6;

    // Characters of a subject in a log line: the peer wrote it.
    private const int SubjectMax = 120;

    // RFC 5280 section 4.2.1.12.
    private static readonly Oid ServerUse = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientUse = new("1.3.6.1.5.5.7.3.2");

    private readonly TlsMaterial _material;
    private readonly string? _host;
    private readonly bool _isOpen;

    /// <param name="material">What the partner is known by.</param>
    /// <param name="host">The host that we connected to; null: the peer has connected to us.</param>
    /// <param name="isOpen">Its connection is open already: a certificate that has ended meanwhile ends none.</param>
    public PeerCheck(TlsMaterial material, string? host, bool isOpen = false)
    {
        _material = material;
        _host = host;
        _isOpen = isOpen;
    }

    /// <summary>None: it is the partner, or was not judged yet.</summary>
    public TlsRefusal Refusal { get; private set; }

    /// <summary>Which certificate and why, for a log line; empty when there is nothing to say.</summary>
    public string Detail { get; private set; } = "";

    /// <summary>The pin of the peer's public key, once it was judged.</summary>
    public string Pin { get; private set; } = "";

    /// <summary>What it was judged by, for another time; null: it was refused, or not judged yet.</summary>
    public PeerProof? Proof { get; private set; }

    /// <summary>How its chain is to be built: from the partner's trust anchors alone, and without asking
    /// anyone.</summary>
    public X509ChainPolicy NewPolicy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.ApplicationPolicy.Add(_host is null ? ClientUse : ServerUse);
        policy.CustomTrustStore.AddRange(_material.Trust);
        return policy;
    }

    /// <summary>For <see cref="RemoteCertificateValidationCallback"/>: true when it is the partner.</summary>
    public bool Judge(X509Certificate? certificate, X509Chain? chain)
    {
        if (certificate is not X509Certificate2 peer || chain is null)
        {
            return Refuse(TlsRefusal.NoCertificate, "it showed no certificate");
        }

        Pin = TlsMaterial.PinOf(peer);
        foreach (X509ChainElement element in chain.ChainElements)
        {
            foreach (X509ChainStatus status in element.ChainElementStatus)
            {
                if (IsProblem(status))
                {
                    return Refuse(RefusalOf(status.Status, element.Certificate), element.Certificate, TextOf(status));
                }
            }
        }

        if (chain.ChainStatus.FirstOrDefault(IsProblem) is { Status: not X509ChainStatusFlags.NoError } whole)
        {
            return Refuse(RefusalOf(whole.Status, peer), peer, TextOf(whole));
        }

        if (!IsChainStrong(chain) || !IsNotRevoked(chain) || !IsPartner(peer))
        {
            return false;
        }

        Proof = new PeerProof(
            Pin, [.. chain.ChainElements.Select(static element => element.Certificate.RawData)], _host, _material);
        return true;
    }

    private bool IsProblem(X509ChainStatus status) => status.Status != X509ChainStatusFlags.NoError
        && !(_isOpen && status.Status is X509ChainStatusFlags.NotTimeValid or X509ChainStatusFlags.CtlNotTimeValid);

    private static TlsRefusal RefusalOf(X509ChainStatusFlags status, X509Certificate2 certificate) => status switch
    {
        X509ChainStatusFlags.NotTimeValid or X509ChainStatusFlags.CtlNotTimeValid =>
            certificate.NotBefore > DateTime.Now ? TlsRefusal.NotYetValid : TlsRefusal.Expired,
        X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.PartialChain => TlsRefusal.UnknownAuthority,
        X509ChainStatusFlags.NotValidForUsage => TlsRefusal.WrongUsage,
        X509ChainStatusFlags.HasWeakSignature => TlsRefusal.WeakSignature,
        X509ChainStatusFlags.Revoked => TlsRefusal.Revoked,
        _ => TlsRefusal.InvalidChain,
    };

    private static string TextOf(X509ChainStatus status) =>
        status.StatusInformation.Trim().TrimEnd('.') is { Length: > 0 } text ? text : status.Status.ToString();

    private bool IsChainStrong(X509Chain chain)
    {
        int length = chain.ChainElements.Count;
        if (length > ChainMax)
        {
            return Refuse(
                TlsRefusal.ChainTooLong, chain.ChainElements[0].Certificate,
                $"its chain has {length} certificates, more than {ChainMax}");
        }

        for (int i = 0; i < length; i++)
        {
            X509Certificate2 one = chain.ChainElements[i].Certificate;
            if (CertificateStrength.KeyProblemOf(one) is { } problem)
            {
                return Refuse(TlsRefusal.WeakKey, one, problem);
            }

            // The last one is an anchor: it is believed because it is configured.
            if (i < length - 1 && CertificateStrength.IsWeaklySigned(one))
            {
                return Refuse(TlsRefusal.WeakSignature, one, "it is signed with MD5 or SHA-1");
            }
        }

        return true;
    }

    private bool IsNotRevoked(X509Chain chain)
    {
        foreach (X509ChainElement element in chain.ChainElements)
        {
            if (_material.Revoked.Any(list => list.Revokes(element.Certificate)))
            {
                return Refuse(TlsRefusal.Revoked, element.Certificate, "it is on the revocation list");
            }
        }

        return true;
    }

    // A pin says more than a name: who has the key is the partner, whatever its host is called.
    private bool IsPartner(X509Certificate2 peer)
    {
        if (!_material.Allows(Pin))
        {
            return Refuse(TlsRefusal.WrongPin, peer, $"its public key {Pin} is none of the pinned ones");
        }

        if (_material.Names.Count > 0)
        {
            return _material.Names.Any(name => IsFor(peer, name))
                || Refuse(TlsRefusal.WrongName, peer, "it bears none of the configured names");
        }

        return _host is null || _material.Pins.Count > 0 || IsFor(peer, _host)
            || Refuse(TlsRefusal.WrongName, peer, $"it is not for {_host}");
    }

    // The subject's common name is not looked at: RFC 9525.
    private static bool IsFor(X509Certificate2 peer, string name)
    {
        try
        {
            return peer.MatchesHostname(name, allowWildcards: true, allowCommonName: false);
        }
        catch (CryptographicException)
        {
            return false; // Its names cannot be read.
        }
    }

    private bool Refuse(TlsRefusal refusal, X509Certificate2 certificate, string why)
    {
        string subject = FreeText.Mask(new string(
            [.. certificate.Subject.Take(SubjectMax).Select(static one => char.IsControl(one) ? '?' : one)]));
        return Refuse(refusal, $"certificate {subject}, serial {Limited(certificate.SerialNumber)}: {why}");
    }

    private bool Refuse(TlsRefusal refusal, string detail)
    {
        Refusal = refusal;
        Detail = detail;
        return false;
    }

    // 20 bytes are the most that RFC 5280 allows.
    private static string Limited(string serial) => serial.Length <= 40 ? serial : serial[..40] + "...";
}
