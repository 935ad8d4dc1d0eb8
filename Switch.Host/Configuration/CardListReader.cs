using Switch.Protocol.Fields;
using Switch.Routing.StandIn;

namespace Switch.Host.Configuration;

/// <summary>Every profile's card lists as their files are now.</summary>
/// <param name="Lists">In the order of the profiles; null when a file has mistakes: then nothing changes.</param>
/// <param name="Problems">
/// Mistakes in files, or files that are gone: a profile whose file is gone has a null list, and does not stand in.
/// </param>
internal sealed record CardListReading(
    IReadOnlyList<CardLists>? Lists, IReadOnlyList<ConfigurationError> Problems);

/// <summary>
/// Reads the card files anew while the switch runs. A file with a mistake changes nothing: the list in use is a whole
/// one. A file that is gone turns stand-in off for its profile: it is not known any more which cards are stolen.
/// </summary>
internal static class CardListReader
{
    public static CardListReading Read(
        SwitchOptions options, IReadOnlyList<StandInProfile> profiles, CardTokenizer cards,
        ConfigurationEnvironment environment)
    {
        var mistakes = new ConfigurationErrors();
        var gone = new List<ConfigurationError>();
        var lists = new CardLists[profiles.Count];
        for (int i = 0; i < lists.Length; i++)
        {
            string name = profiles[i].Name;
            StandInOptions profile = options.StandIn[name];
            bool isNegativeGone = IsGone(profile.NegativeFile, $"{name}:NegativeFile", environment, gone);
            bool isPositiveGone = IsGone(profile.PositiveFile, $"{name}:PositiveFile", environment, gone);
            lists[i] = StandInBuilder.ListsOf(
                name, options, cards, mistakes, environment, isNegativeGone, isPositiveGone);
        }

        return mistakes.Any ? new CardListReading(null, mistakes.All) : new CardListReading(lists, gone);
    }

    private static bool IsGone(
        string? file, string key, ConfigurationEnvironment environment, List<ConfigurationError> gone)
    {
        if (file is null || File.Exists(environment.Resolve(file)))
        {
            return false;
        }

        gone.Add(new ConfigurationError(
            $"{ConfigurationValidator.Root}:StandIn:{key}",
            $"{file} no longer exists. The profile does not stand in until the file exists and the lists are "
            + "reloaded."));
        return true;
    }
}
