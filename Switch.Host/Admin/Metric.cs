namespace Switch.Host.Admin;

/// <summary>
/// One number of <see cref="SwitchStatus"/> as Prometheus shows it: a stable name, one sentence, a type.
/// <see cref="SwitchInstruments"/> makes an instrument of it.
/// </summary>
/// <param name="Labels">As Prometheus writes them, without the braces: <c>outcome="approved",by="primary"</c>.</param>
internal sealed record Metric(
    string Name, MetricType Type, string Help, Func<SwitchStatus, double> Read, string Labels = "")
{
    public static Metric Counter(string name, string help, Func<SwitchStatus, double> read) =>
        new($"switch_{name}_total", MetricType.Counter, help, read);

    /// <summary>One of several numbers under one name, told apart by <paramref name="labels"/>.</summary>
    public static Metric Counter(string name, string labels, string help, Func<SwitchStatus, double> read) =>
        new($"switch_{name}_total", MetricType.Counter, help, read, labels);

    public static Metric Gauge(string name, string help, Func<SwitchStatus, double> read) =>
        new($"switch_{name}", MetricType.Gauge, help, read);
}

internal enum MetricType
{
    /// <summary>Grows from the start of the process.</summary>
    Counter,

    /// <summary>A level at the moment of reading.</summary>
    Gauge,
}
