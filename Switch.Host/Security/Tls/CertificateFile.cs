using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Switch.Host.Security.Tls;

/// <summary>Certificates and keys out of the bytes of files.</summary>
internal static class CertificateFile
{
    /// <summary>Whether it is text with PEM blocks; else it is taken for PFX or DER.</summary>
    public static bool IsPem(ReadOnlySpan<byte> file) => file.IndexOf("-----BEGIN "u8) >= 0;

    /// <summary>A certificate with its key, and what else the file has: certificates of its chain.</summary>
    /// <param name="certificate">PEM or PFX.</param>
    /// <param name="key">PEM; null: the key is in the same file.</param>
    /// <param name="password">Of the PFX or of the key; null: there is none.</param>
    /// <exception cref="TlsFileException">Says which of the two cannot be used, and why.</exception>
    public static SslStreamCertificateContext ReadOwn(byte[] certificate, byte[]? key, string? password)
    {
        (X509Certificate2 own, X509Certificate2Collection all) = IsPem(certificate)
            ? FromPem(certificate, key ?? certificate, password) : FromPfx(certificate, key, password);
        if (CertificateStrength.KeyProblemOf(own) is { } weak)
        {
            throw new TlsFileException(TlsFilePart.Certificate, $"of {own.Subject} cannot be used: {weak}");
        }

        // Offline: what is missing in the chain is the partner's to know, and nothing is fetched.
        return SslStreamCertificateContext.Create(own, all, offline: true);
    }

    /// <summary>Certificates in PEM, or one in DER.</summary>
    /// <exception cref="CryptographicException">There is none, or one cannot be read.</exception>
    public static X509Certificate2Collection ReadAll(byte[] file)
    {
        var all = new X509Certificate2Collection();
        if (IsPem(file))
        {
            all.ImportFromPem(Encoding.UTF8.GetString(file));
        }
        else
        {
            all.Add(X509CertificateLoader.LoadCertificate(file));
        }

        return all.Count > 0 ? all : throw new CryptographicException("it has no certificate");
    }

    private static (X509Certificate2 Own, X509Certificate2Collection All) FromPem(
        byte[] certificate, byte[] key, string? password)
    {
        X509Certificate2Collection all;
        string text = Encoding.UTF8.GetString(certificate);
        try
        {
            all = ReadAll(certificate);
        }
        catch (CryptographicException problem)
        {
            throw new TlsFileException(TlsFilePart.Certificate, $"cannot be used: {Sentence(problem)}");
        }

        char[] secret = Encoding.UTF8.GetChars(key);
        try
        {
            X509Certificate2 own = password is null
                ? X509Certificate2.CreateFromPem(text, secret)
                : X509Certificate2.CreateFromEncryptedPem(text, secret, password);
            return (own, all);
        }
        catch (Exception problem) when (problem is CryptographicException or ArgumentException)
        {
            throw new TlsFileException(
                TlsFilePart.Key, $"has no key of this certificate that can be read: {Sentence(problem)}");
        }
        finally
        {
            Array.Clear(secret);
        }
    }

    private static (X509Certificate2 Own, X509Certificate2Collection All) FromPfx(
        byte[] file, byte[]? key, string? password)
    {
        if (!IsPfx(file))
        {
            throw new TlsFileException(TlsFilePart.Certificate, "is neither PEM nor PFX");
        }

        if (key is not null)
        {
            throw new TlsFileException(
                TlsFilePart.Key, "must not be set: Certificate is a PFX file, which has the key");
        }

        try
        {
            X509Certificate2Collection all = X509CertificateLoader.LoadPkcs12Collection(
                file, password, X509KeyStorageFlags.DefaultKeySet);
            X509Certificate2? own = all.FirstOrDefault(static one => one.HasPrivateKey);
            return own is not null
                ? (own, all)
                : throw new TlsFileException(TlsFilePart.Certificate, "is a PFX file without a private key");
        }
        catch (CryptographicException problem)
        {
            throw new TlsFileException(
                TlsFilePart.Certificate,
                $"is a PFX file that does not open with this password: {Sentence(problem)}");
        }
    }

    private static bool IsPfx(byte[] file)
    {
        try
        {
            return X509Certificate2.GetCertContentType(file) == X509ContentType.Pkcs12;
        }
        catch (CryptographicException)
        {
            return false; // The platform does not know it.
        }
    }

    private static string Sentence(Exception problem) => problem.Message.TrimEnd('.');
}

/// <summary>A key of the configuration.</summary>
internal enum TlsFilePart
{
    Certificate,
    Key,
}

/// <summary>What is wrong with a certificate's file or its key's.</summary>
internal sealed class TlsFileException(TlsFilePart part, string problem) : Exception(problem)
{
    public TlsFilePart Part => part;
}
