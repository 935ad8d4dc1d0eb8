using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Switch.Host.Admin.Access;
using Switch.Host.Configuration;
using Switch.Protocol.Masking;
using Switch.Routing.Operations;
using Switch.Routing.Records;

namespace Switch.Host.Admin;

/// <summary>
/// What people may do and see beyond figures: <c>POST /api/commands/NAME</c>, <c>GET /api/advices</c>,
/// <c>GET /api/issuers</c>, <c>/api/velocity</c>, <c>/api/settings</c>, <c>/api/approvals</c> and <c>/api/audit</c>.
/// Who commands is said by the credential; a command says why, and is answered when that is durable in the journal.
/// </summary>
internal sealed class AdminCommands(AdminOrders orders, AuditTrail audit)
{
    /// <summary>Bytes: a command is a few names and a sentence.</summary>
    public const int BodySizeMax = 4_096;

    private const int PageDefault = 50;

    // Characters, as of the core's commands.
    private const int WhyMax = 200;

    // Of keys of velocity: those that are half way to their limits.
    private const int PercentDefault = 50;

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true,
    };

    public void Map(WebApplication application)
    {
        application.MapPost("/api/commands/{name}", CommandAsync).RequireAuthorization(CommandTable.Role);
        application.MapGet("/api/advices", AdvicesAsync).RequireAuthorization(AdminPolicies.Viewer);
        application.MapGet("/api/issuers", IssuersAsync).RequireAuthorization(AdminPolicies.Viewer);
        application.MapGet("/api/velocity", VelocityAsync).RequireAuthorization(AdminPolicies.Viewer);
        application.MapGet("/api/approvals", ApprovalsAsync).RequireAuthorization(AdminPolicies.Viewer);
        application.MapGet("/api/settings", SettingsAsync).RequireAuthorization(AdminPolicies.Viewer);
        application.MapGet("/api/audit", AuditAsync).RequireAuthorization(AdminPolicies.Viewer);
    }

    private async Task CommandAsync(HttpContext context)
    {
        var name = (string)context.Request.RouteValues["name"]!;
        CommandRule? rule = CommandTable.Find(name);
        if (rule is null && name is not (CommandTable.Approve or CommandTable.Reject))
        {
            await SayAsync(
                context, StatusCodes.Status404NotFound, $"Commands: {string.Join(", ", CommandTable.Names)}.")
                .ConfigureAwait(false);
            return;
        }

        if (await ReadAsync(context).ConfigureAwait(false) is not { } body)
        {
            await SayAsync(
                context, StatusCodes.Status400BadRequest,
                """The body must be JSON: {"why": "...", "issuer": "..."} or "item".""")
                .ConfigureAwait(false);
            return;
        }

        if (rule is { IsOfIssuer: true } && orders.IndexOf(body.Issuer) < 0)
        {
            await WriteAsync(
                context, StatusCodes.Status404NotFound, new { outcome = NoIssuer(body.Issuer), isUnknownName = true })
                .ConfigureAwait(false);
            return;
        }

        // What people write goes into the journal and the log, where no card number may stand.
        string why = Masked(body.Why) ?? "";
        if (!IsText(why, WhyMax))
        {
            await SayAsync(
                context, StatusCodes.Status400BadRequest,
                "why (at most 200 bytes) is required, without control characters and card numbers")
                .ConfigureAwait(false);
            return;
        }

        AdminIdentity by = context.Features.GetRequiredFeature<AdminIdentity>();
        AdminOutcome outcome = name switch
        {
            CommandTable.Approve => await orders.ApproveAsync(body.Item ?? "", by, why).ConfigureAwait(false),
            CommandTable.Reject => await orders.RejectAsync(body.Item ?? "", by, why).ConfigureAwait(false),
            _ => await orders.GiveAsync(OrderOf(rule!, by, why, body)).ConfigureAwait(false),
        };
        await WriteAsync(context, outcome.Status, new
        {
            outcome = outcome.Outcome, lsn = outcome.Lsn, request = outcome.Request, problems = outcome.Problems,
        }).ConfigureAwait(false);
    }

    private static AdminOrder OrderOf(CommandRule rule, AdminIdentity by, string why, CommandBody body) =>
        new(rule, by, why)
        {
            Issuer = rule.IsOfIssuer ? body.Issuer : null,
            Item = body.Item,
            VelocityRule = body.Rule,
            Key = body.Key,
        };

    private static bool IsText(string text, int max) =>
        !string.IsNullOrWhiteSpace(text) && text.Length <= max && !text.Any(char.IsControl);

    private static string? Masked(string? text) => text is null ? null : FreeText.Mask(text);

    private Task ApprovalsAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status200OK, new
    {
        items = orders.Requests.List().Select(static one => new
        {
            id = one.Id,
            command = one.Order.Rule.Name,
            arguments = one.Order.Arguments,
            who = one.Order.By.Name,
            from = one.Order.By.From,
            why = one.Order.Why,
            ends = one.Ends.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        }),
    });

    private Task SettingsAsync(HttpContext context)
    {
        GuardedSettings settings = orders.Settings;
        return WriteAsync(context, StatusCodes.Status200OK, new
        {
            hash = settings.Hash,
            items = settings.Values.Select(static one => new { path = one.Key, value = one.Value }),
        });
    }

    private Task AuditAsync(HttpContext context)
    {
        IQueryCollection query = context.Request.Query;
        long after = long.TryParse(query["after"], out long lsn) ? lsn : 0;
        int count = int.TryParse(query["count"], out int wanted)
            ? Math.Clamp(wanted, 1, AuditTrail.CountMax) : AuditTrail.CountMax;
        return WriteAsync(
            context, StatusCodes.Status200OK, new { items = audit.Read(after, count).Select(AuditLine.Of) });
    }

    private async Task AdvicesAsync(HttpContext context)
    {
        IQueryCollection query = context.Request.Query;
        var items = new List<object>();
        CoreCommandResult result = await orders.ReadAsync(new CoreCommand
        {
            Kind = CoreCommandKind.ListOwed,
            Issuer = orders.IndexOf(query["issuer"]),
            OnlyParked = query["parked"] == "true",
            After = int.TryParse(query["after"], out int after) ? after : 0,
            CountMax = int.TryParse(query["count"], out int count) ? count : PageDefault,
            Visitor = item => items.Add(Show(query["issuer"].ToString(), item)),
        }).ConfigureAwait(false);
        if (result.Outcome != CoreCommandOutcome.Done)
        {
            await SayAsync(
                context, StatusCodes.Status404NotFound, $"issuer must be one of: {string.Join(", ", orders.Issuers)}.")
                .ConfigureAwait(false);
            return;
        }

        await WriteAsync(context, StatusCodes.Status200OK, new { items, next = result.Next }).ConfigureAwait(false);
    }

    private async Task IssuersAsync(HttpContext context)
    {
        var items = new List<IssuerListing>();
        await orders.ReadAsync(new CoreCommand { Kind = CoreCommandKind.ListIssuers, IssuerVisitor = items.Add })
            .ConfigureAwait(false);
        await WriteAsync(context, StatusCodes.Status200OK, new { items }).ConfigureAwait(false);
    }

    // Keys that are over first, then the nearest. The core shows a part of its tables at a time.
    private async Task VelocityAsync(HttpContext context)
    {
        int percent = int.TryParse(context.Request.Query["percent"], out int given) ? given : PercentDefault;
        int max = int.TryParse(context.Request.Query["count"], out int count) ? count : PageDefault;
        var keys = new TopKeys(Math.Clamp(max, 1, CoreCommand.PageMax));
        for (int next = 0; next >= 0;)
        {
            CoreCommandResult page = await orders.ReadAsync(new CoreCommand
            {
                Kind = CoreCommandKind.ListVelocity, After = next, PercentMin = percent, VelocityVisitor = keys.Add,
            }).ConfigureAwait(false);
            next = page.Next;
        }

        await WriteAsync(context, StatusCodes.Status200OK, new { items = keys.Sorted(), found = keys.Found })
            .ConfigureAwait(false);
    }

    // Ids as text: they are larger than what JavaScript's numbers hold.
    private static object Show(string issuer, OwedListing item) => new
    {
        id = item.Id.ToString(CultureInfo.InvariantCulture),
        issuer,
        transaction = item.Transaction.ToString(CultureInfo.InvariantCulture),
        item.Kind, item.State, item.Mti, item.Stan, item.Card, item.Amount, item.Reason, item.Attempts, item.Refusals,
    };

    private string NoIssuer(string? name) => name is null
        ? $"issuer is missing; it is one of: {Rules.Known(orders.Issuers)}"
        : $"'{name}' is not an issuer. Known: {Rules.Known(orders.Issuers)}";

    private static async Task<CommandBody?> ReadAsync(HttpContext context)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<CommandBody>(
                context.Request.Body, Format, context.RequestAborted).ConfigureAwait(false);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Task SayAsync(HttpContext context, int status, string outcome) =>
        WriteAsync(context, status, new { outcome });

    private static Task WriteAsync<T>(HttpContext context, int status, T value)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(value, Format, context.RequestAborted);
    }

    // Who it is is never read from here: the credential says it.
    private sealed record CommandBody(
        string? Why, string? Issuer, string? Item, string? Rule, string? Key);
}
