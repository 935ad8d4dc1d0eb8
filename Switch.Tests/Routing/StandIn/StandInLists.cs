using Switch.Routing.StandIn;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.StandIn;

/// <summary>Card lists for tests, from the numbers that <see cref="CoreRig"/> knows.</summary>
internal static class StandInLists
{
    public static NegativeList Cards(params (string Card, string Code)[] entries)
    {
        var builder = new NegativeList.Builder();
        foreach ((string card, string code) in entries)
        {
            builder.AddCard(CoreRig.TokenOf(card), code, ListPeriod.Always);
        }

        return builder.Build(out _);
    }

    public static NegativeList Entry(ListedKind kind, string id, string code, ListPeriod? period = null)
    {
        var builder = new NegativeList.Builder();
        Assert.True(builder.TryAdd(kind, id, code, period ?? ListPeriod.Always));
        return builder.Build(out _);
    }

    public static PositiveList Raised(string card, RaisedLimits raise, ListPeriod? period = null)
    {
        var builder = new PositiveList.Builder();
        Assert.True(builder.TryAdd(CoreRig.TokenOf(card), raise, period ?? ListPeriod.Always));
        return builder.Build(out _);
    }
}
