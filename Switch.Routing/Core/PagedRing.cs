namespace Switch.Routing.Core;

/// <summary>
/// An array of a fixed length whose pages are there only while something stands on them, for a ring that goes round
/// it: memory follows what is kept, not what might be. One page is kept in hand, so a ring of steady size allocates
/// nothing.
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

    /// <summary>Nothing stands on the page of this place any more.</summary>
    public void Leave(int position)
    {
        ref T[]? page = ref _pages[position >> _shift];
        _spare = page ?? _spare;
        page = null;
    }

    public bool AreOnOnePage(int one, int other) => one >> _shift == other >> _shift;
}
