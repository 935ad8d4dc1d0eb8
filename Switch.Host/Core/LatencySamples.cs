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
/// Durations on their way from the core to the histograms. The core writes a sample, and stamps it when the outbox has
/// released what waited for its record; the heartbeat records it. Each of the two has a position of its own, so there
/// is no lock, and nothing is allocated. A sample that finds the ring full is counted and left out.
/// </summary>
internal sealed class LatencySamples(SwitchClock clock, EdgeMeters meters, ILatencySink sink)
{
    /// <summary>Two samples a payment: what 30,000 payments a second bring in a second, twice a heartbeat.</summary>
    public const int Max = 1 << 16;

    private readonly Sample[] _samples = new Sample[Max];
    private long _written;
    private long _stamped;
    private long _read;
    private long _committedLsn;

    /// <summary>Core thread. An answer that rests on this record, or on none (0), is on its way out.</summary>
    public void Answering(int acquirer, long receivedAt, long afterLsn)
    {
        bool isOut = afterLsn <= _committedLsn;
        Add(new Sample
        {
            Party = acquirer, Start = receivedAt, AfterLsn = afterLsn, End = isOut ? clock.Ticks : 0, HasEnded = isOut,
        });
    }

    /// <summary>Core thread.</summary>
    public void IssuerTook(int issuer, long ticks, bool isAnswered) => Add(new Sample
    {
        Party = issuer, End = ticks, HasEnded = true, IsIssuer = true, IsAnswered = isAnswered,
    });

    /// <summary>Core thread: everything up to this record is durable, and what waited for it was released.</summary>
    public void OnCommitted(long lsn)
    {
        _committedLsn = lsn;
        long now = clock.Ticks;
        long at = _stamped;
        for (; at < _written; at++)
        {
            ref Sample sample = ref _samples[at & (Max - 1)];
            if (!sample.HasEnded)
            {
                if (sample.AfterLsn > lsn)
                {
                    break;
                }

                sample.End = now;
                sample.HasEnded = true;
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

        bool isNext = _stamped == _written && sample.HasEnded;
        _samples[_written & (Max - 1)] = sample;
        _written++;
        if (isNext)
        {
            Volatile.Write(ref _stamped, _written);
        }
    }

    private struct Sample
    {
        public int Party;
        public bool IsIssuer;
        public bool IsAnswered;
        public long Start;
        public long AfterLsn;

        /// <summary>Of an issuer: the duration itself.</summary>
        public long End;

        /// <summary>False: it waits for the journal.</summary>
        public bool HasEnded;
    }
}
