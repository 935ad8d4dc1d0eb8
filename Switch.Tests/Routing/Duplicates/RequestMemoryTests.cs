using Switch.Routing.Duplicates;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Duplicates;

/// <summary>Of the copies of a request there is never one that is refused and another that is taken in.</summary>
public sealed class RequestMemoryTests
{
    private const int Slots = 1 << 12;
    private const int CountMax = Slots * 3 / 4;
    private const long Start = TimeSpan.TicksPerDay;
    private const long Second = TimeSpan.TicksPerSecond;

    [Fact]
    public void Copy_AfterTheRefusal_IsNotTaken()
    {
        RequestMemory memory = Memory();

        Assert.Equal(RequestArrival.First, memory.Arrive(Key(1), isRepeat: false, Start));
        Assert.True(memory.TryRefuse(Key(1), Start));
        Assert.Equal(RequestArrival.CopyOfRefused, memory.Arrive(Key(1), isRepeat: false, Start));
        Assert.Equal(RequestArrival.CopyOfRefused, memory.Arrive(Key(1), isRepeat: true, Start));
        Assert.Equal(RequestArrival.Copy, memory.Arrive(Key(2), isRepeat: true, Start));
    }

    /// <summary>It was noted first and stood in a batch while its copy went past it.</summary>
    [Fact]
    public void Refusal_AfterACopyCame_IsNotSaid()
    {
        RequestMemory memory = Memory();

        Assert.Equal(RequestArrival.First, memory.Arrive(Key(1), isRepeat: false, Start));
        Assert.Equal(RequestArrival.Copy, memory.Arrive(Key(1), isRepeat: true, Start));
        Assert.False(memory.TryRefuse(Key(1), Start));
        Assert.Equal(RequestArrival.Copy, memory.Arrive(Key(1), isRepeat: false, Start));
    }

    [Fact]
    public void Refusal_OfWhatNeverCame_IsNotSaid() => Assert.False(Memory().TryRefuse(Key(1), Start));

