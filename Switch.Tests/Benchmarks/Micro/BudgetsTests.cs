using Switch.Benchmarks.Micro;

namespace Switch.Tests.Benchmarks.Micro;

public class BudgetsTests
{
    private const string Json = """
        {
          // A comment says why.
          "operations": { "copy": { "bytes": 0, "copies": 1 }, "index": { "bytes": 0, "copies": 10 } },
          "differences": { "health": { "bytes": 0, "ns": 60 } },
          "load": { "switchAllocBytesPerTxn": 32, "switchToProxyCpu": 8, "proxyToSwitchTps": 9 }
        }
        """;

    [Fact]
    public void Check_WhenAllIsWithinBudget_SaysNothing() => Assert.Empty(Check(new QuickResult(95, 0)));

    [Fact]
    public void Check_OneByteWhereNoneIsAllowed_Complains() =>
        Assert.Equal(["index allocates 1.0 bytes; its budget is 0."], Check(new QuickResult(95, 1)));

    [Fact]
    public void Check_MoreCopiesThanAllowed_Complains() =>
        Assert.Equal(["index takes 10.1 copies of the message; its budget is 10."], Check(new QuickResult(101, 0)));

    [Fact]
    public void Check_AnOperationWithoutBudgetOrABudgetWithoutOperation_Complains()
    {
        var results = new Dictionary<string, QuickResult> { ["copy"] = new(10, 0), ["hop"] = new(20, 0) };

        Assert.Equal(
            ["hop has no budget.", "index has a budget and was not measured."],
            Budgets.Read(Json).Check(results, "copy"));
    }

    [Fact]
    public void Of_AnOperationThatAllocates_CountsItsBytes()
    {
        byte[]? kept = null;
        QuickResult result = QuickMeasure.Of(
            times =>
            {
                for (int i = 0; i < times; i++)
                {
                    kept = new byte[100];
                }
            },
            TimeSpan.FromMilliseconds(20));

        Assert.NotNull(kept);
        Assert.InRange(result.Bytes, 120, 136);
    }

    [Fact]
    public void Budgets_OfThisRepository_CoverEveryOperation()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "budgets.json");
        Budgets budgets = Budgets.Read(File.ReadAllText(path));

        Assert.Equal(Operations.All().Keys.Order(), budgets.Operations.Keys.Order());

        // The security module in software is for tests: it opens its keys for each message.
        Assert.All(
            budgets.Operations.Where(static one => !one.Key.Contains("in software", StringComparison.Ordinal)),
            static one => Assert.Equal(0, one.Value.Bytes));
        Assert.Equal(Operations.Differences().Keys.Order(), budgets.Differences.Keys.Order());
        Assert.All(budgets.Differences.Values, budget => Assert.Equal(0, budget.Bytes));
    }

    [Theory]
    [InlineData(59.9, 0, true)]
    [InlineData(60.1, 0, false)]
    [InlineData(10, 0.1, false)]
    public void CheckDifferences_OverNanosecondsOrBytes_Complains(double ns, double bytes, bool isGood)
    {
        var results = new Dictionary<string, QuickResult> { ["health"] = new(ns, bytes) };

        Assert.Equal(isGood, !Budgets.Read(Json).CheckDifferences(results).Any());
    }

    [Fact]
    public void CheckDifferences_ADifferenceWithoutBudgetOrABudgetWithoutDifference_Complains() =>
        Assert.Equal(
            ["hop has no budget.", "health has a budget and was not measured."],
            Budgets.Read(Json).CheckDifferences(
                new Dictionary<string, QuickResult> { ["hop"] = new(20, 0) }));

    [Fact]
    public void Between_OperationsOfWhichOneAllocates_CountsItsBytes()
    {
        byte[]? kept = null;
        var difference = new Difference(() => Allocate, static () => static _ => { });

        QuickResult result = QuickMeasure.Between(difference, TimeSpan.FromMilliseconds(20));

        Assert.NotNull(kept);
        Assert.InRange(result.Bytes, 120, 136);

        void Allocate(int times)
        {
            for (int i = 0; i < times; i++)
            {
                kept = new byte[100];
            }
        }
    }

    private static IEnumerable<string> Check(QuickResult index) => Budgets.Read(Json).Check(
        new Dictionary<string, QuickResult> { ["copy"] = new(10, 0), ["index"] = index }, "copy");
}
