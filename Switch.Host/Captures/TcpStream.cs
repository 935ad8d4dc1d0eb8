namespace Switch.Host.Captures;

/// <summary>
/// One direction of a TCP connection, put together from segments that come out of order, twice, or not at all. Bytes
/// that wait for a gap to fill are bounded: then, and at the end, the gap is given up.
/// </summary>
internal sealed class TcpStream
{
    /// <summary>
    /// Bytes that wait behind a gap, each segment counted with what keeping it costs. A window of 64 kB, scaled a few
    /// times.
    /// </summary>
    public const int WaitingMax = 1024 * 1024;

    private const int CostOfSegment = 128;

    // By where they begin, counted from the first byte of all, so that the order survives the wrap of the numbers.
    private readonly SortedList<long, Segment> _waiting = [];
    private long _first = -1;
    private long _next = -1;

    /// <summary>Whether the bytes given out next begin after some that were never captured.</summary>
    public bool IsAfterGap { get; private set; }

    /// <summary>Whether the capture has the beginning of the connection.</summary>
    public bool HasStart => _first >= 0;

    /// <summary>When the last of the bytes given out had come.</summary>
    public DateTimeOffset Time { get; private set; }

    /// <summary>What is waiting, with what keeping it costs.</summary>
    public int WaitingSize { get; private set; }

    /// <summary>
    /// Whether a new connection begins between the same ends. A SYN that is sent again begins none.
    /// </summary>
    public bool IsRestartedBy(in TcpPacket packet) => packet.IsSyn && _first != packet.Sequence + 1L;

    /// <summary>Takes a segment in; what is then complete is read by <see cref="TryTake"/>.</summary>
    public void Add(in TcpPacket packet, DateTimeOffset time)
    {
        if (IsRestartedBy(in packet))
        {
            _waiting.Clear();
            WaitingSize = 0;
            _first = packet.Sequence + 1L;
            _next = _first;
        }

        if (packet.Payload.IsEmpty)
        {
            return;
        }

        // Without a SYN the capture began in the middle: the first segment is where we start.
        uint sequence = packet.IsSyn ? packet.Sequence + 1 : packet.Sequence;
        _next = _next < 0 ? sequence : _next;
        long start = _next + (int)(sequence - (uint)_next);
        if (start + packet.Payload.Length <= _next)
        {
            return; // Sent again, and known.
        }

        bool isKnown = _waiting.TryGetValue(start, out Segment? known);
        if (!isKnown || known!.Bytes.Length < packet.Payload.Length)
        {
            WaitingSize += packet.Payload.Length + CostOfSegment - (isKnown ? known!.Cost : 0);
            _waiting[start] = new Segment(packet.Payload.ToArray(), time);
        }
    }

    /// <summary>
    /// The next bytes in order. When <paramref name="givesUp"/>, or too many wait, a gap before them is passed over,
    /// and <see cref="IsAfterGap"/> says so.
    /// </summary>
    public bool TryTake(bool givesUp, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        while (_waiting.Count > 0)
        {
            long start = _waiting.Keys[0];
            Segment first = _waiting.Values[0];
            bool isAfterGap = start > _next;
            if (isAfterGap && !givesUp && WaitingSize <= WaitingMax)
            {
                return false;
            }

            _waiting.RemoveAt(0);
            WaitingSize -= first.Cost;
            long known = Math.Max(0, _next - start);
            if (known < first.Bytes.Length)
            {
                IsAfterGap = isAfterGap;
                Time = first.Time > Time ? first.Time : Time;
                _next = start + first.Bytes.Length;
                bytes = first.Bytes.AsMemory((int)known);
                return true;
            }
        }

        return false;
    }

    private sealed record Segment(byte[] Bytes, DateTimeOffset Time)
    {
        public int Cost => Bytes.Length + CostOfSegment;
    }
}
