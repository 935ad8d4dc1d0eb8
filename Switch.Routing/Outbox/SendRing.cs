using System.Diagnostics;
using Switch.Protocol.Framing;

namespace Switch.Routing.Outbox;

/// <summary>A message that waits for the journal.</summary>
internal struct WaitingSend<TConnection>
    where TConnection : class
{
    public TConnection Connection;
    public long AfterLsn;
    public long Tag;
    public FrameHeader Header;

    /// <summary>Where its bytes are: which chunk, and where in it.</summary>
    public int Chunk;
    public int Offset;
    public int Size;

    public bool IsCancelled;
}

/// <summary>
/// The sends that wait, oldest first. Entries are in a ring; their bytes are in chunks that are filled one after the
/// other, and used again, the last one freed first, so that what is in use stays in the processor's cache. Numbers of
/// entries grow for ever and name an entry for as long as it waits.
/// </summary>
internal sealed class SendRing<TConnection>
    where TConnection : class
{
    private readonly WaitingSend<TConnection>[] _entries;
    private readonly int _chunkSize;
    private readonly byte[]?[] _chunks;
    private readonly int[] _waitingIn;
    private readonly int[] _free;
    private int _freeCount;
    private int _made;
    private int _current;
    private int _write;
    private long _head;
    private long _tail;

    /// <param name="entriesMax">Sends that may wait: a power of two.</param>
    /// <param name="chunksMax">Chunks that may be in use; each is made when it is first needed.</param>
    /// <param name="chunkSize">Bytes of a chunk: at least one message.</param>
    public SendRing(int entriesMax, int chunksMax, int chunkSize)
    {
        Debug.Assert(int.IsPow2(entriesMax) && chunksMax > 0);
        _entries = new WaitingSend<TConnection>[entriesMax];
        _chunks = new byte[chunksMax][];
        _waitingIn = new int[chunksMax];
        _free = new int[chunksMax];
        _chunkSize = chunkSize;
        _chunks[0] = new byte[chunkSize];
        _made = 1;
    }

    public int Count => (int)(_tail - _head);

    public bool IsEmpty => _tail == _head;

    /// <summary>The oldest. Only when not empty; a reference into the ring, dead after <see cref="Pop"/>.</summary>
    public ref WaitingSend<TConnection> Oldest => ref _entries[_head & (_entries.Length - 1)];

    /// <summary>Copies the message in; false at either bound. <paramref name="number"/> is 1 or more.</summary>
    public bool TryPush(
        TConnection connection, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header,
        out long number)
    {
        number = 0;
        if (Count == _entries.Length || message.Length > _chunkSize)
        {
            return false;
        }

        if (_chunkSize - _write < message.Length && !TryNextChunk())
        {
            return false;
        }

        message.CopyTo(_chunks[_current].AsSpan(_write));
        number = ++_tail;
        _entries[(number - 1) & (_entries.Length - 1)] = new()
        {
            Connection = connection,
            AfterLsn = afterLsn,
            Tag = tag,
            Header = header,
            Chunk = _current,
            Offset = _write,
            Size = message.Length,
        };
        _waitingIn[_current]++;
        _write += message.Length;
        return true;
    }

    public ReadOnlySpan<byte> BytesOf(in WaitingSend<TConnection> send) =>
        _chunks[send.Chunk].AsSpan(send.Offset, send.Size);

    /// <summary>Takes the oldest off, and wipes its bytes: they may be card data.</summary>
    public void Pop()
    {
        ref WaitingSend<TConnection> oldest = ref Oldest;
        int chunk = oldest.Chunk;
        _chunks[chunk].AsSpan(oldest.Offset, oldest.Size).Clear();
        oldest = default;
        _head++;
        if (--_waitingIn[chunk] > 0)
        {
            return;
        }

        if (chunk == _current)
        {
            _write = 0;
        }
        else
        {
            _free[_freeCount++] = chunk;
        }
    }

    /// <summary>Marks a waiting send; false when it does not wait any more, or is marked already.</summary>
    public bool TryCancel(long number)
    {
        if (number <= _head || number > _tail)
        {
            return false;
        }

        ref WaitingSend<TConnection> send = ref _entries[(number - 1) & (_entries.Length - 1)];
        bool wasWaiting = !send.IsCancelled;
        send.IsCancelled = true;
        return wasWaiting;
    }

    private bool TryNextChunk()
    {
        if (_freeCount > 0)
        {
            _current = _free[--_freeCount];
        }
        else if (_made < _chunks.Length)
        {
            _chunks[_made] = new byte[_chunkSize];
            _current = _made++;
        }
        else
        {
            return false;
        }

        _write = 0;
        return true;
    }
}
