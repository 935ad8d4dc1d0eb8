using System.Numerics;

namespace Switch.Host.Simulators;

/// <summary>
/// Counts durations in buckets of about 1.6 % width, from a microsecond to over an hour, in fixed memory. Not thread
/// safe: its owner's lock protects it.
/// </summary>
internal sealed class LatencyHistogram
{
    // A value's bucket is its highest set bit (the octave) and the six bits below it.
    private const int StepBits = 6;
    private const int Steps = 1 << StepBits;
    private const int Octaves = 33;

    private readonly long[] _counts = new long[Octaves * Steps];

    public long Count { get; private set; }

    public double MaxMs { get; private set; }

    public void Record(TimeSpan duration)
    {
        long microseconds = Math.Clamp(duration.Ticks / TimeSpan.TicksPerMicrosecond, 0, uint.MaxValue);
        _counts[BucketOf(microseconds)]++;
        Count++;
        MaxMs = Math.Max(MaxMs, microseconds / 1000.0);
    }

    /// <summary>
    /// The duration that <paramref name="share"/> (0..1) of the recorded ones did not exceed; 0 when there are none.
    /// </summary>
    public double PercentileMs(double share)
    {
        long wanted = Math.Max(1, (long)Math.Ceiling(Count * share));
        long seen = 0;
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= wanted)
            {
                return Math.Min(MaxMs, HighestOf(bucket) / 1000.0);
            }
        }

        return 0;
    }

    private static int BucketOf(long value)
    {
        if (value < Steps)
        {
            return (int)value;
        }

        int shift = BitOperations.Log2((ulong)value) - StepBits;
        return ((shift + 1) << StepBits) + (int)((value >> shift) - Steps);
    }

    private static long HighestOf(int bucket)
    {
        int shift = (bucket >> StepBits) - 1;
        return shift < 0 ? bucket : ((Steps + (bucket & (Steps - 1)) + 1L) << shift) - 1;
    }
}
