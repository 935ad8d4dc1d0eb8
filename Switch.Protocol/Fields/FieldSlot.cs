namespace Switch.Protocol.Fields;

/// <summary>
/// Where a field lies in its message, in one word so that the index writes it with one store:
/// <code>
///   63       60 59                 40 39                 20 19                  0
///   |    0     |  units (digits or   |  size: bytes of     |  offset of the      |
///   |          |  characters or b.)  |  the value          |  value's first byte |
/// </code>
/// </summary>
internal readonly struct FieldSlot
{
    /// <summary>Twenty bits: the greatest capacity of a message.</summary>
    public const int Max = (1 << 20) - 1;

    private readonly ulong _word;

    public FieldSlot(int offset, int size, int units) =>
        _word = (uint)offset | ((ulong)(uint)size << 20) | ((ulong)(uint)units << 40);

    private FieldSlot(ulong word) => _word = word;

    /// <summary>Of the value, after its prefix.</summary>
    public int Offset => (int)_word & Max;

    public int Size => (int)(_word >> 20) & Max;

    /// <summary>The length of the canonical text.</summary>
    public int Units => (int)(_word >> 40) & Max;

    /// <summary>A place made for offset 0, moved to another: what fixed fields have ready.</summary>
    public FieldSlot At(int offset) => new(_word + (uint)offset);
}
