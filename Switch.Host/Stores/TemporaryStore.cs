using Switch.Host.Configuration;
using Switch.Host.Stores.Providers;

namespace Switch.Host.Stores;

/// <summary>A SQLite store in a folder that is deleted with it. Only the user who made it can read it.</summary>
internal sealed class TemporaryStore : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-store-");

    public StoreSettings Settings => new(
        StoreProviders.Sqlite, $"Data Source={Path.Combine(_folder.FullName, "store.db")}", TimeSpan.FromDays(36_500));

    public void Dispose() => _folder.Delete(recursive: true);
}
