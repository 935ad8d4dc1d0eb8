namespace Switch.Routing.Values;

/// <summary>
/// An array of a fixed length whose pages are there only while something stands on them, for a ring that goes round
/// it or a table that fills: memory follows what is kept, not what might be. One page is kept in hand, so a ring of
/// steady size allocates nothing.
/// </summary>
internal sealed class PagedRing<T>
    where T : struct
{
    private const int PageSizeMax = 1 << 16;

    private readonly int _shift;
    private readonly T[]?[] _pages;
    private T[]? _spare;

    public PagedRing(int length)
    {
        Length = length;
        PageSize = (int)Math.Min(PageSizeMax, System.Numerics.BitOperations.RoundUpToPowerOf2((uint)length));
        _shift = System.Numerics.BitOperations.Log2((uint)PageSize);
        _pages = new T[(int)(((long)length + PageSize - 1) / PageSize)][];
    }

    public int Length { get; }

    public int PageSize { get; }

    /// <summary>A place on a page that <see cref="Enter"/> was called for.</summary>
    public ref T this[int position] => ref _pages[position >> _shift]![position & (PageSize - 1)];

    /// <summary>Whether the page of a place is there.</summary>
    public bool Has(int position) => _pages[position >> _shift] is not null;

    /// <summary>Makes sure that the page of a place is there. What stands on it at first is anything.</summary>
    public void Enter(int position)
    {
        ref T[]? page = ref _pages[position >> _shift];
        if (page is null)
        {
            page = _spare ?? GC.AllocateUninitializedArray<T>(PageSize);
            _spare = null;
        }
    }

    /// <summary>
    /// What stood at a place is gone, and its page goes with it once neither end of what is left stands there.
    /// </summary>
    /// <param name="dropped">The place.</param>
    /// <param name="oldest">Of what is left; where nothing is, the place to go on at.</param>
    /// <param name="newest">Of what is left; where nothing is, as the oldest.</param>
    public void Leave(int dropped, int oldest, int newest)
    {
        int number = dropped >> _shift;
        if (number != oldest >> _shift && number != newest >> _shift)
        {
            ref T[]? page = ref _pages[number];
            _spare = page ?? _spare;
            page = null;
        }
    }
}
