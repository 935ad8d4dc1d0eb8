namespace Switch.Host.Simulators.World;

/// <summary>
/// Acquirers that wait to be called, and that the node signs on to: in a third of the worlds, about half of them. Drawn
/// from a source of its own: worlds without them stay what they were.
/// </summary>
internal static class SignOnPlan
{
    public static WorldPlan Draw(WorldPlan plan)
    {
        var random = new RandomSource(plan.Seed ^ 0x51474E);
        if (random.Below(3) > 0)
        {
            return plan;
        }

        AcquirerPlan[] acquirers = [.. plan.Acquirers.Select(one => random.Coin() ? one : Called(one))];
        return plan with
        {
            Acquirers = acquirers,
            Core = plan.Core with { Acquirers = [.. acquirers.Select(static one => one.Settings)] },
        };

        AcquirerPlan Called(AcquirerPlan one) => one with
        {
            Settings = one.Settings with { SignOnTime = TimeSpan.FromMilliseconds(random.Between(200, 3_000)) },
        };
    }
}
