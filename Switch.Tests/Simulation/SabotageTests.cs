using Switch.Host.Simulators.World;
using Switch.Routing.Core;

namespace Switch.Tests.Simulation;

/// <summary>
/// The checker is checked: a core that is made wrong on purpose is found out within so many worlds, by the invariant
/// that it breaks. Without this nobody would know that green means anything.
/// </summary>
public sealed class SabotageTests
{
    // Forgetting one advice in ten thousand takes the most: some thousands of owed messages must pass.
    private const int WorldsMax = 60;
    private const int Payments = 2_000;

    [Theory]
    [InlineData(nameof(Sabotage.AnswerBeforeDurable), "I2")]
    [InlineData(nameof(Sabotage.ForgetReversal), "I10")]
    [InlineData(nameof(Sabotage.ReuseLiveStan), "N18")]
    [InlineData(nameof(Sabotage.DuplicatesOff), "I12")]
    [InlineData(nameof(Sabotage.DropAdvice), "I17")]
    [InlineData(nameof(Sabotage.AnswerAfterDeadline), "I4")]
    [InlineData(nameof(Sabotage.GiveBackTwice), "I9")]
    [InlineData(nameof(Sabotage.BreakCardOrder), "I8")]
    public void Sabotage_WithinBoundedWorlds_IsCaught(string name, string invariant)
    {
        Sabotage sabotage = Enum.Parse<Sabotage>(name);
        for (int world = 0; world < WorldsMax; world++)
        {
            WorldPlan plan = WorldPlan.Draw(Chance.SeedOf(11, world), Payments);
            WorldOutcome outcome = SimulatedWorld.Run(plan, prepare: core => core.Sabotage = sabotage);
            if (outcome.Violations.Any(violation => violation.Invariant == invariant))
            {
                return;
            }
        }

        Assert.Fail($"{WorldsMax} worlds with {name} and no violation of {invariant}.");
    }
}
