namespace Switch.Host.Connections;

/// <summary>
/// How many lines of one template may be logged: for lines that peers can cause at will. So many a minute about one
/// peer, and so many about all; what is left out is counted, for one line at the end of the minute. Any thread.
/// </summary>
/// <typeparam name="TPeer">What lines are about: an address, an id.</typeparam>
internal sealed class LineBudget<TPeer>(int perMinute = LineBudget.PerMinute, int perPeer = LineBudget.PerPeer)
    where TPeer : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TPeer, int> _peers = [];
    private long _minuteEnd = long.MinValue;
    private int _spent;
    private int _leftOut;

    /// <summary>True: log it.</summary>
    /// <param name="peer">What the line is about.</param>
    /// <param name="now">Ticks of the clock.</param>
    /// <param name="left">Of the minute before, when it has just ended and lines were left out; else 0 of them.</param>
    public bool TrySpend(TPeer peer, long now, out LinesLeftOut left)
    {
        lock (_gate)
        {
            left = Turn(now);
            int ofPeer = _peers.GetValueOrDefault(peer);
            if (_spent >= perMinute || ofPeer >= perPeer)
            {
                _leftOut++;
                if (ofPeer > 0 || _peers.Count < LineBudget.PeersMax)
                {
                    _peers[peer] = ofPeer + 1;
                }

                return false;
            }

            _spent++;
            _peers[peer] = ofPeer + 1;
            return true;
        }
    }

    /// <summary>What was left out of a minute that has ended, once.</summary>
    public LinesLeftOut TakeLeftOut(long now)
    {
        lock (_gate)
        {
            return Turn(now);
        }
    }

    private LinesLeftOut Turn(long now)
    {
        if (now < _minuteEnd)
        {
            return default;
        }

        LinesLeftOut left = _leftOut == 0 ? default : new LinesLeftOut(_leftOut, _peers.Count, Most());
        _minuteEnd = now + TimeSpan.TicksPerMinute;
        _spent = 0;
        _leftOut = 0;
        _peers.Clear();
        return left;
    }

    private string Most() => _peers.MaxBy(static one => one.Value).Key.ToString() ?? "";
}

/// <summary>The bounds of a <see cref="LineBudget{TPeer}"/>.</summary>
internal static class LineBudget
{
    /// <summary>Of one template, about all peers: 7 MB a day at 170 bytes a line.</summary>
    public const int PerMinute = 30;

    /// <summary>Of one template, about one peer.</summary>
    public const int PerPeer = 6;

    /// <summary>Peers whose lines are counted apart.</summary>
    public const int PeersMax = 1_024;
}

/// <summary>What a minute's budget left out.</summary>
/// <param name="Count">Lines.</param>
/// <param name="Peers">Peers that lines were about, those that were logged too; 1,024 at most.</param>
/// <param name="Most">The peer that caused most.</param>
internal readonly record struct LinesLeftOut(int Count, int Peers, string Most);
