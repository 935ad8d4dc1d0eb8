using Switch.Host.Connections;

namespace Switch.Tests.Host.Connections;

/// <summary>
/// Goal: in an overload refusals take a bounded part of the core's time, and outside of it none waits. Method: rounds
/// of the core by hand.
/// </summary>
public class ReadingTurnsTests
{
    private const long Ms = TimeSpan.TicksPerMillisecond;

    private readonly ReadingTurns _turns = new();

    [Fact]
    public void MustWait_NothingStandsInLine_NeverDoes()
    {
        Assert.False(_turns.MustWait(ReadingTurns.Burst * 10));
        Assert.True(_turns.WaitAsync().IsCompleted);
    }

    [Fact]
    public void MustWait_WithinTheBurst_DoesNot()
    {
        _turns.Turned(served: 0, isBusy: true, now: 0);

        Assert.False(_turns.MustWait(ReadingTurns.Burst));
        Assert.True(_turns.MustWait(1));
    }

    [Fact]
    public void Turned_OneIsServedForEachTwoRefused_LetsOneReadAtATime()
    {
        Overspend(by: 100);
        Task first = _turns.WaitAsync();
        Task second = _turns.WaitAsync();

        _turns.Turned(served: 198, isBusy: true, now: 0);
        Assert.False(first.IsCompleted);
        _turns.Turned(served: 4, isBusy: true, now: 0);

        Assert.True(first.IsCompleted);
        Assert.False(second.IsCompleted);
        Assert.Equal(1, _turns.Waiting);
    }

    /// <summary>Also a core that serves nothing for a while answers some.</summary>
    [Fact]
    public void Turned_TimePasses_LetsThemReadToo()
    {
        Overspend(by: 100);
        Task waiting = _turns.WaitAsync();

        _turns.Turned(served: 0, isBusy: true, now: 50 * Ms);
        Assert.False(waiting.IsCompleted);
        _turns.Turned(served: 0, isBusy: true, now: 51 * Ms);

        Assert.True(waiting.IsCompleted);
    }

    [Fact]
    public void Turned_NothingStandsInLineAnyMore_LetsAllRead()
    {
        Overspend(by: 100_000);
        Task[] waiting = [_turns.WaitAsync(), _turns.WaitAsync(), _turns.WaitAsync()];

        _turns.Turned(served: 0, isBusy: false, now: 0);

        Assert.All(waiting, static task => Assert.True(task.IsCompleted));
        Assert.False(_turns.MustWait(1));
    }

    /// <summary>A long calm does not save up for a long flood.</summary>
    [Fact]
    public void Turned_AnHourOfService_EarnsNoMoreThanTheBurst()
    {
        _turns.Turned(served: 1_000_000, isBusy: true, now: TimeSpan.TicksPerHour);

        Assert.False(_turns.MustWait(ReadingTurns.Burst));
        Assert.True(_turns.MustWait(1));
    }

    private void Overspend(int by)
    {
        _turns.Turned(served: 0, isBusy: true, now: 0);
        Assert.True(_turns.MustWait(ReadingTurns.Burst + by));
    }
}
