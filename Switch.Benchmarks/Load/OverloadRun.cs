using System.Globalization;

namespace Switch.Benchmarks.Load;

/// <summary>
/// What becomes of requests when more come than the switch can do: first from one acquirer that has it alone, at
/// multiples of its capacity, then from one that floods beside one that is calm. The capacity is what the closed loop
/// gets from a switch with one processor of its own; the generator and the issuers have the others. It is measured anew
/// before and after each turn, as the machine itself becomes a quarter faster or slower within seconds, and the median
/// of the turns counts. Or the issuers are the limit: each answers so many requests a second and no more.
/// </summary>
internal sealed class OverloadRun(LoadOptions options, OverloadLimit limit, TextWriter output)
{
    private const double CalmShare = 0.05;

    private double FloodTimes => limit.AreIssuers ? 10 : 6;

    private static readonly double[] Multiples = [0.5, 1, 2, 5, 10];

    /// <summary>Exit code 1: the books do not agree.</summary>
    public static async Task<int> RunAsync(LoadOptions options, OverloadLimit limit, TextWriter output)
    {
        Directory.CreateDirectory(options.Folder);
        return await new OverloadRun(options, limit, output).RunAsync().ConfigureAwait(false);
    }

    private async Task<int> RunAsync()
    {
        using var rig = new LoadRig(
            options.Folder, options.IssuerDialects, options.Issuers, options.AcquirerDialect);
        int calmPort = SwitchProcess.FreePort();
        SwitchSetup setup = rig.Setup(options.Program, options.Connections) with
        {
            Durability = options.Durability,
            Transport = options.Transport,
            SecondPort = calmPort,
            IssuerInFlightMax = limit.AreIssuers ? limit.IssuerInFlightMax : 200_000,
        };
        await rig.StartSwitchAsync(setup).ConfigureAwait(false);
        if (!limit.AreIssuers)
        {
            rig.PartProcessors();
        }

        PhaseFigures whole = await rig.SwitchAsync(Closed with { Seconds = 8 }).ConfigureAwait(false);

        // Refusing must be as warm as the rest.
        await rig.SwitchAsync(Phase("warm-up") with
        {
            Rate = whole.Tps * 3,
            Seconds = 5,
            GivesUp = true,
        }).ConfigureAwait(false);
        if (limit.AreIssuers)
        {
            rig.Pace(limit.IssuerRate, limit.IssuerLatencyMs);
            output.WriteLine(
                Text($"capacity: {options.Issuers} issuers of {limit.IssuerRate:N0} requests/s, each answered after ")
                + Text($"{limit.IssuerLatencyMs} ms; MaxInFlight {limit.IssuerInFlightMax:N0}"));
        }

        await MultiplesAsync(rig).ConfigureAwait(false);
        await FloodAsync(rig, calmPort).ConfigureAwait(false);
        rig.Pace(0, 0);
        (string journal, BookComparison books) = await rig.CloseBooksAsync().ConfigureAwait(false);
        output.WriteLine(Text(
            $"journal {journal}; {books.Transactions:N0} transactions, {books.Unanswered:N0} unanswered, ")
            + Text($"{books.Disagreements:N0} differ, {books.Wrong:N0} wrong answers; codes of refusals: ")
            + string.Join(", ", rig.OtherCodes.Select(static pair => Text($"{pair.Key} {pair.Value:N0}"))));
        return books.Agrees && journal == "verified" ? 0 : 1;
    }

    /// <summary>Answers a second, now.</summary>
    private async Task<double> CapacityAsync(LoadRig rig) =>
        limit.AreIssuers
            ? limit.IssuerRate * options.Issuers
            : (await rig.SwitchAsync(Closed).ConfigureAwait(false)).Tps;

    private async Task MultiplesAsync(LoadRig rig)
    {
        output.WriteLine(
            $"\nMedians of {options.Rounds} turns; goodput is answers by the capacity before and after.\n\n"
            + OverloadTurn.Head);
        double before = await CapacityAsync(rig).ConfigureAwait(false);
        foreach (double times in Multiples)
        {
            var turns = new List<OverloadTurn>();
            for (int i = 0; i < options.Rounds; i++)
            {
                turns.Add(await TurnAsync(rig, times, before).ConfigureAwait(false));
                before = turns[^1].After;
            }

            output.WriteLine(OverloadTurn.Line(times, turns));
        }
    }

    private async Task<OverloadTurn> TurnAsync(LoadRig rig, double times, double before)
    {
        LoadPhase phase = Phase($"{times}") with { Rate = before * times, GivesUp = true };
        PhaseFigures figures = await rig.SwitchAsync(phase).ConfigureAwait(false);
        PhaseFigures calmer = await rig.SwitchAsync(
            Phase("calmer") with { Rate = before / 2, Seconds = 2 }).ConfigureAwait(false);
        double after = await CapacityAsync(rig).ConfigureAwait(false);
        return new OverloadTurn(before, after, phase.Rate, figures, calmer);
    }

    private async Task FloodAsync(LoadRig rig, int calmPort)
    {
        double capacity = await CapacityAsync(rig).ConfigureAwait(false);
        LoadPhase calm = Phase("calm") with
        {
            Rate = capacity * CalmShare,
            Connections = 2,
            Terminals = 100,
            Ports = [calmPort],
        };
        output.WriteLine("\n| the calm acquirer | p50 ms | p99 ms | refused | answers/s | unanswered |");
        output.WriteLine("| --- | --- | --- | --- | --- | --- |");
        Row("alone", await rig.OfferAsync(calm).ConfigureAwait(false));
        await BesideAsync("half of the capacity", Phase("half") with { Rate = capacity / 2 }).ConfigureAwait(false);
        LoadPhase flood = Phase("flood") with { Rate = capacity * FloodTimes, GivesUp = true };
        await BesideAsync($"{FloodTimes} times the capacity", flood).ConfigureAwait(false);

        async Task BesideAsync(string offered, LoadPhase other)
        {
            // Longer at both ends, so that the calm one has it all the time.
            Task<PhaseFigures> flooding = rig.SwitchAsync(other with { Seconds = other.Seconds + 2 });
            await Task.Delay(1_000).ConfigureAwait(false);
            PhaseFigures figures = await rig.OfferAsync(calm).ConfigureAwait(false);
            Row($"beside one that offers {offered}", figures);
            Row("(the other one itself)", await flooding.ConfigureAwait(false));
        }
    }

    private void Row(string what, PhaseFigures figures) => output.WriteLine(
        Text($"| {what} | {figures.P50Us / 1_000:N2} | {figures.P99Us / 1_000:N2} | {figures.Refused} ")
        + Text($"| {figures.Tps:N0} | {figures.Unanswered} |"));

    private LoadPhase Closed => Phase("closed") with { Window = options.Window };

    private LoadPhase Phase(string name) => new()
    {
        Name = name, Ports = [], Connections = options.Connections, Seconds = options.Seconds,
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What is the limit of an overload.</summary>
/// <param name="IssuerRate">Requests a second of each issuer; 0: the switch's processor is the limit.</param>
/// <param name="IssuerLatencyMs">Of each answer.</param>
/// <param name="IssuerInFlightMax">The issuers' MaxInFlight.</param>
internal sealed record OverloadLimit(int IssuerRate, int IssuerLatencyMs, int IssuerInFlightMax)
{
    public bool AreIssuers => IssuerRate > 0;
}
