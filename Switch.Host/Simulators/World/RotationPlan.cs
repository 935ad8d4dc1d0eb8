namespace Switch.Host.Simulators.World;

/// <summary>
/// When a node gets other card tokens: in an eighth of the worlds by an upgrade from version 0.1, and in a quarter by
/// another key, to which soon a third one shall follow.
/// </summary>
internal static class RotationPlan
{
    /// <summary>From sources of its own, so that the worlds without it stay what they were.</summary>
    public static WorldPlan Draw(WorldPlan plan, bool isCalm)
    {
        if (isCalm)
        {
            return plan;
        }

        long end = plan.FaultsEnd;
        var upgrade = new RandomSource(plan.Seed ^ 0xC4AC);
        long upgradeAt = upgrade.Below(8) == 0 ? upgrade.Between(end / 4, end) : 0;
        var rotation = new RandomSource(plan.Seed ^ 0x1C4A);
        long[] rotations = rotation.Below(4) == 0
            ? [rotation.Between(end / 5, end), rotation.Between(end / 2, end + (end / 5))]
            : [];
        return plan with { UpgradeAt = upgradeAt, Rotations = rotations };
    }
}
