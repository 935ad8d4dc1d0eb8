using Switch.Routing.Health;
using Switch.Routing.Values;

namespace Switch.Tests.Routing.Health;

/// <summary>What is usual is learned soon, and is neither a slow start nor a slow spell.</summary>
public sealed class UsualLatencyTests
{
    private const long Look = 50 * Instant.TicksPerMs;

    private readonly UsualLatency _usual = new();
    private long _now = TimeSpan.TicksPerSecond;

    /// <summary>A process that starts is slow for its first messages.</summary>
    [Fact]
    public void FirstReplies_Slow_AreForgottenWithinThreeHundred()
    {
        Answer(20, milliseconds: 700);
        Answer(30, milliseconds: 20);
        Assert.InRange(_usual.P99, 700 * Instant.TicksPerMs, 900 * Instant.TicksPerMs);

        Answer(300, milliseconds: 20);
        Assert.InRange(_usual.P99, 20 * Instant.TicksPerMs, 30 * Instant.TicksPerMs);
    }

    [Fact]
    public void SlowSpell_RaisesItByAQuarterInTenSeconds()
    {
        Answer(1_000, milliseconds: 20);
        long before = _usual.P99;

        Answer(500, milliseconds: 2_500); // Ten seconds.

        Assert.InRange(_usual.P99, before, before + (before / 4) + Instant.TicksPerMs);
    }

    /// <summary>Also while little is known, though it is looked at more often then.</summary>
    [Fact]
    public void SlowSpell_SoonAfterTheStart_RaisesItByAQuarterInTenSeconds()
    {
        Answer(40, milliseconds: 20);
        long before = _usual.P99;

        Answer(450, milliseconds: 2_500);

        Assert.InRange(_usual.P99, before, before + (before / 4) + Instant.TicksPerMs);
    }

    // Fifty a second.
    private void Answer(int count, int milliseconds)
    {
        for (int i = 0; i < count; i++)
        {
            _now += 20 * Instant.TicksPerMs;
            _usual.Add(milliseconds * Instant.TicksPerMs);
            if (_now % Look < 20 * Instant.TicksPerMs)
            {
                _usual.Step(_now);
            }
        }
    }
}
