using System.Net;
using Switch.Protocol.Dialects;

namespace Switch.Host.Configuration;

/// <summary>What must hold for each acquirer.</summary>
internal static class AcquirerRules
{
    public static void Validate(SwitchOptions options, ConfigurationErrors errors, DialectCatalog dialects)
    {
        string root = $"{ConfigurationValidator.Root}:Acquirers";
        errors.Require(options.Acquirers.Count > 0, root, "is empty. A switch needs at least one acquirer.");
        for (int i = 0; i < options.Acquirers.Count; i++)
        {
            ValidateOne(options.Acquirers[i], options.Limits, errors, $"{root}:{i}", dialects);
            PinRules.Validate(options, i, errors, $"{root}:{i}");
            ValidateFreshness(options.Acquirers[i].Freshness, options.Duplicates.Window, errors, $"{root}:{i}");
        }

        Rules.Distinct(
            errors, options.Acquirers.Select(a => a.Name), i => $"{root}:{i}:Name",
            "counters and the journal could not distinguish the two.");
    }

    private static void ValidateOne(
        AcquirerOptions acquirer, LimitOptions limits, ConfigurationErrors errors, string path, DialectCatalog dialects)
    {
        Rules.Name(errors, $"{path}:Name", acquirer.Name);
        var wire = new WireOptions(acquirer.Framing, acquirer.Header, acquirer.Dialect);
        WireRules.Validate(errors, path, wire, acquirer.MaxFrameSize, limits, dialects);
        DialectRoleRules.ValidateAcquirer(errors, $"{path}:Dialect", acquirer.Dialect, acquirer.SignOn, dialects);
        Rules.Range(
            errors, $"{path}:Deadline", acquirer.Deadline, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(2),
            "it must leave time for an issuer and must be shorter than the acquirer's own timer.");
        errors.Require(
            acquirer.Deadline > limits.StandInReserve || acquirer.Deadline <= TimeSpan.Zero,
            $"{path}:Deadline",
            $"{Rules.Text(acquirer.Deadline)} is not longer than Limits:StandInReserve "
            + $"{Rules.Text(limits.StandInReserve)}: no request could be sent to an issuer.");
        Rules.Range(
            errors, $"{path}:MaxConnections", acquirer.MaxConnections, 1, 65_535,
            "open connections of this acquirer; further connections are refused.");
        ValidateDoor(acquirer, errors, path);
        ValidateConnect(acquirer, errors, path);
        Rules.Range(
            errors, $"{path}:MaxInFlight", acquirer.MaxInFlight, 1, 1_000_000,
            "open requests; further requests are answered 96.");
        Rules.Range(
            errors, $"{path}:Weight", acquirer.Weight, 1, 100,
            "its share, against the weights of the others, when the switch or an issuer is busy.");
        Rules.Range(
            errors, $"{path}:RatePerSecond", acquirer.RatePerSecond, 0, 1_000_000,
            "requests per second; 0 sets no limit.");
        for (int i = 0; i < acquirer.AllowFrom.Count; i++)
        {
            ValidateBlock(acquirer.AllowFrom[i], errors, $"{path}:AllowFrom:{i}");
        }
    }

    private static void ValidateFreshness(
        FreshnessOptions freshness, TimeSpan window, ConfigurationErrors errors, string path)
    {
        const string Reason =
            "a repeat of a request that is older than Duplicates:Window would be treated as a new request.";
        Rules.Range(
            errors, $"{path}:Freshness:Back", freshness.BackWithin(window), TimeSpan.Zero, window, Reason);
        Rules.Range(errors, $"{path}:Freshness:Ahead", freshness.Ahead, TimeSpan.Zero, window, Reason);
    }

