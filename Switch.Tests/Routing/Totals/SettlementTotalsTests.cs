using Switch.Routing.Totals;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Totals;

public class SettlementTotalsTests
{
    private const int Currency = 978;
    private const long MsPerDay = 86_400_000;
    private const int Day = 20_000;

    /// <summary>The row that was looked at last may be the one that goes.</summary>
    [Fact]
    public void Post_OnADateWhoseRowWasDropped_CountsFromNothing()
    {
        var totals = new SettlementTotals(new CoreRig().Configuration);
        Post(totals, TotalsSide.Acquirer, Day, 100);
        Post(totals, TotalsSide.Issuer, Day + SettlementTotals.DaysKept + 1, 7);
        Assert.Null(totals.Find(TotalsSide.Acquirer, 0, Day, Currency));

        Post(totals, TotalsSide.Acquirer, Day, 30);

        TotalsRow? row = totals.Find(TotalsSide.Acquirer, 0, Day, Currency);
        Assert.Equal((1, 30), (row?.CountOf(TotalKind.Debit, false), row?.AmountOf(TotalKind.Debit, false)));
    }

    /// <summary>Each entry stands in its own row, in whatever turn they come.</summary>
    [Fact]
    public void Post_InAnyTurn_CountsInTheRowOfSideDateAndCurrency()
    {
        var totals = new SettlementTotals(new CoreRig().Configuration);
        var random = new Random(5);
        var expected = new Dictionary<(TotalsSide, int, int), long>();
        for (int i = 0; i < 2_000; i++)
        {
            TotalsSide side = random.Next(2) == 0 ? TotalsSide.Acquirer : TotalsSide.Issuer;
            int day = Day + random.Next(3);
            int currency = Currency + random.Next(2);
            Post(totals, side, day, i, currency);
            expected[(side, day, currency)] = expected.GetValueOrDefault((side, day, currency)) + i;
        }

        Assert.Equal(12, expected.Count);
        Assert.All(expected, row => Assert.Equal(
            row.Value,
            totals.Find(row.Key.Item1, 0, row.Key.Item2, row.Key.Item3)?.AmountOf(TotalKind.Debit, false)));
    }

    private static void Post(
        SettlementTotals totals, TotalsSide side, int day, long amount, int currency = Currency)
    {
        totals.Post(side, 0, TotalKind.Debit, false, amount, currency, day * MsPerDay);
        totals.Recorded();
    }
}
