using System.Diagnostics;

namespace Switch.Benchmarks.Micro;

/// <summary>What one operation takes.</summary>
internal readonly record struct QuickResult(double Ns, double Bytes);

/// <summary>
/// A second's look at an operation on a machine that others use too: the least time of many short blocks is that of one
/// that was not disturbed, and bytes are the least of all blocks for the same reason: the runtime allocates now and
/// then when it compiles a method anew.
/// </summary>
internal static class QuickMeasure
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(1.2);
    private static readonly TimeSpan Block = TimeSpan.FromMilliseconds(1);

    /// <param name="operation">Does the operation as often as told.</param>
    public static QuickResult Of(Action<int> operation) => Of(operation, Span);

    /// <param name="operation">Does the operation as often as told.</param>
    /// <param name="span">How long it is warmed up, and then measured.</param>
    public static QuickResult Of(Action<int> operation, TimeSpan span)
    {
        ArgumentNullException.ThrowIfNull(operation);
        int count = 1;
        long started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < span)
        {
            long before = Stopwatch.GetTimestamp();
            operation(count);
            count = Stopwatch.GetElapsedTime(before) < Block ? Math.Min(count * 2, 1 << 20) : count;
        }

        // What was learnt cold is too little warm, or too much after a disturbance. Some operations go in
        // thousands, so that anything else would be divided by another number than was done.
        count = Math.Clamp(count / 1_000, 1, 20) * 1_000;
        double ns = double.MaxValue;
        double bytes = double.MaxValue;
        started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < span)
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            long before = Stopwatch.GetTimestamp();
            operation(count);
            ns = Math.Min(ns, Stopwatch.GetElapsedTime(before).TotalNanoseconds / count);
            bytes = Math.Min(bytes, (GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)count);
        }

        return new QuickResult(ns, bytes);
    }
}
