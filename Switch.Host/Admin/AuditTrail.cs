using Switch.Routing.Records;

namespace Switch.Host.Admin;

/// <summary>
/// The last audit records, for those who look from elsewhere: of this life, and those that its start has read. The
/// journal has all of them. Any thread.
/// </summary>
internal sealed class AuditTrail
{
    /// <summary>At the bound the oldest gives way.</summary>
    public const int CountMax = 1_000;

    private readonly Lock _gate = new();
    private readonly Queue<AuditFact> _facts = [];

    public void Add(AuditFact fact)
    {
        lock (_gate)
        {
            if (_facts.Count >= CountMax)
            {
                _facts.Dequeue();
            }

            _facts.Enqueue(fact);
        }
    }

    /// <summary>The newest of those after a record, the oldest first.</summary>
    public IReadOnlyList<AuditFact> Read(long after, int countMax)
    {
        lock (_gate)
        {
            return [.. _facts.Where(one => one.Lsn > after).TakeLast(countMax)];
        }
    }
}

/// <summary>An audit record as commands and the admin plane show it.</summary>
internal sealed record AuditLine(
    long Lsn, string Time, string Who, string Role, string From, string Command, string Arguments, string Why,
    string Outcome, string Second)
{
    public static AuditLine Of(AuditFact fact) => new(
        fact.Lsn,
        DateTimeOffset.FromUnixTimeMilliseconds(fact.WallMs).ToString(
            "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture),
        fact.Who, fact.Entry.Role, fact.Entry.From, fact.Entry.Command, fact.Entry.Arguments, fact.Why,
        fact.Entry.Outcome.ToString().ToLowerInvariant(), fact.Entry.Second);
}
