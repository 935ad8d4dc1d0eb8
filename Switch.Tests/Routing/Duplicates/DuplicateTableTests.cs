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

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 64 * 1_024);
        Assert.Equal(0, table.Count);
    }

    /// <summary>
    /// 32 of each entry's own, 8.4 of the index at this fill, and what the smaller indexes before it took.
    /// </summary>
    [Fact]
    public void Add_AMillion_TakesAboutFortyBytesEach()
    {
        const int Entries = 1_000_000;
        var table = new DuplicateTable(20_000_000, TimeSpan.FromHours(24));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (ulong i = 1; i <= Entries; i++)
        {
            table.Add(i * 0x9E3779B97F4A7C15, 1);
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / (double)Entries, 40, 52);
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
            table.SetTimes(in table.Add(i * 0x9E3779B97F4A7C15UL, 1), new OriginalTimes(i, -i));
        }

        for (uint i = 50_001; i <= Entries; i++)
        {
            Assert.Equal(new OriginalTimes(i, -i), table.TimesOf(in table.Find(i * 0x9E3779B97F4A7C15UL)));
        }
    }

    [Fact]
    public void Remembered_PacksStateAndSourceApart()
    {
        var entry = new Remembered { State = RememberedState.Tombstone, Source = DecisionSource.ReversedByAcquirer };
        Assert.Equal((RememberedState.Tombstone, DecisionSource.ReversedByAcquirer), (entry.State, entry.Source));
        entry.State = RememberedState.Done;
        Assert.Equal((RememberedState.Done, DecisionSource.ReversedByAcquirer), (entry.State, entry.Source));
        Assert.Equal(32, Unsafe.SizeOf<Remembered>());
    }
}
