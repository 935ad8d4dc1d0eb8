using System.Runtime.Versioning;
using Switch.Host.Journal;
using Switch.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Journal;

/// <summary>
/// A journal that loses its place in the world while it is written: every call still succeeds, and the next start would
/// find nothing of it. It must count as failed.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class JournalWatchTests : IDisposable
{
    private const string First = "000000000001.segment";

    private readonly JournalFolder _folder = new();
    private readonly DirectoryInfo _aside = Directory.CreateTempSubdirectory("switch-watch-");

    private string Segment => Path.Combine(_folder.Path, First);

    public void Dispose()
    {
        _folder.Dispose();
        _aside.Delete(recursive: true);
    }

    [Theory]
    [InlineData("folder removed", "is gone")]
    [InlineData("folder moved", "is gone")]
    [InlineData("folder replaced by its copy", "another folder has replaced")]
    [InlineData("segment deleted", First)]
    [InlineData("segment moved", $"{First}: the file is gone")]
    [InlineData("segment cut", $"{First}: its size was changed to 8192 bytes")]
    [InlineData("segment grown", $"{First}: its size was changed to")]
    [InlineData("segment replaced by its copy", $"{First}: another file has its name")]
    [InlineData("segment overwritten", $"{First}: its header was overwritten")]
    public void Journal_LosesItsPlace_FailsAndNothingMoreBecomesDurable(string what, string said)
    {
        using JournalWriter journal = _folder.Open(static settings => settings with { SparesAhead = 0 });
        long before = journal.Append(RecordType.Intent, "before"u8, []);
        journal.SubmitBatch();
        _folder.WaitUntil(() => journal.DurableLsn == before);

        Break(what);
        _folder.WaitUntil(() => journal.HasFailed);
        journal.Append(RecordType.Intent, "after"u8, []);
        journal.SubmitBatch();

        Assert.Contains(said, journal.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(before, journal.DurableLsn);
    }

    /// <summary>A record in a deleted file is not durable: it must not wait for the next look to be known.</summary>
    [Fact]
    public void Sync_OfADeletedFile_Fails()
    {
        using PosixJournalDisk disk = PosixJournalDisk.OpenToWrite(_folder.Path);
        using IJournalFile file = disk.Create("file");
        file.Write(0, "bytes"u8);
        file.Sync();

        File.Delete(Path.Combine(_folder.Path, "file"));

        var refused = Assert.Throws<JournalDiskException>(file.Sync);
        Assert.Contains("has been deleted", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Whatever comes to stand in the folder's place is not ours: nothing in it may be changed.</summary>
    [Fact]
    public void Disk_AnotherFolderInItsPlace_IsNotTouched()
    {
        using PosixJournalDisk disk = PosixJournalDisk.OpenToWrite(_folder.Path);
        disk.Create(First).Dispose();
        Directory.Move(_folder.Path, Path.Combine(_aside.FullName, "moved"));
        Directory.CreateDirectory(_folder.Path);
        File.WriteAllText(Segment, "another's");

        Assert.Equal(["000000000001.segment", "lock"], disk.List().Order(StringComparer.Ordinal));
        disk.Rename(First, "renamed");
        disk.Delete("renamed");
        disk.Create("made").Dispose();

        Assert.Equal([Segment], Directory.GetFileSystemEntries(_folder.Path));
        Assert.Equal("another's", File.ReadAllText(Segment));
        Assert.True(disk.FreeBytes > 0);
    }

    [Fact]
    public void Open_LockFileWasDeleted_StillKeepsASecondProcessOut()
    {
        using JournalWriter journal = _folder.Open();
        File.Delete(Path.Combine(_folder.Path, "lock"));

        var refusal = Assert.Throws<JournalException>(() => _folder.Open());

        Assert.Contains("in use by another process", refusal.Message, StringComparison.Ordinal);
    }

    [NeedsLoopFact]
    public void Journal_FileSystemTurnsReadOnly_FailsWithoutAWrite()
    {
        using LoopFileSystem system = LoopFileSystem.Create(_aside.FullName);
        using (JournalWriter journal = _folder.Open(settings => settings with
        {
            Path = Path.Combine(system.MountPoint, "journal"),
            SparesAhead = 0,
        }))
        {
            system.TurnReadOnly();
            _folder.WaitUntil(() => journal.HasFailed);
            Assert.Contains("is no longer writable", journal.Failure!.Message, StringComparison.Ordinal);
        }
    }

    private void Break(string what)
    {
        string kept = Path.Combine(_aside.FullName, "kept");
        switch (what)
        {
            case "folder removed":
                Directory.Delete(_folder.Path, recursive: true);
                break;
            case "folder moved":
                Directory.Move(_folder.Path, kept);
                break;
            case "folder replaced by its copy":
                Directory.Move(_folder.Path, kept);
                Directory.CreateDirectory(_folder.Path);
                foreach (string file in Directory.EnumerateFiles(kept, "*.segment"))
                {
                    File.Copy(file, Path.Combine(_folder.Path, Path.GetFileName(file)));
                }

                break;
            case "segment deleted":
                File.Delete(Segment);
                break;
            case "segment moved":
                File.Move(Segment, kept);
                break;
            case "segment cut" or "segment grown":
                using (FileStream file = File.OpenWrite(Segment))
                {
                    file.SetLength(what == "segment cut" ? 8_192 : file.Length + 1);
                }

                break;
            case "segment replaced by its copy":
                File.Copy(Segment, kept);
                File.Move(kept, Segment, overwrite: true);
                break;
            default:
                using (FileStream file = File.OpenWrite(Segment))
                {
                    file.Position = 64; // The salt: as of another segment.
                    file.Write(new byte[16]);
                }

                break;
        }
    }
}
