using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Switch.Host.Admin;
using Switch.Host.Configuration;
using Switch.Routing.Operations;
using Switch.Routing.Records;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Admin;

/// <summary>Who may command over HTTP, what reaches the core, and when it is answered.</summary>
public sealed class AdminCommandTests : IDisposable
{
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly List<CoreCommand> _executed = [];
    private Func<CoreCommand, Task<CoreCommandResult>> _execute =
        static _ => Task.FromResult(new CoreCommandResult(CoreCommandOutcome.Done, 7));

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Command_OfAnOperator_ReachesTheCoreWithItsNameAndWhy()
    {
        await using AdminServer server = await StartAsync();

        using HttpResponseMessage response =
            await PostAsync("force-standin", new { who = "w", why = "y", issuer = "b" });
        JsonElement body = await response.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal(("done", 7), (body.GetProperty("outcome").GetString(), body.GetProperty("lsn").GetInt64()));
        CoreCommand command = Assert.Single(_executed);
        Assert.Equal(
            (CoreCommandKind.ForceStandIn, 1, "the-operator", "y"),
            (command.Kind, command.Issuer, command.Who, command.Why));
    }

    [Fact]
    public async Task Command_UntilItIsDurable_IsNotAnswered()
    {
        var durable = new TaskCompletionSource<CoreCommandResult>();
        _execute = _ => durable.Task;
        await using AdminServer server = await StartAsync();

        Task<HttpResponseMessage> asking = PostAsync("pause-advices", new { who = "w", why = "y", issuer = "a" });
        await Rig.UntilAsync(() => _executed.Count == 1);
        bool wasAnswered = asking.IsCompleted;
        durable.SetResult(new CoreCommandResult(CoreCommandOutcome.Unavailable));
        using HttpResponseMessage response = await asking;

        Assert.False(wasAnswered);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    [Fact]
    public async Task Command_FromAWebPage_IsRefused()
    {
        await using AdminServer server = await StartAsync();
        _client.DefaultRequestHeaders.Add("Origin", "http://somewhere.example");

        using HttpResponseMessage response =
            await PostAsync("force-standin", new { who = "w", why = "y", issuer = "a" });

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Empty(_executed);
    }

    [Theory]
    [InlineData("no-such-command", "{}", HttpStatusCode.NotFound)]
    [InlineData("force-standin", "not json", HttpStatusCode.BadRequest)]
    public async Task Command_ThatMakesNoSense_IsRefusedBeforeTheCore(string name, string body, HttpStatusCode expected)
    {
        await using AdminServer server = await StartAsync();

        using var content = new StringContent(body);
        using HttpResponseMessage response = await _client.PostAsync($"/api/commands/{name}", content);

        Assert.Equal(expected, response.StatusCode);
        Assert.Empty(_executed);
    }

    private Task<HttpResponseMessage> PostAsync(string name, object body) =>
        _client.PostAsJsonAsync($"/api/commands/{name}", body);

    private async Task<AdminServer> StartAsync()
    {
        var commands = new AdminCommands(
            new AdminOrders(AdminRig.PartsOf(["a", "b"], command =>
            {
                _executed.Add(command);
                return _execute(command);
            })),
            new AuditTrail());
        AdminServer server = await AdminServer.StartAsync(
            new AdminParts
            {
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                Access = AdminHttp.Access(),
                Read = static () => Statuses.Ready,
                Loggers = NullLoggerFactory.Instance,
                Commands = commands,
            },
            CancellationToken.None);
        _client.BaseAddress = new Uri($"http://{server.EndPoint}");
        _client.DefaultRequestHeaders.Authorization = AdminHttp.HeaderOf(AdminRole.Operator);
        return server;
    }
}
