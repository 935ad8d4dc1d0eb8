using System.Text;
using System.Text.RegularExpressions;
using Switch.Host.Admin;
using Switch.Host.Core;

namespace Switch.Benchmarks.Reference;

/// <summary>
/// docs/reference/metrics.md: every metric with its type, labels and help, from the text that <c>/metrics</c> serves.
/// </summary>
internal static partial class MetricsReference
{
    /// <summary>Stands for any name from the configuration, where a label has one.</summary>
    private const string AnyName = "NAME";

    /// <summary>The page as it must be in the repository.</summary>
    public static string Text()
    {
        StringBuilder page = ReferencePages.Begin(
            "Metrics",
            "Every metric of `/metrics`, in the text format of Prometheus. Names and labels are not changed after a\n"
            + "release. Counters grow from the start of the process. `NAME` is a name from the configuration.\n"
            + "What to watch: [Operations](../operating/operations.md#where-to-look).");
        page.Append("| Metric | Type | Labels | Meaning |\n| --- | --- | --- | --- |\n");
        foreach (Row metric in Parse(Exposition()))
        {
            page.Append("| `").Append(metric.Name).Append("` | ").Append(metric.Type).Append(" | ")
                .Append(LabelsOf(metric)).Append(" | ").Append(ReferencePages.Cell(metric.Help)).Append(" |\n");
        }

        return ReferencePages.End(page);
    }

    /// <summary>
    /// What a switch with one issuer and one stand-in profile serves. Only this knows how the text is made.
    /// </summary>
    private static string Exposition() => MetricsPage.Write(new SwitchStatus
    {
        Node = AnyName,
        IsReady = true,
        NotReadyBecause = "",
        Issuers = [new IssuerStatus(AnyName, 1, 1)],
        CardLists = CardListStatus.None with { Profiles = [new StandInStatus(AnyName, IsOff: false, "")] },
    });

    private static List<Row> Parse(string exposition)
    {
        List<Row> metrics = [];
        foreach (string line in exposition.Split('\n'))
        {
            if (Help().Match(line) is { Success: true } help)
            {
                metrics.Add(new Row(help.Groups["name"].Value, help.Groups["text"].Value));
            }
            else if (Type().Match(line) is { Success: true } type)
            {
                metrics[^1].Type = type.Groups["type"].Value;
            }
            else if (Sample().Match(line) is { Success: true } sample)
            {
                metrics[^1].Samples.Add(sample.Groups["labels"].Value);
            }
        }

        return metrics;
    }

    private static string LabelsOf(Row metric) => string.Join("; ", metric.Samples
        .SelectMany(static labels => Label().Matches(labels))
        .GroupBy(static label => label.Groups["key"].Value, static label => label.Groups["value"].Value)
        .Select(static values => $"`{values.Key}`: {string.Join(", ", values.Distinct())}"));

    [GeneratedRegex(@"^# HELP (?<name>\S+) (?<text>.+)$")]
    private static partial Regex Help();

    [GeneratedRegex(@"^# TYPE \S+ (?<type>\w+)$")]
    private static partial Regex Type();

    [GeneratedRegex(@"^\w+\{(?<labels>.*)\} \S+$")]
    private static partial Regex Sample();

    [GeneratedRegex(@"(?<key>\w+)=""(?<value>[^""]*)""")]
    private static partial Regex Label();

    private sealed record Row(string Name, string Help)
    {
        public string Type { get; set; } = "";

        public List<string> Samples { get; } = [];
    }
}
