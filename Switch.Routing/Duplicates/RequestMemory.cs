namespace Switch.Routing.Duplicates;

/// <summary>What a request is to the one who remembers those that came before.</summary>
public enum RequestArrival
{
    /// <summary>It has not come before. It may be taken in, or refused with a code.</summary>
    First,

    /// <summary>
    /// A copy of it came before, or it is marked as a repeat: it may be taken in, and never gets a code.
    /// </summary>
    Copy,

    /// <summary>A copy of it was refused with a code: it is not taken in, and not answered.</summary>
    CopyOfRefused,

    /// <summary>
    /// Too many came to remember all: it may be a copy of one that was not remembered. It may be taken in, and never
    /// gets a code.
    /// </summary>
    Unremembered,
}

/// <summary>
/// What one acquirer has sent lately, and which of it was refused with a code, exactly: so that of the copies of a
/// request none is taken in after another was refused, and none is refused after another was taken in.
/// </summary>
/// <remarks>
/// <para>
/// Two generations of an open-addressing table of keys; the newer one is filled, and takes the older one's place when
/// it is two minutes old. So everything is kept for <see cref="Span"/> at least, which no deadline exceeds; a
/// generation that holds no refusal and few requests is kept for longer. Memory follows what came: 11 to 22 bytes for
/// each request of a generation, in arrays of <c>slotsMax</c> times 8 bytes at most, two of them.
/// </para>
/// <para>
/// At the bound nothing is forgotten early. What comes then is not remembered, and until two minutes after the last
/// such arrival no unknown request is refused with a code: it is left unanswered where it would have been refused.
/// That falls on the acquirer that sends so much, and on no other.
/// </para>
/// <para>
/// The two lowest bits of a key make room for the state: 62 bits tell requests apart. One thread at a time.
/// </para>
/// </remarks>
public sealed class RequestMemory
{
    /// <summary>How long everything is remembered at least.</summary>
    public static readonly TimeSpan Span = TimeSpan.FromMinutes(2);

    private const ulong None = 0;
    private const ulong Seen = 1;
    private const ulong Copied = 2;
    private const ulong Refused = 3;

    private const int SlotsMin = 64;

    // Fewer than that go on being remembered: an acquirer that sends little is known for hours, at little cost.
    private const int FewMax = 1 << 13;

    private readonly int _slotsMax;
    private readonly ulong _spread;
    private readonly KnownRequests? _known;
    private ulong[] _filling = [];
    private ulong[] _old = [];
    private int _count;
    private bool _hasRefusals;
    private long _begunAt;
    private long _lastAt;
    private long _oldLastAt;
    private long _unsureUntil = long.MinValue;

    /// <param name="slotsMax">
    /// Slots of one generation at most, a power of two of 64 at least: three quarters of them are used.
    /// </param>
    /// <param name="spread">
    /// Any number. Where a key stands depends on it: with a secret one, a peer cannot choose keys that collide.
    /// </param>
    /// <param name="known">What came before this memory began; null: nothing.</param>
    public RequestMemory(int slotsMax, ulong spread, KnownRequests? known = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slotsMax, SlotsMin);
        _slotsMax = slotsMax;
        _spread = spread;
        _known = known;
    }

    /// <summary>A request has come: notes it, and tells what it is.</summary>
    /// <param name="key">A well mixed hash of what names it.</param>
    /// <param name="isRepeat">Whether it is marked as a repeat.</param>
    /// <param name="now">Monotonic ticks of 100 ns.</param>
    public RequestArrival Arrive(ulong key, bool isRepeat, long now)
    {
        Age(now);
        ulong state = StateOf(key, now);
        if (state == Refused)
        {
            return RequestArrival.CopyOfRefused;
        }

        bool isCopy = state != None || isRepeat || (_known?.Contains(key, now) ?? false);
        bool isUnsure = now < _unsureUntil;
        bool isRemembered = TryPut(key, isCopy || isUnsure ? Copied : Seen, now);
        return isCopy ? RequestArrival.Copy
            : isUnsure || !isRemembered ? RequestArrival.Unremembered
            : RequestArrival.First;
    }

    /// <summary>
    /// A first that came is about to be refused with a code. False: a copy of it may have been taken in meanwhile, or
    /// the refusal cannot be remembered, so nothing may be said.
    /// </summary>
    /// <param name="key">As in <see cref="Arrive"/>.</param>
    /// <param name="now">As in <see cref="Arrive"/>.</param>
    public bool TryRefuse(ulong key, long now)
    {
        ulong state = StateOf(key, now);
        return state == Refused || (state == Seen && TryPut(key, Refused, now));
    }

    /// <summary>
    /// For one who knows of arrivals elsewhere: notes a refusal. False: it cannot be remembered, so nothing may be
    /// said.
    /// </summary>
    /// <param name="key">As in <see cref="Arrive"/>.</param>
    /// <param name="now">As in <see cref="Arrive"/>.</param>
    public bool TryNoteRefusal(ulong key, long now)
    {
        Age(now);
        return TryPut(key, Refused, now);
    }

    /// <summary>Whether a request was refused within <see cref="Span"/>.</summary>
    /// <param name="key">As in <see cref="Arrive"/>.</param>
    /// <param name="now">As in <see cref="Arrive"/>.</param>
    public bool IsRefused(ulong key, long now)
    {
        Age(now);
        return StateOf(key, now) == Refused;
    }

    private void Age(long now)
    {
        if (_count == 0 || now - _begunAt < Span.Ticks || (!_hasRefusals && _count < Math.Min(FewMax, _slotsMax / 4)))
        {
            return;
        }

        ulong[] next = _old;
        _old = _filling;
        _oldLastAt = _lastAt;
        _count = 0;
        _hasRefusals = false;
        if (next.Length > 2 * _old.Length)
        {
            next = new ulong[_old.Length]; // Less comes than before: memory is given back.
        }
        else
        {
            Array.Clear(next);
        }

        _filling = next;
    }

    private ulong StateOf(ulong key, long now)
    {
        ulong state = StateIn(_filling, key);
        if (state != None)
        {
            return state;
        }

        state = StateIn(_old, key);

        // A generation may be kept for longer than its refusals count.
        return state == Refused && now - _oldLastAt >= Span.Ticks ? Copied : state;
    }

    private ulong StateIn(ulong[] slots, ulong key) =>
        slots.Length == 0 ? None : slots[KeySlots.Find(slots, key, _spread)] & KeySlots.StateMask;

    private bool TryPut(ulong key, ulong state, long now)
    {
        int slot = _filling.Length == 0 ? -1 : KeySlots.Find(_filling, key, _spread);
        if (slot < 0 || _filling[slot] == None)
        {
            if ((_count + 1) * 4L > _filling.Length * 3L)
            {
                if (_filling.Length >= _slotsMax)
                {
                    _unsureUntil = now + Span.Ticks;
                    return false;
                }

                Grow();
                slot = KeySlots.Find(_filling, key, _spread);
            }

            _begunAt = _count == 0 ? now : _begunAt;
            _count++;
        }

        _filling[slot] = KeySlots.Of(key, state);
        _hasRefusals |= state == Refused;
        _lastAt = now;
        return true;
    }

    private void Grow()
    {
        ulong[] larger = new ulong[Math.Max(SlotsMin, _filling.Length * 2)];
        foreach (ulong entry in _filling)
        {
            if (entry != None)
            {
                larger[KeySlots.Find(larger, entry, _spread)] = entry;
            }
        }

        _filling = larger;
    }
}
