using Switch.Host.Commands.Drills;
using Switch.Host.Simulators;
using Switch.Host.Simulators.Faults;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// One of three issuers is sick in each way that issuers are, over real sockets. Bounds are counts of customers: how
/// soon to the tenth of a second is held in virtual time (Routing/Health). Its customers are decided all the same, few
/// of them wait, the others' customers notice nothing, and all books agree.
/// </summary>
public sealed class SickIssuerScenarioTests
{
    // Of 300 and more who ask meanwhile about 30 are under way before silence shows, and ten a second are probes. A
    // pause of the machine adds. Only those under way wait longer than two thirds of the time-out.
    private const int SentThereMax = 240;
    private const int WaitedMax = 200;
    private const int Meanwhile = 300;
    private const int Afterwards = 60;

    private static readonly int[] _asked = [100, 200];
    private static readonly int[] _answered = [110, 210];

    public static TheoryData<string> Ways => ["silent", "half-open", "slow", "gray 50 %", "gray 30 %", "96", "91"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task OneIssuerSick_OfThree_FewOfItsCustomersWaitAndNobodyElses(string way)
    {
        await using ThreeIssuers world = await ThreeIssuers.StartAsync();
        await world.FallSickAsync(PlanOf(way));
        await world.GoOnAsync(Meanwhile);
        await world.RecoverAsync();
        await world.GoOnAsync(Afterwards);
        DrillBooks books = await world.SettleAsync();

        Assert.All(world.Said, static line => Assert.Contains("issuer-a", line, StringComparison.Ordinal));
        AssertOthersAreWell(world, books, static one => !ThreeIssuers.IsOfA(one));
        DrillPayment[] sick = [.. world.SinceFault(books, ThreeIssuers.IsOfA)];
        Assert.All(sick, static one => Assert.True(one.IsApproved, $"{one.Code}"));
        Assert.InRange(sick.Count(ThreeIssuers.HasWaited), 0, WaitedMax);
        Assert.InRange(world.RequestsHit, 0, SentThereMax);
        Assert.All(sick[^(Afterwards / 2)..], one => Assert.True(books.IsDecidedByItsIssuer(one)));
    }

    [Theory]
    [InlineData("silent")]
    [InlineData("slow")]
    [InlineData("96")]
    public async Task OneRangeSick_OfAnIssuer_ItsOtherRangeGoesOn(string way)
    {
        await using ThreeIssuers world = await ThreeIssuers.StartAsync();
        await world.FallSickAsync(PlanOf(way, "41"));
        await world.GoOnAsync(Meanwhile);
        await world.RecoverAsync();
        await world.GoOnAsync(Afterwards);
        DrillBooks books = await world.SettleAsync();

        Assert.All(world.Said, static line => Assert.Contains("route 41", line, StringComparison.Ordinal));
        AssertOthersAreWell(world, books, static one => !IsOfSickRange(one));
        DrillPayment[] sick = [.. world.SinceFault(books, IsOfSickRange)];
        Assert.All(sick, static one => Assert.True(one.IsApproved, $"{one.Code}"));
        Assert.InRange(sick.Count(ThreeIssuers.HasWaited), 0, WaitedMax / 2);
        Assert.InRange(world.RequestsHit, 0, SentThereMax / 2);
        Assert.All(sick[^(Afterwards / 4)..], one => Assert.True(books.IsDecidedByItsIssuer(one)));
    }

    private static bool IsOfSickRange(DrillPayment one) => one.Pan.StartsWith("41", StringComparison.Ordinal);

    // Approved by their own issuer alone, and none of them waited for anything.
    private static void AssertOthersAreWell(ThreeIssuers world, DrillBooks books, Func<DrillPayment, bool> whose) =>
        Assert.All(world.SinceFault(books, whose), one =>
        {
            Assert.True(one.IsApproved, $"{one.Code}");
            Assert.True(books.IsDecidedByItsIssuer(one), "diverted");
            Assert.False(books.IsUncertain(one));
        });

    private static FaultPlan PlanOf(string way, params string[] prefixes) => way switch
    {
        "silent" when prefixes.Length == 0 => new FaultPlan { Lost = FaultSides.Both },
        "half-open" => new FaultPlan { IsHalfOpen = true },
        "silent" => With(Lost(FaultSides.Forth, _asked, 1, prefixes)),
        "slow" => With(new MessageFault(FaultSides.Back, MessageFaultKind.Delay)
        {
            Mtis = _answered, Prefixes = prefixes, Delay = TimeSpan.FromSeconds(2.5),
        }),
        "gray 50 %" => With(Lost(FaultSides.Forth, _asked, 0.5, prefixes)),
        "gray 30 %" => With(Lost(FaultSides.Back, _answered, 0.3, prefixes)),
        _ => With(new MessageFault(FaultSides.Forth, MessageFaultKind.Answer)
        {
            Mtis = _asked, Prefixes = prefixes, Code = way,
        }),
    };

    private static MessageFault Lost(FaultSides side, int[] mtis, double share, string[] prefixes) =>
        new(side, MessageFaultKind.Lose) { Mtis = mtis, Share = share, Prefixes = prefixes };

    private static FaultPlan With(params MessageFault[] faults) => new() { Messages = faults };
}
