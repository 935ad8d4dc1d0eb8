using Switch.Routing.StandIn;

namespace Switch.Host.Configuration;

/// <summary>What must hold for a profile's triggers, merchant category groups and further limits.</summary>
internal static class StandInLimitRules
{
    private const int CountMax = 100_000_000;

    public static void Validate(StandInOptions profile, ConfigurationErrors errors, string path)
    {
        errors.Require(
            profile.Triggers is null or { Count: > 0 } && profile.Triggers?.Contains(StandInTriggers.None) != true,
            $"{path}:Triggers",
            "must have at least one reason other than None. Omit the key to allow every reason; "
            + "to disable stand-in, remove the profile from the route.");
        foreach ((string name, List<string> mccs) in profile.MccGroups)
        {
            Rules.Name(errors, $"{path}:MccGroups:{name}", name);
            errors.Require(mccs.Count > 0, $"{path}:MccGroups:{name}", "is empty: no payment would match it.");
            Rules.Digits(errors, $"{path}:MccGroups:{name}", mccs, 4, "a merchant category, as in DE 18");
        }

        errors.Require(
            profile.Limits.Count <= StandInProfile.LimitsMax,
            $"{path}:Limits",
            $"has {profile.Limits.Count} limits, more than {StandInProfile.LimitsMax}: every decision checks them "
            + "all.");
        for (int i = 0; i < profile.Limits.Count; i++)
        {
            ValidateOne(profile, profile.Limits[i], errors, $"{path}:Limits:{i}");
        }
    }

    private static void ValidateOne(
        StandInOptions profile, StandInLimitOptions limit, ConfigurationErrors errors, string path)
    {
        errors.Require(
            limit.Scope != default, $"{path}:Scope",
            $"is missing. One of {string.Join(", ", Enum.GetNames<LimitScope>())}.");
        errors.Require(
            limit.Window != default, $"{path}:Window",
            $"is missing. One of {string.Join(", ", Enum.GetNames<LimitWindow>())}.");
        if (limit.Window == LimitWindow.Rolling)
        {
            Rules.Range(
                errors, $"{path}:Span", limit.Span ?? TimeSpan.Zero, TimeSpan.FromSeconds(1), TimeSpan.FromDays(31),
                "how long an approval counts in a rolling window.");
        }
        else
        {
            errors.Require(
                limit.Span is null, $"{path}:Span", $"has no meaning with Window {limit.Window}. Remove it.");
        }

        errors.Require(
            limit.Count is not null || limit.Amount is not null, path,
            "limits nothing. Set Count, Amount or both.");
        Rules.Range(errors, $"{path}:Count", limit.Count ?? 0, 0, CountMax, "approvals within the window.");
        Rules.Range(
            errors, $"{path}:Amount", limit.Amount ?? 0, 0, 1_000_000 * StandInProfileRules.AmountMax,
            "sum of approvals within the window, in minor units.");
        ValidateFilter(profile, limit, errors, path);
    }

    private static void ValidateFilter(
        StandInOptions profile, StandInLimitOptions limit, ConfigurationErrors errors, string path)
    {
        errors.Require(
            limit.MccGroup is null || profile.MccGroups.ContainsKey(limit.MccGroup),
            $"{path}:MccGroup",
            $"'{limit.MccGroup}' is not one of the profile's MccGroups.");
        errors.Require(
            limit.Scope != LimitScope.MccGroup || limit.MccGroup is not null,
            $"{path}:MccGroup",
            "is missing: Scope MccGroup counts the payments of one group.");
        Rules.Digits(
            errors, $"{path}:ProcessingCode", limit.ProcessingCode is { } code ? [code] : [], 2,
            "the first two of DE 3");
        Rules.Digits(
            errors, $"{path}:EntryMode", limit.EntryMode is { } mode ? [mode] : [], 2, "the first two of DE 22");
    }
}
