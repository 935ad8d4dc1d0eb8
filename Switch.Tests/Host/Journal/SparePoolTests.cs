using Microsoft.Extensions.Logging.Abstractions;
using Switch.Host.Journal;
using Switch.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Journal;

public sealed class SparePoolTests
{
    private const int Size = 8_192;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Its memory is then what the next spare is filled in; of the one being written, all is needed.</summary>
    [Fact]
    public void Take_DropsTheSealedSegmentBeforeASpareIsMade()
    {
        using var made = new ManualResetEventSlim();
        var steps = new List<string>();
        var disk = new MemoryJournalDisk();
        foreach (int number in (int[])[5, 6, 7])
        {
            disk.Put(SegmentCheck.NameOf(number), new byte[Size]);
        }

        disk.OnDropCache = name => steps.Add($"drop {name}");
        disk.OnOperation = (_, operation, name) =>
        {
            if (operation == "create")
            {
                steps.Add("create");
                made.Set();
            }
        };

        using var pool = new SparePool(disk, Size, ahead: 1, isDurable: true, NullLogger.Instance, freeMin: 0);
        Assert.Null(pool.Take(7));
        pool.Start();

        Assert.True(made.Wait(Patience));
        Assert.Equal([$"drop {SegmentCheck.NameOf(6)}", "create"], steps);
    }

    [Fact]
    public void Take_SealedSegmentIsGone_MakesTheSpareAllTheSame()
    {
        using var made = new ManualResetEventSlim();
        var disk = new MemoryJournalDisk();
        disk.OnOperation = (_, operation, _) =>
        {
            if (operation == "create")
            {
                made.Set();
            }
        };

        using var pool = new SparePool(disk, Size, ahead: 1, isDurable: true, NullLogger.Instance, freeMin: 0);
        pool.Take(7);
        pool.Start();

        Assert.True(made.Wait(Patience));
    }
}
