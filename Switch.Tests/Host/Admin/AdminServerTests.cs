using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Switch.Host.Admin;
using Switch.Host.Configuration;
using Switch.Routing.Context;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Admin;

public sealed class AdminServerTests : IAsyncLifetime, IDisposable
{
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };
    private SwitchStatus _status = Statuses.Ready;
    private AdminServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await AdminServer.StartAsync(
            new AdminParts
            {
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                Access = AdminHttp.Access(),
                Read = () => _status,
                Loggers = NullLoggerFactory.Instance,
            },
            CancellationToken.None);
        _client.BaseAddress = new Uri($"http://{_server.EndPoint}");
        _client.DefaultRequestHeaders.Authorization = AdminHttp.HeaderOf(AdminRole.Viewer);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Live_Always_IsOk() => Assert.Equal("live\n", await _client.GetStringAsync("/health/live"));

    [Fact]
    public async Task Ready_WhenReady_IsOk()
    {
        using HttpResponseMessage response = await _client.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Ready_WhenNot_IsUnavailableAndSaysWhy()
    {
        _status = Statuses.Ready with { IsReady = false, NotReadyBecause = "the journal cannot write" };
        using HttpResponseMessage response = await _client.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("not ready: the journal cannot write\n", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Status_Always_IsJsonWithNamesAndNumbers()
    {
        _status = Statuses.Ready with { Core = new CoreCounters { Requests = 12 } };
        using JsonDocument document = JsonDocument.Parse(await _client.GetStringAsync("/api/status"));
        JsonElement root = document.RootElement;

        Assert.Equal("node-1", root.GetProperty("node").GetString());
        Assert.Equal(12, root.GetProperty("core").GetProperty("requests").GetInt64());
        Assert.Equal(0, root.GetProperty("edge").GetProperty("sessionsNow").GetInt64());
        Assert.Equal("issuer-a", root.GetProperty("issuers")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task Other_Paths_AreNotFound()
    {
        using HttpResponseMessage response = await _client.GetAsync("/");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }
}
