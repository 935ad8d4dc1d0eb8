using Switch.Host.Journal;
using Switch.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Journal;

public sealed class SparePoolTests : IDisposable
{
    private const int Size = 8_192;
    private readonly MemoryJournalDisk _disk = new();
    private readonly ListLoggerFactory _log = new();
    private readonly List<string> _steps = [];

    public void Dispose() => _log.Dispose();

    /// <summary>Its memory is then what the next spare is filled in; of the one being written, all is needed.</summary>
    [Fact]
    public void Take_DropsTheSealedSegmentBeforeASpareIsMade()
    {
        foreach (int number in (int[])[5, 6, 7])
        {
            _disk.Put(SegmentCheck.NameOf(number), new byte[Size]);
        }

        MakeSpareFor(segment: 7);

        Assert.Equal([$"drop {SegmentCheck.NameOf(6)}", "create"], _steps);
    }

    /// <summary>Retention may have been quicker: that is no trouble, and costs the spare no time.</summary>
    [Fact]
    public void Take_SealedSegmentIsGone_MakesTheSpareAtOnce()
    {
        MakeSpareFor(segment: 7);

        Assert.Equal(["create"], _steps);
        Assert.Empty(_log.Lines);
    }

    private void MakeSpareFor(long segment)
    {
        using var isMade = new ManualResetEventSlim();
        _disk.OnDropCache = name => _steps.Add($"drop {name}");
        _disk.OnOperation = (_, operation, _) =>
        {
            if (operation == "create")
            {
                _steps.Add(operation);
                isMade.Set();
            }
        };
        using var pool = new SparePool(_disk, Size, ahead: 1, isDurable: true, _log.CreateLogger(""), freeMin: 0);

        Assert.Null(pool.Take(segment));
        pool.Start();
        Assert.True(isMade.Wait(Rig.Patience));
    }
}
