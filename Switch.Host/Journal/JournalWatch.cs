using Switch.Routing.Journal;

namespace Switch.Host.Journal;

/// <summary>
/// Sees to it, four times a second and on a thread of its own, that what the journal writes stands where the next start
/// will look for it; and writes down, outside the journal's folder, how far it has got. A folder that was removed,
/// replaced, mounted over or made read-only takes every write without a word.
/// </summary>
internal sealed class JournalWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly IWatchedDisk? _disk;
    private readonly JournalMarkFile? _file;
    private readonly Func<JournalMark> _read;
    private readonly Action<Exception> _fail;
    private readonly JournalDependencies _dependencies;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private JournalMark? _written;
    private bool _hasWarned;

    /// <param name="file">Where the mark is written; null: nowhere.</param>
    /// <param name="read">The mark as of now: nothing in it may be more than what is durable.</param>
    /// <param name="fail">
    /// Told once, on this thread, what is wrong; then nothing is looked at or written any more.
    /// </param>
    /// <param name="dependencies">The disk, if it can be watched, and the log.</param>
    public JournalWatch(
        JournalMarkFile? file, Func<JournalMark> read, Action<Exception> fail, JournalDependencies dependencies)
    {
        _disk = dependencies.Disk as IWatchedDisk;
        _file = file;
        _read = read;
        _fail = fail;
        _dependencies = dependencies;
        _thread = new Thread(Run) { IsBackground = true, Name = "journal watch" };
    }

    /// <summary>Writes the first mark, durably, and starts to look.</summary>
    /// <exception cref="JournalException">
    /// The mark cannot be written: then the next start could not be told.
    /// </exception>
    public void Start()
    {
        try
        {
            Mark(isDurable: true);
        }
        catch (Exception refused) when (refused is JournalException or IOException or UnauthorizedAccessException)
        {
            throw new JournalException(
                $"The journal's identity file cannot be written: {refused.Message} It must be outside the journal's "
                + "folder, where the switch may write; Journal:IdentityFile names another place.",
                refused);
        }

        _thread.Start();
    }

    /// <summary>Writes the last mark, durably, and ends. Not after a failure: then it may be another's file.</summary>
    public void Stop(bool hasFailed)
    {
        Halt();
        if (!hasFailed)
        {
            TryMark(isDurable: true);
        }
    }

    public void Dispose()
    {
        Halt();
        _file?.Dispose();
        _stop.Dispose();
    }

    private void Halt()
    {
        _stop.Set();
        if (_thread.IsAlive)
        {
            _thread.Join();
        }
    }

    private void Run()
    {
        while (!_stop.Wait(Interval))
        {
            if (FindProblem() is { } problem)
            {
                _fail(problem);
                return;
            }

            TryMark(isDurable: false);
        }
    }

    private JournalException? FindProblem()
    {
        try
        {
            return _disk?.FindProblem() is { } problem
                ? new JournalException($"The journal was moved or replaced: {problem}.")
                : null;
        }
        catch (JournalException refused)
        {
            return refused; // A disk that cannot even be looked at.
        }
    }

    private void TryMark(bool isDurable)
    {
        try
        {
            Mark(isDurable);
            _hasWarned = false;
        }
        catch (Exception refused) when (refused is JournalException or IOException or UnauthorizedAccessException)
        {
            // It is a second look at what the journal itself says: payments need not wait for it.
            if (!_hasWarned)
            {
                JournalLog.NoMark(_dependencies.Logger, _file!.Path, refused.Message);
                _hasWarned = true;
            }
        }
    }

    // Each new segment is durable in it; how far that one is filled is as good as the kernel.
    private void Mark(bool isDurable)
    {
        JournalMark mark = _read();
        if (_file is null || (mark == _written && !isDurable && _file.IsInPlace))
        {
            return;
        }

        _file.Write(mark, isDurable || mark.Segment != _written?.Segment);
        _written = mark;
    }
}
