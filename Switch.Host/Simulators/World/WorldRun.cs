using System.Globalization;
using System.Text;

namespace Switch.Host.Simulators.World;

/// <summary>What many worlds came to together.</summary>
internal sealed record WorldReport
{
    public required ulong Seed { get; init; }

    public required int Worlds { get; init; }

    public required long Transactions { get; init; }

    public required long Crashes { get; init; }

    /// <summary>By name, those that happened.</summary>
    public required IReadOnlyDictionary<string, long> Faults { get; init; }

    public required long Violations { get; init; }

    /// <summary>Of all worlds in their order, sixteen hexadecimal digits.</summary>
    public required string TraceHash { get; init; }

    public required double SimulatedHours { get; init; }

    public required long Events { get; init; }

    /// <summary>Everything there is to know about the first violation; empty when there is none.</summary>
    public required string FirstViolation { get; init; }

    /// <summary>One line for each world that has violations.</summary>
    public required IReadOnlyList<string> Broken { get; init; }

    /// <summary>The violation that the run was to stop at; empty when there was none, or none was wanted.</summary>
    public required string Found { get; init; }
}

/// <summary>
/// A run: as many worlds as its transactions need, each from a seed of its own that follows from the run's, on a few
/// threads. Worlds share nothing, so the report does not depend on how many threads there are.
/// </summary>
internal static class WorldRun
{
    /// <summary>Payments of one world: enough for everything to happen, few enough for a quick recovery.</summary>
    public const int PaymentsPerWorld = 2_000;

    private const int ForgetfulEvery = 8;

    /// <param name="seed">Of the run.</param>
    /// <param name="transactions">Payments over all worlds.</param>
    /// <param name="threads">At most so many worlds at once.</param>
    /// <param name="only">Only this world of the run; -1: all.</param>
    /// <param name="until">The first world that violates one of these invariants is the last; null: none.</param>
    public static WorldReport Run(
        ulong seed, int transactions, int threads, int only = -1, IReadOnlyCollection<string>? until = null)
    {
        int worlds = Math.Max(1, (transactions + PaymentsPerWorld - 1) / PaymentsPerWorld);
        var outcomes = new WorldOutcome[worlds];
        int first = only < 0 ? 0 : only;
        int end = only < 0 ? worlds : only + 1;
        ParallelLoopResult loop = Parallel.For(
            first, end, new ParallelOptions { MaxDegreeOfParallelism = threads }, (world, state) =>
        {
            outcomes[world] = SimulatedWorld.Run(PlanOf(seed, transactions, world)) with { Timeline = [] };
            if (FindWanted(outcomes[world], until) is not null)
            {
                state.Break(); // Those before it are still played to their ends.
            }
        });
        end = loop.LowestBreakIteration is { } last ? (int)last + 1 : end;
        Violation? found = FindWanted(outcomes[end - 1], until);
        return Report(seed, transactions, outcomes[first..end], first) with
        {
            Found = found is null ? "" : $"{found.Invariant} in world {end - 1}: {found.What}",
        };
    }

    private static Violation? FindWanted(WorldOutcome outcome, IReadOnlyCollection<string>? until) =>
        until is null ? null : outcome.Violations.FirstOrDefault(one => until.Contains(one.Invariant));

    /// <summary>The plan of one world of a run. In every eighth the node forgets, and asks its store.</summary>
    public static WorldPlan PlanOf(ulong seed, int transactions, int world)
    {
        var plan = WorldPlan.Draw(
            RandomSource.SeedOf(seed, world), Math.Min(PaymentsPerWorld, transactions - (world * PaymentsPerWorld)));
        return world % ForgetfulEvery == ForgetfulEvery - 1 ? ForgetfulWorld.Of(plan) : plan;
    }

    private static WorldReport Report(ulong seed, int transactions, WorldOutcome[] outcomes, int first)
    {
        var trace = new Trace();
        var faults = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (WorldOutcome outcome in outcomes)
        {
            trace.Add(outcome.TraceHash);
            for (int fault = 0; fault < outcome.Faults.Count; fault++)
            {
                if (outcome.Faults[fault] > 0)
                {
                    string name = ((Fault)fault).ToString();
                    faults[name] = faults.GetValueOrDefault(name) + outcome.Faults[fault];
                }
            }
        }

        int broken = Array.FindIndex(outcomes, static outcome => outcome.Violations.Count > 0);
        return new WorldReport
        {
            Seed = seed,
            Worlds = outcomes.Length,
            Transactions = outcomes.Sum(static outcome => (long)outcome.Payments),
            Crashes = outcomes.Sum(static outcome => outcome.Crashes),
            Faults = faults,
            Violations = outcomes.Sum(static outcome => (long)outcome.Violations.Count),
            TraceHash = trace.Value.ToString("x16", CultureInfo.InvariantCulture),
            SimulatedHours = Math.Round(outcomes.Sum(static outcome => outcome.Simulated.TotalHours), 2),
            Events = outcomes.Sum(static outcome => outcome.Events),
            Broken = [.. Broken(outcomes, first)],
            Found = "",
            FirstViolation = broken < 0 ? "" : Explain(seed, transactions, first + broken, outcomes[broken]),
        };
    }

    private static IEnumerable<string> Broken(WorldOutcome[] outcomes, int first)
    {
        for (int i = 0; i < outcomes.Length; i++)
        {
            if (outcomes[i].Violations.Count > 0)
            {
                IEnumerable<string> kinds = outcomes[i].Violations
                    .GroupBy(static one => one.Invariant)
                    .Select(static kind => $"{kind.Key} x{kind.Count()}: {kind.First().What}");
                yield return $"world {first + i}: {string.Join("; ", kinds)}";
            }
        }
    }

    // The same world once more, watching the payment: the same seed gives the same story.
    private static string Explain(ulong seed, int transactions, int world, WorldOutcome outcome)
    {
        Violation violation = outcome.Violations.FirstOrDefault(static one => one.Payment > 0) ?? outcome.Violations[0];
        var text = new StringBuilder();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"seed {seed}, world {world}: simulate world --seed {seed} --transactions {transactions} --world {world}");
        foreach (Violation one in outcome.Violations.Take(10))
        {
            text.AppendLine(
                CultureInfo.InvariantCulture, $"{Seconds(one.Time)} {one.Invariant} payment {one.Payment}: {one.What}");
        }

        long watched = violation.Payment == 0 ? -1 : violation.Payment;
        text.Append(TimeLine(seed, transactions, world, watched));
        return text.ToString();
    }

    /// <summary>All that the books of a world say of one payment; -1: of none, but of the world.</summary>
    public static string TimeLine(ulong seed, int transactions, int world, long watched)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Time-line of payment {watched} from all books:");
        foreach ((long time, string line) in SimulatedWorld.Run(PlanOf(seed, transactions, world), watched).Timeline)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{Seconds(time)} {line}");
        }

        return text.ToString();
    }

    private static string Seconds(long ticks) =>
        (ticks / (double)TimeSpan.TicksPerSecond).ToString("F4", CultureInfo.InvariantCulture).PadLeft(10);
}
