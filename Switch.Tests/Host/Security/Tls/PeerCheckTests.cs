using System.Security.Cryptography.X509Certificates;
using Switch.Host.Security.Tls;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Security.Tls;

/// <summary>
/// Goal: only the partner's own certificate is the partner. Method: chains built by the platform from certificates made
/// here, also of kinds that no client on this machine would send.
/// </summary>
public sealed class PeerCheckTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Theory]
    [InlineData(1_024)]
    [InlineData(1_536)]
    [InlineData(2_040)]
    public void Judge_ShortRsaKey_IsRefused(int bits)
    {
        PeerCheck check = Judge(_pki.Issue(new CertificatePlan { Rsa = bits }));

        Assert.Equal(TlsRefusal.WeakKey, check.Refusal);
        Assert.Contains($"its RSA key has {bits} bits", check.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Judge_ShortRsaKeyOfAnIntermediate_IsRefused()
    {
        X509Certificate2 between = _pki.Issue(new CertificatePlan
        {
            Name = "between", IsAuthority = true, Rsa = 1_024, Use = null,
        });

        PeerCheck check = Judge(_pki.Issue(issuer: between), chain: between);

        Assert.Equal(TlsRefusal.WeakKey, check.Refusal);
        Assert.Contains("certificate CN=between", check.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Judge_SignatureThatCanBeForged_IsRefused()
    {
        PeerCheck check = Judge(_pki.Issue(new CertificatePlan { IsSignedWithSha1 = true }));

        Assert.Equal(TlsRefusal.WeakSignature, check.Refusal);
    }

    [Fact]
    public void Judge_Partner_IsNotRefused()
    {
        Assert.Equal(TlsRefusal.None, Judge(_pki.Issue()).Refusal);
        Assert.Equal(TlsRefusal.None, Judge(_pki.Issue(new CertificatePlan { Rsa = 2_048 })).Refusal);
        Assert.Equal(TlsRefusal.None, Judge(_pki.Issue(new CertificatePlan { Use = null })).Refusal);
    }

    [Fact]
    public void Judge_NoCertificate_IsRefused()
    {
        var check = new PeerCheck(Material(), host: null);

        Assert.False(check.Judge(null, null));
        Assert.Equal(TlsRefusal.NoCertificate, check.Refusal);
    }

    [Fact]
    public void Judge_Pins_AnyOfThemFits()
    {
        X509Certificate2 first = _pki.Issue();
        X509Certificate2 second = _pki.Issue();
        X509Certificate2 third = _pki.Issue();
        TlsMaterial material = Material() with
        {
            Pins = new HashSet<string> { TestPki.PinOf(first), TestPki.PinOf(second) },
        };

        Assert.Equal(TlsRefusal.None, Judge(first, material).Refusal);
        Assert.Equal(TlsRefusal.None, Judge(second, material).Refusal);
        Assert.Equal(TlsRefusal.WrongPin, Judge(third, material).Refusal);
    }

    /// <summary>A pin is no way around the chain.</summary>
    [Fact]
    public void Judge_PinnedAndExpired_IsRefused()
    {
        X509Certificate2 expired = _pki.Issue(new CertificatePlan { From = -9, To = -1 });
        TlsMaterial material = Material() with { Pins = new HashSet<string> { TestPki.PinOf(expired) } };

        Assert.Equal(TlsRefusal.Expired, Judge(expired, material).Refusal);
    }

    [Theory]
    [InlineData("issuer.example.com", "issuer.example.com", true)]
    [InlineData("issuer.example.com", "*.example.com", true)]
    [InlineData("issuer.example.com", "*.issuer.example.com", false)]
    [InlineData("issuer.example.com", "example.com", false)]
    [InlineData("issuer.example.com", "issuer.example.com.evil.test", false)]
    [InlineData("10.1.2.3", "10.1.2.3", true)]
    [InlineData("10.1.2.3", "10.1.2.4", false)]
    [InlineData("10.1.2.3", "issuer.example.com", false)]
    [InlineData("fd00::7", "fd00::7", true)]
    [InlineData("issuer.example.com", null, false)]
    public void Judge_HostThatWeConnectedTo_MustBeAnAlternativeName(string host, string? name, bool isPartner)
    {
        X509Certificate2 server = _pki.Issue(new CertificatePlan
        {
            Name = "issuer.example.com", Use = CertificatePlan.ServerUse, Names = name is null ? [] : [name],
        });

        PeerCheck check = Judge(server, host: host);

        Assert.Equal(isPartner ? TlsRefusal.None : TlsRefusal.WrongName, check.Refusal);
    }

    [Fact]
    public void Judge_ConfiguredNames_AreAskedInPlaceOfTheHost()
    {
        X509Certificate2 server = _pki.Issue(new CertificatePlan
        {
            Use = CertificatePlan.ServerUse, Names = ["issuer.example.com"],
        });

        Assert.Equal(
            TlsRefusal.None, Judge(server, Material() with { Names = ["issuer.example.com"] }, "10.0.0.1").Refusal);
        Assert.Equal(
            TlsRefusal.WrongName, Judge(server, Material() with { Names = ["other.example.com"] }, "10.0.0.1").Refusal);
    }

    /// <summary>What a peer wrote into its certificate goes into a line of the log.</summary>
    [Fact]
    public void Detail_OfAForgedSubject_IsOneShortLineWithoutCardNumbers()
    {
        string name = "4000001234567899" + new string('x', 1_000);
        PeerCheck check = Judge(_pki.Issue(new CertificatePlan { Name = name, From = -9, To = -1 }));

        Assert.DoesNotContain("4000001234567899", check.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(check.Detail, char.IsControl);
        Assert.InRange(check.Detail.Length, 1, 400);
    }

    [Fact]
    public void RevocationList_OfAnotherAuthority_RevokesNothingHere()
    {
        using var other = new TestPki("other authority");
        X509Certificate2 revoked = _pki.Issue();
        RevocationList list = Assert.Single(RevocationList.ReadAll(_pki.Revoke(revoked)));
        RevocationList foreign = Assert.Single(RevocationList.ReadAll(other.Revoke(revoked)));

        Assert.True(list.Revokes(revoked));
        Assert.False(list.Revokes(_pki.Issue()));
        Assert.True(list.IsSignedByOneOf(_pki.Trust));
        Assert.False(foreign.Revokes(revoked));
        Assert.False(foreign.IsSignedByOneOf(_pki.Trust));
    }

    /// <summary>A file of an operator: any bytes end in a sentence.</summary>
    [Fact]
    public void RevocationList_CutOrChangedAnywhere_IsRefusedOrUnsigned()
    {
        byte[] good = _pki.Revoke(_pki.Issue());
        for (int i = 0; i < good.Length; i++)
        {
            byte[] changed = [.. good];
            changed[i] ^= 0x11;
            AssertUnusable(changed);
            AssertUnusable(good[..i]);
        }
    }

    private void AssertUnusable(byte[] file)
    {
        try
        {
            Assert.All(RevocationList.ReadAll(file), list => Assert.False(list.IsSignedByOneOf(_pki.Trust)));
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            // Refused with a sentence.
        }
    }

    private TlsMaterial Material() => new()
    {
        Own = System.Net.Security.SslStreamCertificateContext.Create(_pki.Issue(), [], offline: true),
        Trust = _pki.Trust,
    };

    private PeerCheck Judge(
        X509Certificate2 peer, TlsMaterial? material = null, string? host = null, params X509Certificate2[] chain)
    {
        var check = new PeerCheck(material ?? Material(), host);
        using var built = new X509Chain { ChainPolicy = check.NewPolicy() };
        built.ChainPolicy.ExtraStore.AddRange(chain);
        built.Build(peer);
        Assert.Equal(check.Judge(peer, built), check.Refusal == TlsRefusal.None);
        return check;
    }
}
