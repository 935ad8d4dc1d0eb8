namespace Switch.Host.Configuration;

/// <summary>What must hold for the routes.</summary>
internal static class RouteRules
{
    private const int PrefixSizeMax = 19;

    public static void Validate(SwitchOptions options, ConfigurationErrors errors)
    {
        string root = $"{ConfigurationValidator.Root}:Routes";
        errors.Require(options.Routes.Count > 0, root, "is empty. Without a route every payment is declined with 92.");
        for (int i = 0; i < options.Routes.Count; i++)
        {
            ValidateOne(options, options.Routes[i], errors, $"{root}:{i}");
        }

        ValidatePrefixes(options.Routes, errors, root);
    }

    private static void ValidateOne(
        SwitchOptions options, RouteOptions route, ConfigurationErrors errors, string path)
    {
        errors.Require(
            route.Prefix.Length <= PrefixSizeMax && route.Prefix.All(char.IsAsciiDigit),
            $"{path}:Prefix",
            $"'{route.Prefix}' must be at most {PrefixSizeMax} digits, the first of the card number; "
            + "empty matches every card.");
        ValidateIssuer(options, route.Primary, errors, $"{path}:Primary");
        for (int i = 0; i < route.Standby.Count; i++)
        {
            ValidateIssuer(options, route.Standby[i], errors, $"{path}:Standby:{i}");
            errors.Require(
                route.Standby[i] != route.Primary || route.Primary.Length == 0,
                $"{path}:Standby:{i}",
                $"'{route.Standby[i]}' is the route's primary: a standby is another issuer.");
        }

        Rules.Distinct(errors, route.Standby, i => $"{path}:Standby:{i}", "each standby gets a request only once.");
        ValidateHedge(options, route, errors, $"{path}:HedgePercent");
        errors.Require(
            route.StandIn is null || options.StandIn.ContainsKey(route.StandIn)
                || errors.IsUnread($"{ConfigurationValidator.Root}:StandIn"),
            $"{path}:StandIn",
            $"'{route.StandIn}' is not a stand-in profile. Known: {Known(options.StandIn.Keys)}. "
            + "Null never stands in.");
    }

    private static void ValidateHedge(
        SwitchOptions options, RouteOptions route, ConfigurationErrors errors, string path)
    {
        Rules.Range(
            errors, path, route.HedgePercent, 0, 20, "requests of 100 that a standby may get too; 0 hedges none.");
        if (route.HedgePercent == 0)
        {
            return;
        }

        errors.Require(route.Standby.Count > 0, path, "the route has no standby to ask.");
        errors.Require(
            options.Issuers.Find(issuer => issuer.Name == route.Primary)
                is null or { Health.Preset: not HealthPreset.Off },
            path, $"issuer '{route.Primary}' has Health:Preset Off: its usual latency is not known.");
        foreach (string name in route.Standby.Take(1).Prepend(route.Primary))
        {
            errors.Require(
                options.Issuers.Find(issuer => issuer.Name == name) is null or { AllowHedge: true }, path,
                $"issuer '{name}' does not allow it: set its AllowHedge, if it takes reversals for it.");
        }
    }

    private static void ValidateIssuer(SwitchOptions options, string name, ConfigurationErrors errors, string path) =>
        errors.Require(
            options.Issuers.Exists(issuer => issuer.Name == name && name.Length > 0)
                || (name.Length > 0 && errors.IsUnread($"{ConfigurationValidator.Root}:Issuers")),
            path,
            name.Length == 0
                ? "is missing. Name one of the issuers."
                : $"'{name}' is not an issuer. Known: {Known(options.Issuers.Select(i => i.Name))}.");

    private static void ValidatePrefixes(List<RouteOptions> routes, ConfigurationErrors errors, string root)
    {
        // Not Rules.Distinct: the empty prefix counts here.
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < routes.Count; i++)
        {
            if (!seen.TryAdd(routes[i].Prefix, i))
            {
                errors.Add(
                    $"{root}:{i}:Prefix",
                    $"'{routes[i].Prefix}' is already at {root}:{seen[routes[i].Prefix]}:Prefix: "
                    + "one prefix, one route.");
            }
        }
    }

    private static string Known(IEnumerable<string> names) => names.Any() ? Rules.Known(names) : "none";
}
