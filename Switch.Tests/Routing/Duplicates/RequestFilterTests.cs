using Switch.Routing.Duplicates;

namespace Switch.Tests.Routing.Duplicates;

/// <summary>What was noted is known for two minutes, and few others are taken for it.</summary>
public sealed class RequestFilterTests
{
    private const int Bits = 1 << 16;
    private const ulong Highest = 3;
    private const long Start = TimeSpan.TicksPerDay;
    private const long Second = TimeSpan.TicksPerSecond;

    [Fact]
    public void StateOf_WhatWasNoted_IsTheHighestNoted()
    {
        var filter = new RequestFilter(Bits, spread: 5);
        Assert.Equal(0UL, filter.StateOf(Key(1), Highest, Start));
        filter.Note(Key(1), 1, Start);
        Assert.Equal(1UL, filter.StateOf(Key(1), Highest, Start));
        filter.Note(Key(1), 3, Start);
        filter.Note(Key(1), 2, Start);

        Assert.Equal(3UL, filter.StateOf(Key(1), Highest, Start));
        Assert.Equal(0UL, filter.StateOf(Key(2), Highest, Start));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    [InlineData(119)]
    public void StateOf_AtAnyTimeOfAGeneration_LastsTwoMinutesAndNotFour(int after)
    {
        var filter = new RequestFilter(Bits, spread: 5);
        filter.Note(Key(1), 1, Start);
        long noted = Start + (after * Second);
        filter.Note(Key(2), 3, noted);
        filter.Note(Key(3), 1, Math.Min(Start + (125 * Second), noted + (118 * Second)));

        Assert.Equal(3UL, filter.StateOf(Key(2), Highest, noted + (119 * Second)));
        Assert.Equal(0UL, filter.StateOf(Key(2), Highest, noted + (241 * Second)));
    }

    [Fact]
    public void StateOf_EightBitsForEachNote_MistakesFewerThanOneInTwenty()
    {
        const int Count = Bits / 8;
        var filter = new RequestFilter(Bits, spread: 5);
        for (int number = 0; number < Count; number++)
        {
            filter.Note(Key(number), 1, Start);
        }

        Assert.DoesNotContain(Enumerable.Range(0, Count), number => filter.StateOf(Key(number), Highest, Start) == 0);
        int mistaken = Enumerable.Range(Count, Count).Count(number => filter.StateOf(Key(number), 1, Start) != 0);
        Assert.InRange(mistaken, 0, Count / 20);
    }

    /// <summary>A peer that has found requests which are taken for others here has found them for no other spread.
    /// </summary>
    [Fact]
    public void StateOf_OfAnotherSpread_MistakesOthers()
    {
        const int Count = Bits / 8;
        HashSet<int>[] mistaken = [.. new ulong[] { 5, 6 }.Select(static spread =>
        {
            var filter = new RequestFilter(Bits, spread);
            for (int number = 0; number < Count; number++)
            {
                filter.Note(Key(number), 1, Start);
            }

            return Enumerable.Range(Count, Count)
                .Where(number => filter.StateOf(Key(number), 1, Start) != 0).ToHashSet();
        })];

        Assert.All(mistaken, static one => Assert.InRange(one.Count, 50, Count));
        Assert.InRange(mistaken[0].Intersect(mistaken[1]).Count(), 0, mistaken[0].Count / 2);
    }

    [Fact]
    public void StateOf_AStateThatWasNotedOfNothing_IsToldOfNothingHoweverFullItIs()
    {
        const int Count = Bits / 2;
        var filter = new RequestFilter(Bits, spread: 5);
        for (int number = 0; number < Count; number++)
        {
            filter.Note(Key(number), 1 + ((ulong)number & 1), Start);
        }

        long later = Start + (125 * Second);
        Assert.DoesNotContain(Enumerable.Range(0, Count), number => filter.StateOf(Key(number), Highest, Start) > 2);

        // In the next generation there is one, and no more mistakes than one note makes.
        filter.Note(Key(Count), Highest, later);
        Assert.Equal(Highest, filter.StateOf(Key(Count), Highest, later));
        Assert.DoesNotContain(Enumerable.Range(0, Count), number => filter.StateOf(Key(number), Highest, later) > 2);
    }

    /// <summary>Also of requests that are long forgotten: of what is noted now, none had that state.</summary>
    [Fact]
    public void StateOf_AStateThatWasNotedLongAgo_IsToldOfNothingAnyMore()
    {
        const int Count = Bits / 2;
        var filter = new RequestFilter(Bits, spread: 5);
        filter.Note(Key(Count), Highest, Start);
        long later = Start + (250 * Second);
        for (int number = 0; number < Count; number++)
        {
            filter.Note(Key(number), 1, later);
        }

        Assert.DoesNotContain(Enumerable.Range(0, Count), number => filter.StateOf(Key(number), Highest, later) > 1);
    }

    /// <summary>Memory is used again from generation to generation, and is given back when nothing is noted.</summary>
    [Theory]
    [InlineData(5 * 60, false)]
    [InlineData(15 * 60, true)]
    public void Note_AfterSomeTime_TakesMemoryAnewOnlyWhenItWasGivenBack(int after, bool isGivenBack)
    {
        var filter = new RequestFilter(Bits, spread: 5);
        filter.Note(Key(1), 1, Start);
        Assert.Equal(0UL, filter.StateOf(Key(1), Highest, Start + (after * Second)));
        long before = GC.GetAllocatedBytesForCurrentThread();

        filter.Note(Key(2), 1, Start + (after * Second));

        Assert.Equal(isGivenBack, GC.GetAllocatedBytesForCurrentThread() - before >= Bits / 8);
    }

    // Well mixed, as keys are.
    private static ulong Key(int number)
    {
        ulong high = Math.BigMul((ulong)(number + 10) * 0xD6E8FEB86659FD93, 0x9E3779B97F4A7C15, out ulong low);
        return high ^ low;
    }
}
