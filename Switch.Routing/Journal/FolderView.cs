namespace Switch.Routing.Journal;

/// <summary>A folder to read, as if only some of its files were there.</summary>
internal sealed class FolderView(IJournalDisk disk, Func<string, bool> shows) : IJournalDisk
{
    public long FreeBytes => disk.FreeBytes;

    /// <summary>Only segments with numbers from <paramref name="first"/> to <paramref name="last"/>.</summary>
    public static FolderView OfSegments(IJournalDisk disk, long first, long last) => new(
        disk, name => SegmentName.TryParse(name, out long number) && first <= number && number <= last);

    public IReadOnlyList<string> List() => [.. disk.List().Where(shows)];

    public IJournalFile Open(string name) =>
        shows(name) ? disk.Open(name) : throw new JournalException($"Journal file {name} is not to be looked at.");

    public IJournalFile Create(string name) => throw new NotSupportedException();

    public void Rename(string oldName, string newName) => throw new NotSupportedException();

    public void Delete(string name) => throw new NotSupportedException();

    public void SyncDirectory() => throw new NotSupportedException();
}
