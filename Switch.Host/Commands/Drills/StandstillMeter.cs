namespace Switch.Host.Commands.Drills;

/// <summary>A time in which the machine did not run this process, by the acquirer's clock.</summary>
internal readonly record struct Standstill(TimeSpan From, TimeSpan To)
{
    public TimeSpan Length => To - From;
}

/// <summary>
/// Finds out when the machine stood still, as a virtual one does that shares its processors: a thread that does nothing
/// else looks at the clock a hundred times a second. For what customers waited then the switch is not to blame.
/// </summary>
/// <param name="clock">The acquirer's.</param>
internal sealed class StandstillMeter(Func<TimeSpan> clock) : IDisposable
{
    /// <summary>
    /// A busy scheduler makes a thread wait too, for less. What a switch makes its machine do must not excuse it.
    /// </summary>
    public static readonly TimeSpan Least = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(10);

    private readonly List<Standstill> _found = [];
    private readonly ManualResetEvent _ended = new(initialState: false);
    private TimeSpan _last = clock();
    private Thread? _thread;

    /// <summary>Until now, in their order.</summary>
    public IReadOnlyList<Standstill> Found
    {
        get
        {
            lock (_found)
            {
                return [.. _found];
            }
        }
    }

    public void Start()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "standstills", Priority = ThreadPriority.Highest };
        _thread.Start();
    }

    /// <summary>What the thread does time and again.</summary>
    public void Look()
    {
        TimeSpan now = clock();
        if (now - _last >= Least)
        {
            lock (_found)
            {
                _found.Add(new Standstill(_last, now));
            }
        }

        _last = now;
    }

    public void Dispose()
    {
        _ended.Set();
        _thread?.Join();
        _ended.Dispose();
    }

    private void Run()
    {
        while (!_ended.WaitOne(_look))
        {
            Look();
        }
    }
}
