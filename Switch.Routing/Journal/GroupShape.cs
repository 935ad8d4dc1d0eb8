namespace Switch.Routing.Journal;

/// <summary>
/// How many records go into one group, and what that takes: the next one too, while bounds allow it. One record is a
/// frame without a group.
/// </summary>
/// <param name="recordsMax">1 for a segment of version 1, which has no groups.</param>
internal struct GroupShape(int recordsMax)
{
    private int _open;
    private int _secret;

    public int Records { get; private set; }

    /// <summary>Bytes of its secret part, in clear.</summary>
    public readonly int Secret => _secret;

    /// <summary>Bytes of its open part.</summary>
    public readonly int Open => Records == 1 ? _open : _open + (Records * JournalFormat.GroupedHeaderSize);

    /// <summary>Without padding; 0 when there is no record.</summary>
    public readonly int Length => Records == 0 ? 0 : JournalFormat.LengthOf(Open, _secret);

    /// <summary>With padding.</summary>
    public readonly int Size => (int)JournalFormat.AlignUp(Length, JournalFormat.RecordAlignment);

    /// <summary>Of a version.</summary>
    public static GroupShape Of(ushort version) => new(version == 1 ? 1 : JournalFormat.GroupRecordsMax);

    /// <summary>False: the record is the first of the next one.</summary>
    public bool TryAdd(int open, int secret)
    {
        GroupShape with = this;
        with._open += open;
        with._secret += secret;
        with.Records++;
        if (Records > 0 && (Records == recordsMax || with.Length > JournalFormat.GroupSizeMax))
        {
            return false;
        }

        this = with;
        return true;
    }
}
