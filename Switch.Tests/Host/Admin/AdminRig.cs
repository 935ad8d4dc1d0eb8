using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Switch.Host.Admin;
using Switch.Host.Admin.Access;
using Switch.Host.Configuration;
using Switch.Routing.Operations;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Admin;

/// <summary>Admin doors with a core that does all it is told, and one token of each role.</summary>
internal sealed class AdminRig : IAsyncDisposable
{
    private readonly AdminServer _server;

    private AdminRig(AdminServer server, AdminAccess access, List<CoreCommand> commands)
    {
        _server = server;
        Access = access;
        Commands = commands;
        Client = new HttpClient(new SocketsHttpHandler { UseCookies = false })
        {
            Timeout = TimeSpan.FromSeconds(30),
            BaseAddress = server.EndPoint is null ? null : new Uri($"http://{server.EndPoint}"),
        };
    }

    public AdminAccess Access { get; }

    public AdminServer Server => _server;

    public HttpClient Client { get; }

    public string Origin => $"http://{_server.EndPoint}";

    /// <summary>What reached the core.</summary>
    public IReadOnlyList<CoreCommand> Commands { get; }

    public static async Task<AdminRig> StartAsync(
        AdminAccess? access = null, Func<AdminParts, AdminParts>? change = null,
        Func<OrderParts, OrderParts>? orders = null)
    {
        access ??= AdminHttp.Access();
        var reached = new List<CoreCommand>();
        OrderParts made = PartsOf(["issuer-a"], command =>
        {
            reached.Add(command);
            return Task.FromResult(new CoreCommandResult(CoreCommandOutcome.Done, 7));
        });
        var commands = new AdminCommands(new AdminOrders(orders?.Invoke(made) ?? made), new AuditTrail());
        var parts = new AdminParts
        {
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            Access = access,
            Read = static () => Statuses.Ready,
            Loggers = NullLoggerFactory.Instance,
            Commands = commands,
        };
        AdminServer server = await AdminServer.StartAsync(change?.Invoke(parts) ?? parts, CancellationToken.None);
        return new AdminRig(server, access, reached);
    }

    /// <summary>Orders for a core, where one person suffices for what needs no two.</summary>
    public static OrderParts PartsOf(
        IReadOnlyList<string> issuers, Func<CoreCommand, Task<CoreCommandResult>> execute) => new()
        {
            Issuers = issuers,
            Execute = execute,
            ReplaceCardLists = static (_, _, _) =>
                Task.FromResult<(CoreCommandResult, IReadOnlyList<ConfigurationError>)>((default, [])),
            Requests = new OpenRequests(TimeProvider.System, TimeSpan.FromMinutes(15)),
        };

    /// <summary>A command with a role's token, and what was answered.</summary>
    public async Task<(int Status, JsonElement Body)> OrderAsync(AdminRole role, string name, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/commands/{name}")
        {
            Content = JsonContent.Create(body),
        };
        using HttpResponseMessage response = await SendAsync(request, Shows(role));
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    /// <summary>A read with these headers.</summary>
    public Task<HttpStatusCode> GetAsync(string path, params (string Name, string Value)[] headers) =>
        StatusAsync(new HttpRequestMessage(HttpMethod.Get, path), headers);

    /// <summary>A command with these headers.</summary>
    public Task<HttpStatusCode> CommandAsync(params (string Name, string Value)[] headers) => StatusAsync(
        new HttpRequestMessage(HttpMethod.Post, "/api/commands/force-standin")
        {
            Content = JsonContent.Create(new { who = "somebody-else", why = "because", issuer = "issuer-a" }),
        },
        headers);

    /// <summary>The header that shows a role's token.</summary>
    public static (string Name, string Value) Shows(AdminRole role) =>
        ("Authorization", $"Bearer {AdminHttp.TokenOf(role)}");

    public async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, params (string Name, string Value)[] headers)
    {
        foreach ((string name, string value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        return await Client.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
    }

    private async Task<HttpStatusCode> StatusAsync(
        HttpRequestMessage request, params (string Name, string Value)[] headers)
    {
        using (request)
        using (HttpResponseMessage response = await SendAsync(request, headers))
        {
            return response.StatusCode;
        }
    }
}
