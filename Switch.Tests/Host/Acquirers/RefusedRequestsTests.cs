using Switch.Host.Acquirers;
using Switch.Routing.Transactions;

namespace Switch.Tests.Host.Acquirers;

/// <summary>Of a request that is told no and a copy of it that is taken in there is never both.</summary>
public sealed class RefusedRequestsTests
{
    private const int Share = 1 << 14;
    private const long Start = TimeSpan.TicksPerDay;

    [Fact]
    public void Copy_AfterTheRefusal_IsNotTaken()
    {
        var refused = new RefusedRequests(Share);

        Assert.True(refused.TryRefuse(Key(1), Start));
        Assert.False(refused.TryTakeCopy(Key(1), Start));
        Assert.True(refused.TryTakeCopy(Key(2), Start));
    }

    /// <summary>It was noted first and stood in a batch while its copy went past it.</summary>
    [Fact]
    public void Refusal_AfterACopyWasTaken_IsNotSaid()
    {
        var refused = new RefusedRequests(Share);

        Assert.True(refused.TryTakeCopy(Key(1), Start));
        Assert.False(refused.TryRefuse(Key(1), Start));
        Assert.True(refused.TryTakeCopy(Key(1), Start));
    }

    [Fact]
    public void Refusal_IsRememberedForTwoMinutesAndNotForLong()
    {
        var refused = new RefusedRequests(Share);
        for (int second = 0; second < 600; second++)
        {
            long now = Start + (second * TimeSpan.TicksPerSecond);
            Assert.True(refused.TryRefuse(Key(second), now));
            Assert.False(refused.TryTakeCopy(Key(Math.Max(0, second - 119)), now));
        }

        Assert.True(refused.TryTakeCopy(Key(300), Start + (600 * TimeSpan.TicksPerSecond)));
        Assert.True(refused.TryTakeCopy(Key(599), Start + TimeSpan.TicksPerDay));
    }

    [Fact]
    public void RefusalAndCopy_AtTheSameMoment_AreNeverBoth()
    {
        const int Count = 2_000;
        var refused = new RefusedRequests(Share);
        using var barrier = new Barrier(2);
        var isSaid = new bool[Count];
        var isTaken = new bool[Count];

        Parallel.Invoke(
            () => Each(i => isSaid[i] = refused.TryRefuse(Key(i), Start)),
            () => Each(i => isTaken[i] = refused.TryTakeCopy(Key(i), Start)));

        Assert.DoesNotContain(true, Enumerable.Range(0, Count).Select(i => isSaid[i] && isTaken[i]));

        void Each(Action<int> act)
        {
            for (int i = 0; i < Count; i++)
            {
                barrier.SignalAndWait();
                act(i);
            }
        }
    }

    // Well mixed, as keys are.
    private static ulong Key(int number) => RequestKey.OfAcquirer($"request {number}");
}
