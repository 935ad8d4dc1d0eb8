using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Switch.Host.Security.Tls;

namespace Switch.Tests.Support;

/// <summary>Peers that are none: each with a certificate, or with bytes, that must be refused for one reason.</summary>
internal static class HostilePeers
{
    private static readonly string[] Versions = ["1.2", "1.3"];

    private static readonly Dictionary<string, (TlsRefusal Refusal, Func<TestPki, Shown> Show)> Kinds = new()
    {
        ["none"] = (TlsRefusal.NoCertificate, static _ => new Shown(null)),
        ["expired"] = (TlsRefusal.Expired, static pki => Of(pki, new() { From = -9, To = -1 })),
        ["expired a minute ago"] = (TlsRefusal.Expired, static pki => Of(pki, new() { From = -9, To = -1 / 1440.0 })),
        ["expired, RSA"] = (TlsRefusal.Expired, static pki => Of(pki, new() { From = -9, To = -1, Rsa = 2_048 })),
        ["not yet valid"] = (TlsRefusal.NotYetValid, static pki => Of(pki, new() { From = 1 })),
        ["not yet valid, in an hour"] = (TlsRefusal.NotYetValid, static pki => Of(pki, new() { From = 1 / 24.0 })),
        ["for servers"] = (TlsRefusal.WrongUsage, static pki => Of(pki, new() { Use = CertificatePlan.ServerUse })),
        ["for code"] = (TlsRefusal.WrongUsage, static pki => Of(pki, new() { Use = "1.3.6.1.5.5.7.3.3" })),
        ["for mail"] = (TlsRefusal.WrongUsage, static pki => Of(pki, new() { Use = "1.3.6.1.5.5.7.3.4" })),
        ["for time stamps"] = (TlsRefusal.WrongUsage, static pki => Of(pki, new() { Use = "1.3.6.1.5.5.7.3.8" })),
        ["of another authority"] = (TlsRefusal.UnknownAuthority, static _ => OfAnother("another authority")),
        ["of another authority of the same name"] = (TlsRefusal.InvalidChain, static _ => OfAnother("test authority")),
        ["self-signed"] = (TlsRefusal.UnknownAuthority, static pki => new Shown(pki.SelfSigned(new()))),
        ["self-signed, named as the authority"] = (
            TlsRefusal.UnknownAuthority,
            static pki => new Shown(pki.SelfSigned(new() { Name = "test authority", IsAuthority = true }))),
        ["RSA 2040"] = (TlsRefusal.WeakKey, static pki => Of(pki, new() { Rsa = 2_040 })),
        ["revoked"] = (TlsRefusal.Revoked, static pki => new Shown(Revoked(pki))),
        ["unknown critical extension"] = (
            TlsRefusal.InvalidChain, static pki => Of(pki, new() { HasUnknownCritical = true })),
        ["by one that is no authority"] = (TlsRefusal.InvalidChain, static pki =>
        {
            X509Certificate2 between = pki.Issue(new CertificatePlan { Name = "no authority", Use = null });
            return new Shown(pki.Issue(issuer: between), between);
        }
        ),
        ["intermediate missing"] = (TlsRefusal.UnknownAuthority, static pki =>
            new Shown(pki.Issue(issuer: pki.Issue(Between("between"))))),
        ["intermediate expired"] = (TlsRefusal.Expired, static pki =>
        {
            X509Certificate2 between = pki.Issue(Between("between") with { From = -9, To = -1 });
            return new Shown(pki.Issue(issuer: between), between);
        }
        ),
        ["intermediate for servers only"] = (TlsRefusal.WrongUsage, static pki =>
        {
            X509Certificate2 between = pki.Issue(Between("between") with { Use = CertificatePlan.ServerUse });
            return new Shown(pki.Issue(issuer: between), between);
        }
        ),
        ["chain of seven"] = (TlsRefusal.ChainTooLong, static pki => Chain(pki, 5)),
        ["chain of twenty"] = (TlsRefusal.ChainTooLong, static pki => Chain(pki, 18)),
    };

