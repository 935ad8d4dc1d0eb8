using Switch.Protocol.Dialects;

namespace Switch.Host.Configuration;

/// <summary>What must hold for each issuer.</summary>
internal static class IssuerRules
{
    private const int LinksMax = 1_024;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public static void Validate(SwitchOptions options, ConfigurationErrors errors, DialectCatalog dialects)
    {
        string root = $"{ConfigurationValidator.Root}:Issuers";
        errors.Require(options.Issuers.Count > 0, root, "is empty. A switch needs at least one issuer.");
        for (int i = 0; i < options.Issuers.Count; i++)
        {
            ValidateOne(options.Issuers[i], options.Limits, errors, $"{root}:{i}", dialects);
            ValidateTimeout(options, options.Issuers[i], errors, $"{root}:{i}:Timeout");
        }

        Rules.Distinct(
            errors, options.Issuers.Select(i => i.Name), i => $"{root}:{i}:Name",
            "routes could not distinguish the two.");
        long links = options.Issuers.Sum(i => (long)Math.Max(i.Connections, 0) * Math.Max(i.Endpoints.Count, 1));
        errors.Require(
            links <= LinksMax, root, $"open {links} connections in total, more than {LinksMax}. Lower Connections.");
    }

    private static void ValidateOne(
        IssuerOptions issuer, LimitOptions limits, ConfigurationErrors errors, string path, DialectCatalog dialects)
    {
        Rules.Name(errors, $"{path}:Name", issuer.Name);
        var wire = new WireOptions(issuer.Framing, issuer.Header, issuer.Dialect);
        WireRules.Validate(errors, path, wire, issuer.MaxFrameSize, limits, dialects);
        DialectRoleRules.ValidateIssuer(
            errors, $"{path}:Dialect", issuer.Dialect, issuer.SignOn || issuer.Echo > TimeSpan.Zero, dialects);
        ValidateEndpoints(issuer, errors, path);
        Rules.Range(
            errors, $"{path}:Connections", issuer.Connections, 1, 64,
            "connections to each endpoint; more than a few are rarely useful.");
        Rules.Range(
            errors, $"{path}:MaxInFlight", issuer.MaxInFlight, 1, 500_000,
            "requests in flight at once; at most half of the 999,999 trace numbers (DE 11) may be in use.");
        Rules.Range(
            errors, $"{path}:Echo", issuer.Echo, TimeSpan.FromMilliseconds(100), Hour,
            "idle time before an echo test; 00:00:00 sends no echo test.", orZero: true);
        Rules.Range(
            errors, $"{path}:DrainBeforeOnline", issuer.DrainBeforeOnline, TimeSpan.Zero, TimeSpan.FromSeconds(10),
            "how long a request waits for owed messages of its card, within the acquirer's deadline; 00:00:00 does "
            + "not wait.");
        errors.Require(
            Rules.IsDecline(issuer.UnavailableCode),
            $"{path}:UnavailableCode",
            $"'{issuer.UnavailableCode}' is not a DE 39 that declines, such as 91 or 05.");

        errors.Require(
            ScalarText.TryParseOffset(issuer.UtcOffset, out TimeSpan offset),
            $"{path}:UtcOffset",
            $"'{issuer.UtcOffset}' is not an offset from UTC between -14:00 and +14:00, such as +09:00 or -05:00.");

        errors.Require(
            issuer.TimeZone is null || TimeZoneInfo.TryFindSystemTimeZoneById(issuer.TimeZone, out _),
            $"{path}:TimeZone",
            $"'{issuer.TimeZone}' is not a time zone known to this machine, such as Asia/Tokyo or America/New_York.");
        errors.Require(
            issuer.TimeZone is null || offset == TimeSpan.Zero,
            $"{path}:TimeZone",
            "UtcOffset is set too. Set only one of the two.");

        string breaker = $"{path}:Breaker";
        Rules.Range(
            errors, $"{breaker}:ConsecutiveTimeouts", issuer.Breaker.ConsecutiveTimeouts, 0, 10_000,
            "consecutive time-outs that open the circuit breaker; 0 never opens it.");
        Rules.Range(
            errors, $"{breaker}:Cooldown", issuer.Breaker.Cooldown, TimeSpan.FromMilliseconds(10), Hour,
            "how long an open circuit breaker waits before its probe.");
        HealthRules.Validate(issuer, errors, path);
        ValidateReconnect(issuer.Reconnect, errors, $"{path}:Reconnect");
        ValidateAdvices(issuer.Advices, errors, $"{path}:Advices");
    }

