using System.Reflection;
using System.Text.RegularExpressions;
using Switch.Host.Admin;
using Switch.Host.Connections;
using Switch.Host.Core;
using Switch.Routing.Context;
using Switch.Routing.Issuers;
using Switch.Routing.Velocity;
using Switch.Tests.Support;

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

    /// <summary>The same for an issuer's numbers: a count without a help text would be left out.</summary>
    [Fact]
    public void NamedMetrics_EveryNumberOfAnIssuer_IsExportedOnce()
    {
        object counters = default(IssuerCounters);
        long value = 1_000_000;
        var names = new Dictionary<long, string>();
        foreach (PropertyInfo property in typeof(IssuerCounters).GetProperties()
            .Where(static property => property.PropertyType == typeof(long)))
        {
            property.SetValue(counters, ++value);
            names[value] = property.Name;
        }

        SwitchStatus status = Statuses.Ready with
        {
            Issuers = [Statuses.Ready.Issuers[0] with { Counters = (IssuerCounters)counters }],
        };
        string[] exported =
        [
            .. NamedMetrics.All.SelectMany(metric => metric.Read(status))
                .Where(sample => names.ContainsKey((long)sample.Value))
                .Select(sample => names[(long)sample.Value]),
        ];

        Assert.True(names.Count > 9);
        Assert.Equal(names.Values.Order(StringComparer.Ordinal), exported.Order(StringComparer.Ordinal));
    }

    /// <summary>A name made of the code's is a promise too: a renamed count must not rename its metric.</summary>
    [Theory]
    [InlineData("switch_requests_by_issuer_total")]
    [InlineData("switch_timeouts_by_issuer_total")]
    [InlineData("switch_link_losses_by_issuer_total")]
    [InlineData("switch_late_replies_by_issuer_total")]
    [InlineData("switch_owed_timeouts_by_issuer_total")]
    public void NamedMetrics_CountOfAnIssuer_KeepsItsName(string name) => Assert.Single(
        NamedMetrics.All, metric => metric.Name == name && metric.Type == MetricType.Counter);

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

    /// <summary>An exporter that adds or changes an end would rename a metric that alerts match on.</summary>
    [Fact]
    public async Task Page_AnyStatus_IsPrometheusTextWithTheNamesOfTheCatalogs()
    {
        SwitchStatus status = Statuses.Ready with
        {
            Core = new CoreCounters { ApprovedByStandIn = 7 },
            CardLists = new CardListStatus { Profiles = [new StandInStatus("everyday", IsOff: true, "")] },
            Tls =
            [
                new TlsStatus("acquirer", "acq-a", IsTls: true)
                {
                    NotAfter = DateTime.UnixEpoch.AddSeconds(7), CrlNextUpdate = DateTime.UnixEpoch,
                    Refused = [new TlsRefusalCount("expired", 2)],
                },
            ],
            Velocity =
            [
                new VelocityStatus("testing", "Terminal", "Decline")
                {
                    Counters = new VelocityCounters { Declined = 3 },
                },
            ],
        };
        string page = await Scrape.OfAsync(() => status);

        string[] lines = page.TrimEnd('\n').Split('\n');
        Assert.Contains("switch_ready 1", lines);
        Assert.Contains("switch_outcomes_total{by=\"standin\",outcome=\"approved\"} 7", lines);
        Assert.Contains("switch_issuer_links{issuer=\"issuer-a\",state=\"ready\"} 1", lines);
        Assert.Contains("switch_standin_off{profile=\"everyday\"} 1", lines);
        Assert.Contains("switch_velocity_declined_total{rule=\"testing\"} 3", lines);
        Assert.All(lines, line => Assert.Matches(Line(), line));
        IEnumerable<string> types =
        [
            .. MetricCatalog.All.Select(one => TypeOf(one.Name, one.Type)),
            .. NamedMetrics.All.Select(one => TypeOf(one.Name, one.Type)),
        ];
        Assert.Equal(
            types.Distinct().Order(StringComparer.Ordinal),
            lines.Where(line => line.StartsWith("# TYPE switch_", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal));
        Assert.All(
            MetricCatalog.All, one => Assert.Contains($"# HELP {one.Name} {one.Help}", lines));
    }

    /// <summary>The names that stood on the page before the runtime's own meter made it.</summary>
    [Theory]
    [InlineData("dotnet_gc_heap_total_allocated_bytes_total")]
    [InlineData("dotnet_gc_collections_total{gc_heap_generation=\"gen2\"}")]
    [InlineData("dotnet_gc_pause_seconds_total")]
    [InlineData("dotnet_process_memory_working_set_bytes")]
    public async Task Page_Runtime_IsThereUnderItsNames(string name) => Assert.Contains(
        (await Scrape.OfAsync(static () => Statuses.Ready)).Split('\n'),
        line => line.StartsWith(name + " ", StringComparison.Ordinal));

    [NeedsFact("promtool")]
    public async Task Page_ForPromtool_HasNothingToComplainOf()
    {
        string page = await Scrape.OfAsync(static () => Statuses.Ready);

        (int code, string said) = await Scrape.JudgeAsync(page);

        Assert.True(code == 0 && said.Length == 0, said);
    }

    /// <summary>Numbers of one page fit each other, and the next page has numbers of its own.</summary>
    [Fact]
    public async Task Page_OneScrape_ReadsOneStatus()
    {
        int reads = 0;

        string page = await Scrape.OfAsync(() => Statuses.Ready with
        {
            Core = new CoreCounters { Requests = ++reads, Repeats = reads, Pending = reads },
        });

        Assert.Equal(1, reads);
        Assert.Contains("switch_requests_total 1\n", page, StringComparison.Ordinal);
        Assert.Contains("switch_pending 1\n", page, StringComparison.Ordinal);
    }

    private static string TypeOf(string name, MetricType type) =>
        $"# TYPE {name} {(type == MetricType.Counter ? "counter" : "gauge")}";

    [GeneratedRegex("^switch_[a-z_]+$")]
    private static partial Regex Name();

    [GeneratedRegex(
        """^(# [HT][A-Z]+ [a-z_]+ .+|[a-z]+_[a-z_]+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? -?\d+(\.\d+)?(E-\d+)?)$""")]
    private static partial Regex Line();
}
