using Switch.Routing.Records;
using Switch.Routing.StandIn;

namespace Switch.Routing.Operations;

/// <summary>One command of a person. Which members count is said by the kind.</summary>
public readonly record struct CoreCommand
{
    /// <summary>Items in one page of a list, at most.</summary>
    public const int PageMax = 200;

    public CoreCommandKind Kind { get; init; }

    /// <summary>The issuer's position in the configuration; not used by commands on one parked message.</summary>
    public int Issuer { get; init; }

    /// <summary>The id of the parked message.</summary>
    public ulong Item { get; init; }

    /// <summary>Who wants it: 1 to 64 bytes of UTF-8. Needed by every change.</summary>
    public string? Who { get; init; }

    /// <summary>Why: 1 to 200 bytes of UTF-8, and no card number. Needed by every change.</summary>
    public string? Why { get; init; }

    /// <summary>Of a change: what else an auditor asks; it is written before the change. Null: nothing is.</summary>
    public AuditEntry? Audit { get; init; }

    /// <summary>Of a list: <see cref="CoreCommandResult.Next"/> of the page before; 0 begins.</summary>
    public int After { get; init; }

    /// <summary>Of a list: how many items to show, at most <see cref="PageMax"/>.</summary>
    public int CountMax { get; init; }

    /// <summary>Of a list: parked messages only.</summary>
    public bool OnlyParked { get; init; }

    /// <summary>Of a list: is given each item, on the core's thread.</summary>
    public Action<OwedListing>? Visitor { get; init; }

    /// <summary>Of a list of issuers: is given each of them, on the core's thread.</summary>
    public Action<IssuerListing>? IssuerVisitor { get; init; }

    /// <summary>Of a list of velocity: is given each key, on the core's thread.</summary>
    public Action<VelocityListing>? VelocityVisitor { get; init; }

    /// <summary>Of a list of velocity: only keys that are at least so near to every limit, in percent.</summary>
    public int PercentMin { get; init; }

    /// <summary>The name of a rule of velocity.</summary>
    public string? Rule { get; init; }

    /// <summary>A key of that rule, as it is shown: ACQUIRER/DE 41, ACQUIRER/DE 42, a BIN, or ACQUIRER.</summary>
    public string? Key { get; init; }

    /// <summary>New card lists, one for each of <c>CoreConfiguration.StandInProfiles</c>.</summary>
    public IReadOnlyList<CardLists>? CardLists { get; init; }
}

/// <summary>How a command ended.</summary>
public enum CoreCommandOutcome : byte
{
    Done = 1,

    /// <summary>No such issuer, parked message, rule, key that is over it, or command.</summary>
    NotFound,

    /// <summary>It is so already; nothing was recorded.</summary>
    NothingToDo,

    /// <summary>Who or why is missing or too long, or holds control characters or what may be a card number.</summary>
    BadText,

    /// <summary>It cannot be recorded: the journal is lost, or the switch has ended.</summary>
    Unavailable,
}

/// <summary>The outcome of a command.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Lsn">The record that must be durable before anybody is told that it is done; 0: none.</param>
/// <param name="Count">Of a list: how many items were shown.</param>
/// <param name="Next">Of a list: where the next page begins; -1: that was all.</param>
public readonly record struct CoreCommandResult(
    CoreCommandOutcome Outcome, long Lsn = 0, int Count = 0, int Next = -1)
{
    /// <summary>The audit record; durable when <see cref="Lsn"/> is. 0: none.</summary>
    public long AuditLsn { get; init; }
}

/// <summary>How an issuer stands, as a person may see it.</summary>
public sealed record IssuerListing
{
    public required string Name { get; init; }

    public required int Links { get; init; }

    public required int LinksReady { get; init; }

    /// <summary>Requests that wait for its answer.</summary>
    public required int InFlight { get; init; }

    /// <summary>It signed itself off.</summary>
    public required bool IsSignedOff { get; init; }

    /// <summary>An operator forced stand-in.</summary>
    public required bool IsForcedToStandIn { get; init; }

    /// <summary>It left too many requests unanswered in a row, and is asked by probes only.</summary>
    public required bool IsBreakerOpen { get; init; }

    /// <summary>Good, Fluctuating or Down, by its real traffic.</summary>
    public required string Health { get; init; }

    /// <summary>The share of the requests that it gets, in percent; 0: probes only.</summary>
    public required int TrafficPercent { get; init; }

    /// <summary>Its links and routes that are not good, as "link 3 down, route 41 fluctuating"; empty: none.</summary>
    public required string Sick { get; init; }

    /// <summary>Who holds its owed messages back: None, Issuer, IssuerSignOff, Operator, or several of them.</summary>
    public required string AdvicesPausedBy { get; init; }

    /// <summary>Messages a second that it is sent of what it is owed, as long as it bears it.</summary>
    public required int AdvicesPerSecond { get; init; }

    /// <summary>
    /// When what it is owed will have been sent at this rate, in seconds from now; -1: not, as nothing goes there.
    /// </summary>
    public required long AdvicesDoneInSeconds { get; init; }

    public required int Owed { get; init; }

    /// <summary>Of these, how many rest on the disk.</summary>
    public required int OwedOnDisk { get; init; }

    public required int Parked { get; init; }

    /// <summary>Stand-in approvals that it has not acknowledged, in minor units.</summary>
    public required long StandInExposure { get; init; }

    /// <summary>Trace numbers that nothing bears.</summary>
    public required int TraceNumbersFree { get; init; }
}

/// <summary>One key of a rule of velocity.</summary>
public sealed record VelocityListing
{
    public required string Rule { get; init; }

    /// <summary>ACQUIRER/DE 41, ACQUIRER/DE 42, a BIN, or ACQUIRER.</summary>
    public required string Key { get; init; }

    /// <summary>Count, Alert or Decline.</summary>
    public required string Action { get; init; }

    public required bool IsOver { get; init; }

    /// <summary>How near it is to the limit that it is farthest from: 100 has reached them all.</summary>
    public required int Percent { get; init; }

    public required int Requests { get; init; }

    /// <summary>Different cards, estimated; 0 where the rule does not count them.</summary>
    public required int Cards { get; init; }

    public required int Declines { get; init; }

    public required int SmallAmounts { get; init; }

    /// <summary>How long it stays over at least, in seconds.</summary>
    public required long SecondsLeft { get; init; }

    /// <summary>Requests that came while it was over. A rule that declines declined them.</summary>
    public required long Hits { get; init; }
}

/// <summary>One owed message as a person may see it. No card number: first six and last four digits.</summary>
public sealed record OwedListing
{
    public required ulong Id { get; init; }

    /// <summary>The transaction it belongs to; 0 when the switch never saw it.</summary>
    public required ulong Transaction { get; init; }

    /// <summary>StandInAdvice, Reversal, ForwardedAdvice, ForwardedReversal or DeclineAdvice.</summary>
    public required string Kind { get; init; }

    /// <summary>Blocked, Ready, InFlight, Waiting or Parked.</summary>
    public required string State { get; init; }

    public required string Mti { get; init; }

    public required int Stan { get; init; }

    public required string Card { get; init; }

    /// <summary>DE 4 as it stands in the message; empty: absent.</summary>
    public required string Amount { get; init; }

    /// <summary>Why it is owed, as an ISO 8583:1993 message reason code; 0: its acquirer said so.</summary>
    public required int Reason { get; init; }

    public required int Attempts { get; init; }

    public required int Refusals { get; init; }
}
