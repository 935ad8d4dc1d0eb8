using Switch.Routing.Journal;

namespace Switch.Host.Journal;

/// <summary>
/// The journal's folder for work that can wait, reading gigabytes above all: each read asks first whether to stop, and
/// then throws <see cref="OperationCanceledException"/>. Changes are never cut short.
/// </summary>
internal sealed class StoppableDisk(IJournalDisk disk, Func<bool> isStopped) : IJournalDisk
{
    public long FreeBytes => disk.FreeBytes;

    public IReadOnlyList<string> List() => disk.List();

    public IJournalFile Open(string name) => new StoppableFile(disk.Open(name), isStopped);

    public IJournalFile Create(string name) => disk.Create(name);

    public void Rename(string oldName, string newName) => disk.Rename(oldName, newName);

    public void Delete(string name) => disk.Delete(name);

    public void SyncDirectory() => disk.SyncDirectory();

    private sealed class StoppableFile(IJournalFile file, Func<bool> isStopped) : IJournalFile
    {
        public long Size => file.Size;

        public int Read(long offset, Span<byte> destination) =>
            isStopped() ? throw new OperationCanceledException() : file.Read(offset, destination);

        public void Write(long offset, ReadOnlySpan<byte> source) => file.Write(offset, source);

        public void Allocate(long size) => file.Allocate(size);

        public void Sync() => file.Sync();

        public void Truncate(long size) => file.Truncate(size);

        public void DropCache() => file.DropCache();

        public void Dispose() => file.Dispose();
    }
}
