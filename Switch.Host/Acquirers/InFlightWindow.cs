namespace Switch.Host.Acquirers;

/// <summary>
/// How many messages of one connection are unanswered, and the bound on it. The session's thread lets messages in, the
/// core thread lets answers out, and the heartbeat forgives what was never answered.
/// </summary>
/// <remarks>
/// Counting alone would leak: a message that gets no answer (a joined repeat, say) would hold its place for ever. But
/// whatever was let in longer ago than the acquirer's deadline has ended, answered or not, so the count can never be
/// more than what was let in since. The heartbeat keeps that second count and corrects the first by it.
/// </remarks>
internal sealed class InFlightWindow
{
    private readonly int _max;
    private readonly long[] _enteredAtBeat;
    private int _beat;

    private long _entered;
    private long _left;
    private long _correction;

    /// <param name="max">Messages unanswered at once.</param>
    /// <param name="beats">Heartbeats after which a message has certainly ended.</param>
    public InFlightWindow(int max, int beats)
    {
        _max = max;
        _enteredAtBeat = new long[Math.Max(beats, 1)];
    }

    /// <summary>Messages unanswered now, as far as is known.</summary>
    public long Count => Math.Max(
        Volatile.Read(ref _entered) - Volatile.Read(ref _left) - Volatile.Read(ref _correction), 0);

    /// <summary>Session's thread. False: the bound is reached.</summary>
    public bool TryEnter()
    {
        if (Count >= _max)
        {
            return false;
        }

        Enter();
        return true;
    }

    /// <summary>Session's thread: counts a message that no bound holds back.</summary>
    public void Enter() => Volatile.Write(ref _entered, _entered + 1);

    /// <summary>Session's thread: the message went no further after all.</summary>
    public void Withdraw() => Volatile.Write(ref _entered, _entered - 1);

    /// <summary>Core thread: an answer went out.</summary>
    public void Leave() => Volatile.Write(ref _left, _left + 1);

    /// <summary>Core thread: what went out, or will, is no answer, so its <see cref="Leave"/> does not count.</summary>
    public void Stay() => Volatile.Write(ref _left, _left - 1);

    /// <summary>Heartbeat.</summary>
    public void OnBeat()
    {
        long entered = Volatile.Read(ref _entered);
        long certainlyEnded = _enteredAtBeat[_beat];
        _enteredAtBeat[_beat] = entered;
        _beat = (_beat + 1) % _enteredAtBeat.Length;

        long ended = Volatile.Read(ref _left) + _correction;
        if (ended < certainlyEnded)
        {
            Volatile.Write(ref _correction, _correction + certainlyEnded - ended);
        }
        else if (ended > entered)
        {
            // More answers than messages: the core said something unasked.
            Volatile.Write(ref _correction, _correction + entered - ended);
        }
    }
}
