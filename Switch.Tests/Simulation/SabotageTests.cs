using System.Globalization;
using Switch.Benchmarks.Sabotages;
using Switch.Tests.House;
using Xunit.Abstractions;

namespace Switch.Tests.Simulation;

/// <summary>
/// The checker is checked: a switch that is made wrong on purpose is found out, by the invariant that it breaks or by
/// the test that is named. Without this, green means nothing. All of them, with what caught each:
/// <c>Switch.Benchmarks sabotages</c> (docs/internals/simulation.md); here a few, which are others every day.
/// </summary>
public sealed class SabotageTests(ITestOutputHelper output)
{
    /// <summary>Set to a number, it picks the sample of that day.</summary>
    private const string SeedVariable = "SWITCH_SABOTAGE_SEED";

    private const int SampleSize = 2;

    [Fact]
    public void Sabotages_OfTheDay_AreCaught()
    {
        long day = (long)(DateTime.UtcNow - DateTime.UnixEpoch).TotalDays;
        string? set = Environment.GetEnvironmentVariable(SeedVariable);
        long seed = long.TryParse(set, CultureInfo.InvariantCulture, out long given) ? given : day;
        output.WriteLine($"{SeedVariable}={seed}");
        using var bench = new SabotageBench(SourceTree.Root, SabotageCommand.Configuration);
        foreach (Sabotage sabotage in SabotageBench.Sample(SabotageList.Read(SourceTree.Root), SampleSize, seed))
        {
            SabotageVerdict verdict =
                bench.Run(sabotage, SabotageCommand.Seed, SabotageCommand.TransactionsMax);
            output.WriteLine($"{sabotage.Name}: {verdict.By} after {verdict.After}, {verdict.Took.TotalSeconds:F0} s");

            Assert.True(verdict.IsCaught, $"{SeedVariable}={seed}: nothing caught {sabotage.Name}: {verdict.Details}");
        }
    }
}
