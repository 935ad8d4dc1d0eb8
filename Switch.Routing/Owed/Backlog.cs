using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Switch.Protocol.Fields;

namespace Switch.Routing.Owed;

/// <summary>
/// What one issuer is owed and is not in memory: oldest first, behind everything of the same card that is. A row of 28
/// bytes for each message says what must be known of it without a look at the disk: its id, its trace number with DE 7,
/// its card by a hash, and where it lies.
/// </summary>
/// <remarks>
/// Rows are numbered on for ever, and leave at the front, or wherever a card is asked for. Rows of a card, and those
/// that bear a trace number, are chained from the younger to the older. A chain ends where it leaves what is there, so
/// that a row that goes is not unlinked.
/// </remarks>
internal sealed class Backlog(IBacklogStore store)
{
    private const int PageBits = 14;
    private const int PageSize = 1 << PageBits;
    private const int BucketBits = 20;
    private const int StanBits = 20;
    private const uint StanMask = (1 << StanBits) - 1;
    private const uint IsThere = 1U << StanBits;
    private const uint IsAdvice = 1U << (StanBits + 1);

    private readonly List<Page> _pages = [];
    private uint[] _byCard = [];
    private uint[] _byStan = [];
    private byte[] _entry = [];
    private long _firstPage;
    private long _first = 1;
    private long _end = 1;

    /// <summary>Messages here.</summary>
    public int Count { get; private set; }

    /// <summary>The id of the youngest; those that are added have higher ones. 0: none is here.</summary>
    public ulong LastId { get; private set; }

    /// <summary>What leaves here is not to be sent before this position is durable.</summary>
    public long SendAfter { get; set; }

    /// <summary>Cards for which a request waits, by <see cref="CardToken.Short"/>.</summary>
    public HashSet<ulong> Wanted { get; } = [];

    /// <summary>Whether a message can be added.</summary>
    public bool Takes(OwedItem item) => item.Id > LastId && BacklogEntry.SizeOf(item) <= store.EntryMax;

    /// <summary>Adds a message that <see cref="Takes"/> allows.</summary>
    public void Add(OwedItem item)
    {
        if (Count == 0)
        {
            Begin();
        }

        Page page = PageFor(item.Id);
        int size = BacklogEntry.SizeOf(item);
        if (_entry.Length < size)
        {
            _entry = GC.AllocateArray<byte>((size + 255) & ~255, pinned: true);
        }

        BacklogEntry.Write(_entry, item);
        uint place = store.Append(_entry.AsSpan(0, size));
        _entry.AsSpan(0, size).Clear();
        ulong card = item.ChainKey.Short;
        ref uint ofCard = ref _byCard[BucketOf(card)];
        ref uint ofStan = ref _byStan[item.Stan & StanMask];
        uint step = (uint)(item.Id - page.FirstId);
        for (int gone = page.Used - 1; gone >= 0 && page.Rows[gone].IdStep > step; gone--)
        {
            page.Rows[gone].IdStep = step; // For Find: rows stand in the order of their ids.
        }

        page.Rows[page.Used++] = new Row
        {
            IdStep = step,
            Card = HashOf(card),
            Time = (uint)item.Time,
            StanAndBits = ((uint)item.Stan & StanMask) | IsThere
                | (item.IsReversal || item.Kind == OwedKind.DeclineAdvice ? 0 : IsAdvice),
            OlderOfCard = (uint)_end - ofCard,
            OlderOfStan = (uint)_end - ofStan,
            Place = place,
        };
        ofCard = ofStan = (uint)_end;
        LastId = item.Id;
        Count++;
        _end++;
    }

    /// <summary>The oldest row; 0: there is none.</summary>
    public long First => Count == 0 ? 0 : _first;

    /// <summary>The row behind another; 0: there is none.</summary>
    public long After(long row)
    {
        do
        {
            row++;
        }
        while (row < _end && !At(row).IsHere);

        return row < _end ? row : 0;
    }

