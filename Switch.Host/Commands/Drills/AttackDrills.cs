using System.Globalization;
using System.Net;
using Switch.Host.Configuration;
using Switch.Host.Simulators;

namespace Switch.Host.Commands.Drills;

/// <summary>
/// Others than customers are at the door: too much, too slow, nonsense, or a search for cards that work. The customers
/// of the acquirer that is well must notice nothing.
/// </summary>
internal static class AttackDrills
{
    private const int FloodTimes = 10;
    private const int GarbageConnections = 20;
    private const int GarbageSize = 4_096;

    // Of no customer.
    private const int TesterTerminal = 9_001;

    private static readonly TimeSpan AfterAttack = TimeSpan.FromSeconds(2);

    private static readonly DrillTargets Targets = new()
    {
        DeclinedMax = 0, UnansweredMax = 0, NeighboursHurtMax = 0, NeighboursP99Percent = 150,
    };

    public static IReadOnlyList<Drill> All { get; } =
    [
        new(
            "flood", DrillCause.Attack, "A second acquirer sends ten times what the first does.",
            "The first acquirer's customers notice nothing. Books agree, also the flood's.", FloodAsync)
        {
            Targets = Targets,
        },
        new(
            "slow-loris", DrillCause.Attack,
            "More connections than the acquirer may have, each of which sends a byte a second and never a message.",
            "Customers notice nothing, and a new honest connection is served while it lasts.", SlowLorisAsync)
        {
            Targets = Targets,
        },
        new(
            "garbage", DrillCause.Attack, "Twenty connections send random bytes.", "Customers notice nothing.",
            GarbageAsync)
        {
            Targets = Targets,
        },
        new(
            "poison-message", DrillCause.Software,
            "Well framed messages that are cut short at each place, or have bytes too many.",
            "Each is answered 30, or its connection is closed. Customers notice nothing.", PoisonAsync)
        {
            Targets = Targets,
        },
        new(
            "card-testing", DrillCause.Attack,
            "One terminal tries hundreds of cards with amounts below one unit of the currency.",
            "The configuration's rule of velocity declines it after some cards. Customers at other terminals notice "
            + "nothing.",
            CardTestingAsync)
        {
            Targets = Targets.Over(new DrillTargets { DetectedWithinMs = 3_000 }),
        },
    ];

    private static Task FloodAsync(DrillContext context, DrillReport report)
    {
        DrillSettings settings = context.Settings;
        return PlayAsync(context, report, new DrillNeeds { HasSecondAcquirer = true }, async world =>
        {
            int second = world.Configuration.Options.Acquirers.Count - 1;
            AcquirerSimulator flood = await world.ConnectAcquirerAsync(second, profile => profile with
            {
                RatePerSecond = settings.RatePerSecond * FloodTimes,
                Seed = settings.Seed + 100,
            }).ConfigureAwait(false);
            await flood.RunAsync(settings.Fault, context.Stop).ConfigureAwait(false);
            return [flood];
        }, flood => report.Note(Describe("The flood", flood)));
    }

    private static Task SlowLorisAsync(DrillContext context, DrillReport report) =>
        PlayAsync(context, report, new DrillNeeds(), async world =>
        {
            AcquirerOptions options = world.Configuration.Options.Acquirers[0];
            int count = Math.Min(600, options.MaxConnections + 50);
            using var attack = new AttackConnections(IPEndPoint.Parse(options.Listen));
            await attack.OpenAsync(count, context.Stop).ConfigureAwait(false);
            Task dripping = attack.DripAsync(TimeSpan.FromSeconds(1), context.Settings.Fault, context.Stop);
            AcquirerSimulator honest = await world.ConnectAcquirerAsync(0, profile => profile with
            {
                Name = "honest",
                Connections = 1,
                RatePerSecond = 10,
                Seed = context.Settings.Seed + 100,
            }).ConfigureAwait(false);
            await honest.RunAsync(context.Settings.Fault / 2, context.Stop).ConfigureAwait(false);
            await dripping.ConfigureAwait(false);
            report.Note($"{count} connections were opened from {attack.From}; the node closed {attack.CountClosed()}.");
            return [honest];
        }, honest =>
        {
            AcquirerCounters counters = honest.Read(static desk => desk.Counters);
            report.Note(Describe("The new honest connection", honest));
            report.Require(
                counters is { Sent: > 0, Unanswered: 0 } && counters.Declined == 0,
                "a new honest connection was served");
        });

