using Switch.Benchmarks.Micro;

namespace Switch.Tests.Benchmarks.Micro;

public class BudgetsTests
{
    private const string Json = """
        {
          // A comment says why.
          "operations": { "copy": { "bytes": 0, "copies": 1 }, "index": { "bytes": 0, "copies": 10 } },
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
        Assert.All(budgets.Operations.Values, budget => Assert.Equal(0, budget.Bytes));
    }

    private static IEnumerable<string> Check(QuickResult index) => Budgets.Read(Json).Check(
        new Dictionary<string, QuickResult> { ["copy"] = new(10, 0), ["index"] = index }, "copy");
}
