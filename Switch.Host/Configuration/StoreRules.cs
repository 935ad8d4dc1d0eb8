using Switch.Host.Stores.Providers;
using Switch.Host.Stores.Schema;

namespace Switch.Host.Configuration;

/// <summary>Judges the store's settings without reaching for it: it may be down, and the switch starts.</summary>
internal static class StoreRules
{
    /// <summary>Instead of a provider: nothing is kept beyond the journal.</summary>
    public const string None = "None";

    private const string Path = $"{ConfigurationValidator.Root}:Store";

    private static readonly string[] Known = [.. StoreProviders.All.Select(static provider => provider.Name), None];

    public static void Validate(StoreOptions store, ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        Rules.Range(
            errors, $"{Path}:Retention", store.Retention, TimeSpan.FromDays(1), TimeSpan.FromDays(36_500),
            "old rows are needed for disputes and late reversals.");
        Rules.Range(
            errors, $"{Path}:LookUp", store.LookUp, TimeSpan.Zero, TimeSpan.FromMinutes(1),
            "the acquirer waits this long for the answer to its reversal.");
        if (errors.Require(
                Known.Contains(store.Provider, StringComparer.OrdinalIgnoreCase),
                $"{Path}:Provider",
                $"'{store.Provider}' is not a store. Known: {string.Join(", ", Known)}."))
        {
            ValidateConnection(store, errors, environment);
        }
    }

    /// <summary>Of settings that passed validation. Null: none.</summary>
    public static IStoreProvider? ProviderOf(StoreOptions store) => StoreProviders.Find(store.Provider);

    private static void ValidateConnection(
        StoreOptions store, ConfigurationErrors errors, ConfigurationEnvironment environment)
    {
        const string ConnectionPath = $"{Path}:ConnectionString";
        if (ProviderOf(store) is not { } provider)
        {
            return;
        }

        try
        {
            if (provider.FaultOf(store.ConnectionString, environment.Resolve) is { } fault)
            {
                errors.Add(ConnectionPath, fault);
            }
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // Not its message: that may quote a password.
            errors.Add(ConnectionPath, $"cannot be read as a connection string for {provider.Name}.");
        }
    }
}
