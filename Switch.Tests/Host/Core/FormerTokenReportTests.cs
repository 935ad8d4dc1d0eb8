using Switch.Host.Core;
using Switch.Routing.Context;
using Switch.Routing.Values;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Core;

/// <summary>An operator reads in the log when cards begin to get their new tokens, and when that is over.</summary>
public sealed class FormerTokenReportTests : IDisposable
{
    private readonly ListLoggerFactory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public void See_BeginsAndEnds_SaysEachOnce()
    {
        var report = new FormerTokenReport(_logs);
        var counters = new CoreCounters { FormerCards = 4, RememberedByFormerCard = 17 };

        report.See(FormerTokenNeed.All, counters);
        report.See(FormerTokenNeed.All, counters);
        report.See(FormerTokenNeed.LookUps, default);
        report.See(FormerTokenNeed.None, default);

        Assert.Collection(
            _logs.Lines,
            first => Assert.Contains("4 cards and 17 remembered payments", first.Text, StringComparison.Ordinal),
            last => Assert.Contains("any more", last.Text, StringComparison.Ordinal));
    }

    /// <summary>Rows of the store need the former tokens of advices, but nothing is left to be done for them.</summary>
    [Theory]
    [InlineData(FormerTokenNeed.None)]
    [InlineData(FormerTokenNeed.LookUps)]
    public void See_NothingIsLeftFromTheStart_SaysNothing(FormerTokenNeed need)
    {
        new FormerTokenReport(_logs).See(need, default);

        Assert.Empty(_logs.Lines);
    }
}
