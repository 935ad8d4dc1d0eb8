using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Switch.Host.Memory;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Memory;

/// <summary>What is left in the stack of a thread that waits, as another process would find it.</summary>
[SupportedOSPlatform("linux")]
public sealed class StackSweepTests
{
    private const int NeedleSize = 64;

    /// <param name="isSwept">Unswept, the test shows that it would see what is left.</param>
    /// <param name="depth">Of the calls, of some 600 bytes each; the wait itself writes over the first ones.</param>
    [Theory]
    [InlineData(false, 10)]
    [InlineData(true, 0)]
    [InlineData(true, 6)]
    [InlineData(true, 10)]
    public async Task Below_BeforeAThreadWaits_LeavesNothingOfWhatItWorkedOn(bool isSwept, int depth)
    {
        byte seed = (byte)((isSwept ? 0x35 : 0x9C) + depth);
        var scanner = new LeakScanner();

        // Pinned: what the collector moves while memory is read may be missed.
        byte[] needle = GC.AllocateArray<byte>(NeedleSize, pinned: true);
        Fill(needle, seed);
        scanner.AddBytes("what it worked on", needle);
        using (var first = new WaitingThread("first", seed, depth, isSwept))
        {
            // What it calls is compiled on this one, which takes far more of a stack than to run it.
            await Rig.UntilAsync(() => first.Waits);
        }

        string name = $"sweep {seed}";
        IReadOnlyList<MemoryHit> hits;
        using (var second = new WaitingThread(name, seed, depth, isSwept))
        {
            await Rig.UntilAsync(() => second.Waits);
            hits = new ProcessMemory(Environment.ProcessId).Scan(scanner);
        }

        GC.KeepAlive(needle);
        Assert.NotEmpty(hits); // The needle itself, in the heap.
        Assert.Equal(!isSwept, hits.Any(hit => hit.Region.Contains($"[{name} at ", StringComparison.Ordinal)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Work(byte seed, int depth)
    {
        Span<byte> room = stackalloc byte[512];
        room.Clear();
        if (depth > 0)
        {
            return Work(seed, depth - 1) + room[depth];
        }

        Fill(room[..NeedleSize], seed);
        return room[seed % NeedleSize];
    }

    private static void Fill(Span<byte> bytes, byte seed)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)((seed * 31) + (i * 7) + (i * i * 13));
        }
    }

    /// <summary>Works, and waits until it is disposed of.</summary>
    private sealed class WaitingThread : IDisposable
    {
        private readonly ManualResetEventSlim _end = new();
        private readonly Thread _thread;

        public WaitingThread(string name, byte seed, int depth, bool isSwept)
        {
            _thread = new Thread(() =>
            {
                Work(seed, depth);
                if (isSwept)
                {
                    StackSweep.Below();
                }

                _end.Wait();
            })
            { Name = name };
            _thread.Start();
        }

        public bool Waits => _thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin);

        public void Dispose()
        {
            _end.Set();
            _thread.Join();
            _end.Dispose();
        }
    }
}
