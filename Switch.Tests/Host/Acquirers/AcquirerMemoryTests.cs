using Switch.Host.Acquirers;
using Switch.Routing.Duplicates;

namespace Switch.Tests.Host.Acquirers;

/// <summary>The memory of one acquirer's requests, asked by the threads of several connections.</summary>
public sealed class AcquirerMemoryTests
{
    private const long Now = TimeSpan.TicksPerDay;

    [Fact]
    public void RefusalAndCopy_AtTheSameMoment_AreNeverBoth()
    {
        const int Count = 2_000;
        var memory = new AcquirerMemory(known: null);
        using var barrier = new Barrier(2);
        var isSaid = new bool[Count];
        var isTaken = new bool[Count];
        for (int i = 0; i < Count; i++)
        {
            Assert.Equal(RequestArrival.First, memory.Arrive(Key(i), isRepeat: false, Now));
        }

        Parallel.Invoke(
            () => Each(i => isSaid[i] = memory.TryRefuse(Key(i), Now)),
            () => Each(i => isTaken[i] = memory.Arrive(Key(i), isRepeat: true, Now) == RequestArrival.Copy));

        Assert.DoesNotContain(true, Enumerable.Range(0, Count).Select(i => isSaid[i] == isTaken[i]));

        void Each(Action<int> act)
        {
            for (int i = 0; i < Count; i++)
            {
                barrier.SignalAndWait();
                act(i);
            }
        }
    }

    [Fact]
    public void Arrive_ManyThreads_OneOfThemIsTheFirst()
    {
        const int Threads = 4;
        const int Count = 20_000;
        var memory = new AcquirerMemory(known: null);
        int firsts = 0;

        Parallel.For(0, Threads, _ =>
        {
            for (int i = 0; i < Count; i++)
            {
                bool isFirst = memory.Arrive(Key(i), isRepeat: false, Now) == RequestArrival.First;
                Interlocked.Add(ref firsts, isFirst ? 1 : 0);
            }
        });

        Assert.Equal(Count, firsts);
    }

    // Well mixed, as keys are.
    private static ulong Key(int number)
    {
        ulong high = Math.BigMul((ulong)(number + 10) * 0xD6E8FEB86659FD93, 0x9E3779B97F4A7C15, out ulong low);
        return high ^ low;
    }
}
