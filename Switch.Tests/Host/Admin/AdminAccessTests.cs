using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Switch.Host.Admin;
using Switch.Host.Admin.Access;
using Switch.Host.Configuration;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Admin;

/// <summary>
/// Who may do what at the admin listener. Goal: each rule lets in whom it should and no other. Method: real sockets,
/// one token of each role.
/// </summary>
public sealed class AdminAccessTests
{
    private static readonly string Unknown = new('b', 64);

    public static TheoryData<string?, int, int, int> Roles => new()
    {
        // Shown, and the status of a read, a command, and of what is not there.
        { null, 401, 401, 401 },
        { Unknown, 401, 401, 401 },
        { "short", 401, 401, 401 },
        { AdminHttp.TokenOf(AdminRole.Viewer), 200, 403, 404 },
        { AdminHttp.TokenOf(AdminRole.Operator), 200, 200, 404 },
        { AdminHttp.TokenOf(AdminRole.Approver), 200, 200, 404 },
        { AdminHttp.TokenOf(AdminRole.Viewer)[..^1] + "0", 401, 401, 401 },
    };

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task Token_OfEachRole_OpensWhatTheRoleMay(string? token, int read, int command, int other)
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        (string, string)[] shown = token is null ? [] : [("Authorization", $"Bearer {token}")];

