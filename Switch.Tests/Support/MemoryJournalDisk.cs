using Switch.Routing.Journal;

namespace Switch.Tests.Support;

/// <summary>
/// A disk in memory that forgets like a real one: what was not synced survives a power cut sector by sector, at random;
/// names that were not synced survive as far as the file system's log got; after a failed sync the cache shows bytes
/// that the disk does not have. A killed process changes nothing here: the system keeps what it was given. Counts
/// operations, and can fail or stop at any one of them.
/// </summary>
internal sealed class MemoryJournalDisk : IJournalDisk
{
    private const int SectorSize = 512;
    private readonly Dictionary<string, Inode> _durableNames = [];
    private readonly Dictionary<string, Inode> _names = [];
    private readonly List<Action<Dictionary<string, Inode>>> _pendingNames = [];

    /// <summary>Changes made so far: writes, syncs, truncations, creations, renames, deletions.</summary>
    public int Operations { get; private set; }

    /// <summary>Called before each change with its number, name and file; throw to make it fail.</summary>
    public Action<int, string, string>? OnOperation { get; set; }

    /// <summary>Called before each read with the file's name.</summary>
    public Action<string>? OnRead { get; set; }

    /// <summary>Called with the name of each file whose cache is dropped.</summary>
    public Action<string>? OnDropCache { get; set; }

    /// <summary>Files that are open now.</summary>
    public int OpenFiles { get; private set; }

    /// <summary>How much of the next write is taken; -1: all.</summary>
    public int ShortWrite { get; set; } = -1;

    public long FreeBytes { get; set; } = long.MaxValue / 2;

    public IReadOnlyList<string> List() => [.. _names.Keys];

    public IJournalFile Open(string name) => Handle(name, Find(name));

    public IJournalFile Create(string name)
    {
        Count("create", name);
        if (_names.ContainsKey(name))
        {
            throw new JournalDiskException("open", name, 17, "File exists");
        }

        var inode = new Inode();
        Change(names => names[name] = inode);
        return Handle(name, inode);
    }

    public void Rename(string oldName, string newName)
    {
        Count("rename", oldName);
        Inode inode = Find(oldName);
        Change(names =>
        {
            names.Remove(oldName);
            names[newName] = inode;
        });
    }

    public void Delete(string name)
    {
        Count("delete", name);
        _ = Find(name);
        Change(names => names.Remove(name));
    }

    public void SyncDirectory()
    {
        Count("sync directory", "");
        foreach (Action<Dictionary<string, Inode>> change in _pendingNames)
        {
            change(_durableNames);
        }

        _pendingNames.Clear();
    }

    /// <summary>The disk after a power cut now. Chance decides about everything that was not synced.</summary>
    public MemoryJournalDisk AfterPowerCut(Random random)
    {
        var after = new MemoryJournalDisk();
        var names = new Dictionary<string, Inode>(_durableNames);
        foreach (Action<Dictionary<string, Inode>> change in _pendingNames.Take(random.Next(_pendingNames.Count + 1)))
        {
            change(names);
        }

        foreach ((string name, Inode inode) in names)
        {
            after.Put(name, inode.AfterPowerCut(random));
        }

        return after;
    }

    /// <summary>A copy in which everything is durable.</summary>
    public MemoryJournalDisk Settled()
    {
        var after = new MemoryJournalDisk();
        foreach ((string name, Inode inode) in _names)
        {
            after.Put(name, [.. inode.Cached]);
        }

        return after;
    }

    public byte[] Get(string name) => [.. Find(name).Cached];

    /// <summary>Puts a durable file there.</summary>
    public void Put(string name, byte[] contents)
    {
        var inode = new Inode { Cached = [.. contents], Durable = [.. contents] };
        _names[name] = inode;
        _durableNames[name] = inode;
    }

    /// <summary>Changes one bit of a durable file.</summary>
    public void Flip(string name, long offset)
    {
        byte[] bytes = Get(name);
        bytes[offset] ^= 1;
        Put(name, bytes);
    }

