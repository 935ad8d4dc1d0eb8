namespace Switch.Benchmarks.Load;

/// <summary>Where the time of the switch goes.</summary>
internal sealed record LoadProfile
{
    public required ProfiledPhase Closed { get; init; }

    public required ProfiledPhase Open { get; init; }

    /// <summary>The file of the flame graph of the closed loop; null when it could not be drawn.</summary>
    public string? FlameGraph { get; init; }

    /// <summary>Functions of the closed loop by their own time, the share of samples in percent.</summary>
    public IReadOnlyDictionary<string, double> HottestPercent { get; init; } = new Dictionary<string, double>();

    /// <summary>Why something is missing; empty: nothing is.</summary>
    public string Missing { get; init; } = "";
}

/// <summary>One phase, in numbers for each answer.</summary>
internal sealed record ProfiledPhase
{
    public double Tps { get; init; }

    public IReadOnlyList<ThreadUse> Threads { get; init; } = [];

    /// <summary>By name; "all" is their sum and of those that have no line of their own. Empty without perf.</summary>
    public IReadOnlyDictionary<string, double> SystemCalls { get; init; } = new Dictionary<string, double>();

    public double CpuUs => Threads.Sum(static thread => thread.CpuUs);

    public double Switches => Threads.Sum(static thread => thread.Waits + thread.Preemptions);
}
