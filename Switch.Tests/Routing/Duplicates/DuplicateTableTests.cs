using System.Runtime.CompilerServices;
using Switch.Routing.Duplicates;

namespace Switch.Tests.Routing.Duplicates;

public class DuplicateTableTests
{
    [Fact]
    public void Add_BeyondTheBound_DropsTheOldestAndCountsIt()
    {
        var table = new DuplicateTable(100, TimeSpan.FromHours(1));
        for (ulong key = 1; key <= 150; key++)
        {
            table.Add(key << 40, 10);
        }

        Assert.Equal((100, 50L), (table.Count, table.EvictedCount));
        Assert.True(Unsafe.IsNullRef(ref table.Find(50UL << 40)));
        Assert.Equal(51UL << 40, table.Find(51UL << 40).Key);
    }

    [Fact]
    public void Expire_AfterTheWindow_ForgetsWithoutCountingAnEviction()
    {
        var table = new DuplicateTable(100, TimeSpan.FromSeconds(60));
        for (ulong key = 1; key <= 10; key++)
        {
            table.Add(key, (uint)key);
        }

        for (int i = 0; i < 10; i++)
        {
            table.Expire(65);
        }

        Assert.Equal((6, 0L), (table.Count, table.EvictedCount));
        Assert.True(Unsafe.IsNullRef(ref table.Find(4)));
        Assert.False(Unsafe.IsNullRef(ref table.Find(5)));
    }

    /// <summary>Else a core that was restored would forget earlier than one that replayed everything.</summary>
    [Fact]
    public void Restore_EntriesWhoseWindowHasPassed_KeepsThem()
    {
        var table = new DuplicateTable(100, TimeSpan.FromSeconds(60));
        for (ulong key = 1; key <= 6; key++)
        {
            table.Restore(key, key < 6 ? 1U : 100U, default);
        }

        Assert.Equal(6, table.Count);
        table.Add(7, 100);
        Assert.Equal(3, table.Count);
    }

    [Fact]
    public void Expire_ClockBehindTheEntries_ForgetsNothing()
    {
        var table = new DuplicateTable(100, TimeSpan.FromSeconds(60));
        table.Add(1, 1_000);

        table.Expire(100);

        Assert.Equal(1, table.Count);
    }

    [Fact]
    public void RandomUse_AgreesWithADictionary()
    {
        var random = new Random(3);
        var table = new DuplicateTable(20_000, TimeSpan.FromHours(1));
        var order = new Queue<ulong>();
        var expected = new HashSet<ulong>();
        for (int step = 0; step < 200_000; step++)
        {
            ulong key = (ulong)random.Next(1, 60_000) << 32;
            Assert.Equal(expected.Contains(key), !Unsafe.IsNullRef(ref table.Find(key)));
            if (expected.Add(key))
            {
                order.Enqueue(key);
                if (order.Count > 20_000)
                {
                    expected.Remove(order.Dequeue());
                }

                table.Add(key, 1);
            }
        }
    }

