using Switch.Protocol.Framing;

namespace Switch.Routing.Outbox;

/// <summary>A message whose MAC is being made, or that waits with it for the journal.</summary>
internal struct SealedSend<TConnection>
    where TConnection : class
{
    public TConnection Connection;
    public long AfterLsn;
    public long Tag;
    public FrameHeader Header;

    /// <summary>The message with its MAC; null: it is being made.</summary>
    public ISealedMessage? Made;

    /// <summary>Names it; grows with each use of the place. 0: the place is free.</summary>
    public long Number;

    public bool IsCancelled;

    /// <summary>The core was told that this answer is not out yet.</summary>
    public bool IsDoubted;
}

/// <summary>
/// The sends that need a MAC: a bounded table. Each waits for its MAC, which is made elsewhere while the journal
/// writes, and for its journal position, and leaves when it has both. None waits for another: what must follow another
/// message is sent when that one has left, or was taken back.
/// </summary>
internal sealed class SealedSends<TConnection>(int countMax)
    where TConnection : class
{
    private const int PlaceBits = 20;
    private const int SweepMin = 64;

    private readonly Stack<int> _free = new();
    private readonly List<long> _order = [];
    private SealedSend<TConnection>[] _sends = new SealedSend<TConnection>[64];
    private int _made;
    private long _uses;

    public int Count => _made - _free.Count;

    /// <summary>Names a new send; 0: as many wait as may.</summary>
    public long Add(TConnection connection, long afterLsn, long tag, in FrameHeader header)
    {
        if (_free.Count == 0 && (_made == countMax || _made >= 1 << PlaceBits))
        {
            return 0;
        }

        if (_free.Count == 0 && _made == _sends.Length)
        {
            Array.Resize(ref _sends, Math.Min(countMax, _sends.Length * 2));
        }

        if (_order.Count > SweepMin + (2 * Count))
        {
            Sweep();
        }

        int place = _free.Count > 0 ? _free.Pop() : _made++;
        long number = (++_uses << PlaceBits) | (long)place;
        _sends[place] = new SealedSend<TConnection>
        {
            Connection = connection, AfterLsn = afterLsn, Tag = tag, Header = header, Number = number,
        };
        _order.Add(number);
        return number;
    }

    /// <summary>Whether the number names a send that waits; a reference to it then.</summary>
    public ref SealedSend<TConnection> Find(long number, out bool isThere)
    {
        int place = (int)(number & ((1 << PlaceBits) - 1));
        isThere = number > 0 && place < _made && _sends[place].Number == number;
        return ref _sends[isThere ? place : 0];
    }

    /// <summary>Its place is free from now on.</summary>
    public void Remove(ref SealedSend<TConnection> send)
    {
        int place = (int)(send.Number & ((1 << PlaceBits) - 1));
        send = default;
        _free.Push(place);
    }

    /// <summary>How many wait. <see cref="NumberAt"/> says which, the oldest first, until one is added.</summary>
    public int Sweep()
    {
        int kept = 0;
        for (int i = 0; i < _order.Count; i++)
        {
            Find(_order[i], out bool isThere);
            if (isThere)
            {
                _order[kept++] = _order[i];
            }
        }

        _order.RemoveRange(kept, _order.Count - kept);
        return kept;
    }

    public long NumberAt(int index) => _order[index];
}
