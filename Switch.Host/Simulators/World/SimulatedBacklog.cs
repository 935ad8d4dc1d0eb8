using System.Buffers;
using Switch.Routing.Owed;

namespace Switch.Host.Simulators.World;

/// <summary>
/// A backlog's disk in memory. Some entries are there at the first look and some after a few, by their places alone, so
/// that a world goes the same way each time. One that is read after it was dropped is a defect, and throws.
/// </summary>
internal sealed class SimulatedBacklog(Action? onAppend = null) : IBacklogStore
{
    private const int LooksMax = 4;

    private readonly Dictionary<uint, (byte[] Entry, int Looks)> _entries = [];
    private uint _next;

    /// <summary>Entries that are kept.</summary>
    public int Count => _entries.Count;

    public int EntryMax => 64 * 1_024;

    public uint Append(ReadOnlySpan<byte> entry)
    {
        onAppend?.Invoke();
        _entries.Add(++_next, (entry.ToArray(), (int)(_next % LooksMax)));
        return _next;
    }

    public bool TryRead(uint place, out ReadOnlySpan<byte> entry)
    {
        (byte[] bytes, int looks) = _entries[place];
        _entries[place] = (bytes, Math.Max(0, looks - 1));
        entry = looks == 0 ? bytes : default;
        return looks == 0;
    }

    public ReadOnlySpan<byte> Read(uint place) => _entries[place].Entry;

    public void Drop(uint place)
    {
        if (!_entries.Remove(place))
        {
            throw new InvalidOperationException("An entry of a backlog was dropped twice.");
        }
    }

    public MemoryManager<byte> NewPage(int size) => new ArrayMemory(new byte[size]);

    public void Forget() => _entries.Clear();

    // The collector's: nodes of a world die without giving anything back.
    private sealed class ArrayMemory(byte[] bytes) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => bytes;

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin() => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
        }
    }
}
