using Switch.Benchmarks.Load;

namespace Switch.Tests.Benchmarks.Load;

public class ScheduleTests
{
    [Fact]
    public void DueAt_CountsWhatHasFallenDue_HoweverLateItIsAsked()
    {
        var schedule = new Schedule(rate: 100, start: 1_000, frequency: 10_000);

        Assert.Equal(0, schedule.DueAt(999));
        Assert.Equal(1, schedule.DueAt(1_000));
        Assert.Equal(1, schedule.DueAt(1_099));
        Assert.Equal(2, schedule.DueAt(1_100));
        Assert.Equal(101, schedule.DueAt(11_000));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(20_000)]
    [InlineData(333_333.3)]
    public void TimeOf_EachNumber_IsTheFirstTimeAtWhichItIsDue(double rate)
    {
        var schedule = new Schedule(rate, start: 77, frequency: 1_000_000_000);
        for (long number = 0; number < 10_000; number++)
        {
            long time = schedule.TimeOf(number);
            Assert.InRange(schedule.DueAt(time), number, number + 1);
            Assert.True(schedule.DueAt(time + 1) > number, $"{number} is not due after its time.");
            Assert.True(schedule.DueAt(time - 2) <= number, $"{number} is due before its time.");
        }
    }
}
