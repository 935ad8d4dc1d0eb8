using System.Buffers.Binary;
using System.Globalization;
using Switch.Protocol.Fields;
using Switch.Routing.Values;

namespace Switch.Routing.StandIn;

/// <summary>What counts towards a limit now.</summary>
internal readonly record struct LimitUse(int Count, long Amount);

/// <summary>
/// One limit at run time: which approvals it counts, under which key, for how long, and the sums by key. The ledger
/// moves
/// <see cref="Tail"/> over approvals as they leave the window.
/// </summary>
internal sealed class LimitCounter
{
    /// <summary><see cref="Tail"/> when every approval of the profile has left the window.</summary>
    public const long None = -1;

    private const int MccMax = 10_000;
    private const int WordBits = 64;
    private const long DayMs = 86_400_000;

    private readonly StandInLimit _limit;
    private readonly long _spanMs;
    private readonly ulong[]? _mccs; // A bit for each category of the group.
    private readonly short _processingCode;
    private readonly short _entryMode;

    public LimitCounter(StandInLimit limit, StandInProfile profile)
    {
        _limit = limit;
        _spanMs = (long)limit.Span.TotalMilliseconds;
        _processingCode = NumberOf(limit.ProcessingCode);
        _entryMode = NumberOf(limit.EntryMode);
        if (limit.MccGroup is not null)
        {
            _mccs = new ulong[(MccMax / WordBits) + 1];
            foreach (string mcc in profile.MccGroups[limit.MccGroup])
            {
                short number = NumberOf(mcc);
                _mccs[number / WordBits] |= 1UL << (number % WordBits);
            }
        }
    }

    public StandInLimit Settings => _limit;

    public LimitSums Sums { get; } = new();

    /// <summary>The oldest approval of the profile that may still count; <see cref="None"/>: there is none.</summary>
    public long Tail { get; set; } = None;

    /// <summary>Whether the limit is about such a payment.</summary>
    public bool Matches(in ScopeKeys keys) =>
        (_processingCode == ScopeKeys.Absent || _processingCode == keys.ProcessingCode)
        && (_entryMode == ScopeKeys.Absent || _entryMode == keys.EntryMode)
        && (_mccs is null
            || (keys.Mcc >= 0 && (_mccs[keys.Mcc / WordBits] >> (keys.Mcc % WordBits) & 1) != 0));

    /// <summary>
    /// Under which key it is counted; a day or an outage is part of it, so a new one starts from zero.
    /// </summary>
    public ulong KeyOf(in CardToken card, int issuer, in ScopeKeys keys, in LimitMoment moment)
    {
        var hash = new StableHash((ulong)_limit.Scope);
        hash.Add(_limit.Scope switch
        {
            LimitScope.Card => KeyOf(card),
            LimitScope.Issuer => (ulong)issuer,
            LimitScope.Range => keys.Range,
            LimitScope.Merchant => keys.Merchant,
            LimitScope.Terminal => keys.Terminal,
            LimitScope.Acquirer => keys.Acquirer,
            _ => 0,
        });
        if (_limit.Window != LimitWindow.Rolling)
        {
            // Days and outages are the issuer's own: at another one the same number is another time.
            hash.Add((ulong)issuer);
            hash.Add((ulong)PeriodOf(moment));
        }

        return hash.Value;
    }

    /// <summary>Whether what was approved then does not count any more now.</summary>
    public bool IsOver(in LimitMoment then, in LimitMoment now) => _limit.Window == LimitWindow.Rolling
        ? now.TimeMs - then.TimeMs >= _spanMs
        : PeriodOf(then) != PeriodOf(now);

    private long PeriodOf(in LimitMoment moment) => _limit.Window switch
    {
        // Rounds down, also before 1970, so that every day has one number.
        LimitWindow.Day => (long)Math.Floor(moment.LocalMs / (double)DayMs),
        LimitWindow.Outage => moment.Outage,
        _ => 0,
    };

    private static ulong KeyOf(in CardToken card)
    {
        Span<byte> bytes = stackalloc byte[CardToken.Size];
        card.Write(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes); // A keyed hash: any half of it is as good.
    }

    private static short NumberOf(string? digits) =>
        digits is null ? ScopeKeys.Absent : short.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
}

/// <summary>When and in which outage of its issuer something was or is approved.</summary>
/// <param name="LocalMs">What the issuer's clocks show then.</param>
/// <param name="Outage">When the outage began; 0: there is none.</param>
internal readonly record struct LimitMoment(long TimeMs, long LocalMs, long Outage);

/// <summary>
/// Counts and sums by key: open addressing, a key without approvals is gone. There are never more keys than approvals
/// in the ledger, which bounds its growth; it starts small, because most limits have few keys.
/// </summary>
internal sealed class LimitSums
{
    private const int SizeMin = 64;

    private Sum[] _sums = new Sum[SizeMin];
    private int _used;

    /// <summary>Keys with approvals.</summary>
    public int Count => _used;

    public LimitUse Find(ulong key)
    {
        ref Sum sum = ref _sums[SlotOf(key)];
        return new LimitUse(sum.Count, sum.Amount);
    }

    public void Add(ulong key, long amount)
    {
        if ((_used + 1) * 2 > _sums.Length)
        {
            Grow();
        }

        ref Sum sum = ref _sums[SlotOf(key)];
        _used += sum.Count == 0 ? 1 : 0;
        sum.Key = key;
        sum.Count++;
        sum.Amount += amount;
    }

    /// <summary>A counted approval is smaller now.</summary>
    public void Reduce(ulong key, long by) => _sums[SlotOf(key)].Amount -= by;

    /// <summary>A counted approval does not count any more.</summary>
    public void Remove(ulong key, long amount)
    {
        int slot = SlotOf(key);
        ref Sum sum = ref _sums[slot];
        sum.Amount -= amount;
        if (--sum.Count == 0)
        {
            _used--;
            Close(slot);
        }
    }

    // The slot of the key, or the free one where it would stand.
    private int SlotOf(ulong key)
    {
        int mask = _sums.Length - 1;
        int slot = (int)key & mask;
        while (_sums[slot].Count != 0 && _sums[slot].Key != key)
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    private void Close(int hole)
    {
        int mask = _sums.Length - 1;
        for (int probe = (hole + 1) & mask; _sums[probe].Count != 0; probe = (probe + 1) & mask)
        {
            int distanceFromHome = (probe - (int)_sums[probe].Key) & mask;
            if (distanceFromHome >= ((probe - hole) & mask))
            {
                _sums[hole] = _sums[probe];
                hole = probe;
            }
        }

        _sums[hole] = default;
    }

    private void Grow()
    {
        Sum[] old = _sums;
        _sums = new Sum[old.Length * 2];
        foreach (ref readonly Sum sum in old.AsSpan())
        {
            if (sum.Count != 0)
            {
                _sums[SlotOf(sum.Key)] = sum;
            }
        }
    }

    private struct Sum
    {
        public ulong Key;
        public long Amount;
        public int Count;
    }
}
