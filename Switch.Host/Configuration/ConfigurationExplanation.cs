using System.Globalization;
using Spectre.Console;
using Switch.Routing.Settings;

namespace Switch.Host.Configuration;

/// <summary>Says in tables and sentences what a configuration means, for the person about to run it.</summary>
internal static class ConfigurationExplanation
{
    /// <param name="console">For the tables, which fit its width.</param>
    /// <param name="output">For the sentences, which are not to be folded.</param>
    /// <param name="options">What is explained.</param>
    public static void Write(IAnsiConsole console, TextWriter output, SwitchOptions options)
    {
        console.Write(Acquirers(options));
        console.Write(Issuers(options));
        console.Write(Routes(options));
        foreach ((string name, StandInOptions profile) in options.StandIn.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"Stand-in '{name}': {Describe(profile)}");
        }

        foreach (VelocityRuleOptions rule in options.Velocity.Rules)
        {
            output.WriteLine($"Velocity '{rule.Name}': {Describe(rule)}");
        }

        output.WriteLine(
            $"Journal: {options.Journal.Path}, {options.Journal.Durability}. Repeats are recognised for "
            + $"{Rules.Text(options.Duplicates.Window)}. Admin: {options.Admin.Listen ?? "the command line alone"}.");
    }

    /// <summary>One stand-in profile in words.</summary>
    public static string Describe(StandInOptions profile)
    {
        string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

        List<string> codes = profile.AllowProcessingCodes ?? ["00"];
        PerCardOptions card = profile.PerCard;
        string text = $"approves up to {Number(profile.PerTransaction)} minor units of currency {profile.Currency} "
            + $"a payment, {Number(card.Count)} payments and {Number(card.Amount)} a card "
            + $"in {Rules.Text(card.Window)}, while less than {Number(profile.IssuerExposure)} waits for the issuer's "
            + "acknowledgement; "
            + (codes.Count == 0 ? "no processing code" : $"processing codes {string.Join(", ", codes)} only");
        text += profile.DenyMcc.Count == 0 ? "" : $"; never merchant categories {string.Join(", ", profile.DenyMcc)}";
        text += profile.DenyCountry.Count == 0 ? "" : $"; never countries {string.Join(", ", profile.DenyCountry)}";
        text += profile.AllowHours.Count == 0
            ? "" : $"; from {string.Join(" and from ", profile.AllowHours)} on the issuer's clock only";
        text += profile.AllowEntryModes.Count == 0
            ? "; any entry mode" : $"; entry modes {string.Join(", ", profile.AllowEntryModes)} only";
        text += profile.Limits.Count == 0
            ? "" : $"; within {string.Join(", ", profile.Limits.Select(DescribeLimit))}";
        text += profile.Triggers is null ? "" : $"; only when {string.Join(" or ", profile.Triggers)}";
        text += profile.FallbackPerTransaction == 0
            ? "" : $"; up to {Number(profile.FallbackPerTransaction)} even when it cannot count";
        text += profile.AdviseDeclines ? "; declines are advised too" : "";
        text += profile.PositiveFile is null ? "" : $"; more for cards listed in {profile.PositiveFile}";
        return text + (profile.NegativeFile is null ? "." : $"; never what is listed in {profile.NegativeFile}.");
    }

    /// <summary>One rule of velocity in words.</summary>
    public static string Describe(VelocityRuleOptions rule)
    {
        string action = rule.Action switch
        {
            VelocityAction.Decline => $"declines with {rule.ResponseCode}",
            VelocityAction.Alert => "reports",
            _ => "counts",
        };
        List<string> limits = [];
        Add(rule.Requests, "requests");
        Add(rule.DistinctCards, "cards");
        Add(rule.Declines, "declines");
        Add(rule.SmallAmounts, rule.SmallAmountMax == 0 ? "amounts of zero"
            : $"amounts up to {rule.SmallAmountMax} minor units of currency {rule.Currency}");
        string acquirers = rule.Acquirers.Count == 0 ? "" : $" of {string.Join(", ", rule.Acquirers)}";
        return $"{action} what a {rule.Per.ToString().ToLowerInvariant()}{acquirers} sends after "
            + $"{string.Join(" and ", limits)} in {Rules.Text(rule.Window)}, and for {Rules.Text(rule.For)} after "
            + "that.";

        void Add(int? limit, string what)
        {
            if (limit is not null)
            {
                limits.Add(string.Create(CultureInfo.InvariantCulture, $"{limit} {what}"));
            }
        }
    }

    private static string DescribeLimit(StandInLimitOptions limit)
    {
        string most = limit.Count is null ? "" : $" {limit.Count} payments";
        most += limit.Amount is not { } amount
            ? "" : $" {amount.ToString("N0", CultureInfo.InvariantCulture)} in sum";
        string window = limit.Span is null ? $"{limit.Window}" : Rules.Text(limit.Span.Value);
        return $"{most.Trim()} per {limit.Scope}{(limit.MccGroup is null ? "" : $" ({limit.MccGroup})")} and {window}";
    }

    private static string Describe(BreakerOptions breaker) => breaker.ConsecutiveTimeouts == 0
        ? "off" : $"breaker opens after {breaker.ConsecutiveTimeouts} time-outs for {Rules.Text(breaker.Cooldown)}";

    private static Table Acquirers(SwitchOptions options)
    {
        Table table = NewTable("Acquirers", "Name", "Connection", "Speaks", "Answered within", "At most", "From");
        foreach (AcquirerOptions acquirer in options.Acquirers)
        {
            string rate = acquirer.RatePerSecond == 0 ? "" : $", {acquirer.RatePerSecond}/s";
            AddRow(
                table, acquirer.Name,
                acquirer.Connect.Count == 0
                    ? acquirer.Listen
                    : $"to {string.Join(", ", acquirer.Connect)} x{acquirer.Connections}"
                        + (acquirer.SignOn ? ", sign-on" : ""),
                $"{acquirer.Framing} {acquirer.Dialect}",
                Rules.Text(acquirer.Deadline),
                $"{acquirer.MaxConnections} connections, {acquirer.MaxInFlight} in flight{rate}",
                acquirer.AllowFrom.Count == 0 ? "anywhere" : string.Join(", ", acquirer.AllowFrom));
        }

        return table;
    }

    private static Table Issuers(SwitchOptions options)
    {
        Table table = NewTable(
            "Issuers", "Name", "Connects to", "Speaks", "Waits", "Network messages", "Health", "Owed messages");
        foreach (IssuerOptions issuer in options.Issuers)
        {
            string echo = issuer.Echo == TimeSpan.Zero ? "no echo" : $"echo after {Rules.Text(issuer.Echo)}";
            AddRow(
                table, issuer.Name, issuer.Listen is { } listen
                    ? $"waits at {listen} x{issuer.Connections}"
                    : $"{string.Join(", ", issuer.Endpoints)} x{issuer.Connections}",
                $"{issuer.Framing} {issuer.Dialect}", Rules.Text(issuer.Timeout),
                $"{(issuer.SignOn ? "sign-on" : "no sign-on")}, {echo}",
                issuer.Health.Preset == HealthPreset.Off
                    ? Describe(issuer.Breaker)
                    : $"{issuer.Health.Preset}".ToLowerInvariant(),
                $"{issuer.Advices.Window} at once, {issuer.Advices.RatePerSecond}/s, "
                + (issuer.Advices.Order == AdviceOrder.LargestFirst ? "largest first, " : "")
                + $"parked after {issuer.Advices.ParkAfter} refusals");
        }

        return table;
    }

    private static Table Routes(SwitchOptions options)
    {
        Table table = NewTable("Routes (the longest prefix wins)", "Cards", "First", "Then", "At last");
        foreach (RouteOptions route in options.Routes.OrderBy(r => r.Prefix, StringComparer.Ordinal))
        {
            AddRow(
                table, route.Prefix.Length == 0 ? "all others" : route.Prefix + "...", route.Primary,
                route.Standby.Count == 0 ? "-" : string.Join(", then ", route.Standby),
                route.StandIn is null ? "decline" : $"stand-in '{route.StandIn}'");
        }

        return table;
    }

    private static Table NewTable(string title, params string[] columns)
    {
        var table = new Table { Title = new TableTitle(title), Border = TableBorder.Square };
        foreach (string column in columns)
        {
            table.AddColumn(column);
        }

        return table;
    }

    /// <summary>As plain text: a bracket in a value is a bracket, not markup.</summary>
    private static void AddRow(Table table, params string[] cells) =>
        table.AddRow(cells.Select(cell => new Text(cell)));
}
