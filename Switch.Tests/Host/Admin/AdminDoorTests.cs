using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Switch.Host.Admin;
using Switch.Host.Configuration;
using Switch.Routing.Operations;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Admin;

/// <summary>Who is let in at the admin listener: by name, by origin, and past idle connections.</summary>
public sealed class AdminDoorTests : IAsyncLifetime, IDisposable
{
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly List<CoreCommand> _commands = [];
    private AdminServer _server = null!;

    public async Task InitializeAsync()
    {
        var commands = new AdminCommands(
            new AdminOrders(AdminRig.PartsOf(["issuer-a"], command =>
            {
                _commands.Add(command);
                return Task.FromResult(new CoreCommandResult(CoreCommandOutcome.Done, 7));
            })),
            new AuditTrail());
        _server = await AdminServer.StartAsync(
            new AdminParts
            {
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                Access = AdminHttp.Access(),
                Read = () => Statuses.Ready,
                Loggers = NullLoggerFactory.Instance,
                Commands = commands,
                Names = ["switch-1.example.com"],
            },
            CancellationToken.None);
        _client.BaseAddress = new Uri($"http://{_server.EndPoint}");
        _client.DefaultRequestHeaders.Authorization = AdminHttp.HeaderOf(AdminRole.Operator);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _client.Dispose();

    /// <summary>DNS rebinding: a page's own name leads to this address, and its browser lets it ask.</summary>
    [Theory]
    [InlineData("evil.example.com")]
    [InlineData("evil.example.com:8580")]
    [InlineData("localhost.evil.example.com")]
    public async Task Request_UnderAStrangeName_IsMisdirected(string host)
    {
        foreach (string path in (string[])["/api/status", "/api/issuers", "/api/advices?issuer=issuer-a", "/metrics"])
        {
            Assert.Equal(HttpStatusCode.MisdirectedRequest, await GetAsync(path, ("Host", host)));
        }

        Assert.Equal(HttpStatusCode.OK, await GetAsync("/health/live", ("Host", host)));
        Assert.Empty(_commands);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("192.0.2.7:80")]
    [InlineData("[::1]:8580")]
    [InlineData("localhost:8580")]
    [InlineData("SWITCH-1.example.com")]
    public async Task Request_UnderAnOwnName_IsAnswered(string host) =>
        Assert.Equal(HttpStatusCode.OK, await GetAsync("/api/status", ("Host", host)));

    [Fact]
    public async Task Request_UnderTheMachinesName_IsAnswered() =>
        Assert.Equal(HttpStatusCode.OK, await GetAsync("/api/status", ("Host", Environment.MachineName)));

    [Theory]
    [InlineData("Origin", "http://evil.example.com")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task Read_FromAPageOfAnotherSite_IsForbidden(string header, string value)
    {
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync("/api/status", (header, value)));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync("/metrics", (header, value)));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("same-origin")]
    public async Task Read_TypedOrFromItsOwnPage_IsAnswered(string site) =>
        Assert.Equal(HttpStatusCode.OK, await GetAsync("/api/status", ("Sec-Fetch-Site", site)));

    [Fact]
    public async Task Read_WithItsOwnOrigin_IsAnswered() =>
        Assert.Equal(HttpStatusCode.OK, await GetAsync("/api/status", ("Origin", $"http://{_server.EndPoint}")));

    [Theory]
    [InlineData("Sec-Fetch-Site", "none")]
    [InlineData("Sec-Fetch-Site", "same-origin")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Origin", "http://evil.example.com")]
    public async Task Command_FromABrowser_IsForbidden(string header, string value)
    {
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync("me", "because", (header, value)));
        Assert.Empty(_commands);
    }

    [Fact]
    public async Task Command_OfAProgram_IsDoneAndCardNumbersAreMasked()
    {
        Assert.Equal(HttpStatusCode.OK, await PostAsync("me", "customer of 4000/0012/3456/7899 called"));

        CoreCommand command = Assert.Single(_commands);
        Assert.Equal(("the-operator", "customer of 4000/00**/****/7899 called"), (command.Who, command.Why));
    }

    /// <summary>Twice as many as there may be, and none of them says a word.</summary>
    [Fact]
    public async Task Health_PastIdleConnections_IsAnswered()
    {
        var idle = new List<TcpClient>();
        for (int i = 0; i < 2 * AdminConnections.Max; i++)
        {
            var client = new TcpClient();
            await client.ConnectAsync(_server.EndPoint!);
            idle.Add(client);
        }

        for (int i = 0; i < 5; i++)
        {
            using var probe = new HttpClient { BaseAddress = _client.BaseAddress, Timeout = TimeSpan.FromSeconds(30) };
            Assert.Equal("live\n", await probe.GetStringAsync("/health/live"));
        }

        idle.ForEach(client => client.Dispose());
    }

    private async Task<HttpStatusCode> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await SendAsync(request, headers);
    }

    private async Task<HttpStatusCode> PostAsync(
        string who, string why, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/commands/force-standin")
        {
            Content = JsonContent.Create(new { who, why, issuer = "issuer-a" }),
        };
        return await SendAsync(request, headers);
    }

    private async Task<HttpStatusCode> SendAsync(HttpRequestMessage request, (string Name, string Value)[] headers)
    {
        foreach ((string name, string value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        using HttpResponseMessage response = await _client.SendAsync(request);
        return response.StatusCode;
    }
}
