using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using Switch.Host.Files;
using Switch.Host.Simulators;

namespace Switch.Benchmarks.Load;

/// <summary>What the journal's disk does by itself: syncs of a small append, and writing one large file.</summary>
internal sealed record DiskFigures(
    double FdatasyncP50Us, double FdatasyncP99Us, double FdatasyncMaxUs, double SequentialMbPerSecond);

internal static class DiskProbe
{
    private const int AppendSize = 4_096;
    private const int ChunkSize = 1 << 20;
    private const int FileSize = 128 << 20;

    public static DiskFigures Measure(string folder, double seconds)
    {
        string path = Path.Combine(folder, "disk-probe");
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite);
            double rate = Write(file, ChunkSize);
            var syncs = new LatencyHistogram();
            var bytes = new byte[AppendSize];
            long started = Stopwatch.GetTimestamp();
            long at = 0;
            while (Stopwatch.GetElapsedTime(started).TotalSeconds < seconds)
            {
                // Over space that is allocated and written, as the journal's segments are.
                RandomAccess.Write(file, bytes, at);
                long before = Stopwatch.GetTimestamp();
                Sync(file);
                syncs.Record(Stopwatch.GetElapsedTime(before));
                at = (at + AppendSize) % FileSize;
            }

            return new DiskFigures(
                syncs.PercentileMs(0.5) * 1_000, syncs.PercentileMs(0.99) * 1_000, syncs.MaxMs * 1_000, rate);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Megabytes (10^6) a second.</summary>
    private static double Write(SafeFileHandle file, int chunkSize)
    {
        var chunk = new byte[chunkSize];
        Random.Shared.NextBytes(chunk);
        long started = Stopwatch.GetTimestamp();
        for (long at = 0; at < FileSize; at += chunkSize)
        {
            RandomAccess.Write(file, chunk, at);
        }

        Sync(file);
        return FileSize / Stopwatch.GetElapsedTime(started).TotalSeconds / 1e6;
    }

    private static void Sync(SafeFileHandle file)
    {
        if (Posix.SyncData(file) != 0)
        {
            throw new IOException("fdatasync failed.");
        }
    }
}
