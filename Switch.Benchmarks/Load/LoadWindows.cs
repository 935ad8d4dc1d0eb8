namespace Switch.Benchmarks.Load;

/// <summary>
/// Latency by windows of a quarter of a second. A virtual machine stops now and then for 8 to 15 ms: that is one window
/// in many, and moves the percentile of a whole run, but not the median window.
/// </summary>
/// <param name="P50Us">Median of the windows' p50, microseconds.</param>
/// <param name="P99Us">Median of the windows' p99, microseconds.</param>
/// <param name="SlowShare">The share of windows whose p99 is over <see cref="SlowMs"/>, 0 to 1.</param>
internal readonly record struct LoadWindows(double P50Us, double P99Us, double SlowShare)
{
    public const double SlowMs = 5;

    public static LoadWindows Of(IEnumerable<PhaseFigures> phases)
    {
        SliceFigures[] windows = [.. phases.SelectMany(static phase => phase.Slices)];
        return windows.Length == 0
            ? default
            : new LoadWindows(
                LoadRun.Median([.. windows.Select(static window => window.P50Ms)]) * 1_000,
                LoadRun.Median([.. windows.Select(static window => window.P99Ms)]) * 1_000,
                windows.Count(static window => window.P99Ms > SlowMs) / (double)windows.Length);
    }
}