    /// <summary>The default bound is 20 million: it is a ceiling, and no claim on memory.</summary>
    [Fact]
    public void New_AtTheDefaultBound_TakesNextToNothing()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var table = new DuplicateTable(20_000_000, TimeSpan.FromHours(24), keepsTimes: true);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 80 * 1_024);
        Assert.Equal(0, table.Count);
    }

    /// <summary>
    /// 64 of each entry's own, 16.8 of each index at this fill, and what the smaller indexes before it took.
    /// </summary>
    [Fact]
    public void Add_AMillion_TakesItsEntriesAndTwoIndexes()
    {
        const int Entries = 1_000_000;
        var table = new DuplicateTable(20_000_000, TimeSpan.FromHours(24));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (ulong i = 1; i <= Entries; i++)
        {
            table.Add(i * 0x9E3779B97F4A7C15, 1, new PaymentName(i, 100, 1, 1122100000, (uint)i, 7));
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / (double)Entries, 98, 136);
    }

    [Fact]
    public void FindByReference_OneTwoAndNone_SaysWhich()
    {
        var table = new DuplicateTable(100, TimeSpan.FromHours(1));
        var name = new PaymentName(Card: 11, 100, 1, 1122100000, Rrn: 22, Place: 33);
        table.Add(1, 10, name);
        table.Add(2, 10, name with { Rrn = 23 });
        table.Add(3, 10, name with { Card = 12 });
        table.Add(4, 10, name with { Place = 34 });
        table.Add(5, 10, name with { Rrn = 23, Stan = 2 });
        table.Add(6, 10, name with { Rrn = 0 });

        Assert.Equal(1UL, table.FindByReference(PaymentName.HashOf(11, 22, 33), out bool isAmbiguous).Key);
        Assert.False(isAmbiguous);
        Assert.True(Unsafe.IsNullRef(
            ref table.FindByReference(PaymentName.HashOf(11, 23, 33), out isAmbiguous)));
        Assert.True(isAmbiguous);
        Assert.True(Unsafe.IsNullRef(
            ref table.FindByReference(PaymentName.HashOf(11, 99, 33), out isAmbiguous)));
        Assert.False(isAmbiguous);
        Assert.True(Unsafe.IsNullRef(ref table.FindByReference(PaymentName.HashOf(11, 0, 33), out isAmbiguous)));
        Assert.False(isAmbiguous);
    }

    /// <summary>Also while the index grows, when the entry may or may not have been moved already.</summary>
    [Theory]
    [InlineData(3_072)]
    [InlineData(3_073)]
    [InlineData(3_500)]
    [InlineData(20_000)]
    public void GiveName_ToAnEntryWithoutOne_IsFoundAndGoesWithIt(int others)
    {
        var table = new DuplicateTable(40_000, TimeSpan.FromSeconds(60));
        for (ulong key = 1; key <= 10; key++)
        {
            table.Add(key * 0x9E3779B97F4A7C15, 1);
        }

        for (ulong i = 1; i <= (ulong)others; i++)
        {
            table.Add((i + 100) * 0x9E3779B97F4A7C15, 1, new PaymentName(i, 1, 1, 1, 5, 7));
        }

        var name = new PaymentName(Card: 77_777, 100, 3, 1122100000, Rrn: 22, Place: 33);
        for (uint key = 1; key <= 10; key++)
        {
            table.GiveName(key * 0x9E3779B97F4A7C15, name with { Rrn = key });
            table.GiveName(key * 0x9E3779B97F4A7C15, name with { Rrn = key + 100 }); // It has one.
        }

        for (ulong i = 1; i <= 10_000; i++)
        {
            table.Add((i + 50_000) * 0x9E3779B97F4A7C15, 1, new PaymentName(i, 1, 1, 1, 6, 7));
        }

        for (uint key = 1; key <= 10; key++)
        {
            ulong reference = PaymentName.HashOf(77_777, key, 33);
            Assert.Equal(key * 0x9E3779B97F4A7C15, table.FindByReference(reference, out bool isAmbiguous).Key);
            Assert.False(isAmbiguous);
            Assert.True(Unsafe.IsNullRef(
                ref table.FindByReference(PaymentName.HashOf(77_777, key + 100, 33), out _)));
        }

        for (int i = 0; i < 10; i++)
        {
            table.Expire(100);
        }

        for (uint key = 1; key <= 10; key++)
        {
            Assert.True(Unsafe.IsNullRef(ref table.FindByReference(PaymentName.HashOf(77_777, key, 33), out _)));
        }
    }

    /// <summary>
    /// Growth, eviction and names that few entries, then many, bear, against a plain list. The first twenty thousand
    /// bear none: then the second index grows while it has far fewer entries than the ring.
    /// </summary>
    [Fact]
    public void FindByReference_RandomUse_AgreesWithAList()
    {
        const int Max = 30_000;
        var random = new Random(5);
        var table = new DuplicateTable(Max, TimeSpan.FromHours(1));
        var kept = new Queue<(ulong Key, ulong Reference)>();
        var counts = new Dictionary<ulong, List<ulong>>();
        for (ulong key = 1; key <= 120_000; key++)
        {
            uint rrn = key < 20_000 ? 0 : (uint)random.Next(0, 40_000);
            var name = new PaymentName(Card: 1 + (key % 3), 100, 1, 1122100000, rrn, Place: 9);
            ulong reference = PaymentName.HashOf(name.Card, name.Rrn, name.Place);
            table.Add(key * 0x9E3779B97F4A7C15, 1, name);
            kept.Enqueue((key * 0x9E3779B97F4A7C15, reference));
            if (!counts.TryGetValue(reference, out List<ulong>? bearers))
            {
                counts[reference] = bearers = [];
            }

            bearers.Add(key * 0x9E3779B97F4A7C15);
            if (kept.Count > Max)
            {
                (ulong gone, ulong its) = kept.Dequeue();
                counts[its].Remove(gone);
            }

            ulong asked = PaymentName.HashOf(1 + (ulong)random.Next(0, 3), (uint)random.Next(1, 40_000), 9);
            List<ulong> expected = counts.GetValueOrDefault(asked) ?? [];
            ref Remembered found = ref table.FindByReference(asked, out bool isAmbiguous);
            Assert.Equal(expected.Count > 1, isAmbiguous);
            Assert.Equal(expected.Count == 1, !Unsafe.IsNullRef(ref found));
            Assert.True(expected.Count != 1 || found.Key == expected[0]);
        }
    }

    /// <summary>Ten times round a ring of which a fiftieth is ever used at once.</summary>
    [Fact]
    public void Add_SteadyCount_AllocatesNoMoreHoweverFarItGoes()
    {
        const int Kept = 200_000;
        var table = new DuplicateTable(Kept * 50, TimeSpan.FromSeconds(Kept));
        uint second = 1;
        void Go(int count)
        {
            for (int i = 0; i < count; i++)
            {
                table.Add(++second * 0x9E3779B97F4A7C15UL, second);
            }
        }

        Go(Kept * 2);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Go(Kept * 60);

        // A page, or a larger index, is two million bytes; collections that others cause count for eight thousand each.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 500_000);
        Assert.InRange(table.Count, Kept, Kept + 2);
        Assert.False(Unsafe.IsNullRef(ref table.Find((second - Kept + 1) * 0x9E3779B97F4A7C15UL)));
        Assert.Equal(0, table.EvictedCount);
    }

    [Fact]
    public void TimesOf_AcrossPages_AreEachTheirOwn()
    {
        const uint Entries = 150_000;
        var table = new DuplicateTable(100_000, TimeSpan.FromHours(1), keepsTimes: true);
        for (uint i = 1; i <= Entries; i++)
        {
            var name = new PaymentName(1, 0, 0, Time: i, 0, 0);
            table.SetLocalTime(in table.Add(i * 0x9E3779B97F4A7C15UL, 1, name), i + 7);
        }

        for (uint i = 50_001; i <= Entries; i++)
        {
            Assert.Equal(new OriginalTimes(i, i + 7), table.TimesOf(in table.Find(i * 0x9E3779B97F4A7C15UL)));
        }
    }

    /// <summary>Also once another entry, or none, stands where it stood.</summary>
    [Fact]
    public void Find_ByAPositionOfAnyAge_FindsWhatTheKeyFinds()
    {
        const int Kept = 100;
        var table = new DuplicateTable(Kept, TimeSpan.FromSeconds(60));
        var positions = new List<int>();
        for (uint key = 1; key <= 350; key++)
        {
            table.Add(key * 0x9E3779B97F4A7C15UL, second: 1);
            positions.Add(table.Newest);
        }

        Check();
        for (int i = 0; i < 20; i++)
        {
            table.Expire(second: 100);
        }

        Assert.Equal(Kept - 80, table.Count);
        Check();
        table.Add(0xABCDUL << 40, second: 100);
        Check();

        void Check()
        {
            for (uint key = 1; key <= 350; key++)
            {
                ulong hash = key * 0x9E3779B97F4A7C15UL;
                foreach (int position in (int[])[positions[(int)key - 1], (int)key % Kept, -1, Kept, int.MaxValue])
                {
                    Assert.True(Unsafe.AreSame(ref table.Find(hash), ref table.Find(hash, position)));
                }
            }
        }
    }

    [Fact]
    public void Remembered_PacksStateAndSourceApart()
    {
        var entry = new Remembered { State = RememberedState.Tombstone, Source = DecisionSource.ReversedByAcquirer };
        Assert.Equal((RememberedState.Tombstone, DecisionSource.ReversedByAcquirer), (entry.State, entry.Source));
        entry.State = RememberedState.Done;
        Assert.Equal((RememberedState.Done, DecisionSource.ReversedByAcquirer), (entry.State, entry.Source));
        Assert.Equal(64, Unsafe.SizeOf<Remembered>()); // One cache line.
    }
}