    [Fact]
    public void Refusal_IsRememberedForTwoMinutesAndNotForLong()
    {
        RequestMemory memory = Memory();
        for (int second = 0; second < 600; second++)
        {
            long now = Start + (second * Second);
            Assert.Equal(RequestArrival.First, memory.Arrive(Key(second), isRepeat: false, now));
            Assert.True(memory.TryRefuse(Key(second), now));
            Assert.True(memory.IsRefused(Key(Math.Max(0, second - 119)), now));
        }

        Assert.False(memory.IsRefused(Key(300), Start + (600 * Second)));
        Assert.False(memory.IsRefused(Key(599), Start + TimeSpan.TicksPerDay));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public void Arrive_WithinTwoMinutes_IsNeverForgotten(int perSecond)
    {
        RequestMemory memory = Memory();
        for (int number = 0; number < 600 * perSecond; number++)
        {
            long now = Start + (number * Second / perSecond);
            Assert.Equal(RequestArrival.First, memory.Arrive(Key(number), isRepeat: false, now));
            int earlier = Math.Max(0, number - (119 * perSecond));
            Assert.Equal(RequestArrival.Copy, memory.Arrive(Key(earlier), isRepeat: false, now));
        }
    }

    [Fact]
    public void Arrive_OfAFew_IsKnownForHours()
    {
        RequestMemory memory = Memory();
        memory.Arrive(Key(1), isRepeat: false, Start);

        Assert.Equal(RequestArrival.Copy, memory.Arrive(Key(1), isRepeat: false, Start + (5 * TimeSpan.TicksPerHour)));
    }

    /// <summary>Filters took two or three of a hundred for copies; here none is.</summary>
    [Fact]
    public void Arrive_NewKeys_AreNeverTakenForKnown()
    {
        var memory = new RequestMemory(1 << 20, spread: 1);

        int mistaken = Enumerable.Range(0, 500_000)
            .Count(number => memory.Arrive(Key(number), isRepeat: false, Start) != RequestArrival.First);

        Assert.Equal(0, mistaken);
    }

    /// <summary>A flood is answered beyond the table as well, and no copy of what was refused is taken in.</summary>
    [Fact]
    public void Arrive_MoreThanTheTableTakes_IsRefusedOnceAndNeverTakenIn()
    {
        const int Count = CountMax * 4;
        RequestMemory memory = Memory();
        var refused = new List<int>();
        for (int number = 0; number < Count; number++)
        {
            RequestArrival arrival = memory.Arrive(Key(number), isRepeat: false, Start);
            if (arrival is RequestArrival.First or RequestArrival.FirstOfMany && memory.TryRefuse(Key(number), Start))
            {
                refused.Add(number);
            }
        }

        Assert.InRange(refused.Count, Count * 0.98, Count);
        Assert.All(refused, number => Assert.Equal(
            RequestArrival.CopyOfRefused, memory.Arrive(Key(number), isRepeat: false, Start + (119 * Second))));
    }

    [Fact]
    public void Refusal_BeyondTheTableAfterACopyCame_IsNotSaid()
    {
        RequestMemory memory = Memory();
        Fill(memory, Start);
        Assert.Equal(RequestArrival.FirstOfMany, memory.Arrive(Key(-1), isRepeat: false, Start));

        Assert.Equal(RequestArrival.Copy, memory.Arrive(Key(-1), isRepeat: false, Start));

        Assert.False(memory.TryRefuse(Key(-1), Start));
    }

    /// <summary>What stands in the table is refused beyond it, where the table's other half has begun.</summary>
    [Fact]
    public void Refusal_OfWhatTheOldTableKnows_IsKnownWhenTheNewOneIsFull()
    {
        RequestMemory memory = Memory();
        memory.Arrive(Key(-1), isRepeat: false, Start);
        Fill(memory, Start + (119 * Second), but: 1);
        memory.Arrive(Key(-2), isRepeat: false, Start + (120 * Second)); // The other generation begins.
        Fill(memory, Start + (121 * Second), from: CountMax, but: 1);

        Assert.True(memory.TryRefuse(Key(-1), Start + (121 * Second)));

        Assert.Equal(
            RequestArrival.CopyOfRefused, memory.Arrive(Key(-1), isRepeat: false, Start + (240 * Second)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Arrive_SteadilyMoreThanTheTableTakes_IsKnownForTwoMinutes(int tables)
    {
        RequestMemory memory = Memory();
        int perSecond = (CountMax * tables / 120) + 10;
        var passedOver = new HashSet<int>(); // Neither taken in nor refused.
        int mistaken = 0;
        for (int number = 0; number < 600 * perSecond; number++)
        {
            long now = Start + (number * Second / perSecond);
            RequestArrival arrival = memory.Arrive(Key(number), isRepeat: false, now);
            mistaken += arrival is RequestArrival.Copy or RequestArrival.CopyOfRefused ? 1 : 0;
            if (arrival == RequestArrival.CopyOfRefused)
            {
                passedOver.Add(number);
            }

            int earlier = number - (119 * perSecond);
            if (number % 97 == 0 && earlier > 0 && !passedOver.Contains(earlier))
            {
                Assert.Equal(RequestArrival.Copy, memory.Arrive(Key(earlier), isRepeat: false, now));
            }
        }

        Assert.InRange(mistaken, 0, 600 * perSecond / 50);
    }

    [Fact]
    public void Arrive_OfWhatWasKnownAtTheStart_IsACopyForAsLongAsThat()
    {
        const int Count = 10_000;
        var known = new KnownRequests([.. Enumerable.Range(0, Count).Select(Key)], Start + 10, spread: 3);
        var memory = new RequestMemory(1 << 16, spread: 1, known);

        Assert.All(
            Enumerable.Range(0, Count - 1),
            number => Assert.Equal(RequestArrival.Copy, memory.Arrive(Key(number), isRepeat: false, Start)));
        Assert.All(
            Enumerable.Range(Count, Count),
            number => Assert.Equal(RequestArrival.First, memory.Arrive(Key(number), isRepeat: false, Start)));
        Assert.Equal(RequestArrival.First, memory.Arrive(Key(Count - 1), isRepeat: false, Start + 10));
    }

    [Fact]
    public void RefusedRequests_OfAMillion_AreAllKnown()
    {
        const int Count = 1_000_000;
        var refused = new RefusedRequests();

        for (int number = 0; number < Count; number++)
        {
            refused.Add(Key(number), Start);
        }

        Assert.DoesNotContain(Enumerable.Range(0, Count), number => !refused.Contains(Key(number), Start));
        Assert.DoesNotContain(Enumerable.Range(Count, Count), number => refused.Contains(Key(number), Start));
    }

    [Fact]
    public void RefusedRequests_BeyondTheTable_AreKnownAndFewOthersToo()
    {
        const int Count = 3_000_000;
        var refused = new RefusedRequests();
        for (int number = 0; number < Count; number++)
        {
            refused.Add(Key(number), Start);
        }

        Assert.DoesNotContain(Enumerable.Range(0, Count), earlier => !refused.Contains(Key(earlier), Start));
        Assert.InRange(
            Enumerable.Range(Count, 100_000).Count(other => refused.Contains(Key(other), Start)), 0, 1_000);
    }

    [Theory]
    [InlineData(2_000)]
    [InlineData(8_000)]
    public void Arrive_SteadyRate_AllocatesNothing(int perRound)
    {
        RequestMemory memory = Memory();
        var meter = new AllocationMeter();
        int number = 0;
        for (int round = 0; round < 40; round++)
        {
            if (round >= 10)
            {
                meter.Begin();
            }

            for (int i = 0; i < perRound; i++, number++)
            {
                memory.Arrive(Key(number), isRepeat: false, Start + (round * 130 * Second));
                memory.TryRefuse(Key(number), Start + (round * 130 * Second));
            }

            if (round >= 10)
            {
                meter.End();
            }
        }

        Assert.Equal(0, meter.Least);
    }

    private static RequestMemory Memory() => new(Slots, spread: 42);

    private static void Fill(RequestMemory memory, long now, int from = 0, int but = 0)
    {
        for (int number = from; number < from + CountMax - but; number++)
        {
            Assert.Equal(RequestArrival.First, memory.Arrive(Key(number), isRepeat: false, now));
        }
    }

    // Well mixed, as keys are.
    private static ulong Key(int number)
    {
        ulong high = Math.BigMul((ulong)(number + 10) * 0xD6E8FEB86659FD93, 0x9E3779B97F4A7C15, out ulong low);
        return high ^ low;
    }
}