    /// <summary>Takes a message out, into a place. False: its entry is not in memory yet.</summary>
    /// <param name="mayWait">Waits for the disk instead.</param>
    public bool TryTake(long row, OwedItem place, bool mayWait)
    {
        ref Row taken = ref At(row);
        if (!TryRead(taken.Place, place, mayWait))
        {
            return false;
        }

        store.Drop(taken.Place);
        taken.StanAndBits = 0;
        Count--;
        if (Count == 0)
        {
            End();
        }
        else if (row == _first)
        {
            LeaveFront(After(row));
        }
        else if (place.Id == LastId)
        {
            LastId = IdOf(Before(row));
        }

        return true;
    }

    /// <summary>Looks at a message, which stays. False: its entry is not in memory yet.</summary>
    /// <param name="mayWait">Waits for the disk instead.</param>
    public bool TryPeek(long row, OwedItem place, bool mayWait)
    {
        bool isRead = TryRead(At(row).Place, place, mayWait);
        place.State = isRead ? OwedState.Resting : place.State;
        return isRead;
    }

    /// <summary>Whether a card has messages here. Of two thousand million cards one may be taken for another.</summary>
    /// <param name="card"><see cref="CardToken.Short"/> of <see cref="OwedItem.ChainKey"/>.</param>
    public bool Knows(ulong card) => YoungestOf(card) != 0;

