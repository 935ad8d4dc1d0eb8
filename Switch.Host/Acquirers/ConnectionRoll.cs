using System.Net;
using Switch.Host.Connections;

namespace Switch.Host.Acquirers;

/// <summary>How many connections one acquirer may have, and how fast they may come.</summary>
/// <param name="Max">Open at once, over all addresses.</param>
/// <param name="MaxPerAddress">Open at once from one address.</param>
/// <param name="PerSecond">From one address; more of them wait for their turn, a second at most. 0: any.</param>
internal readonly record struct RollLimits(int Max, int MaxPerAddress, int PerSecond);

/// <summary>What became of one that wants to come in.</summary>
internal enum RollVerdict
{
    Entered,

    /// <summary>As many are open as there may be, and each of them has sent messages.</summary>
    Full,

    /// <summary>As <see cref="Full"/>, from its address.</summary>
    AddressFull,

    /// <summary>More come to all acquirers than may.</summary>
    OverRate,

    /// <summary>So many came from its address that its turn is too far off.</summary>
    AddressOverRate,
}

/// <summary>
/// Who is connected to one acquirer's listener. A connection that has sent no message yet gives way to a new one that
/// would find no place: the oldest silent one of the address that has most of them, at once when that has at least two
/// more than the newcomer's own, else after a second. So silent connections of a few addresses, however many, keep no
/// other out, and take no place of one that is about to speak. Any thread, under one lock; asked when a connection
/// comes, sends its first message, and goes.
/// </summary>
/// <param name="limits">Of this acquirer.</param>
/// <param name="arrivals">
/// Of all acquirers; asked last, so that what is refused for another reason takes nothing from others.
/// </param>
internal sealed class ConnectionRoll(RollLimits limits, ArrivalRate arrivals)
{
    // Who would wait longer is refused: it may try again, and what waits is bounded by the rate.
    private const long WaitMax = TimeSpan.TicksPerSecond;

    // Long enough for a peer's first message, short enough to be waited for.
    private static readonly long SilentTime = TimeSpan.FromSeconds(1).Ticks;

    // Addresses kept in mind: those with connections, and those whose last ones came within a second or so.
    private const int AddressesMax = 65_536;
    private const int SweepFrom = 1_024;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, AddressRecord> _addresses = [];

    // Those with silent connections; the first has most of them.
    private readonly SortedSet<AddressRecord> _silent = new(AddressRecord.MostFirst);
    private long _recordsMade;
    private long _sweptAt;
    private int _count;

    /// <summary>Connections open now.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Lets a connection in, if there is a place or another gives way.</summary>
    /// <param name="entry">New.</param>
    /// <param name="now">Ticks of the clock.</param>
    /// <param name="displaced">The connection that gives way: the caller ends it.</param>
    public RollVerdict TryEnter(RollEntry entry, long now, out RollEntry? displaced)
    {
        displaced = null;
        lock (_gate)
        {
            if (RecordOf(entry.Address, now) is not { } record)
            {
                return RollVerdict.AddressFull;
            }

            long wait = WaitOf(record, now);
            if (wait > WaitMax)
            {
                return RollVerdict.AddressOverRate;
            }

            if (record.Count >= limits.MaxPerAddress)
            {
                displaced = IsOfAge(record.Oldest, now) ? record.Oldest : null;
                if (displaced is null)
                {
                    return _count >= limits.Max ? RollVerdict.Full : RollVerdict.AddressFull;
                }
            }
            else if (_count >= limits.Max)
            {
                displaced = WhoGivesWay(record, now);
                if (displaced is null)
                {
                    return RollVerdict.Full;
                }
            }

            if (!arrivals.TryTake(entry.Address, now))
            {
                displaced = null;
                return RollVerdict.OverRate;
            }

            if (displaced is not null)
            {
                Remove(displaced);
            }

            record.NextAt = NextOf(record, now);
            entry.Begin(record, now, wait);
            _silent.Remove(record);
            record.Silent.AddLast(entry.InRecord);
            _silent.Add(record);
            record.Count++;
            _count++;
            return RollVerdict.Entered;
        }
    }

    /// <summary>It has sent a message: it gives way to no other from here on.</summary>
    public void Prove(RollEntry entry)
    {
        lock (_gate)
        {
            Unlist(entry);
        }
    }

