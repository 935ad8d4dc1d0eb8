using System.Globalization;
using System.Text;

namespace Switch.Benchmarks.Load;

/// <summary>One round of two builds: this one, the other, and this divided by the other.</summary>
internal sealed record BuildPair(string Figure, double This, double Against)
{
    /// <summary>0 where the other has nothing to compare with.</summary>
    public double Ratio => Against == 0 ? 0 : Math.Round(This / Against, 3);
}

/// <summary>Two builds by turns.</summary>
internal sealed record ComparisonReport
{
    public required LoadReport This { get; init; }

    public required LoadReport Against { get; init; }

    /// <summary>The pairs of each round.</summary>
    public required IReadOnlyList<IReadOnlyList<BuildPair>> Rounds { get; init; }

    /// <summary>The median of the rounds' ratios, by figure.</summary>
    public required IReadOnlyDictionary<string, double> MedianRatios { get; init; }

    public bool IsSound => This.IsSound && Against.IsSound;
}

/// <summary>
/// Measures two builds of the switch on one machine by turns. Round by round the other one goes first, so that neither
/// always has the quieter half; only the ratio of one round's pair is compared, never figures of different hours.
/// </summary>
internal static class LoadComparison
{
    public const string ClosedTps = "closed loop, answers/s";

    private static readonly (string Name, string Phase, Func<PhaseFigures, double> Read)[] Figures =
    [
        (ClosedTps, "switch", static p => p.Tps),
        ("closed loop, CPU us/txn", "switch", static p => p.MiddleCpuUs),
        ("allocated B/txn", "switch", static p => p.AllocatedBytes),
        ("open loop, p50 us", "switch-open", static p => p.P50Us),
        ("open loop, p99 us", "switch-open", static p => p.P99Us),
        ("open loop, p99 us of the median window", "switch-open", static p => LoadWindows.Of([p]).P99Us),
        ("open loop, CPU us/txn", "switch-open", static p => p.MiddleCpuUs),
        ("generator's own p99 us, median window", "direct-open", static p => LoadWindows.Of([p]).P99Us),
        ("byte proxy, answers/s", "proxy", static p => p.Tps),
    ];

    public static async Task<ComparisonReport> RunAsync(LoadOptions options, string against, Action<string> say)
    {
        LoadOptions other = options with
        {
            Program = ProgramIn(against),
            Folder = Path.Combine(options.Folder, "against"),
            Profile = null,
        };
        LoadOptions own = options with { Folder = Path.Combine(options.Folder, "this") };
        using LoadRun first = await LoadRun.StartAsync(own, say).ConfigureAwait(false);
        using LoadRun second = await LoadRun.StartAsync(other, say).ConfigureAwait(false);
        var rounds = new List<IReadOnlyList<BuildPair>>();
        for (int round = 0; round < options.Rounds; round++)
        {
            bool isThisFirst = round % 2 == 0;
            LoadRun[] turns = isThisFirst ? [first, second] : [second, first];
            var phases = new IReadOnlyList<PhaseFigures>[turns.Length];
            for (int turn = 0; turn < turns.Length; turn++)
            {
                say(turns[turn] == first ? "this build" : $"against {against}");
                phases[turn] = await turns[turn].RoundAsync(say).ConfigureAwait(false);
            }

            rounds.Add(Compare(phases[isThisFirst ? 0 : 1], phases[isThisFirst ? 1 : 0]));
            say(PairLine(rounds[^1][0]));
        }

        return new ComparisonReport
        {
            This = await first.FinishAsync().ConfigureAwait(false),
            Against = await second.FinishAsync().ConfigureAwait(false),
            Rounds = rounds,
            MedianRatios = Medians(rounds),
        };
    }

    /// <summary>The figures of one round side by side.</summary>
    public static IReadOnlyList<BuildPair> Compare(
        IReadOnlyList<PhaseFigures> own, IReadOnlyList<PhaseFigures> against) =>
    [
        .. Figures.Select(figure => new BuildPair(
            figure.Name, Math.Round(figure.Read(Phase(own, figure.Phase)), 2),
            Math.Round(figure.Read(Phase(against, figure.Phase)), 2))),
    ];

    /// <summary>The median of the rounds' ratios, by figure.</summary>
    public static IReadOnlyDictionary<string, double> Medians(IReadOnlyList<IReadOnlyList<BuildPair>> rounds) =>
        rounds.SelectMany(static pairs => pairs).GroupBy(static pair => pair.Figure).ToDictionary(
            static pairs => pairs.Key, static pairs => LoadRun.Median([.. pairs.Select(static pair => pair.Ratio)]));

    /// <summary>Every pair of every round, and the medians of the ratios.</summary>
    public static string Table(ComparisonReport report)
    {
        var text = new StringBuilder();
        for (int round = 0; round < report.Rounds.Count; round++)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nround {round + 1,-35} {"this",12} {"against",12}   ratio\n");
            foreach (BuildPair pair in report.Rounds[round])
            {
                text.Append(PairLine(pair)).Append('\n');
            }
        }

        text.Append("\nmedian of the ratios, this build divided by the other\n");
        foreach ((string figure, double ratio) in report.MedianRatios)
        {
            text.Append(CultureInfo.InvariantCulture, $"{figure,-41} {ratio,33:N3}\n");
        }

        return text.ToString();
    }

    /// <summary>The switch in a folder: of a build, of a published program, or of a checkout that is built.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static string ProgramIn(string place)
    {
        string[] candidates =
        [
            place, Path.Combine(place, "Switch.Host.dll"), Path.Combine(place, "Switch.Host"),
            Path.Combine(place, "Switch.Host", "bin", "Release", "net10.0", "Switch.Host.dll"),
        ];
        return candidates.Select(Path.GetFullPath).FirstOrDefault(File.Exists) ?? throw new FileNotFoundException(
            $"No Switch.Host.dll in {place}, nor in {candidates[^1]}: build it with -c Release first.");
    }

    private static PhaseFigures Phase(IReadOnlyList<PhaseFigures> phases, string name) =>
        phases.First(phase => phase.Name == name);

    private static string PairLine(BuildPair pair) => string.Create(
        CultureInfo.InvariantCulture, $"{pair.Figure,-41} {pair.This,12:N1} {pair.Against,12:N1} {pair.Ratio,7:N3}");
}
