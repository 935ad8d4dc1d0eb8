namespace Switch.Host.Admin;

/// <summary>Metrics of TLS, by partner.</summary>
internal static class TlsMetrics
{
    public static IEnumerable<NamedMetric> All =>
    [
        Of(
            "tls_plain_text", MetricType.Gauge,
            "1 while a partner or security module is spoken to in plain text beyond this machine (Tls: None).",
            static party => party.IsExposed ? 1 : 0),
        OfTls(
            "tls_certificate_not_after_timestamp_seconds", MetricType.Gauge,
            "When the switch's certificate for a partner ends, Unix time.",
            static party => Unix(party.NotAfter!.Value)),
        new(
            "switch_tls_crl_next_update_timestamp_seconds", MetricType.Gauge,
            "When a partner's revocation list should have been replaced, Unix time.",
            static status => status.Tls.Where(static party => party.CrlNextUpdate is not null).Select(
                static party => new NamedSample(Unix(party.CrlNextUpdate!.Value), Labels(party)))),
        OfTls(
            "tls_connections", MetricType.Gauge, "Connections with TLS open now.", static party => party.Open),
        OfTls(
            "tls_handshakes_total", MetricType.Counter, "TLS handshakes that ended in a connection.",
            static party => party.Completed),
        OfTls(
            "tls_withdrawn_total", MetricType.Counter,
            "Connections ended by a reload because their peers were allowed no longer: pin, authority, revocation.",
            static party => party.Withdrawn),
        new(
            "switch_tls_refused_total", MetricType.Counter,
            "Connections refused before their TLS handshake was over, by cause.",
            static status => status.Tls.SelectMany(static party => party.Refused.Select(
                cause => new NamedSample(cause.Count, [.. Labels(party), new("cause", cause.Cause)])))),
    ];

    private static NamedMetric OfTls(string name, MetricType type, string help, Func<TlsStatus, double> read) =>
        new($"switch_{name}", type, help, status => status.Tls.Where(static party => party.IsTls).Select(
            party => new NamedSample(read(party), Labels(party))));

    private static NamedMetric Of(string name, MetricType type, string help, Func<TlsStatus, double> read) =>
        new($"switch_{name}", type, help, status => status.Tls.Select(
            party => new NamedSample(read(party), Labels(party))));

    private static KeyValuePair<string, object?>[] Labels(TlsStatus party) =>
        [new("side", party.Side), new("name", party.Name)];

    private static double Unix(DateTime time) => (time - DateTime.UnixEpoch).TotalSeconds;
}
