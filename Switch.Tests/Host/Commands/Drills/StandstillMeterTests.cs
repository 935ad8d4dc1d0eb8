using Switch.Host.Commands.Drills;

namespace Switch.Tests.Host.Commands.Drills;

public sealed class StandstillMeterTests
{
    private TimeSpan _now = TimeSpan.FromSeconds(5);

    [Fact]
    public void Look_AfterATenthOfASecondWithoutOne_NotesAStandstill()
    {
        using var meter = new StandstillMeter(() => _now);
        Look(meter, 10);
        Look(meter, 99);
        Look(meter, 100);
        Look(meter, 20);
        Look(meter, 2_500);

        Assert.Equal([(5_109, 5_209), (5_229, 7_729)], meter.Found.Select(static one =>
            ((int)one.From.TotalMilliseconds, (int)one.To.TotalMilliseconds)));
    }

    [Fact]
    public void Start_ClockThatJumps_IsNoticed()
    {
        var jumped = new ManualResetEventSlim();
        using var looked = new CountdownEvent(2);
        using var meter = new StandstillMeter(() =>
        {
            if (jumped.IsSet && !looked.IsSet)
            {
                looked.Signal();
            }

            return jumped.IsSet ? _now + TimeSpan.FromHours(1) : _now;
        });
        meter.Start();
        jumped.Set();

        Assert.True(looked.Wait(TimeSpan.FromSeconds(30)));
        Assert.Equal(TimeSpan.FromHours(1), Assert.Single(meter.Found).Length);
    }

    private void Look(StandstillMeter meter, int afterMs)
    {
        _now += TimeSpan.FromMilliseconds(afterMs);
        meter.Look();
    }
}
