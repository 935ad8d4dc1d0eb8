using Switch.Protocol.Fields;
using Switch.Routing.StandIn;
using Switch.Routing.Values;

namespace Switch.Host.Configuration;

/// <summary>
/// Turns a validated stand-in profile into what the core takes, its card lists read from their files.
/// </summary>
internal static class StandInBuilder
{
    public static StandInProfile ProfileOf(
        string name, SwitchOptions options, CardTokenizer cards, ConfigurationErrors errors,
        ConfigurationEnvironment environment)
    {
        StandInOptions profile = options.StandIn[name];
        CardLists lists = ListsOf(name, options, cards, errors, environment);
        return new StandInProfile
        {
            Name = name,
            Currency = profile.Currency,
            Triggers = TriggersOf(profile),
            PerTransaction = profile.PerTransaction,
            PerCardWindow = profile.PerCard.Window,
            PerCardCount = profile.PerCard.Count,
            PerCardAmount = profile.PerCard.Amount,
            IssuerExposure = profile.IssuerExposure,
            Limits = [.. profile.Limits.Select(LimitOf)],
            MccGroups = profile.MccGroups.ToDictionary(
                group => group.Key, group => (IReadOnlyList<string>)group.Value, StringComparer.Ordinal),
            FallbackPerTransaction = profile.FallbackPerTransaction,
            AdviseDeclines = profile.AdviseDeclines,
            AllowProcessingCodes = profile.AllowProcessingCodes ?? ["00"],
            DenyMcc = profile.DenyMcc,
            DenyCountry = profile.DenyCountry,
            AllowHours = [.. profile.AllowHours.Select(HoursOf)],
            AllowEntryModes = profile.AllowEntryModes,
            Pin = profile.Pin,
            NegativeFile = lists.Negative,
            PositiveFile = lists.Positive,
        };
    }

    /// <summary>
    /// The lists of a profile as its files are now; null where a file has a mistake or cannot be read, or is gone.
    /// </summary>
    public static CardLists ListsOf(
        string name, SwitchOptions options, CardTokenizer cards, ConfigurationErrors errors,
        ConfigurationEnvironment environment,
        bool isNegativeGone = false, bool isPositiveGone = false)
    {
        StandInOptions profile = options.StandIn[name];
        string path = $"{ConfigurationValidator.Root}:StandIn:{name}";
        CardToken TokenOf(Pan pan) => cards.Of(pan);
        string[] acquirers = [.. options.Acquirers.Select(acquirer => acquirer.Name)];
        NegativeList? negative = isNegativeGone ? null : profile.NegativeFile is { } file
            ? NegativeFile.Read(environment.Resolve(file), TokenOf, acquirers, errors, $"{path}:NegativeFile")
            : NegativeList.Empty;
        PositiveList? positive = isPositiveGone ? null : profile.PositiveFile is { } raises
            ? PositiveFile.Read(environment.Resolve(raises), TokenOf, errors, $"{path}:PositiveFile")
            : PositiveList.Empty;
        return new CardLists(negative, positive);
    }

    private static HourSpan HoursOf(string text) =>
        StandInProfileRules.TryReadHours(text, out HourSpan hours) ? hours : throw new FormatException(text);

    private static StandInTriggers TriggersOf(StandInOptions profile) => profile.Triggers is null
        ? StandInTriggers.All
        : profile.Triggers.Aggregate(StandInTriggers.None, (all, trigger) => all | trigger);

    private static StandInLimit LimitOf(StandInLimitOptions limit) => new()
    {
        Scope = limit.Scope,
        Window = limit.Window,
        Span = limit.Span ?? TimeSpan.Zero,
        Count = limit.Count ?? int.MaxValue,
        Amount = limit.Amount ?? long.MaxValue,
        MccGroup = limit.MccGroup,
        ProcessingCode = limit.ProcessingCode,
        EntryMode = limit.EntryMode,
    };
}
