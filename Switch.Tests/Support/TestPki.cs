using System.Formats.Asn1;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Switch.Host.Configuration;
using Switch.Host.Security.Tls;
using Switch.Host.Simulators;

namespace Switch.Tests.Support;

/// <summary>How a certificate is to be: right, unless said otherwise.</summary>
internal sealed record CertificatePlan
{
    public const string ServerUse = "1.3.6.1.5.5.7.3.1";
    public const string ClientUse = "1.3.6.1.5.5.7.3.2";

    public string Name { get; init; } = "peer";

    /// <summary>Days from now.</summary>
    public double From { get; init; } = -1;

    /// <summary>Days from now.</summary>
    public double To { get; init; } = 90;

    /// <summary>Null: no extended key usage, which allows all.</summary>
    public string? Use { get; init; } = ClientUse;

    /// <summary>Bits of an RSA key; 0: an elliptic curve.</summary>
    public int Rsa { get; init; }

    public ECCurve Curve { get; init; } = ECCurve.NamedCurves.nistP256;

    public bool IsSignedWithSha1 { get; init; }

    /// <summary>DNS names and addresses; none: there is no such extension.</summary>
    public IReadOnlyList<string> Names { get; init; } = ["127.0.0.1", "localhost"];

    public bool IsAuthority { get; init; }

    /// <summary>An extension that is not known anywhere, marked critical.</summary>
    public bool HasUnknownCritical { get; init; }
}

/// <summary>An authority of its own, and certificates made by it.</summary>
internal sealed class TestPki : IDisposable
{
    private readonly List<IDisposable> _made = [];
    private readonly Dictionary<string, X509Certificate2> _kept = [];

    private int _lastSerial = 100;

    public TestPki(string name = "test authority") => Root = Make(
        new CertificatePlan { Name = name, To = 3_650, From = -3_650, IsAuthority = true, Use = null, Names = [] },
        issuer: null);

    public X509Certificate2 Root { get; }

    /// <summary>What one's certificate leads to.</summary>
    public X509Certificate2Collection Trust => [Root];

    public static string PinOf(X509Certificate2 certificate) => TlsMaterial.PinOf(certificate);

    public X509Certificate2 Issue(CertificatePlan? plan = null, X509Certificate2? issuer = null) =>
        Make(plan ?? new CertificatePlan(), issuer ?? Root);

    /// <summary>The same one whenever it is asked for.</summary>
    public X509Certificate2 Kept(string name, Func<TestPki, X509Certificate2> make) =>
        _kept.TryGetValue(name, out X509Certificate2? kept) ? kept : _kept[name] = make(this);

    public X509Certificate2 SelfSigned(CertificatePlan plan) => Make(plan, issuer: null);

    /// <summary>A simulator with such a certificate that believes ours.</summary>
    public SimulatorTls Peer(X509Certificate2? certificate, params X509Certificate2[] chain) => new(
        certificate is null ? null : SslStreamCertificateContext.Create(certificate, [.. chain], offline: true), Trust);

    /// <summary>Files as an operator has them: switch.pem, switch.key, ca.pem.</summary>
    public void WriteTo(string folder, string name = "switch")
    {
        using X509Certificate2 own = Issue(new CertificatePlan { Name = name, Use = null });
        Write(folder, name, own);
        File.WriteAllText(Path.Combine(folder, "ca.pem"), Root.ExportCertificatePem());
    }

