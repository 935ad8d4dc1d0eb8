using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Switch.Host.Admin.Access;
using Switch.Host.Configuration;
using Switch.Routing.Operations;
using Switch.Routing.Records;

namespace Switch.Host.Admin;

/// <summary>What carries orders out, and what they need to be judged.</summary>
internal sealed record OrderParts
{
    /// <summary>In the core's order.</summary>
    public required IReadOnlyList<string> Issuers { get; init; }

    /// <summary>The core; answers when it is durable.</summary>
    public required Func<CoreCommand, Task<CoreCommandResult>> Execute { get; init; }

    /// <summary>Reads the card lists anew: who, why, and what goes into the journal.</summary>
    public required Func<string, string, AuditEntry,
        Task<(CoreCommandResult Result, IReadOnlyList<ConfigurationError> Problems)>> ReplaceCardLists
    { get; init; }

    /// <summary>
    /// Reads certificates, keys, pins and revocation lists anew: who, why, what goes into the journal, and the hash of
    /// whom the switch may believe afterwards. The result is what is wrong.
    /// </summary>
    public Func<string, string, AuditEntry, string, Task<IReadOnlyList<ConfigurationError>>> ReloadTls { get; init; } =
        static (_, _, _, _) => Task.FromResult<IReadOnlyList<ConfigurationError>>([]);

    /// <summary>Whom the switch believes now, and would after a reload, as hashes.</summary>
    public Func<Task<(string Now, string Then)>> TlsTrust { get; init; } =
        static () => Task.FromResult(("", ""));

    /// <summary>What two persons change, as the switch runs with it.</summary>
    public Func<GuardedSettings> Settings { get; init; } = static () => GuardedSettings.Of(new SwitchOptions());

    /// <summary>
    /// The next start may be with settings of this hash: who, why, and what goes into the journal. The result is what
    /// is wrong.
    /// </summary>
    public Func<string, string, AuditEntry, string, Task<IReadOnlyList<ConfigurationError>>> ApproveSettings
    { get; init; } = static (_, _, _, _) => Task.FromResult<IReadOnlyList<ConfigurationError>>([]);

    /// <summary>What stands against sending a key to an issuer: its number, and the kind of key; null: nothing
    /// does.</summary>
    public Func<int, string?, string?> KeyObjection { get; init; } = static (_, _) => "no keys are exchanged";

    /// <summary>Sends a new key to an issuer: who, why, what goes into the journal, its number and the kind.</summary>
    public Func<string, string, AuditEntry, int, string?, Task<AdminOutcome>> ExchangeKey { get; init; } =
        static (_, _, _, _, _) => throw new NotSupportedException();

    /// <summary>False: one person suffices for everything.</summary>
    public bool IsDual { get; init; } = true;

    public required OpenRequests Requests { get; init; }
}

/// <summary>
/// Carries out what people order, has a second person approve what needs one, and has each of it in the journal before
/// its effect.
/// </summary>
internal sealed class AdminOrders(OrderParts parts)
{
    private static readonly AdminOutcome NotRecorded = new(
        StatusCodes.Status503ServiceUnavailable,
        "the command cannot be recorded: the journal has failed or is closed");

    private static readonly AdminOutcome BadText = new(
        StatusCodes.Status400BadRequest,
        "why (at most 200 bytes) is required, without control characters and card numbers");

    public IReadOnlyList<string> Issuers => parts.Issuers;

    public OpenRequests Requests => parts.Requests;

    public GuardedSettings Settings => parts.Settings();

    /// <summary>For what only reads.</summary>
    public Task<CoreCommandResult> ReadAsync(CoreCommand command) => parts.Execute(command);

