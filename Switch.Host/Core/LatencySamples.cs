using Switch.Host.Connections;

namespace Switch.Host.Core;

/// <summary>Takes what was measured. Called on the heartbeat, so it may take its time.</summary>
internal interface ILatencySink
{
    /// <param name="acquirer">Its index.</param>
    /// <param name="ticks">From a request's receipt until its answer might leave, in units of 100 ns.</param>
    void Answered(int acquirer, long ticks);

    /// <param name="issuer">Its index.</param>
    /// <param name="ticks">From the hand-over to its link until the end, in units of 100 ns.</param>
    /// <param name="isAnswered">False: it was not answered in time.</param>
    void IssuerTook(int issuer, long ticks, bool isAnswered);
}

/// <summary>
/// Durations on their way from the core to the histograms. The core writes a sample and goes on; the journal's thread
/// stamps those whose record it has just made durable; the heartbeat records them. Each has a position of its own, so
/// there is no lock, and nothing is allocated. A sample that finds the ring full is counted and left out.
/// </summary>
internal sealed class LatencySamples(SwitchClock clock, EdgeMeters meters, ILatencySink sink)
{
    /// <summary>Two samples a payment: what 30,000 payments a second bring in a second, twice a heartbeat.</summary>
    public const int Max = 1 << 16;

    private readonly Sample[] _samples = new Sample[Max];
    private long _written;
    private long _stamped;
    private long _read;

    /// <summary>Core thread. <paramref name="isDurable"/>: the answer waits for nothing.</summary>
    public void Answering(int acquirer, long receivedAt, long afterLsn, bool isDurable) => Add(new Sample
    {
        Party = acquirer, Start = receivedAt, AfterLsn = afterLsn, End = isDurable ? clock.Ticks : 0,
    });

    /// <summary>Core thread.</summary>
    public void IssuerTook(int issuer, long ticks, bool isAnswered) => Add(new Sample
    {
        Party = issuer, End = ticks, IsIssuer = true, IsAnswered = isAnswered,
    });

    /// <summary>Journal's thread: everything up to this record may leave.</summary>
    public void OnDurable(long lsn)
    {
        long end = Volatile.Read(ref _written);
        long now = clock.Ticks;
        long at = _stamped;
        for (; at < end; at++)
        {
            ref Sample sample = ref _samples[at & (Max - 1)];
            if (sample.End == 0)
            {
                if (sample.AfterLsn > lsn)
                {
                    break;
                }

                sample.End = now;
            }
        }

        Volatile.Write(ref _stamped, at);
    }

    /// <summary>Heartbeat.</summary>
    public void OnBeat(long nowTicks)
    {
        long end = Volatile.Read(ref _stamped);
        for (long at = _read; at < end; at++)
        {
            ref Sample sample = ref _samples[at & (Max - 1)];
            if (sample.IsIssuer)
            {
                sink.IssuerTook(sample.Party, sample.End, sample.IsAnswered);
            }
            else
            {
                sink.Answered(sample.Party, Math.Max(sample.End - sample.Start, 0));
            }
        }

        Volatile.Write(ref _read, end);
    }

    private void Add(in Sample sample)
    {
        if (_written - Volatile.Read(ref _read) == Max)
        {
            meters.Live.LatenciesNotMeasured++;
            return;
        }

        _samples[_written & (Max - 1)] = sample;
        Volatile.Write(ref _written, _written + 1);
    }

    private struct Sample
    {
        public int Party;
        public bool IsIssuer;
        public bool IsAnswered;
        public long Start;
        public long AfterLsn;

        /// <summary>Of an issuer: the duration itself. 0: it waits for the journal.</summary>
        public long End;
    }
}
