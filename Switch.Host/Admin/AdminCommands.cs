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
/// <c>GET /api/issuers</c> and <c>GET /api/velocity</c>. Who commands is said by the credential; a command says why,
/// and is answered when that is durable in the journal.
/// </summary>
internal sealed class AdminCommands(
    IReadOnlyList<string> issuers, Func<CoreCommand, Task<CoreCommandResult>> execute,
    Func<string?, string?, Task<(CoreCommandResult Result, IReadOnlyList<ConfigurationError> Problems)>>
        replaceCardLists)
{
    /// <summary>Bytes: a command is a few names and a sentence.</summary>
    public const int BodySizeMax = 4_096;

    private const int PageDefault = 50;

    // Not the core's: it knows of no connection's protection.
    private const string ReloadTlsName = "reload-tls";

    // Characters, as of the core's commands.
    private const int WhyMax = 200;

    // Of keys of velocity: those that are half way to their limits.
    private const int PercentDefault = 50;

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true,
    };

    private static readonly Dictionary<string, CoreCommandKind> Kinds = new(StringComparer.Ordinal)
    {
        ["retry-advice"] = CoreCommandKind.RetryParked,
        ["release-advice"] = CoreCommandKind.ReleaseParked,
        ["write-off-advice"] = CoreCommandKind.WriteOffParked,
        ["force-standin"] = CoreCommandKind.ForceStandIn,
        ["restore-issuer"] = CoreCommandKind.RestoreIssuer,
        ["pause-advices"] = CoreCommandKind.PauseAdvices,
        ["resume-advices"] = CoreCommandKind.ResumeAdvices,
        ["reconnect-issuer"] = CoreCommandKind.ReconnectIssuer,
        ["replace-card-lists"] = CoreCommandKind.ReplaceCardLists,
        ["clear-velocity"] = CoreCommandKind.ClearVelocity,
    };

    private static readonly HashSet<CoreCommandKind> OfIssuers =
    [
        CoreCommandKind.ForceStandIn, CoreCommandKind.RestoreIssuer, CoreCommandKind.PauseAdvices,
        CoreCommandKind.ResumeAdvices, CoreCommandKind.ReconnectIssuer,
    ];

    /// <summary>The names of all commands.</summary>
    public static IReadOnlyCollection<string> Names => [.. Kinds.Keys, ReloadTlsName];

    /// <summary>Reads certificates, keys, pins and revocation lists anew; the result is what is wrong.</summary>
    public Func<string, string, Task<IReadOnlyList<ConfigurationError>>> ReloadTls { get; init; } =
        static (_, _) => Task.FromResult<IReadOnlyList<ConfigurationError>>([]);

    public void Map(WebApplication application)
    {
        application.MapPost("/api/commands/{name}", CommandAsync).RequireAuthorization(AdminPolicies.Operator);
        application.MapGet("/api/advices", AdvicesAsync).RequireAuthorization(AdminPolicies.Viewer);
        application.MapGet("/api/issuers", IssuersAsync).RequireAuthorization(AdminPolicies.Viewer);
        application.MapGet("/api/velocity", VelocityAsync).RequireAuthorization(AdminPolicies.Viewer);
    }

    private async Task CommandAsync(HttpContext context)
    {
        var name = (string)context.Request.RouteValues["name"]!;
        if (name == ReloadTlsName)
        {
            await ReloadTlsAsync(context).ConfigureAwait(false);
            return;
        }

        if (!Kinds.TryGetValue(name, out CoreCommandKind kind))
        {
            await SayAsync(context, StatusCodes.Status404NotFound, $"Commands: {string.Join(", ", Names)}.")
                .ConfigureAwait(false);
            return;
        }

        CommandBody? body = await ReadAsync(context).ConfigureAwait(false);
        if (body is not null && OfIssuers.Contains(kind) && IndexOf(body.Issuer) < 0)
        {
            await WriteAsync(
                context, StatusCodes.Status404NotFound, new { outcome = NoIssuer(body.Issuer), isUnknownName = true })
                .ConfigureAwait(false);
            return;
        }

        if (body is null)
        {
            await SayAsync(
                context, StatusCodes.Status400BadRequest,
                """The body must be JSON: {"why": "...", "issuer": "..."} or "item".""")
                .ConfigureAwait(false);
            return;
        }

        // What people write goes into the journal and the log, where no card number may stand.
        body = body with { Why = Masked(body.Why) };
        string who = context.Features.GetRequiredFeature<AdminIdentity>().Name;
        (CoreCommandResult result, IReadOnlyList<ConfigurationError> problems) =
            kind == CoreCommandKind.ReplaceCardLists
                ? await replaceCardLists(who, body.Why).ConfigureAwait(false)
                : (await execute(CommandOf(kind, body, who)).ConfigureAwait(false), []);
        await AnswerAsync(context, kind, result, problems).ConfigureAwait(false);
    }

    private async Task ReloadTlsAsync(HttpContext context)
    {
        CommandBody? body = await ReadAsync(context).ConfigureAwait(false);
        string who = context.Features.GetRequiredFeature<AdminIdentity>().Name;
        string why = Masked(body?.Why) ?? "";
        if (!IsText(why, WhyMax))
        {
            await SayAsync(context, StatusCodes.Status400BadRequest, "why is required, without control characters")
                .ConfigureAwait(false);
            return;
        }

        IReadOnlyList<ConfigurationError> problems = await ReloadTls(who, why).ConfigureAwait(false);
        await WriteAsync(
            context, problems.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest,
            new
            {
                outcome = problems.Count == 0 ? "done" : "refused: nothing was replaced",
                problems = problems.Select(static problem => problem.ToString()),
            }).ConfigureAwait(false);
    }

    private static bool IsText(string text, int max) =>
        !string.IsNullOrWhiteSpace(text) && text.Length <= max && !text.Any(char.IsControl);

    private CoreCommand CommandOf(CoreCommandKind kind, CommandBody body, string who) => new()
    {
        Kind = kind,
        Issuer = IndexOf(body.Issuer),
        Item = ulong.TryParse(body.Item, out ulong item) ? item : 0,
        Rule = body.Rule,
        Key = body.Key,
        Who = who,
        Why = body.Why,
    };

    private static string? Masked(string? text) => text is null ? null : FreeText.Mask(text);

    private static Task AnswerAsync(
        HttpContext context, CoreCommandKind kind, CoreCommandResult result,
        IReadOnlyList<ConfigurationError> problems)
    {
        (int status, string outcome) = result.Outcome switch
        {
            CoreCommandOutcome.Done when problems.Count > 0 => (
                StatusCodes.Status200OK, "done, but stand-in is off for a profile whose card file could not be read"),
            CoreCommandOutcome.Done => (StatusCodes.Status200OK, "done"),
            CoreCommandOutcome.NothingToDo => (StatusCodes.Status200OK, "nothing to do"),
            CoreCommandOutcome.NotFound when kind == CoreCommandKind.ClearVelocity => (
                StatusCodes.Status404NotFound, "no such key is over a rule of that name"),
            CoreCommandOutcome.NotFound => (StatusCodes.Status404NotFound, "no parked message has that id"),
            CoreCommandOutcome.BadText => (
                StatusCodes.Status400BadRequest,
                "why (at most 200 bytes) is required, without control characters and card numbers"),
            CoreCommandOutcome.Unavailable => (
                StatusCodes.Status503ServiceUnavailable, "the command cannot be recorded: the journal has failed or "
                    + "is closed"),
            _ => (StatusCodes.Status400BadRequest, "refused: a card file has errors; the current lists stay in use"),
        };
        return WriteAsync(context, status, new
        {
            outcome, lsn = result.Lsn, problems = problems.Select(static problem => problem.ToString()),
        });
    }

    private async Task AdvicesAsync(HttpContext context)
    {
        IQueryCollection query = context.Request.Query;
        var items = new List<object>();
        CoreCommandResult result = await execute(new CoreCommand
        {
            Kind = CoreCommandKind.ListOwed,
            Issuer = IndexOf(query["issuer"]),
            OnlyParked = query["parked"] == "true",
            After = int.TryParse(query["after"], out int after) ? after : 0,
            CountMax = int.TryParse(query["count"], out int count) ? count : PageDefault,
            Visitor = item => items.Add(Show(query["issuer"].ToString(), item)),
        }).ConfigureAwait(false);
        if (result.Outcome != CoreCommandOutcome.Done)
        {
            await SayAsync(
                context, StatusCodes.Status404NotFound, $"issuer must be one of: {string.Join(", ", issuers)}.")
                .ConfigureAwait(false);
            return;
        }

        await WriteAsync(context, StatusCodes.Status200OK, new { items, next = result.Next }).ConfigureAwait(false);
    }

    private async Task IssuersAsync(HttpContext context)
    {
        var items = new List<IssuerListing>();
        await execute(new CoreCommand { Kind = CoreCommandKind.ListIssuers, IssuerVisitor = items.Add })
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
            CoreCommandResult page = await execute(new CoreCommand
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
        id = item.Id.ToString(System.Globalization.CultureInfo.InvariantCulture),
        issuer,
        transaction = item.Transaction.ToString(System.Globalization.CultureInfo.InvariantCulture),
        item.Kind, item.State, item.Mti, item.Stan, item.Card, item.Amount, item.Reason, item.Attempts, item.Refusals,
    };

    private string NoIssuer(string? name) => name is null
        ? $"issuer is missing; it is one of: {Rules.Known(issuers)}"
        : $"'{name}' is not an issuer. Known: {Rules.Known(issuers)}";

    private int IndexOf(string? issuer)
    {
        for (int i = 0; i < issuers.Count; i++)
        {
            if (issuers[i] == issuer)
            {
                return i;
            }
        }

        return -1;
    }

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
