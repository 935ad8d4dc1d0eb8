using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Switch.Host.Memory;
using Switch.Routing.Journal;
using Switch.Routing.Owed;

namespace Switch.Host.Journal;

/// <summary>
/// Owed messages that are too many for memory, in a file of the journal's folder. The file has no name once it is open,
/// so it goes with the process, and is enciphered under a key that only this process has. It is not durable and need
/// not be: the journal and its checkpoints have what it holds.
/// </summary>
/// <remarks>
/// Entries lie in chunks. A thread of its own writes and reads them; what cannot be written stays in memory and is
/// tried again. A place is the number of a chunk and an offset in it, in steps of 16 bytes.
/// </remarks>
internal sealed class BacklogFile : IBacklogStore, IDisposable
{
    private const int ChunkSize = BacklogChunk.Size;
    private const int OffsetBits = 12;
    private const int Step = ChunkSize >> OffsetBits;
    private const int SlotsMax = 1 << (32 - OffsetBits);
    private const int LengthSize = sizeof(ushort);

    // Chunks that stay readable in memory: those that were written or read last. 2 MiB.
    private const int CachedMax = 32;

    private const int RetryMs = 1_000;

    private readonly Action<Exception?> _onTrouble;
    private readonly int _unwrittenMax;
    private readonly object _gate = new();
    private readonly List<Slot> _slots = [];
    private readonly Stack<int> _freeSlots = [];
    private readonly LinkedList<BacklogChunk> _cached = []; // Least recently used first.
    private readonly Stack<BacklogChunk> _spare = [];
    private readonly LinkedList<BacklogChunk> _work = [];
    private readonly BacklogDisk _disk;
    private Thread? _thread;
    private BacklogChunk? _filling;
    private int _used;
    private bool _isBusy;
    private bool _isClosed;
    private bool _isInTrouble;

    /// <param name="folder">Of the journal.</param>
    /// <param name="onTrouble">
    /// The file cannot be written, and why; null: it can again. On the thread of this file.
    /// </param>
    /// <param name="unwrittenMax">
    /// Chunks that may wait for the disk before <see cref="Append"/> does: for a core that no payment waits for.
    /// </param>
    public BacklogFile(string folder, Action<Exception?> onTrouble, int unwrittenMax = int.MaxValue)
    {
        _unwrittenMax = unwrittenMax;
        _disk = new BacklogDisk(folder, ChunkSize);
        _onTrouble = onTrouble;
    }

    /// <summary>With lines in the log.</summary>
    public static BacklogFile Of(string folder, ILogger logger, int unwrittenMax = int.MaxValue) => new(
        folder, trouble => Tell(logger, trouble), unwrittenMax);

    private static void Tell(ILogger logger, Exception? trouble)
    {
        if (trouble is null)
        {
            JournalLog.BacklogWritten(logger);
        }
        else
        {
            JournalLog.BacklogStaysInMemory(logger, trouble);
        }
    }

    public int EntryMax => ChunkSize - Step;

    /// <summary>Chunks that hold an entry, in memory or not.</summary>
    public int Chunks
    {
        get
        {
            lock (_gate)
            {
                return _slots.Count - _freeSlots.Count;
            }
        }
    }

