using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Switch.Routing.Journal;

namespace Switch.Host.Journal;

/// <summary>
/// Keeps zero-filled segments ready, on a thread of its own, and watches how much room is left. A disk that is full is
/// met here first, while the journal still has a segment to write to. The memory for a spare is what the kernel kept of
/// the segment before: a page that was never used before costs a virtual machine ten times a page used again.
/// </summary>
internal sealed class SparePool : IDisposable
{
    /// <summary>How long after a failure, or between two looks at the free space.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>A shortage ends at the least free space and this part of it more: it must not flutter.</summary>
    private const int EndOfShortageDivisor = 8;

    private readonly IJournalDisk _disk;
    private readonly long _size;
    private readonly int _ahead;
    private readonly bool _isDurable;
    private readonly ILogger _logger;
    private readonly ConcurrentQueue<string> _spares;
    private readonly AutoResetEvent _wake = new(initialState: true);
    private readonly Thread _thread;
    private readonly long _freeMin;
    private long _freeBytes;
    private long _sealed;
    private volatile bool _isLow;
    private volatile bool _isStopping;
    private bool _hasWarned;

    /// <param name="freeMin">Bytes below which <see cref="IsLow"/>; 0: never.</param>
    public SparePool(IJournalDisk disk, long size, int ahead, bool isDurable, ILogger logger, long freeMin)
    {
        _disk = disk;
        _size = size;
        _ahead = ahead;
        _isDurable = isDurable;
        _logger = logger;
        _freeMin = freeMin;
        _spares = new ConcurrentQueue<string>(SegmentFiller.FindSpares(disk, size));
        Look();
        _thread = new Thread(Run) { IsBackground = true, Name = "journal spares" };
    }

    /// <summary>Segments that can still be begun: spares, and what the free space allows.</summary>
    public long SegmentsLeft => _spares.Count + (Volatile.Read(ref _freeBytes) / _size);

    public long FreeBytes => Volatile.Read(ref _freeBytes);

    /// <summary>Less is free than there should be.</summary>
    public bool IsLow => _isLow;

    /// <summary>
    /// Starts making spares. Later than construction, so that opening does not compete with it for the disk.
    /// </summary>
    public void Start() => _thread.Start();

    /// <summary>A finished spare, now the caller's; null when none is ready.</summary>
    /// <param name="number">Of the segment that it becomes. The one before is sealed.</param>
    public string? Take(long number)
    {
        Volatile.Write(ref _sealed, number - 1);
        bool found = _spares.TryDequeue(out string? spare);
        _wake.Set();
        return found ? spare : null;
    }

    public void Dispose()
    {
        _isStopping = true;
        _wake.Set();
        if (_thread.IsAlive)
        {
            _thread.Join();
        }

        _wake.Dispose();
    }

    private void Run()
    {
        while (!_isStopping)
        {
            try
            {
                Look();
                Fill();
                _hasWarned = false;
            }
            catch (Exception refused) when (refused is JournalException or IOException)
            {
                if (!_hasWarned)
                {
                    JournalLog.NoSpare(_logger, Volatile.Read(ref _freeBytes), refused); // Once a shortage.
                    _hasWarned = true;
                }
            }

            _wake.WaitOne(Interval);
        }
    }

    private void Fill()
    {
        while (_spares.Count < _ahead && !_isStopping)
        {
            DropSealed();
            string name = Guid.NewGuid().ToString("N");
            if (SegmentFiller.MakeSpare(_disk, name, _size, _isDurable, () => _isStopping) is { } spare)
            {
                _spares.Enqueue(spare);
            }

            Look();
        }
    }

    // Who reads it from now on reads it once, from its start, and can wait for the disk.
    private void DropSealed()
    {
        if (Interlocked.Exchange(ref _sealed, 0) is > 0 and long number
            && SegmentCheck.Numbers(_disk).Contains(number))
        {
            using IJournalFile file = _disk.Open(SegmentCheck.NameOf(number));
            file.DropCache();
        }
    }

    private void Look()
    {
        long free = _disk.FreeBytes;
        Volatile.Write(ref _freeBytes, free);
        _isLow = free < _freeMin + (_isLow ? _freeMin / EndOfShortageDivisor : 0);
    }
}
