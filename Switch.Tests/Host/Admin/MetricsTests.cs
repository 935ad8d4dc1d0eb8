using System.Reflection;
using System.Text.RegularExpressions;
using Switch.Host.Admin;
using Switch.Host.Connections;
using Switch.Routing.Context;

namespace Switch.Tests.Host.Admin;

public partial class MetricsTests
{
    /// <summary>Each counter is given its own number, and that number must come out exactly once.</summary>
    [Fact]
    public void All_EveryCounterOfCoreAndEdge_IsExportedOnce()
    {
        object core = new CoreCounters();
        object edge = default(EdgeCounters);
        long value = 1_000_000;
        var names = new Dictionary<long, string>();
        foreach (PropertyInfo property in typeof(CoreCounters).GetProperties().Where(property => property.CanWrite))
        {
            property.SetValue(core, ++value);
            names[value] = property.Name;
        }

        foreach (FieldInfo field in typeof(EdgeCounters).GetFields())
        {
            field.SetValue(edge, ++value);
            names[value] = field.Name;
        }

        SwitchStatus status = Statuses.Ready with { Core = (CoreCounters)core, Edge = (EdgeCounters)edge };
        long[] exported = [.. MetricCatalog.All.Select(metric => (long)metric.Read(status)).Where(names.ContainsKey)];

        Assert.True(names.Count > 50);
        Assert.Equal([], names.Keys.Except(exported).Select(missing => names[missing]));
        Assert.Equal(names.Count, exported.Length);
    }

    [Fact]
    public void All_Names_AreWellFormedAndStandTogether()
    {
        var seen = new HashSet<string>();
        string previous = "";
        foreach (Metric metric in MetricCatalog.All)
        {
            Assert.Matches(Name(), metric.Name);
            Assert.Equal(metric.Type == MetricType.Counter, metric.Name.EndsWith("_total", StringComparison.Ordinal));
            Assert.True(metric.Name == previous || seen.Add(metric.Name), $"{metric.Name} is in two places.");
            Assert.EndsWith(".", metric.Help, StringComparison.Ordinal);
            previous = metric.Name;
        }

        Assert.Distinct(MetricCatalog.All.Select(metric => metric.Name + metric.Labels));
    }

    [Fact]
    public void Write_AnyStatus_IsPrometheusText()
    {
        string page = MetricsPage.Write(Statuses.Ready with { Core = new CoreCounters { ApprovedByStandIn = 7 } });

        Assert.Contains("switch_ready 1\n", page, StringComparison.Ordinal);
        Assert.Contains(
            "switch_outcomes_total{outcome=\"approved\",by=\"standin\"} 7\n", page, StringComparison.Ordinal);
        Assert.Contains("switch_issuer_links{issuer=\"issuer-a\",state=\"ready\"} 1\n", page, StringComparison.Ordinal);
        Assert.All(page.TrimEnd('\n').Split('\n'), line => Assert.Matches(Line(), line));
    }

    [GeneratedRegex("^switch_[a-z_]+$")]
    private static partial Regex Name();

    [GeneratedRegex(
        """^(# [HT][A-Z]+ [a-z_]+ .+|(switch|dotnet)_[a-z_]+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? -?\d+(\.\d+)?)$""")]
    private static partial Regex Line();
}
