using System.Numerics;
using Switch.Routing.Values;

namespace Switch.Routing.Health;

/// <summary>
/// How fast an issuer usually answers, from a histogram in quarter octaves of microseconds. What is usual rises by a
/// quarter at most in ten seconds, so that an issuer that is getting slower does not make that usual. It falls by a
/// half, and freely while little is known: the first replies after a start are slow. Times in ticks of 100 ns.
/// </summary>
internal sealed class UsualLatency
{
    private const int Buckets = 128;
    private const int FirstSamples = 32;
    private const int FirstRolls = 8;
    private const long RollTicks = 10 * TimeSpan.TicksPerSecond;
    private const long TicksPerMicrosecond = TimeSpan.TicksPerMicrosecond;

    private readonly int[] _counts = new int[Buckets];
    private int _total;
    private long _nextRoll;
    private int _rolls;

    /// <summary>99 of 100 replies come within it; 0: not known yet.</summary>
    public long P99 { get; private set; }

    /// <summary>999 of 1,000 replies come within it; 0: not known yet.</summary>
    public long P999 { get; private set; }

    /// <summary>A request was answered while all was well.</summary>
    public void Add(long ticks)
    {
        _counts[BucketOf(ticks)]++;
        _total++;
    }

    /// <summary>
    /// Time passed: what is usual is looked at anew every ten seconds, and more often in the beginning.
    /// </summary>
    public void Step(long now)
    {
        bool isKnown = _rolls >= FirstRolls;
        if (_total < (_rolls == 0 || isKnown ? FirstSamples : 2 * FirstSamples) || (isKnown && now < _nextRoll))
        {
            return;
        }

        // A rise by a quarter is for ten seconds, however often it is looked at.
        bool mayRise = now >= _nextRoll;
        _nextRoll = mayRise ? now + RollTicks : _nextRoll;
        P99 = Moved(P99, Quantile(10), mayRise, isKnown);
        P999 = Moved(P999, Quantile(1), mayRise, isKnown);
        _rolls = Math.Min(FirstRolls, _rolls + 1);
        _total = 0;
        for (int i = 0; i < Buckets; i++)
        {
            _counts[i] /= 2;
            _total += _counts[i];
        }
    }

    private static long Moved(long usual, long now, bool mayRise, bool isKnown)
    {
        long most = mayRise ? usual + (usual / 4) + Instant.TicksPerMs : usual;
        return usual == 0 ? now : Math.Clamp(now, isKnown ? usual / 2 : 0, most);
    }

    // The upper end of the bucket that all but so many of 1,000 are in or below.
    private long Quantile(int perMilleAbove)
    {
        long above = (long)_total * perMilleAbove / 1_000;
        int bucket = Buckets - 1;
        for (long seen = _counts[bucket]; seen <= above && bucket > 0; seen += _counts[bucket])
        {
            bucket--;
        }

        return UpperEnd(bucket);
    }

    private static int BucketOf(long ticks)
    {
        ulong microseconds = (ulong)Math.Max(4, ticks / TicksPerMicrosecond);
        int octave = BitOperations.Log2(microseconds);
        int quarter = (int)(microseconds >> (octave - 2)) & 3;
        return Math.Min(Buckets - 1, (octave * 4) + quarter);
    }

    private static long UpperEnd(int bucket)
    {
        int octave = bucket / 4;
        return (octave < 2 ? 4 : (1L << octave) + ((long)((bucket % 4) + 1) << (octave - 2))) * TicksPerMicrosecond;
    }
}
