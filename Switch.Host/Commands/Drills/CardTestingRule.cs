using Switch.Host.Configuration;
using Switch.Routing.Settings;

namespace Switch.Host.Commands.Drills;

/// <summary>The rule that the drill <c>card-testing</c> adds where the user's have none that declines.</summary>
internal static class CardTestingRule
{
    /// <summary>The largest amount of the tester, in minor units: less than one unit of most currencies.</summary>
    public const long AmountMax = 99;

    public static VelocityRuleOptions Make(string currency) => new()
    {
        Name = "drill-card-testing",
        Per = VelocityScope.Terminal,
        Window = TimeSpan.FromMinutes(1),
        DistinctCards = 20,
        SmallAmounts = 15,
        SmallAmountMax = AmountMax,
        Currency = currency,
        Action = VelocityAction.Decline,
        For = TimeSpan.FromMinutes(5),
    };
}