    /// <summary>It is closed.</summary>
    public void Leave(RollEntry entry)
    {
        lock (_gate)
        {
            Remove(entry);
        }
    }

    private static bool IsOfAge(RollEntry? oldest, long now) => now - oldest?.EnteredAt >= SilentTime;

    // As in FairPlaces. Those that have spoken do not count: many of a load balancer are no crowd.
    private RollEntry? WhoGivesWay(AddressRecord newcomer, long now)
    {
        AddressRecord? most = _silent.Min;
        bool isCrowd = most?.Silent.Count >= newcomer.Silent.Count + 2;
        return isCrowd || IsOfAge(most?.Oldest, now) ? most!.Oldest : null;
    }

    private AddressRecord? RecordOf(IPAddress address, long now)
    {
        if (_addresses.TryGetValue(address, out AddressRecord? record))
        {
            return record;
        }

        if (_addresses.Count >= SweepFrom && now - _sweptAt >= TimeSpan.TicksPerSecond)
        {
            _sweptAt = now;
            foreach ((IPAddress other, AddressRecord one) in _addresses)
            {
                if (one.Count == 0 && one.NextAt <= now)
                {
                    _addresses.Remove(other);
                }
            }
        }

        if (_addresses.Count >= AddressesMax)
        {
            return null;
        }

        record = new AddressRecord(_recordsMade++);
        _addresses.Add(address, record);
        return record;
    }

    // Evenly at the rate, after a second's worth at once.
    private long WaitOf(AddressRecord record, long now) =>
        Math.Max(0, NextOf(record, now) - now - TimeSpan.TicksPerSecond);

    private long NextOf(AddressRecord record, long now) => limits.PerSecond == 0
        ? record.NextAt : Math.Max(record.NextAt, now) + (TimeSpan.TicksPerSecond / limits.PerSecond);

    private void Remove(RollEntry entry)
    {
        if (entry.Record is { } record)
        {
            Unlist(entry);
            entry.Record = null;
            record.Count--;
            _count--;
        }
    }

    private void Unlist(RollEntry entry)
    {
        if (entry.InRecord.List is { } silent)
        {
            _silent.Remove(entry.Record!);
            silent.Remove(entry.InRecord);
            if (silent.Count > 0)
            {
                _silent.Add(entry.Record!);
            }
        }
    }
}

/// <summary>One connection on a <see cref="ConnectionRoll"/>.</summary>
internal sealed class RollEntry
{
    /// <param name="address">Of the peer.</param>
    public RollEntry(IPAddress address)
    {
        Address = PeerAddress.KeyOf(address);
        InRecord = new(this);
    }

    /// <summary>The address that counts: of IPv6 the first 64 bits, because one host may use all of the rest.</summary>
    public IPAddress Address { get; }

    public long EnteredAt { get; private set; }

    /// <summary>How long it waits for its turn before it is served.</summary>
    public TimeSpan Wait { get; private set; }

    /// <summary>Ends it, when it gives way to another.</summary>
    public Action? End { get; set; }

    // The roll's own, under its lock.
    internal LinkedListNode<RollEntry> InRecord { get; }

    internal AddressRecord? Record { get; set; }

    internal void Begin(AddressRecord record, long now, long wait)
    {
        Record = record;
        EnteredAt = now;
        Wait = TimeSpan.FromTicks(wait);
    }
}

/// <summary>What a roll keeps of one address.</summary>
/// <param name="number">Of no other record of the roll.</param>
internal sealed class AddressRecord(long number)
{
    /// <summary>
    /// By silent connections, most first; of as many, that with the oldest. What it orders by must not change while a
    /// record is in a set.
    /// </summary>
    public static readonly IComparer<AddressRecord> MostFirst = Comparer<AddressRecord>.Create(static (one, other) =>
    {
        int order = other.Silent.Count.CompareTo(one.Silent.Count);
        order = order != 0 ? order : Nullable.Compare(one.Oldest?.EnteredAt, other.Oldest?.EnteredAt);
        return order != 0 ? order : one._number.CompareTo(other._number);
    });

    private readonly long _number = number;

    public LinkedList<RollEntry> Silent { get; } = [];

    public RollEntry? Oldest => Silent.First?.Value;

    public int Count { get; set; }

    /// <summary>When the next would come at the rate.</summary>
    public long NextAt { get; set; }
}
