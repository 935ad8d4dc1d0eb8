using System.Globalization;
using Switch.Routing.Values;

namespace Switch.Host.Configuration;

/// <summary>
/// What must hold for each stand-in profile: it is what the switch may do with somebody else's money.
/// </summary>
internal static class StandInProfileRules
{
    /// <summary>What DE 4 can say.</summary>
    public const long AmountMax = 999_999_999_999;

    /// <summary>All but what is in the card files.</summary>
    public static void Validate(SwitchOptions options, ConfigurationErrors errors)
    {
        foreach ((string name, StandInOptions profile) in options.StandIn)
        {
            string path = $"{ConfigurationValidator.Root}:StandIn:{name}";
            Rules.Name(errors, path, name);
            ValidateLimits(profile, errors, path);
            Rules.Digits(
                errors, $"{path}:AllowProcessingCodes", profile.AllowProcessingCodes ?? [], 2, "the first two of DE 3");
            Rules.Digits(errors, $"{path}:DenyMcc", profile.DenyMcc, 4, "a merchant category, as in DE 18");
            ValidateCountries(profile, errors, $"{path}:DenyCountry");
            ValidateHours(profile, errors, $"{path}:AllowHours");
            Rules.Digits(errors, $"{path}:AllowEntryModes", profile.AllowEntryModes, 2, "the first two of DE 22");
            StandInLimitRules.Validate(profile, errors, path);
        }
    }

    /// <summary>Reads the card files of all profiles for their mistakes alone.</summary>
    public static void ValidateCardFiles(
        SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        string[] acquirers = [.. options.Acquirers.Select(acquirer => acquirer.Name)];
        foreach ((string name, StandInOptions profile) in options.StandIn)
        {
            string path = $"{ConfigurationValidator.Root}:StandIn:{name}";
            if (profile.NegativeFile is { } file)
            {
                NegativeFile.Read(
                    environment.Resolve(file), ListFile.Unkeyed, acquirers, errors, $"{path}:NegativeFile");
            }

            if (profile.PositiveFile is { } raises)
            {
                PositiveFile.Read(environment.Resolve(raises), ListFile.Unkeyed, errors, $"{path}:PositiveFile");
            }
        }
    }

    private static void ValidateCountries(StandInOptions profile, ConfigurationErrors errors, string path)
    {
        for (int i = 0; i < profile.DenyCountry.Count; i++)
        {
            string country = profile.DenyCountry[i];
            errors.Require(
                (country.Length == 3 && country.All(char.IsAsciiDigit))
                    || (country.Length == 2 && country.All(char.IsAsciiLetterUpper)),
                $"{path}:{i}",
                $"'{country}' must be three digits, as in DE 19, or two capital letters, as at the end of DE 43.");
        }
    }

    private static void ValidateHours(StandInOptions profile, ConfigurationErrors errors, string path)
    {
        for (int i = 0; i < profile.AllowHours.Count; i++)
        {
            errors.Require(
                TryReadHours(profile.AllowHours[i], out _),
                $"{path}:{i}",
                $"'{profile.AllowHours[i]}' must be two different times of the day, as 08:00-22:30 or 22:00-06:00.");
        }
    }

    /// <summary>Reads 08:00-22:30.</summary>
    public static bool TryReadHours(string text, out HourSpan hours)
    {
        int from = 0;
        int until = 0;
        bool isRead = text.Length == 11 && text[5] == '-'
            && TryReadMinute(text.AsSpan(0, 5), out from) && TryReadMinute(text.AsSpan(6), out until);
        hours = new HourSpan(from, until);
        return isRead && from != until;
    }

    private static bool TryReadMinute(ReadOnlySpan<char> text, out int minute)
    {
        bool isTime = TimeOnly.TryParseExact(
            text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out TimeOnly time);
        minute = (time.Hour * 60) + time.Minute;
        return isTime;
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
            "largest approval when the ledger cannot count; never more than PerTransaction.");
    }
}
