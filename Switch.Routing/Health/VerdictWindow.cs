using System.Runtime.CompilerServices;

namespace Switch.Routing.Health;

/// <summary>How a request to an issuer ended, as far as health goes.</summary>
internal enum Verdict : byte
{
    Good,

    /// <summary>Answered, and much later than usual.</summary>
    Slow,

    /// <summary>Answered with a technical decline.</summary>
    Technical,

    /// <summary>Its leg ended without a reply: time-out, lost link.</summary>
    Lost,
}

/// <summary>What is known of the requests of a span of time.</summary>
internal struct Tally
{
    public int Good;
    public int Slow;
    public int Technical;

    /// <summary>No reply in time.</summary>
    public int Silent;

    /// <summary>Not known yet.</summary>
    public int Open;
    public long Amount;
    public long BadAmount;

    public readonly int Bad => Slow + Technical + Silent;

    public readonly int Total => Good + Bad;

    /// <summary>The greatest part of what is bad.</summary>
    public readonly HealthCause Cause =>
        Technical > Silent && Technical >= Slow ? HealthCause.TechnicalDeclines
        : Slow > Silent ? HealthCause.Slow
        : HealthCause.Timeouts;
}

/// <summary>
/// The requests of one subject of health by the moment at which they were sent, in slots of time. A request that has no
/// reply when its slot is judged counts as silent from then on, long before its time-out. Fixed size: 256 slots.
/// </summary>
/// <remarks>Lies within its subject, as each request touches both: never copy it.</remarks>
internal struct VerdictWindow(long width)
{
    private const int Slots = 256;

    private readonly long _width = width;
    private long _head;
    private long _unjudged;
    private int _open;
    private Ring _slots;

    /// <summary>Requests without a verdict.</summary>
    public readonly int Open => _open;

    /// <summary>A request is sent.</summary>
    /// <param name="number">The slot of now.</param>
    /// <param name="amount">Minor units.</param>
    public void Sent(long number, long amount)
    {
        if (number > _head)
        {
            AdvanceTo(number);
        }

        ref Slot slot = ref _slots[(int)_head & (Slots - 1)];
        slot.Open++;
        slot.Amount += amount;
        _open++;
    }

    /// <summary>Not a byte of it left: it says nothing.</summary>
    public void Unsent(long number, long amount)
    {
        if (TryFind(number, out int place))
        {
            _slots[place].Open--;
            _slots[place].Amount -= amount;
            _open--;
        }
    }

    /// <summary>A request has ended. False when it was judged to be silent before.</summary>
    public bool TryEnd(long number, Verdict verdict, long amount)
    {
        if (!TryFind(number, out int place))
        {
            return false;
        }

        ref Slot slot = ref _slots[place];
        slot.Open--;
        _open--;
        if (verdict == Verdict.Good)
        {
            slot.Good++;
            slot.GoodAmount += amount;
            return true;
        }

        switch (verdict)
        {
            case Verdict.Slow:
                slot.Slow++;
                break;
            case Verdict.Technical:
                slot.Technical++;
                break;
            default:
                slot.Silent++;
                break;
        }

        return true;
    }

    /// <summary>Judges the next slot whose requests were all sent before <paramref name="limit"/>.</summary>
    /// <param name="startedAt">When the slot began.</param>
    /// <param name="silent">Its requests without a reply: they count as silent from now on.</param>
    public bool TryJudge(long limit, out long startedAt, out int silent)
    {
        startedAt = _unjudged * _width;
        silent = 0;
        if (startedAt + _width > limit || _unjudged >= _head)
        {
            return false;
        }

        ref Slot slot = ref _slots[(int)_unjudged & (Slots - 1)];
        silent = slot.Open;
        slot.Silent += slot.Open;
        _open -= slot.Open;
        slot.Open = 0;
        _unjudged++;
        return true;
    }

    /// <summary>
    /// Requests without a verdict that were all sent in slots from <paramref name="since"/> on, before <paramref
    /// name="limit"/>.
    /// </summary>
    public int Overdue(long since, long limit)
    {
        int count = 0;
        for (long slot = Math.Max(_unjudged, (since + _width - 1) / _width); slot <= _head; slot++)
        {
            if ((slot + 1) * _width > limit)
            {
                break;
            }

            count += _slots[(int)slot & (Slots - 1)].Open;
        }

        return count;
    }

    /// <summary>When the slot began of the oldest request without a verdict.</summary>
    public long FirstOpen(long since)
    {
        long slot = Math.Max(_unjudged, (since + _width - 1) / _width);
        while (slot < _head && _slots[(int)slot & (Slots - 1)].Open == 0)
        {
            slot++;
        }

        return slot * _width;
    }

    /// <summary>What came of the requests that were sent since then.</summary>
    /// <param name="overdueLimit">A request that was sent before and is still open counts as silent.</param>
    public Tally Since(long since, long overdueLimit)
    {
        var tally = default(Tally);
        long first = Math.Max((since + _width - 1) / _width, Math.Max(0, _head - Slots + 1));
        for (long number = first; number <= _head; number++)
        {
            ref Slot slot = ref _slots[(int)number & (Slots - 1)];
            bool isOverdue = (number + 1) * _width <= overdueLimit;
            tally.Good += slot.Good;
            tally.Slow += slot.Slow;
            tally.Technical += slot.Technical;
            tally.Silent += slot.Silent + (isOverdue ? slot.Open : 0);
            tally.Open += isOverdue ? 0 : slot.Open;
            if (isOverdue)
            {
                tally.Amount += slot.Amount;
                tally.BadAmount += slot.Amount - slot.GoodAmount;
            }
        }

        return tally;
    }

    /// <summary>Time passed.</summary>
    public void Advance(long now) => AdvanceTo(now / _width);

    /// <summary>
    /// What is open has no verdict and gets none. A slot at least has passed since the last was sent.
    /// </summary>
    public void LeaveOpenOut(long now)
    {
        Advance(now);
        for (; _unjudged < _head; _unjudged++)
        {
            ref Slot slot = ref _slots[(int)_unjudged & (Slots - 1)];
            if (slot.Open > 0)
            {
                // Which amounts were theirs is not known: their share of those without a good reply.
                int notGood = slot.Open + slot.Slow + slot.Technical + slot.Silent;
                slot.Amount -= (slot.Amount - slot.GoodAmount) / notGood * slot.Open;
                _open -= slot.Open;
                slot.Open = 0;
            }
        }
    }

    private void AdvanceTo(long number)
    {
        if (number - _head >= Slots)
        {
            _slots = default;
            _open = 0;
            _head = number;
            _unjudged = number;
            return;
        }

        while (_head < number)
        {
            _head++;
            ref Slot slot = ref _slots[(int)_head & (Slots - 1)];
            if (_head - Slots >= _unjudged)
            {
                _open -= slot.Open; // Older than the window before it could be judged.
                _unjudged = _head - Slots + 1;
            }

            slot = default;
        }
    }

    private bool TryFind(long number, out int place)
    {
        place = (int)number & (Slots - 1);

        // What is not judged is in the window still: see AdvanceTo.
        return (ulong)(number - _unjudged) <= (ulong)(_head - _unjudged) && _slots[place].Open > 0;
    }

    private struct Slot
    {
        public long Amount;
        public long GoodAmount;
        public int Open;
        public int Good;
        public int Slow;
        public int Technical;
        public int Silent;
    }

    [InlineArray(Slots)]
    private struct Ring
    {
        private Slot _first;
    }
}
