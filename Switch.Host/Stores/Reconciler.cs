namespace Switch.Host.Stores;

/// <summary>Payments that came in a span of time, and of one issuer or all.</summary>
/// <param name="FromMs">The first moment that counts, Unix milliseconds.</param>
/// <param name="ToMs">The first moment that does not.</param>
/// <param name="Issuer">Null: all.</param>
internal sealed record BookWindow(long FromMs, long ToMs, string? Issuer)
{
    /// <summary>The year 9999: any time fits below it.</summary>
    private const long Never = 253_370_764_800_000;

    public static BookWindow Of(DateTimeOffset? from, DateTimeOffset? to, string? issuer) => new(
        from?.ToUnixTimeMilliseconds() ?? 0, to?.ToUnixTimeMilliseconds() ?? Never, issuer);
}

/// <summary>Something that must not be.</summary>
internal sealed record BookDifference(string Rule, long Lsn, long Id, string Issuer, string What);

/// <summary>Approvals of one party in one currency, and what became of them. Amounts are minor units.</summary>
internal sealed record ApprovalSum(
    string Side, string Party, string Currency, long Approved, long ApprovedAmount, long Delivered, long Reversed,
    long TakenBack, long PartlyReversed, long ReversedAmount);

/// <summary>What stand-in approved for one issuer, and what became of the advices.</summary>
internal sealed record StandInSum(
    string Issuer, long Approvals, long Amount, long Acknowledged, long Queued, long Parked, long Netted,
    long WrittenOff);

/// <summary>
/// Proves that the books agree, or says where they do not: docs/domain.md section 7.4, and the
/// invariants of docs/internals/simulation.md that records can show. Each rule is a question whose right answer is
/// nothing.
/// </summary>
internal sealed class Reconciler(StoreReader books, string node, BookWindow window)
{
    /// <summary>Whatever is open for longer than any deadline was forgotten.</summary>
    private const long OpenMaxMs = 10 * 60 * 1000;

    private const string IsRequest = "p.mti / 10 % 10 = 0 AND p.mti / 100 % 10 IN (1, 2)";

    private readonly long _newestMs = books.Position(node)?.TimeMs ?? 0;

    public List<BookDifference> Differences()
    {
        var found = new List<BookDifference>();
        foreach ((string rule, string what, string sql) in Rules())
        {
            foreach (object?[] row in Ask(sql))
            {
                var difference = new BookDifference(
                    rule, (long)row[0]!, row[1] as long? ?? 0, row[2] as string ?? "", what);
                if (window.Issuer is null || difference.Issuer == window.Issuer)
                {
                    found.Add(difference);
                }
            }
        }

        return found;
    }

    public List<ApprovalSum> Approvals() =>
        [.. Approvals("acquirer", "p.acquirer"), .. Approvals("issuer", "f.issuer")];

    public List<StandInSum> StandIns() =>
    [
        .. Ask(
            "SELECT d.issuer, count(*), sum(d.amount), sum(s.acknowledged), "
            + "sum(CASE WHEN s.acknowledged + s.netted + s.written_off + s.parked = 0 THEN 1 ELSE 0 END), "
            + "sum(s.parked), sum(s.netted), sum(s.written_off) "
            + "FROM d JOIN o ON o.lsn = d.lsn AND o.kind = 1 JOIN s ON s.owed = o.owed "
            + "WHERE d.source = 3 AND d.approved = 1 AND d.at < {to} GROUP BY d.issuer ORDER BY d.issuer")
            .Where(row => window.Issuer is null || (string?)row[0] == window.Issuer)
            .Select(row => new StandInSum(
                (string)row[0]!, N(row[1]), N(row[2]), N(row[3]), N(row[4]), N(row[5]), N(row[6]), N(row[7]))),
    ];

    /// <summary>Messages that were refused too often, and wait for a person: the books are not at their end.</summary>
    public List<OwedAside> Parked() => Asides(
        "SELECT o.owed, o.issuer, o.kind, o.amount, {ms:o.at}, '', '' FROM o JOIN s ON s.owed = o.owed "
        + "WHERE s.parked = 1 AND o.at < {to} ORDER BY o.owed");

    /// <summary>Messages that a person gave up: their issuers never get them.</summary>
    public List<OwedAside> WrittenOff() => Asides(
        "SELECT o.owed, o.issuer, o.kind, o.amount, {ms:o.at}, w.who, w.why FROM o JOIN s ON s.owed = o.owed "
        + "JOIN e AS w ON w.owed = o.owed AND w.type = 11 AND w.kind = 3 "
        + "WHERE s.written_off = 1 AND o.at < {to} ORDER BY o.owed");

