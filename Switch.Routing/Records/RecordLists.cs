using Switch.Routing.Totals;
using Switch.Routing.Values;

namespace Switch.Routing.Records;

/// <summary>
/// The messages that become owed with a record, and what each counts as once it is acknowledged. Both stand in the
/// same order, all messages first.
/// </summary>
internal ref struct OwedList
{
    private RecordReader _blocks;
    private RecordReader _totals;
    private int _left;

    public OwedBlock Block { get; private set; }

    public TotalKind Counts { get; private set; }

    /// <summary>Minor units of <see cref="Currency"/>.</summary>
    public long Amount { get; private set; }

    /// <summary>ISO 4217, numeric.</summary>
    public int Currency { get; private set; }

    /// <summary>Where the image of <see cref="Block"/> begins in the record's secret part.</summary>
    public int ImageOffset { get; private set; }

    /// <summary>Reads over the list.</summary>
    public static OwedList Read(ref RecordReader reader)
    {
        var list = new OwedList { _left = reader.Byte(), _blocks = reader };
        if (list._left == 0)
        {
            return list;
        }

        for (int i = 0; i < list._left && !reader.IsShort; i++)
        {
            OwedBlock.Read(ref reader);
        }

        list._totals = reader;
        OwedList ahead = list;
        while (ahead.TryReadTotals())
        {
        }

        reader = ahead._totals;
        return list;
    }

    /// <summary>Goes to the next message. False at the end.</summary>
    public bool MoveNext()
    {
        int offset = ImageOffset + Block.ImageSize;
        if (!TryReadTotals())
        {
            return false;
        }

        Block = OwedBlock.Read(ref _blocks);
        ImageOffset = offset;
        return true;
    }

    private bool TryReadTotals()
    {
        if (_left == 0)
        {
            return false;
        }

        _left--;
        Counts = (TotalKind)(_totals.Byte() % TotalKinds.Count);
        Amount = (long)_totals.Number64();
        Currency = _totals.Number16();
        return true;
    }
}

/// <summary>The entries in totals that were made since the record before.</summary>
internal ref struct PostingList
{
    private const byte ReversalFlag = 1;
    private const byte TakenBackFlag = 2;

    private RecordReader _reader;
    private int _left;

    /// <summary>Without its party, which stands here by name.</summary>
    public Posting Posting { get; private set; }

    public ReadOnlySpan<byte> Party { get; private set; }

    public static void Write(ref RecordWriter writer, in Posting posting, ReadyName party)
    {
        writer.Byte((byte)posting.Side);
        writer.Name(party);
        writer.Number16(posting.Day);
        writer.Byte((byte)posting.Kind);
        int reversal = posting.IsReversal ? ReversalFlag : 0;
        writer.Byte((byte)(reversal | (posting.IsTakenBack ? TakenBackFlag : 0)));
        writer.Number64(posting.Amount);
        writer.Number16(posting.Currency);
    }

    /// <summary>Reads over the list.</summary>
    public static PostingList Read(ref RecordReader reader)
    {
        int count = reader.Byte();
        var list = new PostingList { _left = count, _reader = reader };
        for (int i = 0; i < count && !reader.IsShort; i++)
        {
            reader.Bytes(1);
            reader.Text();
            reader.Bytes(sizeof(ushort) + 1 + 1 + sizeof(long) + sizeof(ushort));
        }

        return list;
    }

    /// <summary>Goes to the next entry. False at the end.</summary>
    public bool MoveNext()
    {
        if (_left == 0)
        {
            return false;
        }

        _left--;
        var side = (TotalsSide)_reader.Byte();
        Party = _reader.Text();
        int day = _reader.Number16();
        var kind = (TotalKind)(_reader.Byte() % TotalKinds.Count);
        byte flags = _reader.Byte();
        Posting = new Posting
        {
            Side = side,
            Party = -1,
            Day = day,
            Kind = kind,
            IsReversal = (flags & ReversalFlag) != 0,
            IsTakenBack = (flags & TakenBackFlag) != 0,
            Amount = (long)_reader.Number64(),
            Currency = _reader.Number16(),
        };
        return true;
    }
}

/// <summary>
/// DE 13 and 12, by which an issuer of a later edition knows a message. At the end of a record with an identity; absent
/// where all partners speak 1987, and in version 0.1.
/// </summary>
internal readonly record struct LocalTimeBlock(bool IsPresent, uint Value)
{
    public static LocalTimeBlock Read(ref RecordReader reader) =>
        reader.IsAtEnd ? default : new LocalTimeBlock(true, reader.Number32());
}
