using System.Globalization;
using Switch.Routing.Settings;
using Switch.Routing.Velocity;

namespace Switch.Host.Configuration;

/// <summary>What must hold for the rules of velocity.</summary>
internal static class VelocityRules
{
    // Each is asked for each new request.
    private const int RulesMax = 16;
    private const int CountMax = 1_000_000;
    private const int CardsMax = 100_000;
    private const long AmountMax = 999_999_999_999;
    private const long BytesMax = 1L << 30;

    public static void Validate(SwitchOptions options, ConfigurationErrors errors)
    {
        const string Path = $"{ConfigurationValidator.Root}:Velocity";
        VelocityOptions velocity = options.Velocity;
        errors.Require(
            velocity.BinDigits is 6 or 8 || errors.IsUnread($"{Path}:BinDigits"), $"{Path}:BinDigits",
            $"{velocity.BinDigits} is neither 6 nor 8: a BIN has 8 digits (ISO/IEC 7812-1:2017), before it had 6.");
        errors.Require(
            velocity.Rules.Count <= RulesMax, $"{Path}:Rules",
            $"has {velocity.Rules.Count} rules, more than {RulesMax}: each new request is counted in all of them.");
        Rules.Distinct(
            errors, velocity.Rules.Select(static rule => rule.Name), i => $"{Path}:Rules:{i}:Name",
            "logs and metrics use this name.");
        for (int i = 0; i < velocity.Rules.Count; i++)
        {
            ValidateOne(options, velocity.Rules[i], errors, $"{Path}:Rules:{i}");
        }
    }

    private static void ValidateOne(
        SwitchOptions options, VelocityRuleOptions rule, ConfigurationErrors errors, string path)
    {
        Rules.Name(errors, $"{path}:Name", rule.Name);
        errors.Require(
            rule.Per != default || errors.IsUnread($"{path}:Per"), $"{path}:Per",
            $"is missing. One of {string.Join(", ", Enum.GetNames<VelocityScope>())}.");
        Rules.Range(
            errors, $"{path}:Window", rule.Window, TimeSpan.FromSeconds(1), TimeSpan.FromHours(24),
            "the longest time that counts cover.");
        Rules.Range(
            errors, $"{path}:For", rule.For, TimeSpan.Zero, TimeSpan.FromHours(24),
            "how long a key stays over after its counts were last at the limits.");
        ValidateLimits(rule, errors, path);
        ValidateSmall(rule, errors, path);
        errors.Require(
            Rules.IsDecline(rule.ResponseCode), $"{path}:ResponseCode",
            $"'{rule.ResponseCode}' is not a code that declines, such as 59 (suspected fraud) or 65 (over a count "
            + "limit).");
        ValidateSize(rule, errors, path);
        for (int i = 0; i < rule.Acquirers.Count; i++)
        {
            string name = rule.Acquirers[i];
            errors.Require(
                options.Acquirers.Exists(acquirer => acquirer.Name == name && name.Length > 0)
                    || errors.IsUnread($"{ConfigurationValidator.Root}:Acquirers"),
                $"{path}:Acquirers:{i}",
                $"'{name}' is not an acquirer. Known: "
                + $"{Rules.Known(options.Acquirers.Select(static one => one.Name))}.");
        }

        Rules.Distinct(errors, rule.Acquirers, i => $"{path}:Acquirers:{i}", "each is meant once.");
    }

    private static void ValidateLimits(VelocityRuleOptions rule, ConfigurationErrors errors, string path)
    {
        const string Requests = "requests of a key within the window.";
        bool hasLimit = rule.Requests is not null || rule.DistinctCards is not null || rule.Declines is not null
            || rule.SmallAmounts is not null
            || ((string[])["Requests", "DistinctCards", "Declines", "SmallAmounts"]).Any(
                limit => errors.IsUnread($"{path}:{limit}"));
        errors.Require(
            hasLimit, path, "has no limit. Set Requests, DistinctCards, Declines or SmallAmounts; of several, all must "
            + "be reached.");
        Rules.Range(errors, $"{path}:Requests", rule.Requests ?? 1, 1, CountMax, Requests);
        Rules.Range(
            errors, $"{path}:DistinctCards", rule.DistinctCards ?? 1, 1, CardsMax,
            "different cards of a key within the window.");
        Rules.Range(
            errors, $"{path}:Declines", rule.Declines ?? 1, 1, CountMax,
            "declines of a key, by an issuer or by stand-in, within the window.");
        Rules.Range(
            errors, $"{path}:SmallAmounts", rule.SmallAmounts ?? 1, 1, CountMax,
            "requests of a key with a small amount within the window.");
    }

    private static void ValidateSmall(VelocityRuleOptions rule, ConfigurationErrors errors, string path)
    {
        Rules.Range(
            errors, $"{path}:SmallAmountMax", rule.SmallAmountMax, 0, AmountMax,
            "minor units of Currency up to which an amount is small.");
        errors.Require(
            rule.SmallAmountMax == 0 || rule.Currency is not null || errors.IsUnread($"{path}:Currency"),
            $"{path}:Currency", "is missing: SmallAmountMax is in minor units of it.");
        errors.Require(
            rule.SmallAmountMax == 0 || rule.SmallAmounts is not null || errors.IsUnread($"{path}:SmallAmounts"),
            $"{path}:SmallAmountMax", "has no meaning without SmallAmounts. Remove it.");
        errors.Require(
            rule.Currency is null or { Length: 3 } && (rule.Currency?.All(char.IsAsciiDigit) ?? true),
            $"{path}:Currency", $"'{rule.Currency}' must be 3 digits, as in DE 49.");
    }

    private static void ValidateSize(VelocityRuleOptions rule, ConfigurationErrors errors, string path)
    {
        bool isKnown = Rules.Range(
            errors, $"{path}:KeysMax", rule.KeysMax, 8, 1 << 22,
            "keys that are counted at once; their memory is allocated at start.");
        if (isKnown && rule.DistinctCards is null or (>= 1 and <= CardsMax))
        {
            long bytes = VelocitySize.Of(rule.KeysMax, rule.DistinctCards ?? 0);
            errors.Require(
                bytes <= BytesMax, $"{path}:KeysMax",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{rule.KeysMax} keys that count up to {rule.DistinctCards ?? 0} cards each take "
                    + $"{bytes >> 20} MiB, more than {BytesMax >> 20}."));
        }
    }
}