    private static readonly Dictionary<string, (TlsRefusal Refusal, Func<TestPki, Shown> Show)> Servers = new()
    {
        ["expired"] = (TlsRefusal.Expired, static pki => Server(pki, new() { From = -9, To = -1 })),
        ["not yet valid"] = (TlsRefusal.NotYetValid, static pki => Server(pki, new() { From = 1 })),
        ["for clients"] = (TlsRefusal.WrongUsage, static pki => Of(pki, new())),
        ["for code"] = (TlsRefusal.WrongUsage, static pki => Of(pki, new() { Use = "1.3.6.1.5.5.7.3.3" })),
        ["of another authority"] = (
            TlsRefusal.UnknownAuthority,
            static _ => new Shown(new TestPki("another authority").Issue(new() { Use = CertificatePlan.ServerUse }))),
        ["of another authority of the same name"] = (
            TlsRefusal.InvalidChain,
            static _ => new Shown(new TestPki().Issue(new() { Use = CertificatePlan.ServerUse }))),
        ["self-signed"] = (
            TlsRefusal.UnknownAuthority,
            static pki => new Shown(pki.SelfSigned(new() { Use = CertificatePlan.ServerUse }))),
        ["no alternative name"] = (
            TlsRefusal.WrongName, static pki => Server(pki, new() { Name = "127.0.0.1", Names = [] })),
        ["another address"] = (TlsRefusal.WrongName, static pki => Server(pki, new() { Names = ["127.0.0.2"] })),
        ["a name that looks like the address"] = (
            TlsRefusal.WrongName, static pki => Server(pki, new() { Names = ["127.0.0.1.example.com"] })),
        ["a wildcard"] = (TlsRefusal.WrongName, static pki => Server(pki, new() { Names = ["*.0.0.1"] })),
        ["revoked"] = (TlsRefusal.Revoked, static pki => new Shown(Revoked(pki))),
        ["RSA 2040"] = (TlsRefusal.WeakKey, static pki => Server(pki, new() { Rsa = 2_040 })),
        ["unknown critical extension"] = (
            TlsRefusal.InvalidChain, static pki => Server(pki, new() { HasUnknownCritical = true })),
        ["intermediate missing"] = (TlsRefusal.UnknownAuthority, static pki => new Shown(
            pki.Issue(new() { Use = CertificatePlan.ServerUse }, pki.Issue(Between("between"))))),
        ["intermediate for clients only"] = (TlsRefusal.WrongUsage, static pki =>
        {
            X509Certificate2 between = pki.Issue(Between("between") with { Use = CertificatePlan.ClientUse });
            return new Shown(pki.Issue(new() { Use = CertificatePlan.ServerUse }, between), between);
        }
        ),
        ["chain of seven"] = (TlsRefusal.ChainTooLong, static pki => Chain(pki, 5, CertificatePlan.ServerUse)),
    };

    /// <summary>Each kind on each version, and why it is refused.</summary>
    public static IEnumerable<(string Name, TlsRefusal Refusal)> All =>
        from version in Versions
        from kind in Kinds
        select ($"{kind.Key} ({version})", kind.Value.Refusal);

    /// <summary>The same of an issuer's host.</summary>
    public static IEnumerable<(string Name, TlsRefusal Refusal)> AllServers =>
        from version in Versions
        from kind in Servers
        select ($"{kind.Key} ({version})", kind.Value.Refusal);

    /// <summary>Shakes hands as an issuer's host.</summary>
    public static async Task<Stream> ServeAsync(TestPki pki, string name, Stream plain, CancellationToken stop)
    {
        (string kind, SslProtocols version) = Parse(name);
        Shown shown;
        lock (pki)
        {
            shown = Servers[kind].Show(pki);
        }

        var tls = new SslStream(plain);
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                EnabledSslProtocols = version,
                ServerCertificateContext = SslStreamCertificateContext.Create(
                    shown.Own!, [.. shown.Chain], offline: true),
            },
            stop);
        return tls;
    }

    public static byte[] RevocationOf(TestPki pki) => pki.Revoke(Revoked(pki));

    /// <summary>Shakes hands, and tells whether the other side then waits for messages.</summary>
    public static async Task<bool> TryAsync(TestPki pki, string name, Socket socket)
    {
        (string kind, SslProtocols version) = Parse(name);
        Shown shown = Kinds[kind].Show(pki);
        await using var tls = new SslStream(
            new NetworkStream(socket, ownsSocket: false), false,
            static (_, certificate, _, _) => certificate is not null);
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "127.0.0.1",
                EnabledSslProtocols = version,
                ClientCertificateContext = shown.Own is null
                    ? null : SslStreamCertificateContext.Create(shown.Own, [.. shown.Chain], offline: true),
            }).WaitAsync(Rig.Patience);

            // A TLS 1.3 client is through before it was judged: the end comes as its first byte.
            return await tls.ReadAsync(new byte[1]).AsTask().WaitAsync(Rig.Patience) > 0;
        }
        catch (Exception refused) when (refused is AuthenticationException or IOException)
        {
            return false;
        }
    }

    private static (string Kind, SslProtocols Version) Parse(string name)
    {
        int at = name.LastIndexOf(" (", StringComparison.Ordinal);
        return (name[..at], name[(at + 2)..^1] == "1.2" ? SslProtocols.Tls12 : SslProtocols.Tls13);
    }

    private static CertificatePlan Between(string name) => new()
    {
        Name = name, IsAuthority = true, Use = null, Names = [],
    };

    private static X509Certificate2 Revoked(TestPki pki) =>
        pki.Kept("revoked", static pki => pki.Issue(new CertificatePlan { Name = "revoked", Use = null }));

    private static Shown Server(TestPki pki, CertificatePlan plan) =>
        Of(pki, plan with { Use = CertificatePlan.ServerUse });

    private static Shown Of(TestPki pki, CertificatePlan plan) => new(pki.Issue(plan));

    private static Shown OfAnother(string authority)
    {
        var other = new TestPki(authority);
        return new Shown(other.Issue(), other.Root);
    }

    private static Shown Chain(TestPki pki, int between, string use = CertificatePlan.ClientUse)
    {
        var chain = new List<X509Certificate2>();
        X509Certificate2 last = pki.Root;
        for (int i = 0; i < between; i++)
        {
            last = pki.Issue(Between($"between {i}"), last);
            chain.Add(last);
        }

        return new Shown(pki.Issue(new() { Use = use }, last), [.. chain]);
    }

    private sealed record Shown(X509Certificate2? Own, params X509Certificate2[] Chain);
}
