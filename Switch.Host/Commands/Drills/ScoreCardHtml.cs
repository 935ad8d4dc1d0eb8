using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace Switch.Host.Commands.Drills;

/// <summary>
/// The score card as one file of HTML: no script, no picture, nothing from elsewhere. All text is escaped.
/// </summary>
internal static class ScoreCardHtml
{
    private const string Style =
        "body{font:14px sans-serif;margin:2em;color:#222}table{border-collapse:collapse}"
        + "td,th{border:1px solid #ccc;padding:4px 8px;text-align:left;vertical-align:top}th{background:#eee}"
        + ".passed{background:#dff0d8}.missed{background:#f2dede}.not-run{background:#fcf8e3}";

    public static string Of(ScoreCard card)
    {
        var html = new StringBuilder();
        html.Append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
            .Append("<meta http-equiv=\"Content-Security-Policy\" ")
            .Append("content=\"default-src 'none'; style-src 'unsafe-inline'\">")
            .Append("<title>").Append(Text($"Score card of {card.Node}")).Append("</title><style>").Append(Style)
            .Append("</style></head><body>\n<h1>").Append(Text($"Score card of {card.Node}")).Append("</h1>\n<p>")
            .Append(Text($"Configuration {card.Source}. Switch {card.Version}. {card.Load}")).Append("</p>\n<p>")
            .Append(Text(card.Summary)).Append("</p>\n<table>\n<tr>");
        foreach ((string header, _) in ScoreCard.Columns)
        {
            html.Append("<th>").Append(Text(header)).Append("</th>");
        }

        html.Append("</tr>\n");
        foreach (DrillResult one in card.Results)
        {
            html.Append("<tr class=\"").Append(ClassOf(one)).Append("\">");
            foreach ((_, Func<DrillResult, string> text) in ScoreCard.Columns)
            {
                html.Append("<td>").Append(Text(text(one))).Append("</td>");
            }

            html.Append("</tr>\n");
        }

        html.Append("</table>\n");
        foreach (DrillResult one in card.Results)
        {
            AppendDrill(html, one);
        }

        return html.Append("</body></html>\n").ToString();
    }

    private static void AppendDrill(StringBuilder html, DrillResult one)
    {
        html.Append("<h2>").Append(Text($"{one.Name}: {ScoreCard.OutcomeOf(one)}")).Append("</h2>\n<p>")
            .Append(Text(one.What)).Append("</p>\n<p>").Append(Text(string.Create(
                CultureInfo.InvariantCulture,
                $"Cause: {one.Cause}. Begun {one.Started:yyyy-MM-dd HH:mm:ss} UTC, took {one.Seconds} s.")))
            .Append("</p>\n");
        if (one.NotRunBecause is { } because)
        {
            html.Append("<p>").Append(Text($"Not run: {because}.")).Append("</p>\n");
        }

        if (one.Checks.Count > 0)
        {
            html.Append("<table><tr><th>what</th><th>wanted</th><th>was</th></tr>\n");
            foreach (DrillCheck check in one.Checks)
            {
                html.Append("<tr class=\"").Append(check.IsMet ? "passed" : "missed").Append("\"><td>")
                    .Append(Text(check.What)).Append("</td><td>").Append(Text(check.Wanted)).Append("</td><td>")
                    .Append(Text(check.Was)).Append("</td></tr>\n");
            }

            html.Append("</table>\n");
        }

        AppendFigures(html, one.Figures);
        if (one.Notes.Count > 0)
        {
            html.Append("<ul>");
            foreach (string note in one.Notes)
            {
                html.Append("<li>").Append(Text(note)).Append("</li>");
            }

            html.Append("</ul>\n");
        }
    }

    /// <summary>All that was measured, under the names that the JSON has.</summary>
    private static void AppendFigures(StringBuilder html, DrillFigures figures)
    {
        html.Append("<table>");
        foreach (PropertyInfo property in typeof(DrillFigures).GetProperties())
        {
            string? value = property.GetValue(figures) switch
            {
                null => null,
                DrillLatency latency => string.Create(
                    CultureInfo.InvariantCulture,
                    $"p50 {latency.P50Ms} ms, p99 {latency.P99Ms} ms of {latency.Count}"),
                bool isSo => isSo ? "yes" : "no",
                IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
                object other => other.ToString(),
            };
            if (value is not null)
            {
                html.Append("<tr><td>").Append(Text(JsonNamingPolicy.CamelCase.ConvertName(property.Name)))
                    .Append("</td><td>").Append(Text(value)).Append("</td></tr>\n");
            }
        }

        html.Append("</table>\n");
    }

    private static string ClassOf(DrillResult one) => one.Outcome switch
    {
        DrillOutcome.Passed => "passed",
        DrillOutcome.Missed => "missed",
        _ => "not-run",
    };

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