    private static void ValidateConnect(AcquirerOptions acquirer, ConfigurationErrors errors, string path)
    {
        errors.Require(
            !acquirer.SignOn || acquirer.Connect.Count > 0, $"{path}:SignOn",
            "is true without Connect. An acquirer that connects signs on itself.");
        errors.Require(
            !acquirer.SignOn || acquirer.FirstMessage != TimeSpan.Zero, $"{path}:FirstMessage",
            "is 00:00:00 with SignOn: the switch would wait for the answer to its sign-on for ever.");
        if (acquirer.Connect.Count == 0)
        {
            return; // A listener, which the validator of all listeners looks at.
        }

        errors.Require(
            acquirer.Listen.Length == 0, $"{path}:Connect",
            "is set beside Listen. Set only one: who connects, the switch or the acquirer?");
        for (int i = 0; i < acquirer.Connect.Count; i++)
        {
            errors.Require(
                HostPort.TryParse(acquirer.Connect[i], out _, out int port) && port > 0,
                $"{path}:Connect:{i}",
                $"'{acquirer.Connect[i]}' is not host:port, such as 10.0.0.7:9001 or acquirer.example:9001.");
        }

        Rules.Range(errors, $"{path}:Connections", acquirer.Connections, 1, 64, "connections to each of Connect.");
        IssuerRules.ValidateReconnect(acquirer.Reconnect, errors, $"{path}:Reconnect");
    }

    private static void ValidateDoor(AcquirerOptions acquirer, ConfigurationErrors errors, string path)
    {
        Rules.Range(
            errors, $"{path}:MaxConnectionsPerAddress", acquirer.MaxConnectionsPerAddress ?? 1, 1,
            Math.Max(1, acquirer.MaxConnections), "of MaxConnections, from one address.");
        Rules.Range(
            errors, $"{path}:ConnectionsPerSecond", acquirer.ConnectionsPerSecond, 0, 10_000,
            "new connections from one address; 0 sets no limit.");
        Rules.Range(
            errors, $"{path}:FirstMessage", acquirer.FirstMessage, TimeSpan.Zero, TimeSpan.FromHours(1),
            "a connection without a first message is closed after this time; 00:00:00 never closes it.");
        Rules.Range(
            errors, $"{path}:Idle", acquirer.Idle, TimeSpan.Zero, TimeSpan.FromDays(1),
            "an idle connection is closed after this time; 00:00:00 never closes it.");
        errors.Require(
            acquirer.Idle == TimeSpan.Zero || acquirer.Idle > acquirer.Deadline,
            $"{path}:Idle",
            $"{Rules.Text(acquirer.Idle)} is not longer than Deadline {Rules.Text(acquirer.Deadline)}: who waits for "
            + "an answer is silent.");
        Rules.Range(
            errors, $"{path}:FormatErrors", acquirer.FormatErrors, 0, 1_000_000,
            "unreadable messages in a row, after which a connection is closed; 0 never closes it.");
        Rules.Range(
            errors, $"{path}:KeepAlivesPerSecond", acquirer.KeepAlivesPerSecond, 1, 1_000_000,
            "empty frames on one connection; a connection that sends more is closed.");
    }

    /// <summary>A CIDR block, as AllowFrom has them.</summary>
    public static void ValidateBlock(string text, ConfigurationErrors errors, string path)
    {
        // The platform quietly clears bits behind the prefix; here they are taken for the mistyped prefix they may be.
        if (IPNetwork.TryParse(text, out IPNetwork block)
            && IPAddress.TryParse(text.AsSpan(0, text.IndexOf('/', StringComparison.Ordinal)), out IPAddress? first)
            && block.BaseAddress.Equals(first))
        {
            return;
        }

        string advice = IPAddress.TryParse(text, out IPAddress? address)
            ? $"For that one address write {text}/{address.GetAddressBytes().Length * 8}."
            : "Write the first address of the block and its prefix length, such as 10.1.0.0/16.";
        errors.Add(path, $"'{text}' is not a CIDR block (the bits behind the prefix must be zero). {advice}");
    }
}
