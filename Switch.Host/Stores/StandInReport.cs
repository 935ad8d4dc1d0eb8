namespace Switch.Host.Stores;

/// <summary>One outage of an issuer, and what stand-in did meanwhile. Amounts are minor units, times Unix ms.</summary>
internal sealed record OutageReport(
    string Issuer, long BeganMs, long FirstMs, long LastMs, string Triggers, long Approved, long ApprovedAmount,
    long Declined, long DeclinedAmount, long Acknowledged, long Queued, long Parked, long Netted, long WrittenOff,
    long Exceptions, long LateApprovals, long LateDeclines, long Reversed);

/// <summary>
/// What an issuer wants to know when it is back (docs/domain.md section 7.5): each outage with its decisions, and how
/// far the advices of them have got.
/// </summary>
internal static class StandInReport
{
    public static List<OutageReport> Of(StoreReader books, string node, BookWindow window)
    {
        string from = books.Time("@from");
        string sql =
            $"WITH d AS (SELECT * FROM {books.Of("decision", "@node")} WHERE outage IS NOT NULL AND at >= {from} "
            + $"AND at < {books.Time("@to")}), "
            + $"o AS (SELECT * FROM {books.Of("owed", "@node")} WHERE at >= {from}), "
            + $"e AS (SELECT * FROM {books.Of("event", "@node")} WHERE at >= {from}), "
            + $"p AS (SELECT * FROM {books.Of("payment", "@node")} WHERE at >= {from} AND id IS NOT NULL), "
            + "a AS (SELECT o.lsn, o.owed, "
            + "max(CASE WHEN e.type = 5 AND e.kind IN (1, 4) THEN 1 ELSE 0 END) AS acknowledged, "
            + "max(CASE WHEN e.type = 5 AND e.kind = 4 THEN 1 ELSE 0 END) AS exception, "
            + "max(CASE WHEN e.type = 5 AND e.kind = 3 THEN 1 ELSE 0 END) AS netted, "
            + "max(CASE WHEN e.type = 11 AND e.kind = 3 THEN 1 ELSE 0 END) AS written_off, "
            + "max(CASE WHEN e.type = 5 AND e.kind = 2 THEN e.lsn ELSE 0 END) AS parked_at, "
            + "max(CASE WHEN e.type = 11 AND e.kind IN (1, 2) THEN e.lsn ELSE 0 END) AS retried_at "
            + "FROM o LEFT JOIN e ON e.owed = o.owed WHERE o.kind = 1 GROUP BY o.lsn, o.owed), "
            + "s AS (SELECT lsn, acknowledged, exception, netted, written_off, CASE WHEN parked_at > retried_at "
            + "AND acknowledged + netted + written_off = 0 THEN 1 ELSE 0 END AS parked FROM a), "
            + "t AS (SELECT id, max(CASE WHEN code = '00' THEN 1 ELSE 0 END) AS approved, "
            + "max(CASE WHEN code <> '00' THEN 1 ELSE 0 END) AS declined FROM e WHERE type = 6 GROUP BY id), "
            + "r AS (SELECT DISTINCT p.id FROM p JOIN e ON e.key = p.key WHERE e.type = 4 AND e.kind IN (1, 3)) "
            + $"SELECT d.outage_issuer, {books.Ms("d.outage")}, {books.Ms("min(d.at)")}, {books.Ms("max(d.at)")}, "
            + "sum(CASE WHEN d.approved = 1 THEN 1 ELSE 0 END), "
            + "sum(CASE WHEN d.approved = 1 THEN d.amount ELSE 0 END), "
            + "sum(CASE WHEN d.approved = 0 THEN 1 ELSE 0 END), "
            + "sum(CASE WHEN d.approved = 0 THEN d.amount ELSE 0 END), "
            + "sum(coalesce(s.acknowledged, 0)), "
            + "sum(CASE WHEN s.acknowledged + s.netted + s.written_off + s.parked = 0 THEN 1 ELSE 0 END), "
            + "sum(coalesce(s.parked, 0)), sum(coalesce(s.netted, 0)), sum(coalesce(s.written_off, 0)), "
            + "sum(coalesce(s.exception, 0)), sum(coalesce(t.approved, 0)), "
            + "sum(CASE WHEN d.approved = 1 THEN coalesce(t.declined, 0) ELSE 0 END), "
            + "sum(CASE WHEN d.approved = 1 AND r.id IS NOT NULL THEN 1 ELSE 0 END) "
            + "FROM d LEFT JOIN s ON s.lsn = d.lsn LEFT JOIN t ON t.id = d.id LEFT JOIN r ON r.id = d.id "
            + (window.Issuer is null ? "" : "WHERE d.outage_issuer = @issuer ")
            + "GROUP BY d.outage_issuer, d.outage ORDER BY d.outage, d.outage_issuer";
        Set(books, node, window);
        var outages = new List<OutageReport>();
        books.Visit(sql, row => outages.Add(new OutageReport(
            row[0] as string ?? "", N(row[1]), N(row[2]), N(row[3]), "", N(row[4]), N(row[5]), N(row[6]), N(row[7]),
            N(row[8]), N(row[9]), N(row[10]), N(row[11]), N(row[12]), N(row[13]), N(row[14]), N(row[15]), N(row[16]))));
        return [.. outages.Select(outage => outage with { Triggers = TriggersOf(books, node, window, outage) })];
    }

    private static string TriggersOf(StoreReader books, string node, BookWindow window, OutageReport outage)
    {
        Set(books, node, window with { Issuer = outage.Issuer });
        books.With("@outage", outage.BeganMs);
        var triggers = new List<string>();
        books.Visit(
            $"SELECT cause, count(*) FROM {books.Of("decision", "@node")} WHERE outage IS NOT NULL "
            + $"AND {books.Ms("outage")} = @outage AND outage_issuer = @issuer AND cause IS NOT NULL "
            + $"AND at >= {books.Time("@from")} AND at < {books.Time("@to")} GROUP BY cause ORDER BY cause",
            row => triggers.Add(FormattableString.Invariant($"{N(row[1])} x {StoreNames.Cause(N(row[0]))}")));
        return string.Join("; ", triggers);
    }

    private static void Set(StoreReader books, string node, BookWindow window)
    {
        books.With("@node", node);
        books.With("@from", window.FromMs);
        books.With("@to", window.ToMs);
        if (window.Issuer is { } issuer)
        {
            books.With("@issuer", issuer);
        }
    }

    private static long N(object? value) => value as long? ?? 0;
}
