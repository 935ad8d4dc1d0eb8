using System.Security.Cryptography.X509Certificates;
using Switch.Host.Configuration;
using Switch.Host.Security.Tls;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Configuration;

/// <summary>Goal: a mistake about TLS is found before a partner finds it, and named by its path.</summary>
public sealed class TlsRulesTests : IDisposable
{
    private readonly TestPki _pki = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("switch-tls-").FullName;

    public TlsRulesTests()
    {
        _pki.WriteTo(_folder);
        using X509Certificate2 other = _pki.Issue();
        TestPki.Write(_folder, "other", other);
        using X509Certificate2 weak = _pki.Issue(new CertificatePlan { Rsa = 1_024 });
        TestPki.Write(_folder, "weak", weak);
        File.WriteAllText(Path.Combine(_folder, "junk"), "junk");
        File.WriteAllBytes(Path.Combine(_folder, "good.crl"), _pki.Revoke());
        using var foreign = new TestPki("foreign");
        File.WriteAllBytes(Path.Combine(_folder, "foreign.crl"), foreign.Revoke());
        using X509Certificate2 both = _pki.Issue();
        File.WriteAllBytes(Path.Combine(_folder, "both.pfx"), both.Export(X509ContentType.Pkcs12, "secret"));
        File.WriteAllText(Path.Combine(_folder, "password"), "secret\n");
        File.WriteAllText(
            Path.Combine(_folder, "both.pem"), both.ExportCertificatePem() + "\n"
            + both.GetECDsaPrivateKey()!.ExportEncryptedPkcs8PrivateKeyPem(
                "secret", new(System.Security.Cryptography.PbeEncryptionAlgorithm.Aes256Cbc,
                System.Security.Cryptography.HashAlgorithmName.SHA256, 1_000)));
    }

