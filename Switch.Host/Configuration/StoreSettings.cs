using Switch.Host.Stores.Schema;

namespace Switch.Host.Configuration;

/// <summary>Which store, and how to reach it; made from the configuration.</summary>
/// <param name="Provider">What it is.</param>
/// <param name="ConnectionString">With a SQLite file's path made absolute.</param>
/// <param name="Retention">How long rows are kept.</param>
internal sealed record StoreSettings(IStoreProvider Provider, string ConnectionString, TimeSpan Retention)
{
    /// <summary>Null: no store is configured.</summary>
    public static StoreSettings? Of(StoreOptions options, ConfigurationEnvironment environment) =>
        StoreRules.ProviderOf(options) is { } provider
            ? new StoreSettings(
                provider, provider.Resolve(options.ConnectionString, environment.Resolve), options.Retention)
            : null;

    /// <summary>A store that is not opened yet.</summary>
    public IStore Make() => Provider.Make(ConnectionString, Retention);
}
