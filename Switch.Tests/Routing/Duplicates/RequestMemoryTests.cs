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

    /// <summary>What is not remembered may be a copy or have one: it gets no code, until two minutes later.</summary>
    [Fact]
    public void Arrive_AtTheBound_IsUnrememberedAndNeverRefusedWithACode()
    {
        RequestMemory memory = Memory();
        Fill(memory, Start);
        Assert.True(memory.TryRefuse(Key(1), Start));

        Assert.Equal(RequestArrival.Unremembered, memory.Arrive(Key(-1), isRepeat: false, Start));
        Assert.False(memory.TryRefuse(Key(-1), Start));
        Assert.Equal(RequestArrival.Unremembered, memory.Arrive(Key(-1), isRepeat: false, Start + (119 * Second)));
        Assert.Equal(RequestArrival.CopyOfRefused, memory.Arrive(Key(1), isRepeat: false, Start + (119 * Second)));

        // There is room again, but what was not remembered may still have copies on their way.
        long later = Start + (200 * Second);
        Assert.Equal(RequestArrival.Unremembered, memory.Arrive(Key(-2), isRepeat: false, later));
        Assert.False(memory.TryRefuse(Key(-2), later));

        long last = Start + (240 * Second);
        Assert.Equal(RequestArrival.First, memory.Arrive(Key(-3), isRepeat: false, last));
        Assert.True(memory.TryRefuse(Key(-3), last));
    }

    /// <summary>A copy that was taken in is remembered from then on, however long ago its first came.</summary>
    [Fact]
    public void Arrive_OfACopyAtTheBound_KeepsItsSuccessorsFromACode()
    {
        RequestMemory memory = Memory();
        memory.Arrive(Key(-1), isRepeat: false, Start);
        Fill(memory, Start + (119 * Second), but: 1);
        memory.Arrive(Key(-2), isRepeat: false, Start + (120 * Second)); // The other generation begins.
        Fill(memory, Start + (121 * Second), from: CountMax, but: 1);

        Assert.Equal(RequestArrival.Copy, memory.Arrive(Key(-1), isRepeat: false, Start + (121 * Second)));
        Assert.Equal(
            RequestArrival.Unremembered, memory.Arrive(Key(-1), isRepeat: false, Start + (240 * Second)));
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

        Assert.DoesNotContain(Enumerable.Range(0, Count), number => !refused.TryAdd(Key(number), Start));
        Assert.DoesNotContain(Enumerable.Range(0, Count), number => !refused.Contains(Key(number), Start));
        Assert.DoesNotContain(Enumerable.Range(Count, Count), number => refused.Contains(Key(number), Start));
    }

    [Fact]
    public void RefusedRequests_AtTheBound_TakeNoMore()
    {
        var refused = new RefusedRequests();
        int number = 0;
        while (refused.TryAdd(Key(number), Start))
        {
            number++;
        }

        Assert.InRange(number, 1_300_000, 1_572_864);
        Assert.DoesNotContain(Enumerable.Range(0, number), earlier => !refused.Contains(Key(earlier), Start));
    }

    [Fact]
    public void Arrive_SteadyRate_AllocatesNothing()
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

            for (int i = 0; i < 2_000; i++, number++)
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
