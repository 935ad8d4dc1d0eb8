using Switch.Host.Security.Tls;

namespace Switch.Host.Connections.Tls;

/// <summary>
/// TLS handshakes that peers have begun and that are under way. Until the first record of one has come whole, it costs
/// no more than its connection, and many may be; from then on it costs a millisecond of a processor and what the peer
/// likes of time, and few may be. Those of one side, acquirers or issuers: neither keeps the other out. Any thread.
/// </summary>
internal sealed class Handshakes(SwitchClock clock, HandshakeThreads threads)
{
    /// <summary>At once; one more is refused, or takes another's place: see <see cref="FairPlaces"/>.</summary>
    public const int Max = 512;

    /// <summary>Of them, of one partner: at its listener many may stand who are not the partner.</summary>
    public const int MaxOfOne = Max / 2;

    /// <summary>As <see cref="Max"/>, of those whose first record has not come.</summary>
    public const int HellosMax = 1_024;

    /// <summary>As <see cref="MaxOfOne"/>, of those.</summary>
    public const int HellosMaxOfOne = HellosMax / 2;

    private readonly Lock _gate = new();
    private readonly HandshakePlaces _all = new(HellosMax, Max);

    /// <summary>How long one may take, from its connection to its end. It is noticed on a beat.</summary>
    public static TimeSpan Time { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Under way, after their first record.</summary>
    public int Now => _all.Running.Count;

    /// <summary>Of those, who wait for their peer; the others wait for a processor.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _all.Running.CountWaiting();
            }
        }
    }

    /// <summary>Connections whose first record has not come.</summary>
    public int Hellos => _all.Hellos.Count;

    public SwitchClock Clock => clock;

    /// <summary>Where they are computed.</summary>
    public HandshakeThreads Threads => threads;

    /// <summary>A connection has come. False: it finds no place.</summary>
    public bool TryBegin(Handshake one)
    {
        long now = clock.Ticks;
        one.BeganAt = now;
        one.IsWaiting = true;
        return TryEnter(one, now);
    }

    /// <summary>Its first record has come. False: it finds no place, or was ended meanwhile.</summary>
    public bool TryRun(Handshake one)
    {
        lock (_gate)
        {
            if (one.Refusal != TlsRefusal.None)
            {
                return false;
            }

            Remove(one);
            one.IsRunning = true;
            one.IsWaiting = false;
        }

        return TryEnter(one, clock.Ticks);
    }

    /// <summary>It is over. False: it was ended before, whatever came of it.</summary>
    public bool TryLeave(Handshake one)
    {
        lock (_gate)
        {
            if (one.Refusal == TlsRefusal.None)
            {
                Remove(one);
                return true;
            }

            return false;
        }
    }

    /// <summary>Ends those that take too long. Several times a second.</summary>
    public void OnBeat(long now)
    {
        var late = new List<Handshake>();
        lock (_gate)
        {
            _all.Hellos.FindLate(now - Time.Ticks, late);
            _all.Running.FindLate(now - Time.Ticks, late);
            foreach (Handshake one in late)
            {
                Remove(one);
                one.Refusal = TlsRefusal.TimedOut;
            }
        }

        if (late.Count > 0)
        {
            // Not here: the core's thread beats.
            ThreadPool.UnsafeQueueUserWorkItem(
                static late => late.ForEach(static one => one.End()), late, preferLocal: false);
        }
    }

    private bool TryEnter(Handshake one, long now)
    {
        Handshake? displaced = null;
        lock (_gate)
        {
            FairPlaces ofOne = one.Places.Of(one);
            FairPlaces ofAll = _all.Of(one);
            if (ofOne.IsFull || ofAll.IsFull)
            {
                displaced = (ofOne.IsFull ? ofOne : ofAll).WhoGivesWay(one.Address, now);
                if (displaced is null)
                {
                    one.Refusal = TlsRefusal.TooMany;
                    return false;
                }

                Remove(displaced);
                displaced.Refusal = TlsRefusal.Displaced;
            }

            one.EnteredAt = now;
            ofOne.Add(one);
            ofAll.Add(one);
        }

        displaced?.End();
        return true;
    }

    // Under the gate.
    private void Remove(Handshake one)
    {
        one.Places.Of(one).Remove(one);
        _all.Of(one).Remove(one);
    }
}

/// <summary>Places of those whose first record has not come, and of those that run.</summary>
internal sealed class HandshakePlaces(int hellos, int running)
{
    public FairPlaces Hellos { get; } = new(hellos);

    public FairPlaces Running { get; } = new(running);

    public FairPlaces Of(Handshake one) => one.IsRunning ? Running : Hellos;
}
