using Switch.Host.Configuration;
using Switch.Host.Stores.Providers;
using Switch.Host.Stores.Schema;

namespace Switch.Tests.Host.Stores.Providers;

/// <summary>
/// Goal: each kind of store is complete. Method: what each provider says of itself, against the scripts in the program
/// and the schema's version.
/// </summary>
public class StoreProvidersTests
{
    /// <summary>A kind's first script may make the schema as it was by then; from there on none is left out.</summary>
    [Fact]
    public void All_Scripts_LeadToTheVersionOfTheSchema() => Assert.All(StoreProviders.All, static provider =>
    {
        int[] versions = [.. Migrations.After(provider.Name, 0).Select(static script => script.Version)];

        Assert.NotEmpty(versions);
        Assert.Equal(Enumerable.Range(versions[0], StoreSchema.Version - versions[0] + 1), versions);
    });

    [Fact]
    public void All_Names_AreOneEachAndNotNone()
    {
        string[] names = [.. StoreProviders.All.Select(static provider => provider.Name), StoreRules.None];

        Assert.Equal(names.Length, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Theory]
    [InlineData("sqlite", "Sqlite")]
    [InlineData("POSTGRESQL", "PostgreSql")]
    [InlineData("None", null)]
    [InlineData("1", null)]
    public void Find_Name_InCapitalsOrNot(string name, string? found) =>
        Assert.Equal(found, StoreProviders.Find(name)?.Name);

    [Fact]
    public void MayExist_FileThatIsNotThere_IsFalse()
    {
        string missing = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"), "switch.db");

        Assert.False(StoreProviders.Sqlite.MayExist($"Data Source={missing}"));
        Assert.True(StoreProviders.PostgreSql.MayExist("Host=localhost"));
    }

    [Fact]
    public void Resolve_PathOfAFile_IsMadeAbsolute()
    {
        Assert.Equal(
            "Data Source=/base/data/switch.db",
            StoreProviders.Sqlite.Resolve("Data Source=data/switch.db", static path => "/base/" + path));
        Assert.Equal("Host=db", StoreProviders.PostgreSql.Resolve("Host=db", static path => "/base/" + path));
    }
}
