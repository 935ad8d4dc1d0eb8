using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using Switch.Host.Admin.Access;
using Switch.Host.Configuration;
using Switch.Host.Security.Tls;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Admin;

/// <summary>The admin listener over TLS: client certificates are identities, and tokens go on.</summary>
public sealed class AdminTlsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-admin-tls-");
    private readonly TestPki _pki = new();
    private readonly TestPki _other = new("another authority");
    private TlsMaterial? _material;

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _pki.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task Certificate_NamedInTokens_HasItsRole()
    {
        using X509Certificate2 anna = _pki.Issue(new CertificatePlan { Name = "anna" });
        using X509Certificate2 stranger = _pki.Issue(new CertificatePlan { Name = "stranger" });
        await using AdminRig rig = await StartAsync($"anna operator {TlsMaterial.PinOf(anna)}\n");

        Assert.Equal((200, 200), await AskAsync(rig, anna));
        Assert.Equal("anna", Assert.Single(rig.Commands).Who);
        Assert.Equal((401, 401), await AskAsync(rig, stranger));
        Assert.Equal((401, 401), await AskAsync(rig, null));
        rig.Access.Replace(AdminCredentials.None);
        Assert.Equal((401, 401), await AskAsync(rig, anna));
    }

    [Fact]
    public async Task Certificate_OfAnotherAuthorityOrOver_IsRefusedInTheHandshake()
    {
        using X509Certificate2 foreign = _other.Issue(new CertificatePlan { Name = "anna" });
        using X509Certificate2 over = _pki.Issue(new CertificatePlan { Name = "anna", To = -0.5 });
        await using AdminRig rig = await StartAsync(
            $"anna operator {TlsMaterial.PinOf(foreign)}\nbert operator {TlsMaterial.PinOf(over)}\n");

        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(rig, foreign));
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(rig, over));
        Assert.Empty(rig.Commands);
    }

    /// <summary>A browser or a script keeps its connection open.</summary>
    [Fact]
    public async Task Certificate_RevokedWhileItsConnectionIsOpen_HasNoRoleAnyMore()
    {
        using X509Certificate2 anna = _pki.Issue(new CertificatePlan { Name = "anna" });
        await using AdminRig rig = await StartAsync($"anna operator {TlsMaterial.PinOf(anna)}\n");
        using HttpClient client = ClientOf(rig, anna);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/status")).StatusCode);

        _material = _material! with { Revoked = RevocationList.ReadAll(_pki.Revoke(anna)) };

        using HttpResponseMessage refused = await client.GetAsync("/api/status");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(rig, anna)); // A new handshake.
    }

    [Fact]
    public async Task Token_OverTls_IsTakenAndItsCookieIsSecure()
    {
        await using AdminRig rig = await StartAsync(AdminHttp.TokenFile());
        using HttpClient client = ClientOf(rig, null);
        using HttpResponseMessage signedIn = await client.PostAsJsonAsync(
            "/session", new { token = AdminHttp.TokenOf(AdminRole.Viewer) });

        Assert.Equal(HttpStatusCode.OK, signedIn.StatusCode);
        Assert.Contains(
            "secure", Assert.Single(signedIn.Headers.GetValues("Set-Cookie")), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task PlainText_ToTheTlsListener_GetsNothing()
    {
        await using AdminRig rig = await StartAsync(AdminHttp.TokenFile());

        await Assert.ThrowsAsync<HttpRequestException>(() => rig.GetAsync("/health/live"));
    }

    private async Task<AdminRig> StartAsync(string tokens)
    {
        _pki.WriteTo(_folder.FullName);
        var errors = new ConfigurationErrors();
        var options = new SwitchOptions { Admin = { Tls = TestPki.Options() } };
        _material = TlsRules.Load(
            options, errors, new ConfigurationEnvironment(_folder.FullName, IsProduction: false)).Admin!;
        AdminAccess access = AdminHttp.Access(hasTokens: false, tls: () => _material);
        access.Replace(AdminCredentials.Parse(tokens, errors, "tokens"));
        Assert.Empty(errors.All);
        return await AdminRig.StartAsync(access, parts => parts with { Tls = () => _material });
    }

    private HttpClient ClientOf(AdminRig rig, X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck,
        };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(_pki.Trust);
        if (certificate is not null)
        {
            handler.SslOptions.ClientCertificates = [certificate];
        }

        return new HttpClient(handler)
        {
            BaseAddress = new Uri($"https://{rig.Server.EndPoint}"), Timeout = TimeSpan.FromSeconds(30),
        };
    }

    private async Task<(int Read, int Command)> AskAsync(AdminRig rig, X509Certificate2? certificate)
    {
        using HttpClient client = ClientOf(rig, certificate);
        using HttpResponseMessage read = await client.GetAsync("/api/status");
        using HttpResponseMessage command = await client.PostAsJsonAsync(
            "/api/commands/force-standin", new { why = "because", issuer = "issuer-a" });
        return ((int)read.StatusCode, (int)command.StatusCode);
    }
}
