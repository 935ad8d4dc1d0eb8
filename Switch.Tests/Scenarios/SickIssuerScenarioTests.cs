using Switch.Host.Commands.Drills;
using Switch.Host.Simulators;
using Switch.Host.Simulators.Faults;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// One of three issuers is sick, over real sockets. Its customers are decided all the same, few of them wait, the
/// others' customers notice nothing, and all books agree. Bounds are counts of customers. How soon to the tenth of a
/// second, and one range of an issuer only, is held in virtual time (Routing/Health), where no pause of the machine is
/// taken for silence.
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

    public static TheoryData<string> Ways => ["silent", "half-open", "slow", "gray 50 %", "96"];

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

    // Approved by their own issuer alone, and none of them waited for anything.
    private static void AssertOthersAreWell(ThreeIssuers world, DrillBooks books, Func<DrillPayment, bool> whose) =>
        Assert.All(world.SinceFault(books, whose), one =>
        {
            Assert.True(one.IsApproved, $"{one.Code}");
            Assert.True(books.IsDecidedByItsIssuer(one), "diverted");
            Assert.False(books.IsUncertain(one));
        });

    private static FaultPlan PlanOf(string way) => way switch
    {
        "silent" => new FaultPlan { Lost = FaultSides.Both },
        "half-open" => new FaultPlan { IsHalfOpen = true },
        "slow" => With(new MessageFault(FaultSides.Back, MessageFaultKind.Delay)
        {
            Mtis = _answered, Delay = TimeSpan.FromSeconds(2.5),
        }),
        "gray 50 %" => With(new MessageFault(FaultSides.Forth, MessageFaultKind.Lose) { Mtis = _asked, Share = 0.5 }),
        _ => With(new MessageFault(FaultSides.Forth, MessageFaultKind.Answer) { Mtis = _asked, Code = way }),
    };

    private static FaultPlan With(params MessageFault[] faults) => new() { Messages = faults };
}
