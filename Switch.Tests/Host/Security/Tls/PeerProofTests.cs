using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Switch.Host.Security.Tls;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Security.Tls;

/// <summary>Goal: an open connection stays open exactly as long as its peer would be let in, but for dates.</summary>
public sealed class PeerProofTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Theory]
    [InlineData("none", true)]
    [InlineData("its pin is kept", true)]
    [InlineData("its pin is taken away", false)]
    [InlineData("its name is taken away", false)]
    [InlineData("it is revoked", false)]
    [InlineData("another is revoked", true)]
    [InlineData("its authority is taken away", false)]
    public void IsGoodBy_WhatChanged_SaysWhetherItStays(string change, bool stays)
    {
        X509Certificate2 peer = _pki.Issue(new CertificatePlan { Names = ["partner.example.com"] });
        Assert.Equal(stays, Shown(peer).IsGoodBy(Changed(change, peer)));
    }

    /// <summary>An end by date is told of long before, and cuts off no payment.</summary>
    [Theory]
    [InlineData("none", true)]
    [InlineData("it is revoked", false)]
    [InlineData("its authority is taken away", false)]
    public void IsGoodBy_CertificateEndedMeanwhile_DatesAloneEndNothing(string change, bool stays)
    {
        X509Certificate2 peer = _pki.Issue(new CertificatePlan { From = -9, To = -1 });

        Assert.Equal(stays, Shown(peer).IsGoodBy(Changed(change, peer)));
    }

    [Fact]
    public void IsGoodBy_IntermediateRevoked_ItDoesNotStay()
    {
        X509Certificate2 between = _pki.Issue(new CertificatePlan { Name = "between", IsAuthority = true, Use = null });
        X509Certificate2 peer = _pki.Issue(issuer: between);

        Assert.True(Shown(peer, between).IsGoodBy(Material()));
        Assert.False(Shown(peer, between).IsGoodBy(Material() with { Revoked = [ListOf(between)] }));
    }

    [Fact]
    public void IsGoodBy_HostThatWeConnectedTo_MustBeInTheCertificateStill()
    {
        X509Certificate2 server = _pki.Issue(new CertificatePlan
        {
            Use = CertificatePlan.ServerUse, Names = ["issuer.example.com"],
        });

        Assert.True(Proof(server, "issuer.example.com").IsGoodBy(Material()));
        Assert.False(Proof(server, "other.example.com").IsGoodBy(Material()));
    }

    private TlsMaterial Changed(string change, X509Certificate2 peer)
    {
        TlsMaterial material = Material();
        return change switch
        {
            "its pin is kept" => material with { Pins = new HashSet<string> { TlsMaterial.PinOf(peer) } },
            "its pin is taken away" => material with { Pins = new HashSet<string> { TlsMaterial.PinOf(_pki.Root) } },
            "its name is taken away" => material with { Names = ["another.example.com"] },
            "it is revoked" => material with { Revoked = [ListOf(peer)] },
            "another is revoked" => material with { Revoked = [ListOf(_pki.Issue())] },
            "its authority is taken away" => material with { Trust = [_pki.Issue()] },
            _ => material,
        };
    }

    private RevocationList ListOf(X509Certificate2 revoked) =>
        Assert.Single(RevocationList.ReadAll(_pki.Revoke(revoked)));

    private PeerProof Shown(X509Certificate2 peer, params X509Certificate2[] chain) => Proof(peer, host: null, chain);

    private PeerProof Proof(X509Certificate2 peer, string? host, params X509Certificate2[] chain) => new(
        TlsMaterial.PinOf(peer), [.. chain.Prepend(peer).Append(_pki.Root).Select(static one => one.RawData)], host,
        Material());

    private TlsMaterial Material() => new()
    {
        Own = SslStreamCertificateContext.Create(_pki.Issue(), [], offline: true),
        Trust = _pki.Trust,
    };
}
