using Switch.Host.Commands.Common;
using Switch.Host.Commands.Drills;
using Switch.Host.Configuration;

namespace Switch.Tests.Host.Commands.Drills;

/// <summary>What a drill writes and deletes is its own.</summary>
public sealed class DrillFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("switch-drill-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Open_AFolderOfOthers_IsRefusedAndNotTouched()
    {
        string others = Directory.CreateDirectory(Path.Combine(_folder, "others")).FullName;
        string file = Path.Combine(others, "000000000001.segment");
        File.WriteAllText(file, "a journal");

        UsageException refusal = Assert.Throws<UsageException>(() => Open(others));

        Assert.Contains("was not made by a drill", refusal.Message);
        Assert.Equal([file], Directory.EnumerateFileSystemEntries(others));
    }

    [Theory]
    [InlineData("data/journal")]
    [InlineData("data/journal/below")]
    [InlineData("data")]
    public void Open_WhereTheConfiguredJournalIs_IsRefused(string work)
    {
        UsageException refusal = Assert.Throws<UsageException>(() => Open(Path.Combine(_folder, work)));

        Assert.Contains("in the way of the configured journal", refusal.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void Open_AFile_IsRefused()
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");

        Assert.Contains("is a file", Assert.Throws<UsageException>(() => Open(file)).Message);
    }

    [Fact]
    public void End_OfADrill_DeletesItsFolderAndLeavesTheUsersOwn()
    {
        string work = Path.Combine(_folder, "work");
        using (DrillFolder folder = Open(work))
        {
            string drill = folder.Begin("kill");
            File.WriteAllText(Path.Combine(drill, "journal"), "");
            Assert.Throws<UsageException>(() => folder.Begin("kill"));
            folder.End(drill);
            Assert.False(Directory.Exists(drill));
        }

        Assert.Equal([Path.Combine(work, DrillFolder.Marker)], Directory.EnumerateFileSystemEntries(work));
        using DrillFolder again = Open(work); // It has the marker.
    }

    [Fact]
    public void End_WithoutTheMarker_DeletesNothing()
    {
        using DrillFolder folder = Open(Path.Combine(_folder, "work"));
        string drill = folder.Begin("kill");
        File.Delete(Path.Combine(drill, DrillFolder.Marker));

        folder.End(drill);

        Assert.True(Directory.Exists(drill));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Dispose_OfATemporaryFolder_DeletesItUnlessItIsKept(bool keeps)
    {
        DrillFolder folder = DrillFolder.Open(null, Loaded(), keeps);
        folder.Dispose();

        Assert.Equal(keeps, Directory.Exists(folder.Path));
        if (keeps)
        {
            Directory.Delete(folder.Path, recursive: true);
        }
    }

    private DrillFolder Open(string work) => DrillFolder.Open(work, Loaded(), keeps: false);

    private LoadedConfiguration Loaded() => ConfigurationLoader.LoadSample() with
    {
        Environment = ConfigurationEnvironment.ForTestCards(_folder),
    };
}
