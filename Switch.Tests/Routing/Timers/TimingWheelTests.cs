using Switch.Routing.Timers;
using Switch.Routing.Values;

namespace Switch.Tests.Routing.Timers;

public class TimingWheelTests
{
    private const long Ms = Instant.TicksPerMs;

    [Fact]
    public void Advance_FiresAtOrAfterTheDeadlineAndWithinATick()
    {
        var wheel = new TimingWheel(4, 0);
        var fired = new Fired(wheel);
        wheel.Arm(1, 105 * Ms);

        for (long now = 1; now <= 300; now++)
        {
            fired.Now = now * Ms;
            wheel.Advance(now * Ms, fired);
        }

        (int id, long at) = Assert.Single(fired.All);
        Assert.Equal(1, id);
        Assert.InRange(at, 105 * Ms, 115 * Ms);
    }

    [Fact]
    public void Advance_RandomArmsMovesAndCancels_AgreesWithASortedList()
    {
        var random = new Random(12);
        var wheel = new TimingWheel(64, 0);
        var fired = new Fired(wheel);
        var expected = new Dictionary<int, long>();
        long now = 0;
        for (int step = 0; step < 20_000; step++)
        {
            now += random.Next(1, 40) * Ms;
            fired.Now = now;
            fired.All.Clear();
            wheel.Advance(now, fired);
            foreach ((int id, _) in fired.All)
            {
                Assert.True(expected.Remove(id, out long due));
                Assert.InRange(due, 0, now);
            }

            Assert.DoesNotContain(expected, pair => pair.Value + TimingWheel.TickSize <= now);
            int target = random.Next(64);
            if (random.Next(4) == 0)
            {
                wheel.Cancel(target);
                expected.Remove(target);
            }
            else
            {
                // Up to 100 s, so that deadlines beyond one turn of the wheel occur.
                long due = now + (random.Next(1, random.Next(2) == 0 ? 500 : 100_000) * Ms);
                wheel.Arm(target, due);
                expected[target] = due;
            }
        }
    }

    [Fact]
    public void Advance_AfterALongPause_FiresEverythingOnce()
    {
        var wheel = new TimingWheel(100, 0);
        var fired = new Fired(wheel);
        for (int id = 0; id < 100; id++)
        {
            wheel.Arm(id, (id + 1) * 1_000 * Ms);
        }

        wheel.Advance(3_600_000 * Ms, fired);

        Assert.Equal(100, fired.All.Select(entry => entry.Id).Distinct().Count());
    }

    [Fact]
    public void Expired_MayRearmItself()
    {
        var wheel = new TimingWheel(1, 0);
        var fired = new Fired(wheel) { RearmAfter = 20 * Ms };
        wheel.Arm(0, 20 * Ms);

        for (long now = 0; now <= 1_000; now += 10)
        {
            fired.Now = now * Ms;
            wheel.Advance(now * Ms, fired);
        }

        Assert.InRange(fired.All.Count, 30, 50);
    }

    private sealed class Fired(TimingWheel wheel) : TimingWheel.IExpiry
    {
        public List<(int Id, long At)> All { get; } = [];

        public long Now { get; set; }

        public long RearmAfter { get; init; }

        public void Expired(int id)
        {
            All.Add((id, Now));
            if (RearmAfter > 0)
            {
                wheel.Arm(id, Now + RearmAfter);
            }
        }
    }
}