    public static void Write(string folder, string name, X509Certificate2 own)
    {
        File.WriteAllText(Path.Combine(folder, $"{name}.pem"), own.ExportCertificatePem());
        using AsymmetricAlgorithm key = (AsymmetricAlgorithm?)own.GetECDsaPrivateKey() ?? own.GetRSAPrivateKey()!;
        string file = Path.Combine(folder, $"{name}.key");
        File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem());
        FileModes.Set(file, FileModes.Own);
    }

    /// <summary>A revocation list with the serial numbers of these.</summary>
    public byte[] Revoke(params X509Certificate2[] revoked)
    {
        var list = new CertificateRevocationListBuilder();
        foreach (X509Certificate2 one in revoked)
        {
            list.AddEntry(one);
        }

        return list.Build(
            Root, crlNumber: 1, DateTimeOffset.UtcNow.AddDays(30), HashAlgorithmName.SHA256);
    }

    /// <summary>Options for files as of <see cref="WriteTo"/>.</summary>
    public static TlsOptions Options(string name = "switch") => new()
    {
        Certificate = $"file:{name}.pem", Key = $"file:{name}.key", Trust = "file:ca.pem",
    };

    public void Dispose() => _made.ForEach(static one => one.Dispose());

    private X509Certificate2 Make(CertificatePlan plan, X509Certificate2? issuer)
    {
        using RSA? rsa = plan.Rsa > 0 ? RSA.Create(plan.Rsa) : null;
        using ECDsa? curve = plan.Rsa > 0 ? null : ECDsa.Create(plan.Curve);
        var subject = new X500DistinguishedName($"CN={plan.Name}");
        CertificateRequest request = rsa is not null
            ? new(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new(subject, curve!, HashAlgorithmName.SHA256);
        AddExtensions(request, plan);
        DateTimeOffset from = DateTimeOffset.UtcNow.AddDays(plan.From);
        DateTimeOffset to = DateTimeOffset.UtcNow.AddDays(plan.To);
        X509Certificate2 made;
        if (issuer is null)
        {
            made = request.CreateSelfSigned(from, to);
        }
        else
        {
            byte[] serial = BitConverter.GetBytes(System.Net.IPAddress.HostToNetworkOrder(++_lastSerial));
            using X509Certificate2 bare = Sign(request, issuer, from, to, serial, plan.IsSignedWithSha1);
            made = rsa is not null ? bare.CopyWithPrivateKey(rsa) : bare.CopyWithPrivateKey(curve!);
        }

        _made.Add(made);
        return made;
    }

    private static X509Certificate2 Sign(
        CertificateRequest request, X509Certificate2 issuer, DateTimeOffset from, DateTimeOffset to, byte[] serial,
        bool isSha1)
    {
        using ECDsa? curve = issuer.GetECDsaPrivateKey();
        using RSA? rsa = issuer.GetRSAPrivateKey();
        X509SignatureGenerator signer = isSha1 ? new Sha1Signer(curve!) : curve is not null
            ? X509SignatureGenerator.CreateForECDsa(curve)
            : X509SignatureGenerator.CreateForRSA(rsa!, RSASignaturePadding.Pkcs1);
        return request.Create(issuer.SubjectName, signer, from, to, serial);
    }

    /// <summary>The platform makes no such signature any more.</summary>
    private sealed class Sha1Signer(ECDsa key) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm)
        {
            var writer = new AsnWriter(AsnEncodingRules.DER);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.10045.4.1");
            }

            return writer.Encode();
        }

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) =>
            key.SignData(data, HashAlgorithmName.SHA1, DSASignatureFormat.Rfc3279DerSequence);

        protected override PublicKey BuildPublicKey() => new(key);
    }

    private static void AddExtensions(CertificateRequest request, CertificatePlan plan)
    {
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(plan.IsAuthority, hasPathLengthConstraint: false, 0, critical: true));
        if (plan.Use is not null)
        {
            request.CertificateExtensions.Add(
                new X509EnhancedKeyUsageExtension([new Oid(plan.Use)], critical: false));
        }

        if (plan.HasUnknownCritical)
        {
            request.CertificateExtensions.Add(new X509Extension("1.2.3.4.5.6", [4, 1, 0], critical: true));
        }

        if (plan.Names.Count == 0)
        {
            return;
        }

        var names = new SubjectAlternativeNameBuilder();
        foreach (string name in plan.Names)
        {
            if (IPAddress.TryParse(name, out IPAddress? address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(name);
            }
        }

        request.CertificateExtensions.Add(names.Build());
    }
}
