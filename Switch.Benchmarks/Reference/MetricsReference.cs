using System.Text;
using Switch.Host.Admin;
using Switch.Host.Core;

namespace Switch.Benchmarks.Reference;

/// <summary>docs/reference/metrics.md: every metric with its type, labels and help, from the code's tables.</summary>
internal static class MetricsReference
{
    /// <summary>Stands for any name from the configuration, where a label has one.</summary>
    private const string AnyName = "NAME";

    /// <summary>What a switch with one issuer and one stand-in profile would show.</summary>
    private static readonly SwitchStatus Status = new()
    {
        Node = AnyName,
        IsReady = true,
        NotReadyBecause = "",
        Issuers = [new IssuerStatus(AnyName, 1, 1)],
        CardLists = CardListStatus.None with { Profiles = [new StandInStatus(AnyName, IsOff: false, "")] },
    };

    /// <summary>The page as it must be in the repository.</summary>
    public static string Text()
    {
        StringBuilder page = ReferencePages.Begin(
            "Metrics",
            "Every metric of `/metrics`, in the text format of Prometheus. Names and labels are not changed after a\n"
            + "release. Counters grow from the start of the process. `NAME` is a name from the configuration.\n"
            + "What to watch: [Operations](../operating/operations.md#where-to-look).\n\n"
            + "Each is an instrument of the meter `Switch`: `switch_NAME_total` and `switch_NAME` are `switch.NAME`.\n"
            + "A collector of OpenTelemetry gets it under that name (`Metrics:Otlp`). The meter `System.Runtime` of\n"
            + ".NET is on the page too, as `dotnet_...`: memory, garbage collection, locks, threads. Those of its\n"
            + "metrics that Prometheus would take for something else are left out.");
        page.Append("| Metric | Type | Labels | Meaning |\n| --- | --- | --- | --- |\n");
        foreach (IGrouping<string, Metric> family in MetricCatalog.All.GroupBy(static metric => metric.Name))
        {
            Metric first = family.First();
            Append(page, first.Name, first.Type, first.Help, family.SelectMany(
                static metric => SwitchInstruments.LabelsOf(metric.Labels)));
        }

        foreach (NamedMetric metric in NamedMetrics.All)
        {
            Append(page, metric.Name, metric.Type, metric.Help, metric.Read(Status).SelectMany(
                static sample => sample.Labels));
        }

        AppendHistogram(page, LatencyHistograms.Authorization, "`acquirer`: NAME", LatencyHistograms.AuthorizationHelp);
        AppendHistogram(
            page, LatencyHistograms.Issuer, "`issuer`: NAME; `outcome`: answered, timed_out",
            LatencyHistograms.IssuerHelp);
        return ReferencePages.End(page);
    }

    private static void AppendHistogram(StringBuilder page, string instrument, string labels, string help) => page
        .Append("| `").Append(instrument.Replace('.', '_')).Append("_seconds` | histogram | ").Append(labels)
        .Append(" | ").Append(help).Append(" |\n");

    private static void Append(
        StringBuilder page, string name, MetricType type, string help,
        IEnumerable<KeyValuePair<string, object?>> labels)
    {
        IEnumerable<string> texts = labels
            .GroupBy(static label => label.Key, static label => label.Value)
            .Select(static values => $"`{values.Key}`: {string.Join(", ", values.Distinct())}");
        page.Append("| `").Append(name).Append("` | ").Append(type == MetricType.Counter ? "counter" : "gauge")
            .Append(" | ").Append(string.Join("; ", texts)).Append(" | ").Append(ReferencePages.Cell(help))
            .Append(" |\n");
    }
}