    private List<OwedAside> Asides(string question) =>
        [.. Ask(question).Select(OwedAside.Of).Where(aside => window.Issuer is null || aside.Issuer == window.Issuer)];

    private IEnumerable<ApprovalSum> Approvals(string side, string party) => Ask(
            $"SELECT {party}, p.currency, count(*), sum(f.amount), "
            + "sum(CASE WHEN coalesce(x.reversed, 0) + coalesce(x.taken_back, 0) = 0 THEN 1 ELSE 0 END), "
            + "sum(coalesce(x.reversed, 0)), "
            + "sum(CASE WHEN coalesce(x.reversed, 0) = 0 THEN coalesce(x.taken_back, 0) ELSE 0 END), "
            + "sum(CASE WHEN coalesce(x.reversed, 0) + coalesce(x.taken_back, 0) = 0 THEN coalesce(x.partly, 0) "
            + "ELSE 0 END), "
            + "sum(CASE WHEN coalesce(x.reversed, 0) + coalesce(x.taken_back, 0) > 0 THEN f.amount "
            + "WHEN x.partly = 1 THEN f.amount - x.stays ELSE 0 END) "
            + "FROM p JOIN f ON f.id = p.id LEFT JOIN x ON x.key = p.key "
            + $"WHERE {IsRequest} AND f.approved = 1 "
            + (window.Issuer is null ? "" : "AND f.issuer = @issuer ")
            + $"GROUP BY {party}, p.currency ORDER BY {party}, p.currency")
        .Select(row => new ApprovalSum(
            side, row[0] as string ?? "", row[1] as string ?? "", N(row[2]), N(row[3]), N(row[4]), N(row[5]), N(row[6]),
            N(row[7]), N(row[8])));

    // Each gives LSN, transaction and issuer of what is wrong.
    private static IEnumerable<(string Rule, string What, string Sql)> Rules() =>
    [
        ("undecided", "a request was sent and has no decision",
            "SELECT p.lsn, p.id, p.issuer FROM p LEFT JOIN f ON f.id = p.id "
            + $"WHERE p.issuer IS NOT NULL AND f.id IS NULL AND {IsRequest} AND (p.lsn < (SELECT coalesce(max(lsn), 0) "
            + $"FROM e WHERE type = 7) OR {{ms:p.at}} < @newest - {OpenMaxMs})"),
        ("outcomes", "a transaction has more than one outcome that stands",
            "SELECT f.lsn, f.id, f.issuer FROM f WHERE f.decisions > 2 OR (f.decisions = 2 AND f.approved = 1)"),
        ("advice missing", "stand-in approved, and its issuer is owed no advice",
            "SELECT f.lsn, f.id, f.issuer FROM f LEFT JOIN o ON o.lsn = f.lsn AND o.kind = 1 "
            + "WHERE f.source = 3 AND f.approved = 1 AND o.lsn IS NULL"),
        ("advice unfounded", "an issuer is owed an advice of an approval that is none",
            "SELECT o.lsn, o.id, o.issuer FROM o LEFT JOIN d ON d.lsn = o.lsn AND d.source = 3 AND d.approved = 1 "
            + "WHERE o.kind = 1 AND d.lsn IS NULL"),
        ("reversal missing", "an approval was reversed, and its issuer is owed no reversal",
            "SELECT e.lsn, p.id, f.issuer FROM e JOIN p ON p.key = e.key JOIN f ON f.id = p.id "
            + "WHERE e.type = 4 AND e.kind IN (1, 3) AND f.approved = 1 AND f.issuer IS NOT NULL AND e.lsn > f.lsn "
            + $"AND {IsRequest} "
            + "AND NOT EXISTS (SELECT 1 FROM o WHERE o.lsn = e.lsn AND o.kind IN (2, 4)) "
            + "AND NOT EXISTS (SELECT 1 FROM e AS n WHERE n.lsn = e.lsn AND n.type = 5 AND n.kind = 3) "
            + "AND NOT EXISTS (SELECT 1 FROM e AS b WHERE b.key = e.key AND b.lsn < e.lsn AND b.type = 4 "
            + "AND b.kind IN (1, 3))"),
        ("time-out", "a request was declined because its issuer was silent, and it is owed no reversal",
            "SELECT f.lsn, f.id, p.issuer FROM f JOIN p ON p.id = f.id "
            + "WHERE f.approved = 0 AND f.source IN (3, 4) AND f.cause = 1002 AND p.issuer IS NOT NULL "
            + $"AND {IsRequest} "
            + "AND NOT EXISTS (SELECT 1 FROM o WHERE o.id = f.id AND o.kind IN (2, 4))"),
        ("reversed twice", "one sending of a request is reversed more than once",
            "SELECT max(o.lsn), o.id, o.issuer FROM o WHERE o.kind IN (2, 4) AND o.original_stan IS NOT NULL "
            + "AND o.id IS NOT NULL GROUP BY o.id, o.issuer, o.original_stan HAVING count(*) > 1"),
        ("ended twice", "an owed message came to an end more than once",
            "SELECT max(e.lsn), e.owed, max(o.issuer) FROM e JOIN o ON o.owed = e.owed "
            + "WHERE e.type = 5 AND e.kind IN (1, 3, 4) GROUP BY e.owed HAVING count(*) > 1"),
        ("never owed", "a message came to an end that was never owed",
            "SELECT e.lsn, e.owed, e.issuer FROM e LEFT JOIN o ON o.owed = e.owed WHERE e.type = 5 "
            + "AND o.owed IS NULL AND e.owed >= (SELECT min(owed) FROM o)"),
    ];

