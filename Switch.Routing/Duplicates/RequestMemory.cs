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

    /// <summary>As <see cref="First"/>, where so many come that the table is full: a filter remembers it.</summary>
    FirstOfMany,
}

/// <summary>
/// What one acquirer has sent lately, and which of it was refused with a code: so that of the copies of a request none
/// is taken in after another was refused, and none is refused after another was taken in.
/// </summary>
/// <remarks>
/// <para>
/// Two generations of an open-addressing table of keys; the newer one is filled, and takes the older one's place when
/// it is two minutes old. So everything is kept for <see cref="Span"/> at least, which no deadline exceeds; a
/// generation that holds no refusal and few requests is kept for longer. Memory follows what came: 11 to 22 bytes for
/// each request of a generation, in arrays of <c>slotsMax</c> times 8 bytes at most, two of them.
/// </para>
/// <para>
/// At the bound nothing is forgotten. What comes then is remembered in a <see cref="RequestFilter"/> of the same size,
/// which takes some firsts for copies, or for copies of what was refused: these get no answer where they would have
/// been refused, or are not taken in. Their sender asks again or reverses, as after any silence. That falls on the
/// acquirer that sends so much, and on no other.
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
    private const int BitsPerSlot = 64;

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
    private RequestFilter? _rest;

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
        bool isInTable = Put(key, isCopy ? Copied : Seen, now);
        return isCopy ? RequestArrival.Copy : isInTable ? RequestArrival.First : RequestArrival.FirstOfMany;
    }

    /// <summary>
    /// A first that came is about to be refused with a code. False: a copy of it may have been taken in meanwhile, so
    /// nothing may be said.
    /// </summary>
    /// <param name="key">As in <see cref="Arrive"/>.</param>
    /// <param name="now">As in <see cref="Arrive"/>.</param>
    public bool TryRefuse(ulong key, long now)
    {
        ulong state = StateOf(key, now);
        if (state == Seen)
        {
            Put(key, Refused, now);
        }

        return state is Seen or Refused;
    }

    /// <summary>For one who knows of arrivals elsewhere: notes a refusal.</summary>
    /// <param name="key">As in <see cref="Arrive"/>.</param>
    /// <param name="now">As in <see cref="Arrive"/>.</param>
    public void NoteRefusal(ulong key, long now)
    {
        Age(now);
        Put(key, Refused, now);
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

    private ulong StateOf(ulong key, long now) =>
        Math.Max(StateInTable(key, now), _rest?.StateOf(key, Refused, now) ?? None);

    private ulong StateInTable(ulong key, long now)
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

    // Whether it found a place in the table.
    private bool Put(ulong key, ulong state, long now)
    {
        int slot = _filling.Length == 0 ? -1 : KeySlots.Find(_filling, key, _spread);
        if (slot < 0 || _filling[slot] == None)
        {
            if ((_count + 1) * 4L > _filling.Length * 3L)
            {
                if (_filling.Length >= _slotsMax)
                {
                    _rest ??= new RequestFilter(_slotsMax * BitsPerSlot, _spread);
                    _rest.Note(key, state, now);
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
