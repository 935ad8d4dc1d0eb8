using Switch.Routing.Journal;

namespace Switch.Host.Simulators.World;

/// <summary>The process died here, in the middle of an operation of its disk.</summary>
internal sealed class CrashedException : Exception
{
    public CrashedException()
        : base("The simulated process died.")
    {
    }
}

/// <summary>
/// A disk that forgets like a real one: at a power cut every unsynced sector of 512 bytes stays or goes by chance, and
/// names that were not synced survive as far as the file system's log got; a failed sync leaves a cache that shows what
/// the disk does not have. A killed process changes nothing.
/// </summary>
internal sealed class SimDisk(RandomSource random) : IJournalDisk
{
    private const int SectorSize = 512;
    private const int InputOutputError = 5;
    private const int NoSpace = 28;

    // Sorted, so that no order depends on hashes.
    private readonly SortedDictionary<string, Inode> _names = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Inode> _durableNames = new(StringComparer.Ordinal);
    private readonly List<(string From, string To, Inode? Inode)> _pending = [];
    private int _operationsToCrash = -1;

    /// <summary>The next sync fails, once.</summary>
    public bool FailsNextSync { get; set; }

    public bool IsFull { get; set; }

    public long FreeBytes => IsFull ? 0 : long.MaxValue / 2;

    /// <summary>The process dies just before the operation that comes after so many others; -1: it does not.</summary>
    public void CrashAfter(int operations) => _operationsToCrash = operations;

    public IReadOnlyList<string> List() => [.. _names.Keys];

    public IJournalFile Open(string name) => _names.TryGetValue(name, out Inode? inode)
        ? new Handle(this, name, inode)
        : throw new JournalDiskException("open", name, 2, "No such file or directory");

    public IJournalFile Create(string name)
    {
        Operate();
        RequireSpace("open", name);
        if (_names.ContainsKey(name))
        {
            throw new JournalDiskException("open", name, 17, "File exists");
        }

        var inode = new Inode();
        Change("", name, inode);
        return new Handle(this, name, inode);
    }

    public void Rename(string oldName, string newName)
    {
        Operate();
        Change(oldName, newName, _names[oldName]);
    }

    public void Delete(string name)
    {
        Operate();
        Change(name, "", null);
    }

    public void SyncDirectory()
    {
        Operate();
        Apply(_durableNames, _pending.Count);
        _pending.Clear();
    }

    /// <summary>What is left when the power comes back.</summary>
    public void CutPower()
    {
        Apply(_durableNames, random.Below(_pending.Count + 1));
        _pending.Clear();
        _names.Clear();
        foreach ((string name, Inode inode) in _durableNames)
        {
            inode.CutPower(random);
            _names.Add(name, inode);
        }
    }

    /// <summary>The durable contents of a file.</summary>
    public ReadOnlySpan<byte> Durable(string name) => _names[name].DurableBytes;

    private void Operate()
    {
        if (_operationsToCrash >= 0 && _operationsToCrash-- == 0)
        {
            throw new CrashedException();
        }
    }

    private void RequireSpace(string operation, string name)
    {
        if (IsFull)
        {
            throw new JournalDiskException(operation, name, NoSpace, "No space left on device");
        }
    }

    private void Change(string from, string to, Inode? inode)
    {
        _pending.Add((from, to, inode));
        Apply(_names, from, to, inode);
    }

    private void Apply(SortedDictionary<string, Inode> names, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Apply(names, _pending[i].From, _pending[i].To, _pending[i].Inode);
        }
    }

    private static void Apply(SortedDictionary<string, Inode> names, string from, string to, Inode? inode)
    {
        names.Remove(from);
        if (to.Length > 0)
        {
            names[to] = inode!;
        }
    }

    private sealed class Inode
    {
        private readonly List<int> _dirty = [];
        private byte[] _cached = [];
        private byte[] _durable = [];
        private int _size;
        private int _durableSize;

        public int Size => _size;

        public ReadOnlySpan<byte> DurableBytes => _durable.AsSpan(0, _durableSize);

        public Span<byte> Cached => _cached.AsSpan(0, _size);

        public void Resize(int size)
        {
            if (size > _cached.Length)
            {
                Array.Resize(ref _cached, size);
                Array.Resize(ref _durable, size);
            }

            if (size < _size)
            {
                _cached.AsSpan(size, _size - size).Clear();
            }

            _size = size;
        }

        public void Write(long offset, ReadOnlySpan<byte> source)
        {
            int end = (int)offset + source.Length;
            if (end > _size)
            {
                Resize(end);
            }

            source.CopyTo(_cached.AsSpan((int)offset));
            for (int sector = (int)offset / SectorSize; sector <= (end - 1) / SectorSize; sector++)
            {
                _dirty.Add(sector);
            }
        }

        public void Sync()
        {
            foreach (int sector in _dirty)
            {
                Persist(sector);
            }

            _dirty.Clear();
            _durable.AsSpan(_size, Math.Max(0, _durableSize - _size)).Clear();
            _durableSize = _size;
        }

        /// <summary>The kernel calls the pages clean from now on; the disk got some of them, or none.</summary>
        public void FailSync(RandomSource random)
        {
            foreach (int sector in _dirty)
            {
                if (random.Below(3) == 0)
                {
                    Persist(sector);
                }
            }

            _durableSize = Math.Max(_durableSize, _size);
            _dirty.Clear();
        }

        public void DropCache()
        {
            if (_dirty.Count == 0)
            {
                _size = _durableSize;
                _durable.AsSpan(0, _size).CopyTo(_cached);
            }
        }

        public void CutPower(RandomSource random)
        {
            // The size is metadata, and travels on its own.
            int size = random.Coin() ? _size : _durableSize;
            foreach (int sector in _dirty)
            {
                if (random.Coin())
                {
                    Persist(sector);
                }
            }

            _dirty.Clear();
            _durable.AsSpan(size).Clear();
            _durableSize = size;
            DropCache();
            _cached.AsSpan(_size).Clear();
        }

        private void Persist(int sector)
        {
            int start = sector * SectorSize;
            int count = Math.Min(SectorSize, _cached.Length - start);
            if (count > 0)
            {
                _cached.AsSpan(start, count).CopyTo(_durable.AsSpan(start));
            }
        }
    }

    private sealed class Handle(SimDisk disk, string name, Inode inode) : IJournalFile
    {
        public long Size => inode.Size;

        public int Read(long offset, Span<byte> destination)
        {
            int count = (int)Math.Clamp(inode.Size - offset, 0, destination.Length);
            inode.Cached.Slice((int)offset, count).CopyTo(destination);
            return count;
        }

        public void Write(long offset, ReadOnlySpan<byte> source)
        {
            disk.Operate();
            if (offset + source.Length > inode.Size)
            {
                disk.RequireSpace("pwrite", name);
            }

            inode.Write(offset, source);
        }

        public void Allocate(long size)
        {
            disk.Operate();
            disk.RequireSpace("fallocate", name);
            inode.Resize((int)Math.Max(size, inode.Size));
        }

        public void Sync()
        {
            disk.Operate();
            if (disk.FailsNextSync)
            {
                disk.FailsNextSync = false;
                inode.FailSync(disk.RandomSource);
                throw new JournalDiskException("fdatasync", name, InputOutputError, "Input/output error");
            }

            inode.Sync();
        }

        public void Truncate(long size)
        {
            disk.Operate();
            inode.Resize((int)size);
        }

        public void DropCache() => inode.DropCache();

        public void Dispose()
        {
        }
    }

    private RandomSource RandomSource => random;
}
