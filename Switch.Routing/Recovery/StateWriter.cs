using Switch.Routing.Journal;
using Switch.Routing.Records;

namespace Switch.Routing.Recovery;

/// <summary>Gathers rows of one kind into records of some tens of kilobytes.</summary>
internal sealed class StateWriter(StateSink sink)
{
    private const int SizeMax = 64 * 1024;

    private readonly byte[] _buffer = new byte[SizeMax];
    private StateType _type;
    private int _used;

    public long Records { get; private set; }

    /// <summary>Where the next row of this kind goes; ended by one of the two below.</summary>
    /// <param name="sizeMax">Bytes that the row may take.</param>
    public RecordWriter Row(StateType type, int sizeMax)
    {
        if (type != _type || _used + sizeMax > SizeMax)
        {
            Flush();
        }

        _type = type;
        return new RecordWriter(_buffer.AsSpan(_used));
    }

    public void End(in RecordWriter row) => _used += row.Size;

    /// <summary>Ends a row that is a record of its own, because it has a secret.</summary>
    public void End(in RecordWriter row, ReadOnlySpan<byte> secret)
    {
        _used += row.Size;
        Flush(secret);
    }

    public void Flush() => Flush([]);

    private void Flush(ReadOnlySpan<byte> secret)
    {
        if (_used > 0)
        {
            sink((byte)_type, _buffer.AsSpan(0, _used), secret);
            _used = 0;
            Records++;
        }
    }
}