    private List<object?[]> Ask(string question)
    {
        string from = books.Time("@from");
        string sql =
            $"WITH p AS (SELECT * FROM {Of("payment")} WHERE id IS NOT NULL AND at >= {from} AND at < {{to}}), "
            + $"d AS (SELECT * FROM {Of("decision")} WHERE at >= {from}), "
            + "l AS (SELECT id, max(lsn) AS lsn, count(*) AS decisions FROM d GROUP BY id), "
            + "f AS (SELECT d.*, l.decisions FROM d JOIN l ON l.id = d.id AND l.lsn = d.lsn), "
            + $"o AS (SELECT * FROM {Of("owed")} WHERE at >= {from}), "
            + $"e AS (SELECT * FROM {Of("event")} WHERE at >= {from}), "

            // What became of each payment, by its key.
            + "x AS (SELECT key, max(CASE WHEN kind = 1 THEN 1 ELSE 0 END) AS reversed, "
            + "max(CASE WHEN kind = 3 THEN 1 ELSE 0 END) AS taken_back, "
            + "max(CASE WHEN kind = 4 THEN 1 ELSE 0 END) AS partly, "
            + "min(CASE WHEN kind = 4 THEN number END) AS stays "
            + "FROM e WHERE type = 4 AND key IS NOT NULL GROUP BY key), "

            // And of each owed message: parked only until an operator sends it again.
            + "g AS (SELECT o.owed, "
            + "max(CASE WHEN e.type = 5 AND e.kind IN (1, 4) THEN 1 ELSE 0 END) AS acknowledged, "
            + "max(CASE WHEN e.type = 5 AND e.kind = 3 THEN 1 ELSE 0 END) AS netted, "
            + "max(CASE WHEN e.type = 11 AND e.kind = 3 THEN 1 ELSE 0 END) AS written_off, "
            + "max(CASE WHEN e.type = 5 AND e.kind = 2 THEN e.lsn ELSE 0 END) AS parked_at, "
            + "max(CASE WHEN e.type = 11 AND e.kind IN (1, 2) THEN e.lsn ELSE 0 END) AS retried_at "
            + "FROM o LEFT JOIN e ON e.owed = o.owed GROUP BY o.owed), "
            + "s AS (SELECT owed, acknowledged, netted, written_off, CASE WHEN parked_at > retried_at "
            + "AND acknowledged + netted + written_off = 0 THEN 1 ELSE 0 END AS parked FROM g) "
            + question;
        sql = sql.Replace("{to}", books.Time("@to"), StringComparison.Ordinal)
            .Replace("{ms:p.at}", books.Ms("p.at"), StringComparison.Ordinal)
            .Replace("{ms:o.at}", books.Ms("o.at"), StringComparison.Ordinal);
        books.With("@node", node);
        books.With("@from", window.FromMs);
        books.With("@to", window.ToMs);
        if (sql.Contains("@newest", StringComparison.Ordinal))
        {
            books.With("@newest", _newestMs);
        }

        if (sql.Contains("@issuer", StringComparison.Ordinal))
        {
            books.With("@issuer", window.Issuer ?? "");
        }

        var rows = new List<object?[]>();
        books.Visit(sql, row => rows.Add([.. row]));
        return rows;
    }

    private string Of(string table) => books.Of(table, "@node");

    private static long N(object? value) => value as long? ?? 0;
}
