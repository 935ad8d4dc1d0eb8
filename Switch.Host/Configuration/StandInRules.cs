namespace Switch.Host.Configuration;

/// <summary>
/// What must hold for each stand-in profile: it is what the switch may do with somebody else's money.
/// </summary>
internal static class StandInRules
{
    /// <summary>What DE 4 can say.</summary>
    public const long AmountMax = 999_999_999_999;

    public static void Validate(SwitchOptions options, ConfigurationErrors errors, ConfigurationPlace place)
    {
        foreach ((string name, StandInOptions profile) in options.StandIn)
        {
            string path = $"{ConfigurationValidator.Root}:StandIn:{name}";
            Rules.Name(errors, path, name);
            ValidateLimits(profile, errors, path);
            Rules.Digits(
                errors, $"{path}:AllowProcessingCodes", profile.AllowProcessingCodes ?? [], 2, "the first two of DE 3");
            Rules.Digits(errors, $"{path}:DenyMcc", profile.DenyMcc, 4, "a merchant category, as in DE 18");
            Rules.Digits(errors, $"{path}:AllowEntryModes", profile.AllowEntryModes, 2, "the first two of DE 22");
            StandInLimitRules.Validate(profile, errors, path);
            if (profile.NegativeFile is { } file)
            {
                string[] acquirers = [.. options.Acquirers.Select(acquirer => acquirer.Name)];
                NegativeFile.Read(place.Resolve(file), ListFile.Unkeyed, acquirers, errors, $"{path}:NegativeFile");
            }

            if (profile.PositiveFile is { } raises)
            {
                PositiveFile.Read(place.Resolve(raises), ListFile.Unkeyed, errors, $"{path}:PositiveFile");
            }
        }
    }

    private static void ValidateLimits(StandInOptions profile, ConfigurationErrors errors, string path)
    {
        errors.Require(
            profile.Currency.Length == 3 && profile.Currency.All(char.IsAsciiDigit),
            $"{path}:Currency",
            $"'{profile.Currency}' must be the three digits of DE 49 (392 yen, 840 US dollar, 978 euro): "
            + "the limits are minor units of one currency.");
        Rules.Range(
            errors, $"{path}:PerTransaction", profile.PerTransaction, 0, AmountMax,
            "the largest single approval, in minor units.");
        Rules.Range(
            errors, $"{path}:PerCard:Window", profile.PerCard.Window, TimeSpan.FromSeconds(1), TimeSpan.FromDays(31),
            "the rolling window of the card's count and amount.");
        Rules.Range(
            errors, $"{path}:PerCard:Count", profile.PerCard.Count, 0, 100_000,
            "approvals of one card within the window.");
        Rules.Range(
            errors, $"{path}:PerCard:Amount", profile.PerCard.Amount, 0, AmountMax,
            "sum of one card's approvals within the window, in minor units.");
        Rules.Range(
            errors, $"{path}:IssuerExposure", profile.IssuerExposure, 0, 1_000_000 * AmountMax,
            "sum of approvals that the issuer has not acknowledged, in minor units.");
        Rules.Range(
            errors, $"{path}:FallbackPerTransaction", profile.FallbackPerTransaction, 0, profile.PerTransaction,
            "what may be approved uncounted; never more than PerTransaction.");
    }
}