    public void Remove(string name)
    {
        _names.Remove(name);
        _durableNames.Remove(name);
    }

    private Inode Find(string name) => _names.TryGetValue(name, out Inode? inode)
        ? inode
        : throw new JournalDiskException("open", name, 2, "No such file or directory");

    private void Change(Action<Dictionary<string, Inode>> change)
    {
        change(_names);
        _pendingNames.Add(change);
    }

    private FileHandle Handle(string name, Inode inode)
    {
        OpenFiles++;
        return new FileHandle(this, name, inode);
    }

    private void Count(string operation, string name) => OnOperation?.Invoke(++Operations, operation, name);

    private sealed class Inode
    {
        public byte[] Cached { get; set; } = [];

        public byte[] Durable { get; set; } = [];

        public HashSet<int> Dirty { get; } = [];

        public void Resize(long size)
        {
            byte[] cached = Cached;
            Array.Resize(ref cached, (int)size);
            Cached = cached;
        }

        public byte[] AfterPowerCut(Random random)
        {
            int size = random.Next(2) == 0 ? Durable.Length : Cached.Length;
            byte[] after = Durable.AsSpan(0, Math.Min(size, Durable.Length)).ToArray();
            Array.Resize(ref after, size);
            foreach (int sector in Dirty.Order())
            {
                int start = sector * SectorSize;
                int count = Math.Min(SectorSize, Math.Min(after.Length, Cached.Length) - start);
                if (count > 0 && random.Next(2) == 0)
                {
                    Cached.AsSpan(start, count).CopyTo(after.AsSpan(start));
                }
            }

            return after;
        }
    }

    private sealed class FileHandle(MemoryJournalDisk disk, string name, Inode inode) : IJournalFile
    {
        private bool _isClosed;

        public long Size => inode.Cached.Length;

        public int Read(long offset, Span<byte> destination)
        {
            disk.OnRead?.Invoke(name);
            int count = (int)Math.Clamp(Size - offset, 0, destination.Length);
            inode.Cached.AsSpan((int)offset, count).CopyTo(destination);
            return count;
        }

        public void Write(long offset, ReadOnlySpan<byte> source)
        {
            disk.Count("write", name);
            int taken = disk.ShortWrite < 0 ? source.Length : Math.Min(source.Length, disk.ShortWrite);
            if (offset + taken > Size)
            {
                inode.Resize(offset + taken);
            }

            source[..taken].CopyTo(inode.Cached.AsSpan((int)offset));
            for (long sector = offset / SectorSize; sector <= (offset + taken - 1) / SectorSize; sector++)
            {
                inode.Dirty.Add((int)sector);
            }

            if (taken < source.Length)
            {
                throw new JournalDiskException("pwrite", name, 0, "only a part was taken");
            }
        }

        public void Allocate(long size)
        {
            disk.Count("allocate", name);
            inode.Resize(Math.Max(size, Size));
        }

        public void Sync()
        {
            try
            {
                disk.Count("sync", name);
            }
            catch (JournalDiskException)
            {
                inode.Dirty.Clear(); // The kernel calls the pages clean now, though the disk never got them.
                throw;
            }

            byte[] durable = inode.Durable;
            Array.Resize(ref durable, inode.Cached.Length);
            foreach (int sector in inode.Dirty)
            {
                int start = sector * SectorSize;
                int count = Math.Min(SectorSize, durable.Length - start);
                if (count > 0)
                {
                    inode.Cached.AsSpan(start, count).CopyTo(durable.AsSpan(start));
                }
            }

            inode.Durable = durable;
            inode.Dirty.Clear();
        }

        public void Truncate(long size)
        {
            disk.Count("truncate", name);
            inode.Resize(size);
        }

        public void DropCache()
        {
            disk.OnDropCache?.Invoke(name);
            if (inode.Dirty.Count == 0)
            {
                inode.Cached = [.. inode.Durable];
            }
        }

        public void Dispose()
        {
            disk.OpenFiles -= _isClosed ? 0 : 1;
            _isClosed = true;
        }
    }
}
