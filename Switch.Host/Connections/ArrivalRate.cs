using System.Net;

namespace Switch.Host.Connections;

/// <summary>
/// So many new connections a second of one side, acquirers or issuers, over all its listeners and all addresses, with a
/// burst of one second's number. The last fifth is kept for addresses that have not come in this second: so one address
/// cannot use up all. Any thread, under one lock.
/// </summary>
/// <param name="perSecond">0: any.</param>
internal sealed class ArrivalRate(int perSecond)
{
    private const long Full = TimeSpan.TicksPerSecond;
    private const long Kept = Full / 5;

    private readonly Lock _gate = new();
    private readonly long _cost = perSecond > 0 ? Full / perSecond : 0;

    // Those that were let in during the second: each took its part of the balance, so they are twice the rate at most.
    private readonly HashSet<IPAddress> _came = [];
    private long _second;
    private long _balance = Full;
    private long _countedAt;

    /// <summary>Without a bound.</summary>
    public static ArrivalRate Any { get; } = new(perSecond: 0);

    public int PerSecond => perSecond;

    /// <summary>False: over the rate. What is refused takes nothing.</summary>
    /// <param name="address">The one that counts: see <see cref="PeerAddress"/>.</param>
    /// <param name="now">Ticks of the clock.</param>
    public bool TryTake(IPAddress address, long now)
    {
        if (perSecond == 0)
        {
            return true;
        }

        lock (_gate)
        {
            // Threads read the clock before the lock, so one may come with an older time than the last.
            long passed = Math.Max(now - _countedAt, 0);
            _balance = Math.Min(_balance + passed, Full);
            _countedAt += passed;
            long second = _countedAt / TimeSpan.TicksPerSecond;
            if (second != _second)
            {
                _second = second;
                _came.Clear();
            }

            if (_balance - _cost < (_came.Contains(address) ? Kept : 0))
            {
                return false;
            }

            _came.Add(address);
            _balance -= _cost;
            return true;
        }
    }
}
