using Switch.Routing.Health;
using Switch.Routing.Settings;

namespace Switch.Tests.Routing.Health;

/// <summary>How many good replies bring traffic back: the figures of docs/concepts/health.md.</summary>
public sealed class WayBackTests
{
    [Theory]
    [InlineData(0.9, 4, 2)]
    [InlineData(0.3, 21, 9)]
    [InlineData(0.1, 83, 36)]
    public void GoodReplies_ByTheShareHeldAgainst_AreAsTheSettingsSay(double share, int probes, int perStep)
    {
        var back = new WayBack(HealthSettings.Default.UsualShare, share);
        Assert.Equal(probes, CountToPass(ref back));
        back.Begin(1);
        Assert.Equal(perStep, CountToPass(ref back));
    }

    [Fact]
    public void Failures_AmongProbes_CostAtMostTheFirstProofs()
    {
        var back = new WayBack(HealthSettings.Default.UsualShare, 0.3);
        for (int i = 0; i < 100; i++)
        {
            back.Count(isGood: false);
        }

        Assert.False(back.IsFailed);
        Assert.Equal(21, CountToPass(ref back));
    }

    private static int CountToPass(ref WayBack back)
    {
        int count = 0;
        while (!back.IsPassed)
        {
            back.Count(isGood: true);
            count++;
        }

        return count;
    }
}
