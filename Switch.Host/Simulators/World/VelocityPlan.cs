using Switch.Routing.Settings;

namespace Switch.Host.Simulators.World;

/// <summary>The rules of velocity of one world: none in two of three.</summary>
internal static class VelocityPlan
{
    /// <summary>DE 39 of what a rule declines, which no issuer of a world says.</summary>
    public const string DeclinedWith = "59";

    private const int WorldsWithout = 2;

    /// <summary>
    /// Draws them, from a source of its own: worlds without rules stay what they were in earlier versions.
    /// </summary>
    public static VelocitySettings Draw(ulong seed, long amountMax)
    {
        var random = new RandomSource(seed ^ 0x7E10);
        if (random.Below(WorldsWithout + 1) > 0)
        {
            return VelocitySettings.None;
        }

        VelocityRule terminal = DrawRule(random, "terminal", VelocityScope.Terminal) with
        {
            Declines = random.Pick(1, 2, 4),
            DistinctCards = random.Pick(0, 2, 4),
        };
        VelocityRule merchant = DrawRule(random, "merchant", VelocityScope.Merchant) with
        {
            SmallAmounts = random.Pick(5, 20, 50),
            SmallAmountMax = amountMax / 10,
            Currency = 392,
        };
        VelocityRule bin = DrawRule(random, "bin", VelocityScope.Bin) with
        {
            DistinctCards = random.Pick(10, 50),
            Declines = random.Pick(5, 20),
        };
        VelocityRule acquirer = DrawRule(random, "acquirer", VelocityScope.Acquirer) with
        {
            Requests = random.Pick(500, 2_000),
            Acquirers = random.Coin() ? [] : [0],
        };
        return new VelocitySettings { BinDigits = random.Coin() ? 6 : 8, Rules = [terminal, merchant, bin, acquirer] };
    }

    private static VelocityRule DrawRule(RandomSource random, string name, VelocityScope per) => new()
    {
        Name = name,
        Per = per,
        Window = TimeSpan.FromMilliseconds(random.Between(1_000, 20_000)),
        For = TimeSpan.FromMilliseconds(random.Pick(0, 500, 10_000)),
        Action = random.Pick(VelocityAction.Decline, VelocityAction.Decline, VelocityAction.Alert),
        ResponseCode = DeclinedWith,
        KeysMax = random.Pick(8, 64, 1_024),
    };
}