    public void Dispose()
    {
        _pki.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Load_PemAndPfx_AreRead()
    {
        Assert.Empty(Judge(static _ => { }, out TlsMaterial? pem).All);
        Assert.Empty(
            Judge(
                static tls =>
                {
                    tls.Certificate = "file:both.pfx";
                    tls.Key = null;
                    tls.Password = "file:password";
                }, out TlsMaterial? pfx).All);
        Assert.Empty(
            Judge(
                static tls =>
                {
                    tls.Certificate = "file:both.pem";
                    tls.Key = null;
                    tls.Password = "file:password";
                }, out TlsMaterial? encrypted).All);

        Assert.Equal("CN=switch", pem!.Own.TargetCertificate.Subject);
        Assert.True(pfx!.Own.TargetCertificate.HasPrivateKey);
        Assert.True(encrypted!.Own.TargetCertificate.HasPrivateKey);
    }

    [Theory]
    [InlineData("Certificate", null, "Certificate", "is missing")]
    [InlineData("Certificate", "switch.pem", "Certificate", "must be file:PATH or env:NAME")]
    [InlineData("Certificate", "file:absent.pem", "Certificate", "cannot be read")]
    [InlineData("Certificate", "file:.", "Certificate", "is a folder")]
    [InlineData("Certificate", "file:junk", "Certificate", "neither PEM nor PFX")]
    [InlineData("Certificate", "file:both.pfx", "Key", "must not be set")]
    [InlineData("Certificate", "file:ca.pem", "Key", "has no key of this certificate")]
    [InlineData("Key", "file:other.key", "Key", "has no key of this certificate")]
    [InlineData("Key", "file:junk", "Key", "has no key of this certificate")]
    [InlineData("Key", "file:absent", "Key", "cannot be read")]
    [InlineData("Key", null, "Certificate", "has no key of this certificate")]
    [InlineData("Password", "env:SWITCH_NO_SUCH_VARIABLE", "Password", "is not set")]
    [InlineData("Trust", null, "Trust", "is missing")]
    [InlineData("Trust", "file:junk", "Trust", "cannot be used")]
    [InlineData("Trust", "file:switch.key", "Trust", "has no certificate")]
    [InlineData("Crl", "file:junk", "Crl", "cannot be used")]
    [InlineData("Crl", "file:ca.pem", "Crl", "has no X509 CRL")]
    [InlineData("Crl", "file:foreign.crl", "Crl", "no certificate in Trust has signed")]
    [InlineData("Minimum", "1.1", "Minimum", "neither 1.2 nor 1.3")]
    [InlineData("Pins", "sha256/AAAA", "Pins:0", "44 characters")]
    [InlineData("Pins", "sha1/AAAA", "Pins:0", "44 characters")]
    [InlineData("Names", "a b", "Names:0", "neither a DNS name nor an address")]
    public void Validate_OneMistake_IsNamedByItsPath(string key, string? value, string path, string problem)
    {
        ConfigurationErrors errors = Judge(
            tls =>
            {
                var property = typeof(TlsOptions).GetProperty(key)!;
                property.SetValue(
                    tls, property.PropertyType == typeof(string) ? value : new List<string> { value! });
            }, out TlsMaterial? material);

        ConfigurationError error = Assert.Single(errors.All);
        Assert.Equal($"Switch:Acquirers:0:Tls:{path}", error.Path);
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
        Assert.Null(material);
    }

    [Fact]
    public void Validate_WeakKeyOfOurs_IsRefused()
    {
        ConfigurationErrors errors = Judge(
            static tls => (tls.Certificate, tls.Key) = ("file:weak.pem", "file:weak.key"), out _);

        Assert.Contains("1024 bits", Assert.Single(errors.All).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_KeyThatOthersMayRead_IsRefusedInProduction()
    {
        FileModes.Set(Path.Combine(_folder, "switch.key"), FileModes.Own | UnixFileMode.OtherRead);

        ConfigurationErrors errors = Judge(static _ => { }, out _, "Production");

        Assert.Contains("chmod 600", Assert.Single(errors.All).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0:8583", "127.0.0.1:9001", "Switch:Acquirers:0:Tls")]
    [InlineData("[::]:8583", "127.0.0.1:9001", "Switch:Acquirers:0:Tls")]
    [InlineData("10.1.2.3:8583", "127.0.0.1:9001", "Switch:Acquirers:0:Tls")]
    [InlineData("127.0.0.1:8583", "10.1.2.3:9001", "Switch:Issuers:0:Tls")]
    [InlineData("127.0.0.1:8583", "issuer.example:9001", "Switch:Issuers:0:Tls")]
    [InlineData("127.0.0.1:8583", "[fd00::7]:9001", "Switch:Issuers:0:Tls")]
    public void Validate_PlainTextBeyondThisMachine_IsRefusedUnlessItIsSaid(
        string listen, string endpoint, string path)
    {
        SwitchOptions options = Options(listen, endpoint);
        var silent = new ConfigurationErrors();
        TlsRules.Validate(options, silent, Environment());
        options.Acquirers[0].Tls = TlsOptions.PlainText();
        options.Issuers[0].Tls = TlsOptions.PlainText();
        var said = new ConfigurationErrors();
        TlsRules.Validate(options, said, Environment());

        Assert.Equal(path, Assert.Single(silent.All).Path);
        Assert.Empty(said.All);
        Assert.True(
            TlsRules.IsExposed(options.Acquirers[0].Tls, listen)
            || TlsRules.IsExposed(options.Issuers[0].Tls, endpoint));
    }

    [Theory]
    [InlineData("127.0.0.1:8583", "127.0.0.1:9001")]
    [InlineData("[::1]:8583", "localhost:9001")]
    [InlineData("127.0.0.2:8583", "[::1]:9001")]
    public void Validate_PlainTextOnThisMachine_IsAccepted(string listen, string endpoint)
    {
        var errors = new ConfigurationErrors();
        TlsRules.Validate(Options(listen, endpoint), errors, Environment());

        Assert.Empty(errors.All);
    }

    private static SwitchOptions Options(string listen, string endpoint) => new()
    {
        Acquirers = [new AcquirerOptions { Listen = listen }], Issuers = [new IssuerOptions { Endpoints = [endpoint] }],
    };

    private ConfigurationEnvironment Environment(string name = "Development") =>
        ConfigurationEnvironment.Of(_folder, name);

    private ConfigurationErrors Judge(
        Action<TlsOptions> change, out TlsMaterial? material, string environment = "Development")
    {
        TlsOptions tls = TestPki.Options();
        change(tls);
        SwitchOptions options = Options("127.0.0.1:0", "127.0.0.1:9001");
        options.Acquirers[0].Tls = tls;
        var errors = new ConfigurationErrors();
        material = TlsRules.Load(options, errors, Environment(environment)).Acquirers[0];
        return errors;
    }
}
