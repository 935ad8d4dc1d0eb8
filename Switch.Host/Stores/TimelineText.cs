using System.Globalization;
using Switch.Host.Stores.Schema;
using Switch.Routing.Health;
using Switch.Routing.Journal;

namespace Switch.Host.Stores;

/// <summary>A row of the store as a sentence.</summary>
internal static class TimelineText
{
    // Of the rules in a decision's record: docs/internals/records.md.
    private const long VelocityRule = 7;

    public static string Of(StoreRow row) =>
        row.Table == StoreSchema.Payment ? OfPayment(row)
        : row.Table == StoreSchema.Decision ? OfDecision(row)
        : row.Table == StoreSchema.Owed ? OfOwed(row)
        : OfEvent(row);

    private static string OfPayment(StoreRow row)
    {
        string sent = row.Text("issuer") is { Length: > 0 } issuer
            ? Line($"; sent to {issuer} as {Mti(row.Number("leg_mti"))}, STAN {row.Number("leg_stan"):D6}")
            : "";
        return Line($"{Mti(row.Number("mti"))} from {row.Text("acquirer")}: card {row.Text("pan")}, ")
            + Line($"{row.Number("amount")} of currency {row.Text("currency")}, STAN {row.Number("stan"):D6}, ")
            + Line($"terminal {row.Text("terminal").TrimEnd()}, RRN {row.Text("rrn").TrimEnd()}{sent}");
    }

    private static string OfDecision(StoreRow row)
    {
        string what = row.Number("approved") != 0 ? "approved" : "declined";
        string who = row.Text("issuer") is { Length: > 0 } issuer ? $" ({issuer})" : "";
        string approval = row.Text("approval") is { Length: > 0 } code ? $", approval code {code}" : "";
        string cause = row.Number("cause") is not 0 and long why ? $"; {StoreNames.Cause(why)}" : "";
        string rule = row.Number("rule") switch
        {
            0 => "",
            VelocityRule => Line($"; velocity rule {row.Text("profile")}: {row.Number("limit_use")} ")
                + Line($"{StoreNames.VelocityCount(row.Number("limit_number"))}, limit {row.Number("limit_bound")}"),
            long number => Line($"; stand-in rule {number}"),
        };
        string by = StoreNames.Source(row.Number("source"));
        return $"{what} with {row.Text("code")} by {by}{who}{approval}{cause}{rule}";
    }

    private static string OfOwed(StoreRow row)
    {
        string reason = row.Number("reason") is not 0 and long why ? $" ({StoreNames.Cause(why)})" : "";
        return Line($"{row.Text("issuer")} is owed {StoreNames.Owed(row.Number("kind"))}: {Mti(row.Number("mti"))}, ")
            + Line($"STAN {row.Number("stan"):D6}, id {row.Number("owed")}{reason}");
    }

    private static string OfEvent(StoreRow row)
    {
        long kind = row.Number("kind");
        string code = row.Text("code") is { Length: > 0 } answer ? $" with {answer}" : "";
        string issuer = row.Text("issuer");
        return (RecordType)row.Number("type") switch
        {
            RecordType.Leg =>
                Line($"sent to {issuer} as {Mti(row.Number("mti"))}, STAN {row.Number("stan"):D6}"),
            RecordType.Owed when kind is 4 or 5 => Line($"{StoreNames.Effect(kind)}: {row.Number("number")} stays"),
            RecordType.Owed => StoreNames.Effect(kind),
            RecordType.OwedProgress => Line($"owed message {row.Number("owed")} is {StoreNames.Progress(kind)}{code}"),
            RecordType.Late => $"{issuer} answered late{code}",
            RecordType.NodeStarted => Line($"the switch started, epoch {row.Number("number")}"),
            RecordType.FileAction => $"{issuer} changed the negative file for card {row.Text("pan")}{code}",
            RecordType.OperatorAction =>
                $"{row.Text("who")} {StoreNames.Command(kind)} of {issuer}: {row.Text("why")}",
            RecordType.Cutover => Line($"{issuer} cut over to day {row.Number("number")}"),
            RecordType.Recalled => Line($"found in the store: memory had forgotten it, STAN {row.Number("stan"):D6}"),
            RecordType.CardRetokened => $"a card has another token than before: it was {row.Text("why")}",
            RecordType.HealthChanged =>
                Line($"{issuer}{(row.Text("who") is { Length: > 0 } part ? $", {part}," : "")} is ")
                + $"{(HealthState)kind}: ".ToLowerInvariant() + row.Text("why"),
            RecordType.Lost =>
                Line($"records up to LSN {row.Number("number")} were lost to damage: {row.Text("why")}"),
            RecordType other => Line($"{other}"),
        };
    }

    private static string Mti(long mti) => mti.ToString("D4", CultureInfo.InvariantCulture);

    private static string Line(FormattableString text) => FormattableString.Invariant(text);
}
