using System.Runtime.CompilerServices;
using Switch.Routing.Admission;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Admission;

/// <summary>
/// Goal: each acquirer is served in its own order and in proportion to its weight, and nothing is lost. Method: small
/// lines by hand, and long random ones beside a model of plain queues.
/// </summary>
public class RequestLineTests
{
    [Fact]
    public void TryTake_OneAcquirer_IsFirstInFirstOut()
    {
        RequestLine<int> line = New([1], 4);
        Add(line, 0, 1, 2, 3);

        Assert.Equal([1, 2, 3], TakeAll(line));
    }

    [Fact]
    public void TryTake_EqualWeights_TakesInTurn()
    {
        RequestLine<int> line = New([1, 1, 1], 10);
        Add(line, 1, 10, 11, 12, 13);
        Add(line, 0, 1);
        Add(line, 2, 20, 21);

        Assert.Equal([10, 1, 20, 11, 21, 12, 13], TakeAll(line));
    }

    [Fact]
    public void TryTake_TwiceTheWeight_GetsTwiceAsMany()
    {
        RequestLine<int> line = New([1, 2], 12);
        Add(line, 0, 1, 2, 3, 4);
        Add(line, 1, 11, 12, 13, 14, 15, 16);

        Assert.Equal([1, 11, 12, 2, 13, 14, 3, 15, 16, 4], TakeAll(line));
    }

    [Fact]
    public void TryAdd_AtTheCapacity_IsRefusedUntilOneIsTaken()
    {
        RequestLine<int> line = New([1, 1], 2);
        Add(line, 0, 1);
        Add(line, 1, 2);

        Assert.False(line.TryAdd(1, 3));
        Assert.True(line.TryTake(out _));
        Assert.True(line.TryAdd(1, 4));
        Assert.Equal([2, 4], TakeAll(line));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void New_OutOfRange_Throws(int capacity, int weight) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => New([weight], capacity));

    /// <summary>One that floods delays another by its own weight at most, however long its line is.</summary>
    [Fact]
    public void TryTake_OneFloods_TheOtherIsNext()
    {
        RequestLine<int> line = New([3, 1], 1_000);
        for (int i = 0; i < 900; i++)
        {
            Assert.True(line.TryAdd(0, i));
        }

        Assert.True(line.TryTake(out _));
        Assert.True(line.TryAdd(1, -1));

        int before = 0;
        while (line.TryTake(out int next) && next != -1)
        {
            before++;
        }

        Assert.InRange(before, 0, 3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void TryTake_AnyTraffic_LosesNothingAndKeepsEachOrder(int seed)
    {
        var random = new Random(seed);
        int[] weights = [1, 3, 2, 7];
        RequestLine<int> line = New(weights, 64);
        Queue<int>[] model = [.. weights.Select(static _ => new Queue<int>())];
        for (int step = 0; step < 50_000; step++)
        {
            if (random.Next(2) == 0)
            {
                int acquirer = random.Next(weights.Length);
                bool hasRoom = model.Sum(static queue => queue.Count) < 64;
                Assert.Equal(hasRoom, line.TryAdd(acquirer, (acquirer << 24) | step));
                if (hasRoom)
                {
                    model[acquirer].Enqueue((acquirer << 24) | step);
                }
            }
            else if (line.TryTake(out int item))
            {
                Assert.Equal(model[item >> 24].Dequeue(), item);
            }
            else
            {
                Assert.All(model, static queue => Assert.Empty(queue));
            }

            Assert.Equal(model.Sum(static queue => queue.Count), line.Count);
            Assert.Equal(
                weights.Where((_, i) => model[i].Count > 0).Sum(), line.WeightWaiting);
            Assert.Equal(model.Select(static queue => queue.Count), weights.Select((_, i) => line.CountOf(i)));
        }
    }

    [Fact]
    public void TryTake_AnObject_IsForgotten()
    {
        var line = new RequestLine<object>([1], 4);
        WeakReference held = AddOne(line);
        TakeOne(line);

        GC.Collect();

        Assert.False(held.IsAlive);
        Assert.Equal(0, line.Count);
    }

    [Fact]
    public void AddAndTake_WarmedUp_AllocateNothing()
    {
        RequestLine<int> line = New([1, 2], 8);

        Assert.Equal(0, AllocationMeter.Of(() =>
        {
            line.TryAdd(0, 1);
            line.TryAdd(1, 2);
            line.TryTake(out _);
            line.TryTake(out _);
        }));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TakeOne(RequestLine<object> line) => Assert.True(line.TryTake(out _));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference AddOne(RequestLine<object> line)
    {
        object item = new();
        line.TryAdd(0, item);
        return new WeakReference(item);
    }

    private static RequestLine<int> New(int[] weights, int capacity) => new(weights, capacity);

    private static void Add(RequestLine<int> line, int acquirer, params int[] items)
    {
        foreach (int item in items)
        {
            Assert.True(line.TryAdd(acquirer, item));
        }
    }

    private static List<int> TakeAll(RequestLine<int> line)
    {
        var taken = new List<int>();
        while (line.TryTake(out int item))
        {
            taken.Add(item);
        }

        return taken;
    }
}