    /// <summary>As <see cref="Knows"/>, of advices that tell of money.</summary>
    public bool OwesAdvice(ulong card)
    {
        for (long row = YoungestOf(card); row != 0; row = OlderOf(card, row))
        {
            if ((At(row).StanAndBits & IsAdvice) != 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The rows of a card, oldest first.</summary>
    public void RowsOf(ulong card, List<long> rows)
    {
        rows.Clear();
        for (long row = YoungestOf(card); row != 0; row = OlderOf(card, row))
        {
            rows.Add(row);
        }

        rows.Reverse();
    }

    /// <summary>Whether a message here bears a trace number.</summary>
    public bool Bears(int stan) => YoungestOf(stan) != 0;

    /// <summary>
    /// How many messages here bear a trace number; -1 when one of them has this DE 7 or may be of this card.
    /// </summary>
    public int BearersBeside(int stan, long time, ulong card)
    {
        int count = 0;
        for (long row = YoungestOf(stan); row != 0; row = OlderOf(stan, row))
        {
            if (At(row).Time == (uint)time || At(row).Card == HashOf(card))
            {
                return -1;
            }

            count++;
        }

        return count;
    }

    /// <summary>The row of a card that bears a trace number; 0: none does.</summary>
    public long FindOfCard(int stan, ulong card)
    {
        long row = YoungestOf(stan);
        while (row != 0 && At(row).Card != HashOf(card))
        {
            row = OlderOf(stan, row);
        }

        return row;
    }

    /// <summary>The row that bears a trace number and is of a transaction; 0: none is. Waits for the disk.</summary>
    public long FindOf(int stan, ulong transaction)
    {
        long row = YoungestOf(stan);
        while (row != 0 && BacklogEntry.TransactionOf(store.Read(At(row).Place)) != transaction)
        {
            row = OlderOf(stan, row);
        }

        return row;
    }

    /// <summary>The row of a message; 0: it is not here.</summary>
    public long Find(ulong id)
    {
        int page = _pages.Count - 1;
        while (page >= 0 && _pages[page].FirstId > id)
        {
            page--;
        }

        if (page < 0 || id - _pages[page].FirstId > uint.MaxValue)
        {
            return 0;
        }

        ReadOnlySpan<Row> rows = _pages[page].Rows[.._pages[page].Used];
        uint step = (uint)(id - _pages[page].FirstId);
        int found = rows.BinarySearch(new ById(step));
        while (found >= 0 && found + 1 < rows.Length && rows[found + 1].IdStep == step)
        {
            found++; // Rows that have gone may have been given the id of the next.
        }

        long row = ((_firstPage + page) << PageBits) + found;
        return found >= 0 && row >= _first && rows[found].IsHere ? row : 0;
    }

    /// <summary>Gives its memory back. Of no use afterwards.</summary>
    public void Forget() => RemovePages(_pages.Count);

    private bool TryRead(uint from, OwedItem place, bool mayWait)
    {
        ReadOnlySpan<byte> entry;
        if (mayWait)
        {
            entry = store.Read(from);
        }
        else if (!store.TryRead(from, out entry))
        {
            return false;
        }

        BacklogEntry.Read(entry, place);
        return true;
    }

    // Only while there is one.
    private long Before(long row)
    {
        do
        {
            row--;
        }
        while (!At(row).IsHere);

        return row;
    }

    private ulong IdOf(long row) => _pages[(int)((row >> PageBits) - _firstPage)].FirstId + At(row).IdStep;

    private void Begin()
    {
        if (_byCard.Length == 0)
        {
            _byCard = new uint[1 << BucketBits];
            _byStan = new uint[1 << StanBits];
        }
    }

    // The tables stay as they are: what they name is not there any more.
    private void End()
    {
        RemovePages(_pages.Count);
        _first = _end;
        LastId = 0;
        SendAfter = 0;
    }

    // A page holds ids within 2^32 of its first. A row that does not fit goes to the next page.
    private Page PageFor(ulong id)
    {
        if (_pages is [.., { Used: < PageSize } last] && id >= last.FirstId && id - last.FirstId <= uint.MaxValue)
        {
            return last;
        }

        long number = _pages.Count == 0 ? (_end + PageSize - 1) >> PageBits : _firstPage + _pages.Count;
        _firstPage = _pages.Count == 0 ? number : _firstPage;
        _end = number << PageBits;
        _first = _pages.Count == 0 ? _end : _first;
        var page = new Page(id, store.NewPage(PageSize * Unsafe.SizeOf<Row>()));
        _pages.Add(page);
        return page;
    }

    private void LeaveFront(long first)
    {
        _first = first;
        int gone = (int)((first >> PageBits) - _firstPage);
        RemovePages(gone);
        _firstPage += gone;
    }

    private void RemovePages(int count)
    {
        for (int page = 0; page < count; page++)
        {
            _pages[page].Dispose();
        }

        _pages.RemoveRange(0, count);
    }

    private long YoungestOf(ulong card) => _byCard.Length == 0 ? 0
        : NextOfCard(card, RowAt((uint)_end - _byCard[BucketOf(card)], _end));

    private long OlderOf(ulong card, long row) => NextOfCard(card, RowAt(At(row).OlderOfCard, row));

    private long NextOfCard(ulong card, long row)
    {
        while (row != 0 && !(At(row).IsHere && At(row).Card == HashOf(card)))
        {
            row = RowAt(At(row).OlderOfCard, row);
        }

        return row;
    }

    private long YoungestOf(int stan) => _byStan.Length == 0 ? 0
        : NextOfStan(stan, RowAt((uint)_end - _byStan[stan & StanMask], _end));

    private long OlderOf(int stan, long row) => NextOfStan(stan, RowAt(At(row).OlderOfStan, row));

    private long NextOfStan(int stan, long row)
    {
        while (row != 0 && !(At(row).IsHere && (At(row).StanAndBits & StanMask) == (uint)stan))
        {
            row = RowAt(At(row).OlderOfStan, row);
        }

        return row;
    }

    // The row that lies so many before another; 0: it has gone.
    private long RowAt(uint step, long row) => step > 0 && step <= row - _first && Count > 0 ? row - step : 0;

    private ref Row At(long row)
    {
        Debug.Assert(row >= _first && row < _end, "The row has gone.");
        return ref _pages[(int)((row >> PageBits) - _firstPage)].Rows[(int)(row & (PageSize - 1))];
    }

    private static int BucketOf(ulong card) => (int)(card & ((1 << BucketBits) - 1));

    private static uint HashOf(ulong card) => (uint)(card >> BucketBits);

    private struct Row
    {
        public uint IdStep;
        public uint Card;
        public uint Time;
        public uint StanAndBits;
        public uint OlderOfCard;
        public uint OlderOfStan;
        public uint Place;

        public readonly bool IsHere => (StanAndBits & IsThere) != 0;
    }

    private readonly struct ById(uint step) : IComparable<Row>
    {
        public int CompareTo(Row other) => step.CompareTo(other.IdStep);
    }

    // Not of the collector's heap: a core that takes payments drains a page while one that makes a checkpoint fills
    // another, and full collections are rare.
    private sealed class Page(ulong firstId, MemoryManager<byte> rows) : IDisposable
    {
        public ulong FirstId => firstId;

        public Span<Row> Rows => MemoryMarshal.Cast<byte, Row>(rows.GetSpan());

        public int Used { get; set; }

        public void Dispose() => ((IDisposable)rows).Dispose();
    }
}
