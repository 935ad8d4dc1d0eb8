using System.Text.Json;
using Spectre.Console;

namespace Switch.Host.Commands;

/// <summary>How issuers stand, as <c>issuers</c> and <c>status</c> show it: a line each, of eighty columns.</summary>
internal static class IssuersTable
{
    /// <param name="console">Where to.</param>
    /// <param name="issuers">As <c>GET /api/issuers</c> gives them.</param>
    public static void Write(IAnsiConsole console, IEnumerable<JsonElement> issuers)
    {
        var table = new Table { Border = TableBorder.None };
        table.AddColumn(new TableColumn("issuer") { NoWrap = true });
        table.AddColumn(Right("links"));
        table.AddColumn(Right("in flight"));
        table.AddColumn(Right("owed"));
        table.AddColumn(Right("parked"));
        table.AddColumn(Right("exposure"));
        table.AddColumn(new TableColumn("state"));
        foreach (JsonElement issuer in issuers)
        {
            table.AddRow(
                new Text(AdminJson.Text(issuer, "name")),
                new Text($"{AdminJson.Text(issuer, "linksReady")}/{AdminJson.Text(issuer, "links")}"),
                new Text(AdminJson.Figure(issuer, "inFlight")),
                new Text(AdminJson.Figure(issuer, "owed")),
                new Text(AdminJson.Figure(issuer, "parked")),
                new Text(AdminJson.Figure(issuer, "standInExposure")),
                new Text(StateOf(issuer)));
        }

        console.Write(table);
    }

    /// <summary>Why it is not asked and who holds back what it is owed, or that neither is so.</summary>
    public static string StateOf(JsonElement issuer)
    {
        var reasons = new List<string>();
        void Add(bool holds, string reason)
        {
            if (holds)
            {
                reasons.Add(reason);
            }
        }

        Add(AdminJson.Is(issuer, "isForcedToStandIn"), "forced to stand-in");
        Add(AdminJson.Is(issuer, "isSignedOff"), "signed off");
        Add(AdminJson.Is(issuer, "isBreakerOpen"), "breaker open");
        string health = AdminJson.Text(issuer, "health");
        Add(
            health is "Fluctuating" or "Down",
            $"{health.ToLowerInvariant()}, gets {AdminJson.Text(issuer, "trafficPercent")} % of requests");
        string sick = AdminJson.Text(issuer, "sick");
        Add(sick.Length > 0, sick);
        Add(AdminJson.Number(issuer, "linksReady") == 0, "no link");
        string holders = AdminJson.Text(issuer, "advicesPausedBy");
        Add(
            holders is not ("" or "None"),
            "advices held by " + holders.Replace("IssuerSignOff", "sign-off", StringComparison.Ordinal)
                .Replace(", ", " and ", StringComparison.Ordinal).ToLowerInvariant());
        return reasons.Count == 0 ? "ready" : string.Join(", ", reasons);
    }

    private static TableColumn Right(string header) => new(header) { Alignment = Justify.Right, NoWrap = true };
}