    private static Task GarbageAsync(DrillContext context, DrillReport report) =>
        PlayAsync(context, report, new DrillNeeds(), async world =>
        {
            var random = new Random(context.Settings.Seed);
            using var attack = new AttackConnections(
                IPEndPoint.Parse(world.Configuration.Options.Acquirers[0].Listen));
            for (int i = 0; i < GarbageConnections; i++)
            {
                byte[] garbage = new byte[GarbageSize];
                random.NextBytes(garbage);
                await attack.OpenAsync(1, context.Stop).ConfigureAwait(false);
                await attack.SendLastAsync(garbage, context.Stop).ConfigureAwait(false);
                await world.WaitAsync(context.Settings.Fault / GarbageConnections).ConfigureAwait(false);
            }

            report.Note($"Of {GarbageConnections} connections the node closed {attack.CountClosed()} by then.");
            return [];
        });

    private static Task PoisonAsync(DrillContext context, DrillReport report) =>
        PlayAsync(context, report, new DrillNeeds(), async world =>
        {
            using var poison = new PoisonSender(world.ProfileOf(0));
            PoisonCounts counts = await poison.SendAllAsync(context.Settings.Fault, context.Stop).ConfigureAwait(false);
            report.Note(
                $"{counts.Sent} malformed messages: {counts.Answered30} were answered 30, {counts.Closed} ended their "
                + $"connection, {counts.Other} had another answer, {counts.Ignored} none.");
            report.Require(
                counts is { Sent: > 0, Ignored: 0, Other: 0 }, "each was answered 30 or ended its connection");
            return [];
        });

    private static Task CardTestingAsync(DrillContext context, DrillReport report) =>
        PlayAsync(context, report, new DrillNeeds { HasVelocityRule = true }, async world =>
        {
            AcquirerSimulator tester = await world.ConnectAcquirerAsync(0, profile => profile with
            {
                Name = "card-testing",
                Connections = 1,
                RatePerSecond = 50,
                FirstTerminal = TesterTerminal,
                Terminals = 1,
                Cards = 2_000,
                Prefixes = world.Configuration.Ranges[world.Configuration.Sick],
                AmountMin = 1,
                AmountMax = CardTestingRule.AmountMax,
                Seed = context.Settings.Seed + 100,
            }).ConfigureAwait(false);
            await tester.RunAsync(context.Settings.Fault, context.Stop).ConfigureAwait(false);
            return [tester];
        }, tester =>
        {
            CardTestingFigures figures = tester.Read(static desk => CardTestingFigures.Of(desk.Transactions));
            report.Note(Describe($"One terminal with {figures.Cards} cards", tester));
            report.Note(figures.Text);
            report.Figures = report.Figures with
            {
                IsDetected = figures.DeclinedAfter is not null,
                DetectedMs = figures.DeclinedAfter is { } after ? Math.Round(after.TotalMilliseconds) : null,
            };
            report.Require(
                tester.Read(static desk => desk.Counters.Unanswered) == 0, "each of its requests was answered");
            report.Require(
                figures.AnsweredSince == 0, "once declined, it learned nothing of any card",
                $"{figures.AnsweredSince} answers");
        });

    /// <param name="attack">Gives the simulators whose books count too.</param>
    /// <param name="judge">Looks at each of them when all is settled.</param>
    private static async Task PlayAsync(
        DrillContext context, DrillReport report, DrillNeeds needs,
        Func<DrillWorld, Task<IReadOnlyList<AcquirerSimulator>>> attack, Action<AcquirerSimulator>? judge = null)
    {
        DrillWorld world = await DrillWorld.StartAsync(context, report, needs).ConfigureAwait(false);
        await using (world.ConfigureAwait(false))
        {
            await world.BeginFaultAsync().ConfigureAwait(false);
            IReadOnlyList<AcquirerSimulator> others = await attack(world).ConfigureAwait(false);
            try
            {
                world.EndFault();
                await world.WaitAsync(AfterAttack).ConfigureAwait(false);
                await world.SettleAsync(report, static _ => false, isOfIssuer: false, others).ConfigureAwait(false);
                foreach (AcquirerSimulator other in others)
                {
                    judge?.Invoke(other);
                }
            }
            finally
            {
                foreach (AcquirerSimulator other in others)
                {
                    await other.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
    }

    private static string Describe(string who, AcquirerSimulator simulator) => simulator.Read(desk =>
    {
        AcquirerCounters one = desk.Counters;
        string codes = string.Join(", ", one.ByResponseCode.Select(static code => $"{code.Value} times {code.Key}"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{who}: {one.Sent} sent, {one.Answered} answered ({codes}), p99 {one.Latency.PercentileMs(0.99):N1} ms.");
    });
}
