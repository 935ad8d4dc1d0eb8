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

    // Well mixed, as keys are.
    private static ulong Key(int number)
    {
        ulong high = Math.BigMul((ulong)(number + 10) * 0xD6E8FEB86659FD93, 0x9E3779B97F4A7C15, out ulong low);
        return high ^ low;
    }
}
