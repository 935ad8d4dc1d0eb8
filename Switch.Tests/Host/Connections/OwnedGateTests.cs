using Switch.Host.Connections;

namespace Switch.Tests.Host.Connections;

/// <summary>
/// Goal: never two threads are in, though the owner takes no lock. Method: threads count together without an atomic
/// operation, and not one count may be lost.
/// </summary>
public class OwnedGateTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Enter_OwnerAndOthersAtOnce_NoCountIsLost(int others)
    {
        const int OwnersRounds = 2_000_000;
        const int OthersRounds = 20_000;
        var owner = new GateOwner();
        var gate = new OwnedGate(owner);
        long count = 0;
        using var start = new Barrier(others + 1);
        Thread[] threads =
        [
            new(() =>
            {
                owner.Take();
                start.SignalAndWait();
                Count(OwnersRounds);
            }),
            .. Enumerable.Range(0, others).Select(_ => new Thread(() =>
            {
                start.SignalAndWait();
                Count(OthersRounds);
            })),
        ];

        Array.ForEach(threads, static thread => thread.Start());
        Assert.All(threads, static thread => Assert.True(thread.Join(Limit)));

        Assert.Equal(OwnersRounds + (others * (long)OthersRounds), count);

        void Count(int rounds)
        {
            for (int i = 0; i < rounds; i++)
            {
                using (gate.Enter())
                {
                    count++;
                }
            }
        }
    }

    /// <summary>As a lock of the platform: by each of the ways in, and still shut to others afterwards.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Enter_Again_KeepsOthersOutUntilTheLastIsLeft(bool isOwner)
    {
        var owner = new GateOwner();
        var gate = new OwnedGate(owner);
        bool isIn = false;
        bool wasIn = true;
        using var hasTried = new ManualResetEventSlim();
        var other = new Thread(() =>
        {
            hasTried.Set();
            using (gate.Enter())
            {
                wasIn = Volatile.Read(ref isIn);
            }
        });
        if (isOwner)
        {
            owner.Take();
        }

        using (gate.Enter())
        {
            using (gate.Enter())
            {
                Volatile.Write(ref isIn, true);
            }

            other.Start();
            Assert.True(hasTried.Wait(Limit));
            Volatile.Write(ref isIn, false);
        }

        Assert.True(other.Join(Limit));
        Assert.False(wasIn);
    }

    [Fact]
    public void Enter_WithoutAnOwner_IsALock()
    {
        var gate = new OwnedGate(owner: null);
        long count = 0;
        Thread[] threads =
        [
            .. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
            {
                for (int i = 0; i < 200_000; i++)
                {
                    using (gate.Enter())
                    {
                        count++;
                    }
                }
            })),
        ];

        Array.ForEach(threads, static thread => thread.Start());
        Assert.All(threads, static thread => Assert.True(thread.Join(Limit)));

        Assert.Equal(600_000, count);
    }
}