    /// <summary>Waits between attempts.</summary>
    public static void ValidateReconnect(ReconnectOptions reconnect, ConfigurationErrors errors, string path)
    {
        Rules.Range(
            errors, $"{path}:Min", reconnect.Min, TimeSpan.FromMilliseconds(10), Hour,
            "the first wait before a lost link reconnects.");
        Rules.Range(
            errors, $"{path}:Max", reconnect.Max, TimeSpan.FromMilliseconds(10), Hour,
            "the longest wait between attempts to connect.");
        errors.Require(
            reconnect.Min <= reconnect.Max,
            $"{path}:Min",
            $"{Rules.Text(reconnect.Min)} is longer than Max {Rules.Text(reconnect.Max)}: waits grow from one to the "
            + "other.");
    }

    private static void ValidateEndpoints(IssuerOptions issuer, ConfigurationErrors errors, string path)
    {
        if (issuer.Listen is not null)
        {
            errors.Require(
                issuer.Endpoints.Count == 0, $"{path}:Listen",
                "is set beside Endpoints. Set only one: who connects, the switch or the issuer?");
        }
        else
        {
            errors.Require(issuer.Endpoints.Count > 0, $"{path}:Endpoints", "is empty. Give at least one host:port.");
        }

        for (int i = 0; i < issuer.AllowFrom.Count; i++)
        {
            AcquirerRules.ValidateBlock(issuer.AllowFrom[i], errors, $"{path}:AllowFrom:{i}");
        }

        for (int i = 0; i < issuer.Endpoints.Count; i++)
        {
            string endpoint = issuer.Endpoints[i];
            if (errors.Require(
                    HostPort.TryParse(endpoint, out _, out int port),
                    $"{path}:Endpoints:{i}",
                    $"'{endpoint}' is not host:port, such as 10.0.0.7:9001, [fd00::7]:9001 or issuer.example:9001."))
            {
                errors.Require(
                    port > 0, $"{path}:Endpoints:{i}", $"'{endpoint}' has port 0, which is not a valid port.");
            }
        }

        Rules.Distinct(
            errors, issuer.Endpoints, i => $"{path}:Endpoints:{i}",
            "raise Connections for more connections to one host.");
    }

    private static void ValidateAdvices(AdviceOptions advices, ConfigurationErrors errors, string path)
    {
        Rules.Range(
            errors, $"{path}:Window", advices.Window, 1, 1_024,
            "unanswered owed messages; 1 sends them strictly one after another.");
        Rules.Range(
            errors, $"{path}:RatePerSecond", advices.RatePerSecond, 1, 100_000,
            "owed messages per second; 0 would never send them.");
        Rules.Range(
            errors, $"{path}:RetryMin", advices.RetryMin, TimeSpan.FromMilliseconds(10), Hour,
            "the wait before the first repeat.");
        Rules.Range(
            errors, $"{path}:RetryMax", advices.RetryMax, TimeSpan.FromMilliseconds(10), Hour,
            "the longest wait between repeats.");
        errors.Require(
            advices.RetryMin <= advices.RetryMax,
            $"{path}:RetryMin",
            $"{Rules.Text(advices.RetryMin)} is longer than RetryMax {Rules.Text(advices.RetryMax)}: "
            + "waits grow from one to the other.");
        Rules.Range(
            errors, $"{path}:ParkAfter", advices.ParkAfter, 1, 1_000,
            "refusals after which a message is parked for an operator; time-outs never park a message.");
    }

    /// <summary>A reply that may come later than the acquirer's deadline is of no use.</summary>
    private static void ValidateTimeout(
        SwitchOptions options, IssuerOptions issuer, ConfigurationErrors errors, string path)
    {
        Rules.Range(
            errors, path, issuer.Timeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(2),
            "how long one request waits for its reply.");
        foreach (AcquirerOptions acquirer in options.Acquirers)
        {
            TimeSpan room = acquirer.Deadline - options.Limits.StandInReserve;
            errors.Require(
                issuer.Timeout < room || room <= TimeSpan.Zero,
                path,
                $"{Rules.Text(issuer.Timeout)} is not shorter than {Rules.Text(room)}: acquirer '{acquirer.Name}' is "
                + $"answered within {Rules.Text(acquirer.Deadline)}, of which Limits:StandInReserve keeps "
                + $"{Rules.Text(options.Limits.StandInReserve)}. Shorten this, or lengthen that deadline.");
        }
    }
}
