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
                Head(text, metric.Name, metric.Type, metric.Help);
                previous = metric.Name;
            }

            string labels = metric.Labels.Length == 0 ? "" : "{" + metric.Labels + "}";
            Sample(text, metric.Name + labels, metric.Read(status));
        }

        foreach (NamedMetric metric in NamedMetrics.All)
        {
            Head(text, metric.Name, metric.Type, metric.Help);
            foreach (NamedSample sample in metric.Read(status))
            {
                Sample(text, $"{metric.Name}{{{sample.Labels}}}", sample.Value);
            }
        }

        RuntimeMetrics.Write(text);
        return text.ToString();
    }

    private static void Head(StringBuilder text, string name, MetricType type, string help) =>
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n')
            .Append("# TYPE ").Append(name).Append(' ').Append(type == MetricType.Counter ? "counter" : "gauge")
            .Append('\n');

    private static void Sample(StringBuilder text, string name, double value) =>
        text.Append(name).Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