        Assert.Equal(read, (int)await rig.GetAsync("/api/status", shown));
        Assert.Equal(command, (int)await rig.CommandAsync(shown));
        Assert.Equal(other, (int)await rig.GetAsync("/api/what-is-not-there", shown));
        Assert.Equal(HttpStatusCode.OK, await rig.GetAsync("/health/live", shown));
        Assert.Equal(command == 200 ? 1 : 0, rig.Commands.Count);
    }

    [Fact]
    public async Task Command_ThatNamesAnother_IsOfTheCredential()
    {
        await using AdminRig rig = await AdminRig.StartAsync();

        Assert.Equal(HttpStatusCode.OK, await rig.CommandAsync(AdminRig.Shows(AdminRole.Operator)));
        Assert.Equal("the-operator", Assert.Single(rig.Commands).Who);
    }

    [Fact]
    public async Task Answer_OfAnyKind_IsNotKeptAndLoadsNothing()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        foreach (string path in (string[])["/health/live", "/api/status", "/none"])
        {
            using HttpResponseMessage answer = await rig.Client.GetAsync(path);

            Assert.True(answer.Headers.CacheControl!.NoStore);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.StartsWith(
                "default-src 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")),
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Listener_WithoutTokens_SaysWhatToConfigure()
    {
        await using AdminRig rig = await AdminRig.StartAsync(AdminHttp.Access(hasTokens: false));

        using HttpResponseMessage response = await rig.Client.GetAsync("/api/status");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains("Admin:Tokens", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_OfABrowser_IsHttpOnlyAndStrictAndEnds()
    {
        var clock = new FakeTimeProvider();
        await using AdminRig rig = await AdminRig.StartAsync(AdminHttp.Access(clock));
        (string cookie, string attributes) = await SignInAsync(rig, AdminRole.Operator);

        Assert.Contains("httponly", attributes, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", attributes, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(AdminHttp.TokenOf(AdminRole.Operator), attributes, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.OK, await rig.GetAsync("/api/status", ("Cookie", cookie)));
        clock.Advance(new AdminOptions().SessionTime - TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, await rig.GetAsync("/api/status", ("Cookie", cookie)));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.Unauthorized, await rig.GetAsync("/api/status", ("Cookie", cookie)));
    }

    [Fact]
    public async Task Session_WithAnUnknownToken_DoesNotBegin()
    {
        await using AdminRig rig = await AdminRig.StartAsync();

        using HttpResponseMessage wrong = await rig.Client.PostAsJsonAsync("/session", new { token = Unknown });
        using HttpResponseMessage none = await rig.Client.PostAsJsonAsync("/session", new { });

        Assert.Equal(
            (HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (wrong.StatusCode, none.StatusCode));
        Assert.False(wrong.Headers.Contains("Set-Cookie"));
        Assert.Equal(0, rig.Access.Counters.SignIns);
    }

    [Fact]
    public async Task Session_SignedOutOrWithoutItsToken_IsOver()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        (string first, _) = await SignInAsync(rig, AdminRole.Operator);
        (string second, _) = await SignInAsync(rig, AdminRole.Viewer);

        using var leaving = new HttpRequestMessage(HttpMethod.Delete, "/session");
        using HttpResponseMessage left = await rig.SendAsync(
            leaving, ("Cookie", first), ("Origin", rig.Origin), (AdminDoor.PageHeader, "1"));
        Assert.Equal(HttpStatusCode.OK, left.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await rig.GetAsync("/api/status", ("Cookie", first)));
        Assert.Equal(HttpStatusCode.OK, await rig.GetAsync("/api/status", ("Cookie", second)));
        rig.Access.Replace(AdminCredentials.None);
        Assert.Equal(HttpStatusCode.Unauthorized, await rig.GetAsync("/api/status", ("Cookie", second)));
    }

    /// <summary>What pages of other sites can make a signed-in browser send, and what its own page sends.</summary>
    [Theory]
    [InlineData(null, null, null, 403)]
    [InlineData("own", null, null, 403)]
    [InlineData("own", "same-origin", null, 403)]
    [InlineData(null, null, "1", 403)]
    [InlineData(null, "same-origin", "1", 403)]
    [InlineData("http://evil.example.com", "cross-site", "1", 403)]
    [InlineData("http://evil.example.com", null, "1", 403)]
    [InlineData("null", null, "1", 403)]
    [InlineData("own", "cross-site", "1", 403)]
    [InlineData("own", "same-site", "1", 403)]
    [InlineData("own", null, "1", 200)]
    [InlineData("own", "same-origin", "1", 200)]
    public async Task Command_OfASession_NeedsItsOwnPage(string? origin, string? site, string? header, int expected)
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        (string cookie, _) = await SignInAsync(rig, AdminRole.Operator);
        var headers = new List<(string, string)> { ("Cookie", cookie) };
        headers.AddRange(origin is null ? [] : [("Origin", origin == "own" ? rig.Origin : origin)]);
        headers.AddRange(site is null ? [] : [("Sec-Fetch-Site", site)]);
        headers.AddRange(header is null ? [] : [(AdminDoor.PageHeader, header)]);

        Assert.Equal(expected, (int)await rig.CommandAsync([.. headers]));
        Assert.Equal(expected == 200 ? 1 : 0, rig.Commands.Count);
    }

    [Fact]
    public async Task Request_WithTooMuch_IsRefusedBeforeItIsRead()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        (string, string) operates = AdminRig.Shows(AdminRole.Operator);
        using var large = new HttpRequestMessage(HttpMethod.Post, "/api/commands/force-standin")
        {
            Content = JsonContent.Create(new { why = new string('x', AdminCommands.BodySizeMax), issuer = "issuer-a" }),
        };
        using HttpResponseMessage body = await rig.SendAsync(large, operates);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, body.StatusCode);
        Assert.Equal(
            HttpStatusCode.RequestHeaderFieldsTooLarge,
            await rig.GetAsync("/api/status", operates, ("X-Long", new string('x', 17_000))));
        Assert.Equal(
            HttpStatusCode.RequestHeaderFieldsTooLarge,
            await rig.GetAsync("/api/status", [.. Enumerable.Range(0, 60).Select(i => ($"X-Many-{i}", "x"))]));
        Assert.Equal(HttpStatusCode.RequestUriTooLong, await rig.GetAsync("/" + new string('x', 5_000), operates));
        Assert.Empty(rig.Commands);
    }

    [Fact]
    public async Task Guesses_BeyondABudget_AreToldToWaitAndARightTokenIsTaken()
    {
        var log = new ListLoggerFactory();
        await using AdminRig rig = await AdminRig.StartAsync(
            AdminHttp.Access(new FakeTimeProvider(), logger: log.CreateLogger("admin")));
        var told = new List<HttpStatusCode>();
        for (int i = 0; i < AdminAccess.FailuresMax + 2; i++)
        {
            told.Add(await rig.GetAsync("/api/status", ("Authorization", $"Bearer {Unknown}")));
        }

        Assert.All(told[..^2], static one => Assert.Equal(HttpStatusCode.Unauthorized, one));
        Assert.All(told[^2..], static one => Assert.Equal(HttpStatusCode.TooManyRequests, one));
        Assert.Equal(HttpStatusCode.OK, await rig.GetAsync("/api/status", AdminRig.Shows(AdminRole.Viewer)));
        Assert.Equal(AdminAccess.FailuresMax, log.CountOf(1061));
        Assert.Equal(AdminAccess.FailuresMax + 2, rig.Access.Counters.Refused);
        Assert.All(log.Lines, static line => Assert.DoesNotContain(Unknown, line.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Requests_BeyondTheRateOfOneIdentity_AreRefusedAndOthersAreNot()
    {
        await using AdminRig rig = await AdminRig.StartAsync(
            change: static parts => parts with { RequestsMax = 5, RequestsPerSecond = 1 });
        bool isRefused = false;
        for (int i = 0; i < 300 && !isRefused; i++)
        {
            isRefused = await rig.GetAsync("/api/status", AdminRig.Shows(AdminRole.Viewer))
                == HttpStatusCode.TooManyRequests;
        }

        Assert.True(isRefused);
        Assert.Equal(HttpStatusCode.OK, await rig.GetAsync("/api/status", AdminRig.Shows(AdminRole.Operator)));
        Assert.Equal(HttpStatusCode.OK, await rig.GetAsync("/health/ready"));
    }

    [Fact]
    public async Task MetricsListener_HasHealthAndMetricsAloneAndTheConsoleAsksForAToken()
    {
        using var instruments = new SwitchInstruments(static () => Statuses.Ready);
        using OpenTelemetry.Metrics.MeterProvider exporter = MetricsExport.Create(instruments, new SwitchOptions());
        await using AdminRig rig = await AdminRig.StartAsync(change: parts => parts with
        {
            Metrics = new IPEndPoint(IPAddress.Loopback, 0),
            Exporter = exporter,
        });
        string machines = $"http://{rig.Server.MetricsEndPoint}";

        Assert.Equal(HttpStatusCode.OK, await rig.GetAsync($"{machines}/metrics"));
        Assert.Equal(HttpStatusCode.OK, await rig.GetAsync($"{machines}/health/ready"));
        foreach (string path in (string[])["/api/status", "/session", "/api/issuers", "/"])
        {
            Assert.Equal(
                HttpStatusCode.NotFound, await rig.GetAsync(machines + path, AdminRig.Shows(AdminRole.Approver)));
        }

        using var command = new HttpRequestMessage(HttpMethod.Post, $"{machines}/api/commands/force-standin");
        using HttpResponseMessage refused = await rig.SendAsync(command, AdminRig.Shows(AdminRole.Approver));
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await rig.GetAsync("/metrics"));
        Assert.Equal(HttpStatusCode.OK, await rig.GetAsync("/metrics", AdminRig.Shows(AdminRole.Viewer)));
    }

    private static async Task<(string Cookie, string Attributes)> SignInAsync(AdminRig rig, AdminRole role)
    {
        using HttpResponseMessage response = await rig.Client.PostAsJsonAsync(
            "/session", new { token = AdminHttp.TokenOf(role) });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        JsonElement said = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(AdminHttp.NameOf(role), said.GetProperty("name").GetString());
        string cookie = Assert.Single(response.Headers.GetValues("Set-Cookie"));
        return (cookie.Split(';')[0], cookie);
    }
}
