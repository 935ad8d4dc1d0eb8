namespace Switch.Routing.Duplicates;

/// <summary>
/// Requests and what became of them, for <see cref="RequestMemory.Span"/> at least, in a tenth of the memory of a
/// table: it says of each that was noted that it was, and of a few that were not as well. With 16 bits for each note
/// these are less than one in a hundred, with 8 bits about six.
/// </summary>
/// <remarks>
/// A state that was noted of no request is told of none: where nothing was refused, nothing is taken for a copy of
/// what was. Two Bloom filters, used in turn. All bits of a request stand in one line of the processor's cache. Memory
/// is taken with the first note, and given back when nothing is noted any more.
/// </remarks>
/// <param name="bits">Of each of the two: a power of two of 512 at least.</param>
/// <param name="spread">Any number; with a secret one, a peer cannot choose requests that are taken for others.</param>
internal sealed class RequestFilter(int bits, ulong spread)
{
    private const int LineWords = 8;
    private const int BitsOfNote = 4;
    private const int PlaceBits = 9;
    private const int PlaceMask = (1 << PlaceBits) - 1;
    private const int KeptFor = 5;
    private const ulong Mix = 0x9E3779B97F4A7C15;
    private const ulong StateMix = 0xD6E8FEB86659FD93;

    private ulong[] _filling = [];
    private ulong[] _old = [];
    private ulong[] _spare = [];
    private ulong _statesFilling;
    private ulong _statesOld;
    private long _begunAt;
    private long _lastAt;
    private long _oldLastAt;

    /// <summary>Notes what became of a request.</summary>
    /// <param name="state">1 to 63.</param>
    public void Note(ulong key, ulong state, long now)
    {
        Age(now);
        if (_filling.Length == 0)
        {
            _filling = _spare.Length > 0 ? _spare : new ulong[bits / 64];
            _spare = [];
            Array.Clear(_filling);
            _statesFilling = 0;
            _begunAt = now;
        }

        _statesFilling |= 1UL << (int)state;

        Span<ulong> line = LineOf(_filling, key);
        ulong places = PlacesOf(key, state);
        for (int i = 0; i < BitsOfNote; i++, places >>= PlaceBits)
        {
            int place = (int)places & PlaceMask;
            line[place >> 6] |= 1UL << place;
        }

        _lastAt = now;
    }

    /// <summary>The highest state that may have been noted of a request; 0: it was not noted.</summary>
    /// <param name="highest">The highest there is.</param>
    public ulong StateOf(ulong key, ulong highest, long now)
    {
        Age(now);
        if (_filling.Length == 0 && _old.Length == 0)
        {
            return 0;
        }

        for (ulong state = highest; state > 0; state--)
        {
            ulong noted = 1UL << (int)state;
            bool inFilling = _filling.Length > 0 && (_statesFilling & noted) != 0;
            bool inOld = _old.Length > 0 && (_statesOld & noted) != 0;
            if (!inFilling && !inOld)
            {
                continue;
            }

            ulong places = PlacesOf(key, state);
            if ((inFilling && Has(_filling, key, places)) || (inOld && Has(_old, key, places)))
            {
                return state;
            }
        }

        return 0;
    }

    private void Age(long now)
    {
        long span = RequestMemory.Span.Ticks;
        if (_filling.Length > 0 && now - _begunAt >= span)
        {
            _spare = _old;
            _old = _filling;
            _statesOld = _statesFilling;
            _oldLastAt = _lastAt;
            _filling = [];
        }

        if (_old.Length > 0 && now - _oldLastAt >= span)
        {
            _spare = _old;
            _old = [];
        }

        if (_spare.Length > 0 && now - _lastAt >= KeptFor * span)
        {
            _spare = [];
        }
    }

    private bool Has(ulong[] filter, ulong key, ulong places)
    {
        ReadOnlySpan<ulong> line = LineOf(filter, key);
        for (int i = 0; i < BitsOfNote; i++, places >>= PlaceBits)
        {
            int place = (int)places & PlaceMask;
            if ((line[place >> 6] & (1UL << place)) == 0)
            {
                return false;
            }
        }

        return true;
    }

    private Span<ulong> LineOf(ulong[] filter, ulong key)
    {
        uint line = (uint)(Mixed(key, Mix) >> 32) & (uint)((filter.Length / LineWords) - 1);
        return filter.AsSpan((int)line * LineWords, LineWords);
    }

    private ulong PlacesOf(ulong key, ulong state) => Mixed(key + (state * Mix), StateMix);

    private ulong Mixed(ulong key, ulong by)
    {
        ulong high = Math.BigMul(key ^ spread, by, out ulong low);
        return high ^ low;
    }
}
