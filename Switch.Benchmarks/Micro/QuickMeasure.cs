namespace Switch.Benchmarks.Micro;

/// <summary>What one operation takes.</summary>
internal readonly record struct QuickResult(double Ns, double Bytes);

/// <summary>Two operations that are compared: each makes its own anew.</summary>
internal sealed record Difference(Func<Action<int>> More, Func<Action<int>> Less);

/// <summary>
/// A second's look at an operation on a machine that others use too: the least time of many short blocks is that of one
/// that was not disturbed, and bytes are the least of all blocks for the same reason: the runtime allocates now and
/// then when it compiles a method anew.
/// </summary>
internal static class QuickMeasure
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(1.2);
    private static readonly TimeSpan Block = TimeSpan.FromMilliseconds(1);

    // Two equal operations differ by up to 40 ns by where their objects lie: so many pairs are made anew.
    internal const int Pairs = 9;
    private const int PairCount = 200;

    /// <param name="operation">Does the operation as often as told.</param>
    public static QuickResult Of(Action<int> operation) => Of(operation, Span);

    /// <param name="operation">Does the operation as often as told.</param>
    /// <param name="span">How long it is warmed up, and then measured.</param>
    /// <param name="clock">What it is measured by; null: the machine's.</param>
    public static QuickResult Of(Action<int> operation, TimeSpan span, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(operation);
        TimeProvider time = clock ?? TimeProvider.System;
        int count = 1;
        long started = time.GetTimestamp();
        while (time.GetElapsedTime(started) < span)
        {
            long before = time.GetTimestamp();
            operation(count);
            count = time.GetElapsedTime(before) < Block ? Math.Min(count * 2, 1 << 20) : count;
        }

        // What was learnt cold is too little warm, or too much after a disturbance. Some operations go in
        // thousands, so that anything else would be divided by another number than was done.
        count = Math.Clamp(count / 1_000, 1, 20) * 1_000;
        double ns = double.MaxValue;
        double bytes = double.MaxValue;
        started = time.GetTimestamp();
        while (time.GetElapsedTime(started) < span)
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            long before = time.GetTimestamp();
            operation(count);
            ns = Math.Min(ns, time.GetElapsedTime(before).TotalNanoseconds / count);
            bytes = Math.Min(bytes, (GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)count);
        }

        return new QuickResult(ns, bytes);
    }

    /// <summary>
    /// What an operation takes more than another that does the same but for what is to be known. Both are done block by
    /// block in turn, so that what disturbs one disturbs the other, and the least times of a pair are compared; the
    /// result is the median of several pairs.
    /// </summary>
    /// <param name="difference">Makes both anew for each pair.</param>
    public static QuickResult Between(Difference difference) => Between(difference, Span);

    /// <param name="difference">Makes both anew for each pair.</param>
    /// <param name="span">How long each pair is measured.</param>
    /// <param name="clock">What it is measured by; null: the machine's.</param>
    public static QuickResult Between(Difference difference, TimeSpan span, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(difference);
        TimeProvider time = clock ?? TimeProvider.System;
        double bytes = 0;
        double[] found = new double[Pairs];
        for (int pair = 0; pair < Pairs; pair++)
        {
            Action<int> more = difference.More();
            Action<int> less = difference.Less();
            if (pair == 0)
            {
                bytes = Of(more, span, time).Bytes - Of(less, span, time).Bytes; // Both are warm from here on.
            }

            double leastMore = double.MaxValue;
            double leastLess = double.MaxValue;
            long started = time.GetTimestamp();
            while (time.GetElapsedTime(started) < span)
            {
                leastLess = Math.Min(leastLess, BlockOf(less, time));
                leastMore = Math.Min(leastMore, BlockOf(more, time));
            }

            found[pair] = leastMore - leastLess;
        }

        Array.Sort(found);
        return new QuickResult(found[Pairs / 2], bytes);
    }

    private static double BlockOf(Action<int> operation, TimeProvider time)
    {
        long before = time.GetTimestamp();
        operation(PairCount);
        return time.GetElapsedTime(before).TotalNanoseconds / PairCount;
    }
}
