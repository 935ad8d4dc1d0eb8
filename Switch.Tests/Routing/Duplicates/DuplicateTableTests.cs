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
