using System.Diagnostics.Metrics;

namespace Switch.Host.Admin;

/// <summary>
/// The meter <c>Switch</c>: an observable instrument for each family of <see cref="MetricCatalog"/> and
/// <see cref="NamedMetrics"/>. The core and the edge know no instrument; they count, and what collects reads.
/// </summary>
internal sealed class SwitchInstruments : IDisposable
{
    public const string MeterName = "Switch";

    private const string Prefix = "switch_";
    private const string CounterSuffix = "_total";

    private readonly Lock _gate = new();
    private readonly Func<SwitchStatus> _read;
    private SwitchStatus? _status;
    private long _reading;

    /// <param name="read">What is observed. Any thread.</param>
    public SwitchInstruments(Func<SwitchStatus> read)
    {
        _read = read;
        Meter = new Meter(MeterName);
        foreach (IGrouping<string, Metric> family in MetricCatalog.All.GroupBy(static metric => metric.Name))
        {
            (Metric Metric, KeyValuePair<string, object?>[] Labels)[] series =
                [.. family.Select(static metric => (metric, LabelsOf(metric.Labels)))];
            Metric first = family.First();
            Add(first.Name, first.Type, first.Help, status => series.Select(
                one => new Measurement<double>(one.Metric.Read(status), one.Labels)));
        }

        foreach (NamedMetric metric in NamedMetrics.All)
        {
            Add(metric.Name, metric.Type, metric.Help, status => metric.Read(status).Select(
                static sample => new Measurement<double>(sample.Value, sample.Labels)));
        }
    }

    public Meter Meter { get; }

    public void Dispose() => Meter.Dispose();

    /// <summary>
    /// The instrument whose name in Prometheus is this one: of <c>switch_journal_bytes_total</c> it is
    /// <c>switch.journal_bytes</c>. The exporter puts the ends there: <c>_total</c> of a counter, and the unit where it
    /// is missing.
    /// </summary>
    internal static (string Name, string? Unit) InstrumentOf(string prometheus, MetricType type)
    {
        string name = prometheus[Prefix.Length..];
        name = type == MetricType.Counter ? name[..^CounterSuffix.Length] : name;
        string? unit = name.EndsWith("_seconds", StringComparison.Ordinal) ? "s"
            : name.EndsWith("_bytes", StringComparison.Ordinal) ? "By" : null;
        return ($"switch.{name}", unit);
    }

    private void Add(
        string prometheus, MetricType type, string help,
        Func<SwitchStatus, IEnumerable<Measurement<double>>> read)
    {
        (string name, string? unit) = InstrumentOf(prometheus, type);
        var series = new Series(this, read);
        if (type == MetricType.Counter)
        {
            Meter.CreateObservableCounter(name, series.Observe, unit, help);
        }
        else
        {
            Meter.CreateObservableGauge(name, series.Observe, unit, help);
        }
    }

    /// <summary>Of <see cref="Metric.Labels"/>: each key with its value.</summary>
    internal static KeyValuePair<string, object?>[] LabelsOf(string text) =>
    [
        .. text.Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(static label => label.Split('=', 2))
            .Select(static parts => KeyValuePair.Create(parts[0], (object?)parts[1].Trim('"'))),
    ];

    /// <summary>
    /// One status for a whole collection, so that its numbers fit each other and it is read once: who asks again has
    /// begun another collection.
    /// </summary>
    private SwitchStatus Read(ref long seen)
    {
        lock (_gate)
        {
            if (_status is null || seen == _reading)
            {
                _status = _read();
                _reading++;
            }

            seen = _reading;
            return _status;
        }
    }

    private sealed class Series(
        SwitchInstruments owner, Func<SwitchStatus, IEnumerable<Measurement<double>>> read)
    {
        private long _seen;

        public IEnumerable<Measurement<double>> Observe() => read(owner.Read(ref _seen));
    }
}