    /// <summary>The core's number of an issuer; -1: there is none of that name.</summary>
    public int IndexOf(string? issuer)
    {
        for (int i = 0; i < parts.Issuers.Count; i++)
        {
            if (parts.Issuers[i] == issuer)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Does it, or has it wait for another.</summary>
    public async Task<AdminOutcome> GiveAsync(AdminOrder order)
    {
        if (order.Rule.Second == SecondPerson.ForTrust)
        {
            (string now, string then) = await parts.TlsTrust().ConfigureAwait(false);
            order = order with { Trust = then };
            return parts.IsDual && then != now
                ? await RequestAsync(order).ConfigureAwait(false)
                : await DoAsync(order, second: "").ConfigureAwait(false);
        }

        if (order.Rule.Name == CommandTable.ApproveSettings && !IsHash(order.Item))
        {
            return new AdminOutcome(
                StatusCodes.Status400BadRequest, "item must be the hash of settings: see switch settings changes FILE");
        }

        if (order.Rule.Name == CommandTable.ExchangeKey
            && parts.KeyObjection(IndexOf(order.Issuer), order.Item) is { } objection)
        {
            return new AdminOutcome(StatusCodes.Status400BadRequest, objection);
        }

        if (!parts.IsDual || order.Rule.Second != SecondPerson.Always)
        {
            return await DoAsync(order, second: "").ConfigureAwait(false);
        }

        if (order.Rule.Kind == CoreCommandKind.None)
        {
            return await RequestAsync(order).ConfigureAwait(false);
        }

        // What is no parked message's id may be anything, and goes into no record.
        CoreCommandResult found = await parts.Execute(
            new CoreCommand { Kind = CoreCommandKind.FindParked, Item = ItemOf(order) }).ConfigureAwait(false);
        return found.Outcome == CoreCommandOutcome.Done
            ? await RequestAsync(order).ConfigureAwait(false)
            : Describe(order.Rule.Kind, found, []);
    }

    /// <summary>Another does what one has requested.</summary>
    public async Task<AdminOutcome> ApproveAsync(string id, AdminIdentity by, string why)
    {
        if (by.Role < AdminRole.Approver)
        {
            return new AdminOutcome(
                StatusCodes.Status403Forbidden,
                $"{by.Name} has the role {AdminPolicies.NameOf(by.Role)}; an approver approves");
        }

        if (parts.Requests.Find(id) is not { } request)
        {
            return NoRequest(id);
        }

        if (IsSame(by, request.Order.By))
        {
            return new AdminOutcome(
                StatusCodes.Status403Forbidden, $"{by.Name} requested it, and another person approves it");
        }

        AdminOutcome? refused = await AnswerAsync(request, by, why, AuditOutcome.Approved).ConfigureAwait(false);
        return refused ?? await DoAsync(request.Order, by.Name).ConfigureAwait(false);
    }

    /// <summary>Another rejects it, or the one who requested it withdraws it.</summary>
    public async Task<AdminOutcome> RejectAsync(string id, AdminIdentity by, string why)
    {
        if (parts.Requests.Find(id) is not { } request)
        {
            return NoRequest(id);
        }

        if (by.Role < AdminRole.Approver && !IsSame(by, request.Order.By))
        {
            return new AdminOutcome(
                StatusCodes.Status403Forbidden, "an approver rejects it, or the one who requested it");
        }

        return await AnswerAsync(request, by, why, AuditOutcome.Rejected).ConfigureAwait(false)
            ?? new AdminOutcome(StatusCodes.Status200OK, "rejected");
    }

    // One person may have a user here and a token there: of one name they are one person.
    private static bool IsSame(AdminIdentity one, AdminIdentity other) =>
        string.Equals(one.Name, other.Name, StringComparison.OrdinalIgnoreCase);

    private static bool IsHash(string? text) =>
        text is { Length: 2 * SHA256.HashSizeInBytes } && text.All(char.IsAsciiHexDigitLower);

    private static ulong ItemOf(AdminOrder order) => ulong.TryParse(order.Item, out ulong item) ? item : 0;

    private static AdminOutcome NoRequest(string id) => new(
        StatusCodes.Status404NotFound,
        $"no request {id} waits: it was answered, is over, or ended with a restart of the switch");

    private async Task<AdminOutcome> RequestAsync(AdminOrder order)
    {
        if (parts.Requests.Add(order) is not { } request)
        {
            return new AdminOutcome(
                StatusCodes.Status429TooManyRequests, $"{OpenRequests.CountMax} requests wait for approval already");
        }

        AdminOutcome? refused = await RecordAsync(
            order.By, order.Why, order.ToAudit(AuditOutcome.Requested) with
            {
                Arguments = $"request={request.Id}, {order.Arguments}",
            }).ConfigureAwait(false);
        if (refused is not null)
        {
            parts.Requests.TryTake(request);
            return refused;
        }

        return new AdminOutcome(
            StatusCodes.Status202Accepted,
            $"not done yet: another person approves it, until {request.Ends.UtcDateTime:HH:mm:ss} UTC, with: switch "
            + $"approvals approve {request.Id}")
        {
            Request = request.Id,
        };
    }

    // Null: it was answered, and is in the journal.
    private async Task<AdminOutcome?> AnswerAsync(
        OpenRequest request, AdminIdentity by, string why, AuditOutcome outcome)
    {
        if (!parts.Requests.TryTake(request))
        {
            return NoRequest(request.Id);
        }

        return await RecordAsync(by, why, new AuditEntry
        {
            Command = request.Order.Rule.Name,
            Arguments = $"request={request.Id}, {request.Order.Arguments}",
            Role = AdminPolicies.NameOf(by.Role),
            From = by.From,
            Second = request.Order.By.Name,
            Outcome = outcome,
        }).ConfigureAwait(false);
    }

    private async Task<AdminOutcome?> RecordAsync(AdminIdentity by, string why, AuditEntry entry)
    {
        CoreCommandResult result = await parts.Execute(new CoreCommand
        {
            Kind = CoreCommandKind.Audit, Who = by.Name, Why = why, Audit = entry,
        }).ConfigureAwait(false);
        return result.Outcome switch
        {
            CoreCommandOutcome.Done => null,
            CoreCommandOutcome.BadText => BadText,
            _ => NotRecorded,
        };
    }

    private async Task<AdminOutcome> DoAsync(AdminOrder order, string second)
    {
        AuditEntry audit = order.ToAudit(AuditOutcome.Done, second);
        switch (order.Rule.Kind)
        {
            case CoreCommandKind.None when order.Rule.Name == CommandTable.ExchangeKey:
                return await parts.ExchangeKey(order.By.Name, order.Why, audit, IndexOf(order.Issuer), order.Item)
                    .ConfigureAwait(false);
            case CoreCommandKind.None:
                IReadOnlyList<ConfigurationError> wrong = order.Rule.Name == CommandTable.ApproveSettings
                    ? await parts.ApproveSettings(order.By.Name, order.Why, audit, order.Item!).ConfigureAwait(false)
                    : await parts.ReloadTls(order.By.Name, order.Why, audit, order.Trust!).ConfigureAwait(false);
                return wrong.Count == 0
                    ? new AdminOutcome(StatusCodes.Status200OK, "done")
                    : new AdminOutcome(StatusCodes.Status400BadRequest, "refused: nothing was changed")
                    {
                        Problems = [.. wrong.Select(static problem => problem.ToString())],
                    };
            case CoreCommandKind.ReplaceCardLists:
                (CoreCommandResult replaced, IReadOnlyList<ConfigurationError> problems) =
                    await parts.ReplaceCardLists(order.By.Name, order.Why, audit).ConfigureAwait(false);
                return Describe(order.Rule.Kind, replaced, problems);
            default:
                CoreCommandResult result = await parts.Execute(new CoreCommand
                {
                    Kind = order.Rule.Kind,
                    Issuer = IndexOf(order.Issuer),
                    Item = ItemOf(order),
                    Rule = order.VelocityRule,
                    Key = order.Key,
                    Who = order.By.Name,
                    Why = order.Why,
                    Audit = audit,
                }).ConfigureAwait(false);
                return Describe(order.Rule.Kind, result, []);
        }
    }

    private static AdminOutcome Describe(
        CoreCommandKind kind, CoreCommandResult result, IReadOnlyList<ConfigurationError> problems)
    {
        AdminOutcome outcome = result.Outcome switch
        {
            CoreCommandOutcome.Done when problems.Count > 0 => new(
                StatusCodes.Status200OK, "done, but stand-in is off for a profile whose card file could not be read"),
            CoreCommandOutcome.Done => new(StatusCodes.Status200OK, "done"),
            CoreCommandOutcome.NothingToDo => new(StatusCodes.Status200OK, "nothing to do"),
            CoreCommandOutcome.NotFound when kind == CoreCommandKind.ClearVelocity => new(
                StatusCodes.Status404NotFound, "no such key is over a rule of that name"),
            CoreCommandOutcome.NotFound => new(StatusCodes.Status404NotFound, "no parked message has that id"),
            CoreCommandOutcome.BadText => BadText,
            CoreCommandOutcome.Unavailable => NotRecorded,
            _ => new(StatusCodes.Status400BadRequest, "refused: a card file has errors; the current lists stay in use"),
        };
        return outcome with
        {
            Lsn = result.Lsn,
            Problems = [.. problems.Select(static problem => problem.ToString())],
        };
    }
}
