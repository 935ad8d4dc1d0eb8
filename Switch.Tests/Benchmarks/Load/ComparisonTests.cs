using Switch.Benchmarks.Load;

namespace Switch.Tests.Benchmarks.Load;

/// <summary>Two builds are compared pair by pair, and one stop of the machine moves no median.</summary>
public sealed class ComparisonTests
{
    [Fact]
    public void Medians_OfThreeRounds_AreOfTheRatiosOfEachPair()
    {
        // The machine is three times as fast in the last round: the ratios do not see it.
        var rounds = new[] { (200.0, 100.0), (90.0, 50.0), (660.0, 300.0) }
            .Select(pair => LoadComparison.Compare(Phases(pair.Item1), Phases(pair.Item2))).ToArray();

        IReadOnlyDictionary<string, double> medians = LoadComparison.Medians(rounds);

        Assert.Equal(2, medians[LoadComparison.ClosedTps]);
        Assert.Equal(0, medians["allocated B/txn"]); // Neither allocates: there is no ratio.
        Assert.Equal([2, 1.8, 2.2], rounds.Select(pairs => pairs[0].Ratio));
    }

    [Fact]
    public void Windows_WithOneStopOfTheMachine_KeepTheirMedian()
    {
        SliceFigures[] calm = [.. Enumerable.Repeat(new SliceFigures(1, 0.5, 2, 3, 4), 9)];
        var phase = new PhaseFigures { Name = "switch-open", Slices = [.. calm, new SliceFigures(1, 9, 15, 15, 15)] };

        LoadWindows windows = LoadWindows.Of([phase, phase]);

        Assert.Equal((500, 2_000, 0.1), (windows.P50Us, windows.P99Us, windows.SlowShare));
        Assert.Equal(default, LoadWindows.Of([]));
    }

    [Fact]
    public void ProgramIn_FolderOfABuild_IsFound()
    {
        string here = AppContext.BaseDirectory;

        Assert.Equal(Path.Combine(here, "Switch.Host.dll"), LoadComparison.ProgramIn(here));
        var missing = Assert.Throws<FileNotFoundException>(() => LoadComparison.ProgramIn("/nowhere"));
        Assert.Contains("/nowhere/Switch.Host/bin/Release", missing.Message, StringComparison.Ordinal);
    }

    private static PhaseFigures[] Phases(double tps) =>
    [
        .. new[] { "direct", "proxy", "switch", "direct-open", "switch-open" }
            .Select(name => new PhaseFigures { Name = name, Tps = tps, MiddleCpuUs = 1, P50Us = 1, P99Us = 1 }),
    ];
}
