using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Switch.Host.Admin;
using Switch.Host.Configuration;
using Switch.Routing.Operations;
using Switch.Routing.Records;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Admin;

/// <summary>What needs two people: one requests, another approves, in time and once.</summary>
public sealed class ApprovalTests
{
    private static readonly object WriteOff = new { why = "paid by letter", item = "5" };

    [Fact]
    public async Task WriteOff_OfAnOperator_WaitsForAnApproverAndIsOfBoth()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        (int requested, JsonElement body) = await rig.OrderAsync(AdminRole.Operator, "write-off-advice", WriteOff);
        string id = body.GetProperty("request").GetString()!;
        bool isDoneEarly = rig.Commands.Any(static one => one.Kind == CoreCommandKind.WriteOffParked);
        (int approved, _) = await AnswerAsync(rig, AdminRole.Approver, "approve-request", id);
        (int again, _) = await AnswerAsync(rig, AdminRole.Approver, "approve-request", id);

        Assert.Equal((202, 200, 404), (requested, approved, again));
        Assert.False(isDoneEarly);
        CoreCommand done = Assert.Single(rig.Commands, static one => one.Kind == CoreCommandKind.WriteOffParked);
        Assert.Equal(("the-operator", "paid by letter", 5UL), (done.Who, done.Why, done.Item));
        Assert.Equal(("the-approver", "item=5"), (done.Audit!.Second, done.Audit.Arguments));
        Assert.Equal(
            [AuditOutcome.Requested, AuditOutcome.Approved, AuditOutcome.Done],
            rig.Commands.Select(static one => one.Audit?.Outcome).OfType<AuditOutcome>());
    }

    [Fact]
    public async Task Settings_OfAHash_AreApprovedByAnotherAndNothingElseIsAHash()
    {
        var approved = new List<(string Who, string Hash, string Second)>();
        await using AdminRig rig = await AdminRig.StartAsync(orders: made => made with
        {
            ApproveSettings = (who, _, audit, hash) =>
            {
                approved.Add((who, hash, audit.Second));
                return Task.FromResult<IReadOnlyList<ConfigurationError>>([]);
            },
        });
        string hash = new('a', 64);
        foreach (string wrong in (string[])["", "5", new string('A', 64), new string('g', 64), hash + "a"])
        {
            (int refused, _) = await rig.OrderAsync(
                AdminRole.Operator, "approve-settings", new { why = "a new route", item = wrong });
            Assert.Equal(400, refused);
        }

        (int requested, JsonElement body) = await rig.OrderAsync(
            AdminRole.Approver, "approve-settings", new { why = "a new route", item = hash });
        string id = body.GetProperty("request").GetString()!;
        (int self, _) = await AnswerAsync(rig, AdminRole.Approver, "approve-request", id);
        Assert.Equal((202, 403, 0), (requested, self, approved.Count));
        await AnswerAsync(rig, AdminRole.Approver, "reject-request", id);
        (_, body) = await rig.OrderAsync(
            AdminRole.Operator, "approve-settings", new { why = "a new route", item = hash });

        (int done, _) = await AnswerAsync(
            rig, AdminRole.Approver, "approve-request", body.GetProperty("request").GetString()!);

        Assert.Equal(200, done);
        Assert.Equal([("the-operator", hash, "the-approver")], approved);
    }

    [Fact]
    public async Task Key_SentToAnIssuer_NeedsAnotherPersonAndIsObjectedToBefore()
    {
        var sent = new List<(string Who, string Second, string? Kind)>();
        await using AdminRig rig = await AdminRig.StartAsync(orders: made => made with
        {
            KeyObjection = static (_, kind) => kind == "zak" ? "it has none" : null,
            ExchangeKey = (who, _, audit, _, kind) =>
            {
                sent.Add((who, audit.Second, kind));
                return Task.FromResult(new AdminOutcome(504, "it did not answer"));
            },
        });
        const string issuer = "issuer-a";
        (int refused, _) = await rig.OrderAsync(
            AdminRole.Operator, "exchange-key", new { why = "every year", issuer, item = "zak" });
        (int requested, JsonElement body) = await rig.OrderAsync(
            AdminRole.Operator, "exchange-key", new { why = "every year", issuer, item = "zpk" });
        Assert.Empty(sent);

        (int ended, JsonElement said) = await AnswerAsync(
            rig, AdminRole.Approver, "approve-request", body.GetProperty("request").GetString()!);

        Assert.Equal((400, 202, 504), (refused, requested, ended));
        Assert.Equal([("the-operator", "the-approver", "zpk")], sent);
        Assert.Equal("it did not answer", said.GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task Request_OfAnApprover_IsNotApprovedByTheSame()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        (_, JsonElement body) = await rig.OrderAsync(AdminRole.Approver, "write-off-advice", WriteOff);
        string id = body.GetProperty("request").GetString()!;

        (int self, JsonElement said) = await AnswerAsync(rig, AdminRole.Approver, "approve-request", id);

        Assert.Equal(403, self);
        Assert.Contains("another person", said.GetProperty("outcome").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(rig.Commands, static one => one.Kind == CoreCommandKind.WriteOffParked);
        Assert.Single(await ListAsync(rig)); // It waits on.
    }

    [Fact]
    public async Task Request_IsApprovedByNoOneButAnApprover()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        (_, JsonElement body) = await rig.OrderAsync(AdminRole.Approver, "write-off-advice", WriteOff);
        string id = body.GetProperty("request").GetString()!;

        (int viewer, _) = await AnswerAsync(rig, AdminRole.Viewer, "approve-request", id);
        (int other, _) = await AnswerAsync(rig, AdminRole.Operator, "approve-request", id);
        (int rejected, _) = await AnswerAsync(rig, AdminRole.Operator, "reject-request", id);

        Assert.Equal((403, 403, 403), (viewer, other, rejected));
        Assert.DoesNotContain(rig.Commands, static one => one.Kind == CoreCommandKind.WriteOffParked);
    }

    [Fact]
    public async Task Request_AfterItsTime_IsOver()
    {
        var clock = new FakeTimeProvider();
        TimeSpan time = new AdminOptions().ApprovalTime;
        await using AdminRig rig = await AdminRig.StartAsync(
            orders: parts => parts with { Requests = new OpenRequests(clock, time) });
        (_, JsonElement body) = await rig.OrderAsync(AdminRole.Operator, "write-off-advice", WriteOff);
        string id = body.GetProperty("request").GetString()!;
        clock.Advance(time - TimeSpan.FromTicks(1));
        int before = (await ListAsync(rig)).Length;
        clock.Advance(TimeSpan.FromTicks(1));

        (int late, _) = await AnswerAsync(rig, AdminRole.Approver, "approve-request", id);

        Assert.Equal(TimeSpan.FromMinutes(15), time);
        Assert.Equal((1, 404), (before, late));
        Assert.Empty(await ListAsync(rig));
        Assert.DoesNotContain(rig.Commands, static one => one.Kind == CoreCommandKind.WriteOffParked);
    }

    /// <summary>What is no id may be a card number: nothing of it is kept.</summary>
    [Fact]
    public async Task WriteOff_OfWhatIsNotParked_IsNotRequested()
    {
        var kinds = new List<CoreCommandKind>();
        await using AdminRig rig = await AdminRig.StartAsync(orders: parts => parts with
        {
            Execute = command =>
            {
                kinds.Add(command.Kind);
                return Task.FromResult(new CoreCommandResult(CoreCommandOutcome.NotFound));
            },
        });

        (int status, _) = await rig.OrderAsync(
            AdminRole.Operator, "write-off-advice", new { why = "paid", item = "4000001234567899" });

        Assert.Equal(404, status);
        Assert.Equal([CoreCommandKind.FindParked], kinds);
        Assert.Empty(await ListAsync(rig));
    }

    [Fact]
    public async Task Request_Withdrawn_IsNotDone()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        (_, JsonElement body) = await rig.OrderAsync(AdminRole.Operator, "write-off-advice", WriteOff);
        string id = body.GetProperty("request").GetString()!;

        (int withdrawn, _) = await AnswerAsync(rig, AdminRole.Operator, "reject-request", id);
        (int approved, _) = await AnswerAsync(rig, AdminRole.Approver, "approve-request", id);

        Assert.Equal((200, 404), (withdrawn, approved));
        Assert.Equal(
            [AuditOutcome.Requested, AuditOutcome.Rejected],
            rig.Commands.Select(static one => one.Audit?.Outcome).OfType<AuditOutcome>());
    }

    [Fact]
    public async Task Requests_BeyondTheBound_AreRefused()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        for (int i = 0; i < OpenRequests.CountMax; i++)
        {
            Assert.Equal(202, (await rig.OrderAsync(AdminRole.Operator, "write-off-advice", WriteOff)).Status);
        }

        Assert.Equal(429, (await rig.OrderAsync(AdminRole.Operator, "write-off-advice", WriteOff)).Status);
        Assert.Equal(OpenRequests.CountMax, (await ListAsync(rig)).Length);
    }

    [Fact]
    public async Task Request_ThatCannotBeRecorded_DoesNotWait()
    {
        await using AdminRig rig = await AdminRig.StartAsync(orders: static parts => parts with
        {
            Execute = static _ => Task.FromResult(new CoreCommandResult(CoreCommandOutcome.Unavailable)),
        });

        Assert.Equal(503, (await rig.OrderAsync(AdminRole.Operator, "write-off-advice", WriteOff)).Status);
        Assert.Empty(await ListAsync(rig));
    }

    /// <summary>What makes payments safer, or ends by a command, does not wait for a second person.</summary>
    [Fact]
    public async Task OtherCommands_AreDoneByOneWithAReason()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        foreach (string name in (string[])["force-standin", "restore-issuer", "pause-advices", "resume-advices"])
        {
            Assert.Equal(
                200,
                (await rig.OrderAsync(AdminRole.Operator, name, new { why = "drill", issuer = "issuer-a" })).Status);
            Assert.Equal(
                400, (await rig.OrderAsync(AdminRole.Operator, name, new { why = " ", issuer = "issuer-a" })).Status);
        }

        Assert.Equal(4, rig.Commands.Count);
        Assert.All(rig.Commands, static one => Assert.Equal(("operator", ""), (one.Audit!.Role, one.Audit.Second)));
    }

    [Fact]
    public async Task WriteOff_WithoutDualControl_IsDoneByOne()
    {
        await using AdminRig rig = await AdminRig.StartAsync(orders: static parts => parts with { IsDual = false });

        Assert.Equal(200, (await rig.OrderAsync(AdminRole.Operator, "write-off-advice", WriteOff)).Status);
        Assert.Equal(CoreCommandKind.WriteOffParked, Assert.Single(rig.Commands).Kind);
    }

    [Theory]
    [InlineData("same", 200, null)]
    [InlineData("other", 202, "other")]
    public async Task ReloadOfTls_ThatChangesTrust_WaitsAndIsBoundToWhatWasSeen(
        string then, int expected, string? approved)
    {
        var reloaded = new List<string>();
        await using AdminRig rig = await AdminRig.StartAsync(orders: parts => parts with
        {
            TlsTrust = () => Task.FromResult(("same", then)),
            ReloadTls = (_, _, _, trust) =>
            {
                reloaded.Add(trust);
                return Task.FromResult<IReadOnlyList<ConfigurationError>>([]);
            },
        });
        (int status, JsonElement body) = await rig.OrderAsync(
            AdminRole.Operator, "reload-tls", new { why = "renewed" });
        int before = reloaded.Count;
        if (approved is not null)
        {
            await AnswerAsync(rig, AdminRole.Approver, "approve-request", body.GetProperty("request").GetString()!);
        }

        Assert.Equal((expected, approved is null ? 1 : 0), (status, before));
        Assert.Equal(then, Assert.Single(reloaded));
    }

    [Fact]
    public void Commands_ThatExist_SayWhetherOnePersonSuffices()
    {
        Assert.Equal(
            ["write-off-advice", "exchange-key", "approve-settings"],
            CommandTable.Names.Where(static name => CommandTable.Find(name)?.Second == SecondPerson.Always));
        Assert.All(
            Enum.GetValues<CoreCommandKind>().Where(
                static kind => kind is > CoreCommandKind.None and < CoreCommandKind.Audit),
            static kind => Assert.Single(CommandTable.Names, name => CommandTable.Find(name)?.Kind == kind));
    }

    private static Task<(int Status, JsonElement Body)> AnswerAsync(
        AdminRig rig, AdminRole role, string command, string id) =>
        rig.OrderAsync(role, command, new { why = "checked", item = id });

    private static async Task<JsonElement[]> ListAsync(AdminRig rig)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/approvals");
        using HttpResponseMessage response = await rig.SendAsync(request, AdminRig.Shows(AdminRole.Viewer));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return [.. body.RootElement.GetProperty("items").Clone().EnumerateArray()];
    }
}
