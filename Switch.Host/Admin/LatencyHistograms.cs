using System.Diagnostics.Metrics;
using Switch.Host.Core;

namespace Switch.Host.Admin;

/// <summary>
/// How long payments took, as histograms of the meter <c>Switch</c>. Labels are names of the configuration and are made
/// once, so recording allocates nothing.
/// </summary>
internal sealed class LatencyHistograms : ILatencySink
{
    public const string Authorization = "switch.authorization.duration";
    public const string Issuer = "switch.issuer.duration";

    public const string AuthorizationHelp =
        "From the receipt of an authorization or financial request until its answer was durable and might leave.";

    public const string IssuerHelp =
        "From the hand-over of a request to an issuer's link until its answer, or its time-out.";

    /// <summary>Seconds: a sync of a fast disk is below the first, an acquirer's patience below the last.</summary>
    public static readonly double[] Boundaries =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private static readonly KeyValuePair<string, object?> AnsweredLabel = new("outcome", "answered");
    private static readonly KeyValuePair<string, object?> TimedOutLabel = new("outcome", "timed_out");

    private readonly KeyValuePair<string, object?>[] _acquirers;
    private readonly KeyValuePair<string, object?>[] _issuers;
    private readonly Histogram<double> _authorization;
    private readonly Histogram<double> _issuer;

    public LatencyHistograms(Meter meter, IEnumerable<string> acquirers, IEnumerable<string> issuers)
    {
        _acquirers = [.. acquirers.Select(static name => KeyValuePair.Create("acquirer", (object?)name))];
        _issuers = [.. issuers.Select(static name => KeyValuePair.Create("issuer", (object?)name))];
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = Boundaries };
        _authorization = meter.CreateHistogram(Authorization, "s", AuthorizationHelp, null, advice);
        _issuer = meter.CreateHistogram(Issuer, "s", IssuerHelp, null, advice);
    }

    public void Answered(int acquirer, long ticks) =>
        _authorization.Record(SecondsOf(ticks), _acquirers[acquirer]);

    public void IssuerTook(int issuer, long ticks, bool isAnswered) =>
        _issuer.Record(SecondsOf(ticks), _issuers[issuer], isAnswered ? AnsweredLabel : TimedOutLabel);

    private static double SecondsOf(long ticks) => ticks / (double)TimeSpan.TicksPerSecond;
}
