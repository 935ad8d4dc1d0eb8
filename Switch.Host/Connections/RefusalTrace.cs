using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Switch.Host.Connections;

/// <summary>
/// One message that was refused, for people: card data masked, and none of it where a message did not read.
/// </summary>
internal sealed record RefusalEntry
{
    /// <summary>Grows with each entry of the switch.</summary>
    public long Number { get; init; }

    public DateTimeOffset Time { get; init; }

    /// <summary>acquirer or issuer.</summary>
    public required string Side { get; init; }

    /// <summary>Its name.</summary>
    public required string Party { get; init; }

    /// <summary>The session and its peer, or the link.</summary>
    public required string Connection { get; init; }

    public required string Reason { get; init; }

    /// <summary>The field at fault; 0: none, 1: a bitmap.</summary>
    public int Field { get; init; }

    /// <summary>Where it failed, in bytes from the first of the MTI; null where the message read.</summary>
    public int? Offset { get; init; }

    /// <summary>DE 39 that was answered; empty: nothing was.</summary>
    public string Answer { get; init; } = "";

    public string Message { get; init; } = "";
}

/// <summary>
/// The last refusals of each acquirer and issuer, in memory alone and bounded: what an integrator asks first is why
/// nothing came back. Each party has a share of its own, so that none pushes another's out.
/// </summary>
internal sealed class RefusalTrace(SwitchClock clock, EdgeMeters meters, ILogger logger)
{
    /// <summary>Entries that are kept of one party.</summary>
    public const int KeptMax = 200;

    private readonly ConcurrentDictionary<(string Side, string Party), PartyTrace> _parties = new();
    private long _last;

    public SwitchClock Clock => clock;

    public EdgeMeters Meters => meters;

    /// <summary>Where a connection of this party puts its refusals.</summary>
    public RefusalSource Of(string side, string party, string connection) =>
        new(this, _parties.GetOrAdd((side, party), static _ => new PartyTrace()), side, party, connection);

    /// <summary>The newest entries after a number, oldest first.</summary>
    /// <param name="party">Of an acquirer or issuer of this name; null: of all.</param>
    /// <param name="after">Only entries with a higher number.</param>
    /// <param name="countMax">At most so many, the newest.</param>
    public IReadOnlyList<RefusalEntry> Read(string? party, long after, int countMax)
    {
        IEnumerable<RefusalEntry> kept = _parties
            .Where(at => party is null || at.Key.Party == party)
            .SelectMany(static at => at.Value.Read())
            .Where(entry => entry.Number > after)
            .OrderByDescending(static entry => entry.Number)
            .Take(countMax);
        return [.. kept.Reverse()];
    }

    public void Add(PartyTrace party, RefusalEntry entry)
    {
        entry = entry with { Number = Interlocked.Increment(ref _last), Time = clock.Time.GetUtcNow() };
        party.Add(entry);
        RefusalLog.Refused(
            logger, entry.Side, entry.Party, entry.Connection, entry.Reason, entry.Field, entry.Offset ?? -1,
            entry.Answer.Length == 0 ? "none" : entry.Answer, entry.Message);
    }
}

/// <summary>The share of one party: a ring, and how much may be put into it in a second.</summary>
internal sealed class PartyTrace
{
    private const int PerSecond = 50;

    private readonly Lock _gate = new();
    private readonly Queue<RefusalEntry> _kept = new();

    public TraceBudget Budget { get; } = new(PerSecond);

    public void Add(RefusalEntry entry)
    {
        lock (_gate)
        {
            if (_kept.Count == RefusalTrace.KeptMax)
            {
                _kept.Dequeue();
            }

            _kept.Enqueue(entry);
        }
    }

    public RefusalEntry[] Read()
    {
        lock (_gate)
        {
            return [.. _kept];
        }
    }
}

/// <summary>What a refusal says in the log. Id 1095, for acquirers and issuers.</summary>
internal static partial class RefusalLog
{
    [LoggerMessage(1095, LogLevel.Debug,
        "Refused from {Side} {Party}, {Connection}: {Reason} (field {Field}, byte {Offset}, answer {Answer}): "
        + "{Message}")]
    public static partial void Refused(
        ILogger logger, string side, string party, string connection, string reason, int field, int offset,
        string answer, string message);
}
