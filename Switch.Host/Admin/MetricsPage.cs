using System.Globalization;
using System.Text;

namespace Switch.Host.Admin;

/// <summary>The Prometheus text format, version 0.0.4.</summary>
internal static class MetricsPage
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(SwitchStatus status)
    {
        var text = new StringBuilder();
        string previous = "";
        foreach (Metric metric in MetricCatalog.All)
        {
            if (metric.Name != previous)
            {
                string type = metric.Type == MetricType.Counter ? "counter" : "gauge";
                text.Append("# HELP ").Append(metric.Name).Append(' ').Append(metric.Help).Append('\n')
                    .Append("# TYPE ").Append(metric.Name).Append(' ').Append(type).Append('\n');
                previous = metric.Name;
            }

            string labels = metric.Labels.Length == 0 ? "" : "{" + metric.Labels + "}";
            Sample(text, metric.Name + labels, metric.Read(status));
        }

        text.Append("# HELP switch_issuer_links Connections configured to an issuer, and those that take traffic.\n"
            + "# TYPE switch_issuer_links gauge\n");
        foreach (IssuerStatus issuer in status.Issuers)
        {
            // Names are letters, digits, '-', '_' and '.': nothing in them needs escaping (Rules.Name).
            Sample(text, $"switch_issuer_links{{issuer=\"{issuer.Name}\",state=\"configured\"}}", issuer.Links);
            Sample(text, $"switch_issuer_links{{issuer=\"{issuer.Name}\",state=\"ready\"}}", issuer.LinksReady);
        }

        RuntimeMetrics.Write(text);
        return text.ToString();
    }

    private static void Sample(StringBuilder text, string name, double value) =>
        text.Append(name).Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
