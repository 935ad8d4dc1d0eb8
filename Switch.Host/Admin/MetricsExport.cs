using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Switch.Host.Configuration;

namespace Switch.Host.Admin;

/// <summary>What collects the metrics of a switch: for Prometheus on request, and for a collector (OTLP).</summary>
internal static class MetricsExport
{
    private const string RuntimeMeter = "System.Runtime";

    // Series of one metric beyond those of names in the configuration: outcomes, reasons, generations of the heap.
    private const int WordsMax = 64;

    // Labels of one metric with a name of the configuration: so many series for each name.
    private const int SeriesOfANameMax = 4;

    /// <summary>
    /// Of the runtime's metrics, those that Prometheus would take for something else: a gauge that ends in _count, and
    /// a level that the runtime declares as a counter.
    /// </summary>
    private static readonly HashSet<string> LeftOut = new(StringComparer.Ordinal)
    {
        "dotnet.assembly.count", "dotnet.timer.count", "dotnet.process.cpu.count", "dotnet.thread_pool.thread.count",
        "dotnet.thread_pool.queue.length",
    };

    /// <summary>The caller ends it, and the instruments after it.</summary>
    public static MeterProvider Create(SwitchInstruments instruments, SwitchOptions options)
    {
        int names = options.Issuers.Count + options.Acquirers.Count + options.StandIn.Count
            + options.Velocity.Rules.Count;
        int seriesMax = WordsMax + (SeriesOfANameMax * names);
        MeterProviderBuilder builder = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("switch", serviceInstanceId: options.Node.Name))
            .AddMeter(SwitchInstruments.MeterName, RuntimeMeter)
            .AddView(instrument => ViewOf(instrument, instruments.Meter, seriesMax))
            .AddPrometheusExporter(static page =>
            {
                // Names and labels as they always were, and each scrape reads anew.
                page.ScopeInfoEnabled = false;
                page.TargetInfoEnabled = false;
                page.ScrapeResponseCacheDurationMilliseconds = 0;
            });
        if (options.Metrics.Otlp.Endpoint is { } endpoint)
        {
            OtlpOptions otlp = options.Metrics.Otlp;
            builder.AddOtlpExporter((exporter, reader) =>
            {
                exporter.Endpoint = new Uri(endpoint);
                exporter.Protocol = otlp.Protocol == OtlpProtocol.Grpc
                    ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds =
                    (int)otlp.Interval.TotalMilliseconds;
            });
        }

        return builder.Build();
    }

    /// <summary>Other switches in this process, those of tests, have meters of the same name.</summary>
    private static MetricStreamConfiguration ViewOf(Instrument instrument, Meter own, int seriesMax)
    {
        bool isRuntime = instrument.Meter.Name == RuntimeMeter;
        if (isRuntime ? LeftOut.Contains(instrument.Name) : !ReferenceEquals(instrument.Meter, own))
        {
            return MetricStreamConfiguration.Drop;
        }

        // The page has called it dotnet_gc_pause_seconds_total since before the runtime had a name for it.
        string name = instrument.Name == "dotnet.gc.pause.time" ? "dotnet.gc.pause" : instrument.Name;
        return instrument is Histogram<double> && !isRuntime
            ? new ExplicitBucketHistogramConfiguration
            {
                Boundaries = LatencyHistograms.Boundaries, CardinalityLimit = seriesMax,
            }
            : new MetricStreamConfiguration { Name = name, CardinalityLimit = seriesMax };
    }
}
