using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Switch.Routing.Journal;

namespace Switch.Host.Journal;

/// <summary>
/// Keeps zero-filled segments ready, on a thread of its own, and watches how much room is left. A disk that is full is
/// met here first, while the journal still has a segment to write to.
/// </summary>
internal sealed class SparePool : IDisposable
{
    /// <summary>How long after a failure, or between two looks at the free space.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly IJournalDisk _disk;
    private readonly long _size;
    private readonly int _ahead;
    private readonly bool _isDurable;
    private readonly ILogger _logger;
    private readonly ConcurrentQueue<string> _spares;
    private readonly AutoResetEvent _wake = new(initialState: true);
    private readonly Thread _thread;
    private long _freeBytes;
    private volatile bool _isStopping;
    private bool _hasWarned;

    public SparePool(IJournalDisk disk, long size, int ahead, bool isDurable, ILogger logger)
    {
        _disk = disk;
        _size = size;
        _ahead = ahead;
        _isDurable = isDurable;
        _logger = logger;
        _spares = new ConcurrentQueue<string>(SegmentFiller.FindSpares(disk, size));
        _freeBytes = disk.FreeBytes;
        _thread = new Thread(Run) { IsBackground = true, Name = "journal spares" };
    }

    /// <summary>Segments that can still be begun: spares, and what the free space allows.</summary>
    public long SegmentsLeft => _spares.Count + (Volatile.Read(ref _freeBytes) / _size);

    /// <summary>
    /// Starts making spares. Later than construction, so that opening does not compete with it for the disk.
    /// </summary>
    public void Start() => _thread.Start();

    /// <summary>A finished spare, now the caller's; null when none is ready.</summary>
    public string? Take()
    {
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
                Volatile.Write(ref _freeBytes, _disk.FreeBytes);
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
            string name = Guid.NewGuid().ToString("N");
            if (SegmentFiller.MakeSpare(_disk, name, _size, _isDurable, () => _isStopping) is { } spare)
            {
                _spares.Enqueue(spare);
            }

            Volatile.Write(ref _freeBytes, _disk.FreeBytes);
        }
    }
}
