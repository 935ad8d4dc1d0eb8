using System.Reflection;
using System.Text.Json;
using Switch.Routing.Issuers;
using Switch.Routing.Velocity;

namespace Switch.Host.Admin;

/// <summary>A metric with one number for each issuer or profile: its labels come from the configuration.</summary>
internal sealed record NamedMetric(
    string Name, MetricType Type, string Help, Func<SwitchStatus, IEnumerable<NamedSample>> Read);

/// <param name="Value">The number.</param>
/// <param name="Labels">
/// Values are names of the configuration or words of the code, never what a message holds: their number is bounded.
/// </param>
internal readonly record struct NamedSample(double Value, params KeyValuePair<string, object?>[] Labels);

/// <summary>Every metric that is told apart by a name from the configuration.</summary>
internal static class NamedMetrics
{
    public static IReadOnlyList<NamedMetric> All { get; } =
    [
        new(
            "switch_issuer_links", MetricType.Gauge,
            "Connections configured to an issuer, and those that take traffic.",
            static status => status.Issuers.SelectMany(static issuer => (NamedSample[])
            [
                new(issuer.Links, Of(issuer), With("state", "configured")),
                new(issuer.LinksReady, Of(issuer), With("state", "ready")),
            ])),
        new(
            "switch_answers_by_issuer_total", MetricType.Counter, "Requests that an issuer answered in time.",
            static status => status.Issuers.SelectMany(static issuer => (NamedSample[])
            [
                new(issuer.Counters.Approved, Of(issuer), With("outcome", "approved")),
                new(issuer.Counters.NotApproved, Of(issuer), With("outcome", "not_approved")),
                new(issuer.Counters.TechnicalDeclines, Of(issuer), With("outcome", "technical_decline")),
            ])),
        .. CountsByIssuer(),
        Gauge(
            "in_flight_by_issuer", "Requests that wait for an issuer's answer now.", static issuer => issuer.InFlight),
        Gauge(
            "owed_by_issuer", "Messages owed to an issuer now: its store-and-forward (SAF) backlog.",
            static issuer => issuer.OwedNow),
        Gauge(
            "owed_on_disk_by_issuer", "Messages owed to an issuer now that rest on the disk, as they are too many for "
            + "memory.",
            static issuer => issuer.OwedOnDisk),
        Gauge("parked_by_issuer", "Messages to an issuer parked now: dead letters.", static issuer => issuer.ParkedNow),
        Gauge(
            "standin_exposure_by_issuer",
            "Stand-in (STIP) approvals that an issuer has not acknowledged, in minor units.",
            static issuer => issuer.StandInExposure),
        Gauge(
            "breaker_open",
            "1 while the circuit breaker of an issuer is open: only probes are sent to it. 0 where health is on.",
            static issuer => issuer.IsBreakerOpen ? 1 : 0),
        Gauge(
            "issuer_health", "An issuer's health by its real traffic: 1 good, 2 fluctuating, 3 down.",
            static issuer => (int)issuer.Health),
        Gauge(
            "issuer_traffic_ratio", "The share of its requests that an issuer gets: less than 1 while it is not good.",
            static issuer => issuer.TrafficPercent / 100.0),
        Gauge(
            "in_flight_cap_by_issuer",
            "Requests that may wait for an issuer's answer: less while it fails, or can do no more.",
            static issuer => issuer.InFlightCap),
        Gauge("signed_off", "1 while an issuer has signed itself off.", static issuer => issuer.IsSignedOff ? 1 : 0),
        Gauge(
            "standin_forced", "1 while an operator forces stand-in for an issuer.",
            static issuer => issuer.IsForcedToStandIn ? 1 : 0),
        new(
            "switch_standin_off", MetricType.Gauge,
            "1 while stand-in is off for a profile: a card file of it is lost.",
            static status => status.CardLists.Profiles.Select(
                static profile => new NamedSample(
                    profile.IsOff ? 1 : 0, With("profile", profile.Profile)))),
        new(
            "switch_hsm_in_use", MetricType.Gauge, "1 while a hardware security module is in use.",
            static status => status.Security.Modules.Select(
                static module => new NamedSample(module.IsInUse ? 1 : 0, With("hsm", module.Name)))),
        OfRules(
            "velocity_begun_total", MetricType.Counter,
            "Times that a key (terminal, merchant, BIN or acquirer) came to be over a rule of velocity.",
            static rule => rule.Begun),
        OfRules(
            "velocity_hits_total", MetricType.Counter,
            "Requests of keys that were over a rule of velocity, whatever the rule does about them.",
            static rule => rule.Hits),
        OfRules(
            "velocity_declined_total", MetricType.Counter, "Requests that a rule of velocity declined.",
            static rule => rule.Declined),
        OfRules(
            "velocity_evicted_total", MetricType.Counter,
            "Keys that lost their place in a rule of velocity to another one while they counted.",
            static rule => rule.Evicted),
        OfRules(
            "velocity_over", MetricType.Gauge, "Keys that are over a rule of velocity now.",
            static rule => rule.OverNow),
        OfRules(
            "velocity_keys", MetricType.Gauge, "Keys that have a place in a rule of velocity.",
            static rule => rule.Keys),
        .. TlsMetrics.All,
        new(
            "switch_pins_unreadable_by_acquirer_total", MetricType.Counter,
            "PIN blocks that an acquirer's key does not open. Many may be a search for PINs.",
            static status => status.Security.UnreadablePins.Select(
                static one => new NamedSample(one.Count, With("acquirer", one.Acquirer)))),
    ];

    /// <summary>The counts with a help text of <see cref="IssuerCounters"/>, in their order there.</summary>
    private static IEnumerable<NamedMetric> CountsByIssuer() =>
        from count in typeof(IssuerCounters).GetProperties()
        let help = count.GetCustomAttribute<IssuerMetricAttribute>()?.Help
        where help is not null
        orderby count.MetadataToken
        let name = JsonNamingPolicy.SnakeCaseLower.ConvertName(count.Name)
        select OfEach(
            $"switch_{name}_by_issuer_total", MetricType.Counter, help, issuer => (long)count.GetValue(issuer)!);

    private static NamedMetric OfRules(
        string name, MetricType type, string help, Func<VelocityCounters, double> read) =>
        new($"switch_{name}", type, help, status => status.Velocity.Select(
            rule => new NamedSample(read(rule.Counters), With("rule", rule.Name))));

    private static NamedMetric Gauge(string name, string help, Func<IssuerCounters, double> read) =>
        OfEach($"switch_{name}", MetricType.Gauge, help, read);

    private static NamedMetric OfEach(string name, MetricType type, string help, Func<IssuerCounters, double> read) =>
        new(name, type, help, status => status.Issuers.Select(
            issuer => new NamedSample(read(issuer.Counters), Of(issuer))));

    private static KeyValuePair<string, object?> Of(IssuerStatus issuer) => With("issuer", issuer.Name);

    private static KeyValuePair<string, object?> With(string label, string value) => new(label, value);
}
