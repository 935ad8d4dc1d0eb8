namespace Switch.Host.Admin;

/// <summary>A metric with one number for each issuer or profile: its labels come from the configuration.</summary>
internal sealed record NamedMetric(
    string Name, MetricType Type, string Help, Func<SwitchStatus, IEnumerable<NamedSample>> Read);

/// <param name="Labels">
/// As they stand between braces. Names are letters, digits, '-', '_' and '.': nothing needs escaping (Rules.Name).
/// </param>
/// <param name="Value">The number.</param>
internal readonly record struct NamedSample(string Labels, double Value);

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
                new(Of(issuer, "state=\"configured\""), issuer.Links),
                new(Of(issuer, "state=\"ready\""), issuer.LinksReady),
            ])),
        new(
            "switch_standin_off", MetricType.Gauge,
            "1 while stand-in is off for a profile: a card file of it is lost.",
            static status => status.CardLists.Profiles.Select(
                static profile => new NamedSample($"profile=\"{profile.Profile}\"", profile.IsOff ? 1 : 0))),
    ];

    private static string Of(IssuerStatus issuer, string more = "") =>
        more.Length == 0 ? $"issuer=\"{issuer.Name}\"" : $"issuer=\"{issuer.Name}\",{more}";
}
