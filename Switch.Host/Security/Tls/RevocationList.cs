using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Switch.Host.Security.Tls;

/// <summary>
/// A certificate revocation list (RFC 5280 section 5): which serial numbers of one authority are no good any more. The
/// platform fetches such lists from addresses in certificates; here they come from a file only, so that no peer makes
/// the switch connect anywhere.
/// </summary>
internal sealed class RevocationList
{
    private const string PemLabel = "X509 CRL";

    private readonly HashSet<BigInteger> _serials = [];
    private readonly byte[] _signed;
    private readonly byte[] _signature;
    private readonly string _algorithm;

    /// <exception cref="AsnContentException">It is no such list.</exception>
    private RevocationList(ReadOnlyMemory<byte> der)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER);
        AsnReader list = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        _signed = list.PeekEncodedValue().ToArray();
        AsnReader body = list.ReadSequence();
        _algorithm = list.ReadSequence().ReadObjectIdentifier();
        _signature = list.ReadBitString(out _);
        list.ThrowIfNotEmpty();

        if (body.PeekTag() == Asn1Tag.Integer)
        {
            body.ReadInteger(); // The version.
        }

        body.ReadSequence(); // The algorithm once more.
        Issuer = new X500DistinguishedName(body.ReadEncodedValue().Span);
        ReadTime(body);
        NextUpdate = body.HasData && IsTime(body.PeekTag()) ? ReadTime(body) : null;
        if (body.HasData && body.PeekTag() == Asn1Tag.Sequence)
        {
            AsnReader entries = body.ReadSequence();
            while (entries.HasData)
            {
                _serials.Add(entries.ReadSequence().ReadInteger());
            }
        }
    }

    /// <summary>Whose certificates it is about.</summary>
    public X500DistinguishedName Issuer { get; }

    /// <summary>When its authority makes the next one, UTC; null: it does not say.</summary>
    public DateTime? NextUpdate { get; }

    /// <summary>Serial numbers on it.</summary>
    public int Count => _serials.Count;

    /// <summary>All lists of a file: one in DER, or any number in PEM.</summary>
    /// <exception cref="CryptographicException">There is none, or one cannot be read.</exception>
    public static IReadOnlyList<RevocationList> ReadAll(byte[] file)
    {
        try
        {
            if (!CertificateFile.IsPem(file))
            {
                return [new RevocationList(file)];
            }

            string text = Encoding.ASCII.GetString(file);
            var lists = new List<RevocationList>();
            ReadOnlySpan<char> rest = text;
            while (PemEncoding.TryFind(rest, out PemFields found))
            {
                if (rest[found.Label].SequenceEqual(PemLabel))
                {
                    lists.Add(new RevocationList(Convert.FromBase64String(rest[found.Base64Data].ToString())));
                }

                rest = rest[found.Location.End..];
            }

            return lists.Count > 0 ? lists : throw new CryptographicException($"it has no {PemLabel}");
        }
        catch (AsnContentException problem)
        {
            throw new CryptographicException("it is no revocation list", problem);
        }
    }

    /// <summary>Whether one of these has signed it.</summary>
    public bool IsSignedByOneOf(X509Certificate2Collection authorities) => authorities.Any(IsSignedBy);

    /// <summary>Whether it names this certificate.</summary>
    public bool Revokes(X509Certificate2 certificate) =>
        Issuer.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)
        && _serials.Contains(new BigInteger(certificate.SerialNumberBytes.Span, isUnsigned: false, isBigEndian: true));

    private static bool IsTime(Asn1Tag tag) =>
        tag == Asn1Tag.UtcTime || tag == Asn1Tag.GeneralizedTime;

    private static DateTime ReadTime(AsnReader reader) => reader.PeekTag() == Asn1Tag.UtcTime
        ? reader.ReadUtcTime().UtcDateTime : reader.ReadGeneralizedTime().UtcDateTime;

    private bool IsSignedBy(X509Certificate2 authority)
    {
        if (!authority.SubjectName.RawData.AsSpan().SequenceEqual(Issuer.RawData) || HashOf(_algorithm) is not { } hash)
        {
            return false;
        }

        using RSA? rsa = authority.GetRSAPublicKey();
        using ECDsa? curve = authority.GetECDsaPublicKey();
        return rsa?.VerifyData(_signed, _signature, hash, RSASignaturePadding.Pkcs1)
            ?? curve?.VerifyData(_signed, _signature, hash, DSASignatureFormat.Rfc3279DerSequence)
            ?? false;
    }

    // RSA (PKCS #1 v1.5) and ECDSA with SHA-2.
    private static HashAlgorithmName? HashOf(string algorithm) => algorithm switch
    {
        "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" => HashAlgorithmName.SHA256,
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => HashAlgorithmName.SHA384,
        "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => HashAlgorithmName.SHA512,
        _ => null,
    };
}