    /// <summary>Chunks that the disk was given and has not done.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _work.Count;
            }
        }
    }

    public uint Append(ReadOnlySpan<byte> entry)
    {
        int size = (LengthSize + entry.Length + Step - 1) / Step * Step;
        lock (_gate)
        {
            if (_filling is null || _used + size > ChunkSize)
            {
                Begin();
            }

            BacklogChunk chunk = _filling!;
            int offset = _used;
            BinaryPrimitives.WriteUInt16LittleEndian(chunk.Bytes.AsSpan(offset), (ushort)entry.Length);
            entry.CopyTo(chunk.Bytes.AsSpan(offset + LengthSize));
            _used += size;
            _slots[chunk.Slot].Live++;
            return ((uint)chunk.Slot << OffsetBits) | (uint)(offset / Step);
        }
    }

    public bool TryRead(uint place, out ReadOnlySpan<byte> entry)
    {
        lock (_gate)
        {
            BacklogChunk chunk = Load((int)(place >> OffsetBits));
            bool isThere = chunk.State != BacklogChunkState.Loading;
            if (isThere)
            {
                ReadAhead(chunk.Slot);
            }

            entry = isThere ? EntryOf(chunk, place) : default;
            return isThere;
        }
    }

    public ReadOnlySpan<byte> Read(uint place)
    {
        lock (_gate)
        {
            BacklogChunk chunk = Load((int)(place >> OffsetBits));
            while (chunk.State == BacklogChunkState.Loading)
            {
                Monitor.Wait(_gate);
            }

            return EntryOf(chunk, place);
        }
    }

    public void Drop(uint place)
    {
        lock (_gate)
        {
            int number = (int)(place >> OffsetBits);
            Slot slot = _slots[number];
            slot.Live--;
            if (slot.Live == 0 && (slot.Chunk is null || slot.Chunk != _filling))
            {
                Release(number);
            }
        }
    }

    public MemoryManager<byte> NewPage(int size) => new MappedMemory(size);

    /// <summary>Ends the thread, closes the file, and zeroes what is in memory.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.PulseAll(_gate);
        }

        _thread?.Join();
        _disk.Dispose();
        foreach (Slot slot in _slots)
        {
            slot.Chunk?.Bytes.AsSpan().Clear();
        }
    }

    public void Dispose() => Forget();

    /// <summary>Waits until the disk has done all that it was given.</summary>
    public void WaitForDisk()
    {
        lock (_gate)
        {
            while (_work.Count > 0 || _isBusy)
            {
                Monitor.Wait(_gate);
            }
        }
    }

    // A new chunk is filled; the one before goes to the disk.
    private void Begin()
    {
        if (_filling is { } full)
        {
            if (_slots[full.Slot].Live == 0)
            {
                Release(full.Slot);
            }
            else
            {
                full.State = BacklogChunkState.Unwritten;
                Give(full, isFirst: false);
            }
        }

        while (_work.Count > _unwrittenMax && !_isInTrouble)
        {
            Monitor.Wait(_gate);
        }

        Evict();
        if (!_freeSlots.TryPop(out int free))
        {
            free = _slots.Count;
            if (free == SlotsMax)
            {
                throw new InvalidOperationException("A backlog's file is full."); // 64 GiB: Limits:OwedMax is far less.
            }

            _slots.Add(new Slot());
        }

        if (_filling is not null)
        {
            _slots[_filling.Slot].Next = free;
        }

        _slots[free].Next = -1;
        _filling = TakeChunk(free, BacklogChunkState.Filling);
        _used = 0;
    }

    private BacklogChunk TakeChunk(int slot, BacklogChunkState state)
    {
        if (!_spare.TryPop(out BacklogChunk? chunk))
        {
            chunk = new BacklogChunk();
        }

        chunk.Slot = slot;
        chunk.State = state;
        _slots[slot].Chunk = chunk;
        return chunk;
    }

    private void Give(BacklogChunk chunk, bool isFirst)
    {
        if (isFirst)
        {
            _work.AddFirst(chunk.InWork);
        }
        else
        {
            _work.AddLast(chunk.InWork);
        }

        if (_thread is null)
        {
            _thread = new Thread(Work) { IsBackground = true, Name = "switch-backlog" };
            _thread.Start();
        }

        Monitor.PulseAll(_gate);
    }

    // The chunk of a place, which may have to be read first.
    private BacklogChunk Load(int number)
    {
        if (_slots[number].Chunk is not { } chunk)
        {
            Evict();
            chunk = TakeChunk(number, BacklogChunkState.Loading);
            chunk.Seal = _slots[number].Seal;
            Give(chunk, isFirst: true); // A payment may wait for it.
        }
        else if (chunk.State == BacklogChunkState.Cached)
        {
            _cached.Remove(chunk.InCache);
            _cached.AddLast(chunk.InCache);
        }

        return chunk;
    }

    // A backlog drains in the order in which it was filled.
    private void ReadAhead(int slot)
    {
        int next = _slots[slot].Next;
        if (next >= 0 && _slots[next] is { Chunk: null, Live: > 0 })
        {
            Load(next);
        }
    }

    // Only on the reader's calls, so that what it looks at stays until its next one.
    private void Evict()
    {
        while (_cached.Count >= CachedMax)
        {
            Retire(_cached.First!.Value);
        }
    }

    private void Retire(BacklogChunk chunk)
    {
        _cached.Remove(chunk.InCache);
        Forget(chunk);
    }

    private void Forget(BacklogChunk chunk)
    {
        _slots[chunk.Slot].Chunk = null;
        chunk.Bytes.AsSpan().Clear();
        chunk.IsAbandoned = false;
        if (_spare.Count < CachedMax)
        {
            _spare.Push(chunk);
        }
    }

    // Nothing of the slot is asked for any more.
    private void Release(int number)
    {
        switch (_slots[number].Chunk)
        {
            case { State: BacklogChunkState.Unwritten or BacklogChunkState.Loading } busy:
                busy.IsAbandoned = true; // The thread is at it, or will be: it ends it.
                return;
            case { State: BacklogChunkState.Cached } cached:
                Retire(cached);
                break;
            case { } left:
                Forget(left);
                break;
        }

        _freeSlots.Push(number);
    }

    private static ReadOnlySpan<byte> EntryOf(BacklogChunk chunk, uint place)
    {
        if (chunk.State == BacklogChunkState.Failed)
        {
            throw new JournalException(
                "The backlog's file cannot be read: a start makes it anew from the journal.", chunk.Failure!);
        }

        int offset = (int)(place & ((1 << OffsetBits) - 1)) * Step;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(chunk.Bytes.AsSpan(offset));
        return chunk.Bytes.AsSpan(offset + LengthSize, length);
    }

    private void Work()
    {
        while (true)
        {
            BacklogChunk chunk;
            lock (_gate)
            {
                _isBusy = false;
                while (!_isClosed && _work.Count == 0)
                {
                    Monitor.PulseAll(_gate);
                    Monitor.Wait(_gate);
                }

                if (_isClosed)
                {
                    return;
                }

                chunk = _work.First!.Value;
                _work.RemoveFirst();
                _isBusy = true;
                if (chunk is { IsAbandoned: true, State: BacklogChunkState.Unwritten })
                {
                    End(chunk);
                    continue;
                }
            }

            Exception? failure = chunk.State == BacklogChunkState.Unwritten ? TryWrite(chunk) : TryRead(chunk);
            lock (_gate)
            {
                Done(chunk, failure);
            }
        }
    }

    private void Done(BacklogChunk chunk, Exception? failure)
    {
        bool wasWritten = chunk.State == BacklogChunkState.Unwritten;
        if (wasWritten && _isInTrouble != failure is not null)
        {
            _isInTrouble = failure is not null;
            _onTrouble(failure);
            Monitor.PulseAll(_gate);
        }

        if (wasWritten && failure is not null && !chunk.IsAbandoned)
        {
            _work.AddLast(chunk.InWork);
            Monitor.Wait(_gate, RetryMs);
            return;
        }

        _slots[chunk.Slot].Seal = chunk.Seal;
        chunk.State = failure is null ? BacklogChunkState.Cached : BacklogChunkState.Failed;
        chunk.Failure = failure;
        if (chunk.IsAbandoned)
        {
            End(chunk);
        }
        else if (failure is null)
        {
            _cached.AddLast(chunk.InCache);
        }

        Monitor.PulseAll(_gate);
    }

    private void End(BacklogChunk chunk)
    {
        int number = chunk.Slot;
        Forget(chunk);
        _freeSlots.Push(number);
    }

    private Exception? TryWrite(BacklogChunk chunk)
    {
        try
        {
            chunk.Seal = _disk.Write(chunk.Slot, chunk.Bytes);
            return null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return refused;
        }
    }

    private Exception? TryRead(BacklogChunk chunk)
    {
        try
        {
            _disk.Read(chunk.Slot, chunk.Seal, chunk.Bytes);
            return null;
        }
        catch (Exception refused) when (refused is IOException or CryptographicException)
        {
            return refused;
        }
    }

    private sealed class Slot
    {
        public int Live { get; set; }

        public ulong Seal { get; set; }

        /// <summary>The slot that was filled next; -1: none yet.</summary>
        public int Next { get; set; } = -1;

        public BacklogChunk? Chunk { get; set; }
    }
}
