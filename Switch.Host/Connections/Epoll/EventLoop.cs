using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Switch.Host.Memory;

namespace Switch.Host.Connections.Epoll;

/// <summary>
/// One epoll set and the one thread that waits on it: the loop's own, or the core's, which then calls <see
/// cref="Turn"/>. Sockets are read on that thread, and what is made of their bytes runs on it too, so that a message
/// costs no hop between threads on its way in.
/// </summary>
internal sealed class EventLoop : IDoorbell, IDisposable
{
    /// <summary>What one system call may receive.</summary>
    public const int ReadMax = 32 * 1024;

    /// <summary>What a reader may leave unconsumed: twice the largest frame.</summary>
    public const int KeptMax = 128 * 1024;

    private const int EventsMax = 256;
    private const long WakeId = 0;

    // How often a loop of its own looks at the clock for what it does from time to time.
    private const int PeriodMs = 10;

    private readonly ConcurrentDictionary<long, IReady> _watched = new();
    private readonly ConcurrentQueue<IReady> _posted = new();
    private readonly byte[] _events = GC.AllocateArray<byte>(EventsMax * EventLayout.Size, pinned: true);
    private readonly Thread? _thread;
    private readonly Lock _ending = new();
    private readonly Func<EpollConnection, int> _readInLine;
    private readonly int _epoll;
    private readonly int _wake;
    private byte[] _buffer = NewBuffer();
    private long _lastId = WakeId;
    private int _isParked;
    private int _isRung;
    private long _rounds;
    private Action? _fromTimeToTime;
    private volatile bool _mustStop;

    // Under _ending: its descriptors are closed, and their numbers may be another's.
    private bool _isOver;

    /// <param name="name">Of a thread of its own; null: another thread takes its turns.</param>
    /// <exception cref="IOException">The kernel gave no descriptor.</exception>
    public EventLoop(string? name = null)
    {
        _readInLine = ReadInLine;
        _epoll = Checked(Libc.EpollCreate(Libc.CloseOnExec), "epoll_create1");
        _wake = Libc.EventFile(0, Libc.NonBlocking | Libc.CloseOnExec);
        if (_wake < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            _ = Libc.Close(_epoll);
            throw Failure("eventfd", error);
        }

        Control(Libc.ControlAdd, _wake, Libc.In, WakeId);
        if (name is not null)
        {
            _thread = new Thread(Run) { Name = name, IsBackground = true };
            _thread.Start();
        }
    }

    /// <summary>Another thread takes its turns.</summary>
    public bool IsDriven => _thread is null;

    /// <summary>The thread that reads, from its first turn on.</summary>
    public GateOwner Owner { get; } = new();

    /// <summary>Descriptors that are watched now.</summary>
    public int Watched => _watched.Count;

    /// <summary>How often it has looked for events. Any thread.</summary>
    public long Rounds => Volatile.Read(ref _rounds);

    public bool IsOwnThread => Owner.IsCurrent;

    /// <summary>Loop thread: connections that are read in turns.</summary>
    public ReadingLine<EpollConnection> Reading { get; } = new();

    /// <summary>Loop thread: called after each connection's turn, so that a round is worked on in parts.</summary>
    public Action? AfterEach { get; set; }

    /// <summary>Loop thread: what sockets are read into. All of it is zero between two reads.</summary>
    public byte[] Buffer => _buffer;

    /// <summary>Loop thread: a reader holds on to <see cref="Buffer"/>, and may keep it.</summary>
    public void ReplaceBuffer() => _buffer = NewBuffer();

    /// <summary>For <see cref="Watch"/>. Any thread; never the same again.</summary>
    public long NextId() => Interlocked.Increment(ref _lastId);

    /// <summary>
    /// Of a loop with its own thread: calls this there after each round, and every 10 ms when it rests. Any thread,
    /// once.
    /// </summary>
    public void FromTimeToTime(Action action)
    {
        Volatile.Write(ref _fromTimeToTime, action);
        Ring();
    }

    /// <summary>Begins to tell of the descriptor's readiness. Any thread.</summary>
    /// <exception cref="IOException">The kernel does not take it, or the loop has ended.</exception>
    public void Watch(long id, int file, uint flags, IReady handler)
    {
        _watched[id] = handler; // First: its first event may come before the call returns.
        try
        {
            Control(Libc.ControlAdd, file, flags, id);
        }
        catch
        {
            _watched.TryRemove(id, out _);
            throw;
        }
    }

    /// <summary>
    /// Tells no more of it: but for a call that is under way. The descriptor is to be closed after this, not before.
    /// Any thread.
    /// </summary>
    public void Forget(long id, int file)
    {
        if (!_watched.TryRemove(id, out _))
        {
            return;
        }

        lock (_ending)
        {
            if (!_isOver)
            {
                _ = Libc.EpollControl(_epoll, Libc.ControlRemove, file, stackalloc byte[16]);
            }
        }
    }

    /// <summary>Has the handler called on the loop's thread, after the events of its round. Any thread.</summary>
    public void Post(IReady handler)
    {
        _posted.Enqueue(handler);
        Wake();
    }

    /// <inheritdoc/>
    public void Ring()
    {
        Volatile.Write(ref _isRung, 1);
        Wake();
    }

    /// <summary>The calling thread takes the turns from here on.</summary>
    public void Begin() => Owner.Take();

    /// <summary>
    /// Waits for events, for a <see cref="Ring"/>, for so long at most, and handles what there is: once for each
    /// connection, and of those that are read in turns as many as have a turn in this round.
    /// </summary>
    /// <param name="milliseconds">-1: without an end.</param>
    public void Turn(int milliseconds)
    {
        int events = Wait(milliseconds);

        // As many as there are now: what is posted from here on waits for the next round, so that all have their turn.
        int posted = _posted.Count;
        Handle(events);
        for (int left = posted; left > 0 && _posted.TryDequeue(out IReady? handler); left--)
        {
            Call(handler, 0);
        }

        Reading.Serve(_readInLine);
        Volatile.Write(ref _rounds, _rounds + 1);
    }

    /// <summary>
    /// Between two turns: waits for a <see cref="Ring"/> or what is posted, for so long at most, and leaves sockets
    /// alone, so that more of what they bring comes at once.
    /// </summary>
    public void Pause(TimeSpan time)
    {
        StackSweep.Below();
        Volatile.Write(ref _isParked, 1);
        Interlocked.MemoryBarrier();
        if (!IsCalled && Libc.PollIn(_wake, time))
        {
            TakeSignal();
        }

        Volatile.Write(ref _isParked, 0);
        Interlocked.Exchange(ref _isRung, 0);
    }

    /// <summary>Loop thread: something was posted, or is to be read, and waits for the next turn.</summary>
    public bool HasPosted => !_posted.IsEmpty || Reading.Count > 0;

    /// <summary>
    /// Ends the thread, and closes what is still watched. Of a driven loop: after the last turn.
    /// </summary>
    public void Dispose()
    {
        _mustStop = true;
        if (_thread is null)
        {
            Close();
            return;
        }

        Signal();
        if (!IsOwnThread)
        {
            _thread.Join();
        }
    }

    private static byte[] NewBuffer() => GC.AllocateArray<byte>(KeptMax + ReadMax, pinned: true);

    private static int Checked(int result, string call) =>
        result >= 0 ? result : throw Failure(call, Marshal.GetLastPInvokeError());

    private static IOException Failure(string call, int error) =>
        new($"{call}: {Marshal.GetPInvokeErrorMessage(error)}");

    // There is something to do already, so that it must not wait.
    private bool IsCalled => Volatile.Read(ref _isRung) != 0 || HasPosted || _mustStop;

    private void Control(int operation, int file, uint flags, long id)
    {
        Span<byte> item = stackalloc byte[16];
        EventLayout.Write(item, flags, id);
        lock (_ending)
        {
            if (_isOver)
            {
                throw new IOException("The event loop has ended.");
            }

            Checked(Libc.EpollControl(_epoll, operation, file, item), "epoll_ctl");
        }
    }

    private void Wake()
    {
        if (Interlocked.Exchange(ref _isParked, 0) == 1)
        {
            Signal(); // Otherwise it looks at what was posted before it parks.
        }
    }

    private void Signal()
    {
        Span<byte> one = stackalloc byte[8];
        one[0] = 1;
        lock (_ending)
        {
            if (!_isOver)
            {
                _ = Libc.Write(_wake, one, one.Length);
            }
        }
    }

    private void TakeSignal()
    {
        Span<byte> value = stackalloc byte[8];
        _ = Libc.Read(_wake, value, value.Length);
    }

    private void Run()
    {
        Begin();
        while (!_mustStop)
        {
            Action? action = Volatile.Read(ref _fromTimeToTime);
            action?.Invoke();
            Turn(action is null ? Timeout.Infinite : PeriodMs);
        }

        Close();
    }

    private void Close()
    {
        foreach (IReady left in _watched.Values)
        {
            left.OnDefect(new ObjectDisposedException(nameof(EventLoop)));
        }

        lock (_ending)
        {
            if (!_isOver)
            {
                _isOver = true;
                _ = Libc.Close(_wake);
                _ = Libc.Close(_epoll);
            }
        }
    }

    private int Wait(int milliseconds)
    {
        StackSweep.Below();
        Volatile.Write(ref _isParked, 1);
        Interlocked.MemoryBarrier();
        int count = Libc.EpollWait(_epoll, _events, EventsMax, IsCalled ? 0 : milliseconds);
        int error = Marshal.GetLastPInvokeError();
        Volatile.Write(ref _isParked, 0);

        // With a barrier: what was rung for before this is seen by what follows, and a later ring stays.
        Interlocked.Exchange(ref _isRung, 0);

        // Anything but an interruption is a defect, and without this thread no payment moves: the process ends.
        return count >= 0 ? count : error == Libc.Interrupted ? 0 : throw Failure("epoll_wait", error);
    }

    private void Handle(int count)
    {
        for (int i = 0; i < count; i++)
        {
            long id = EventLayout.Data(_events, i);
            if (id == WakeId)
            {
                TakeSignal();
            }
            else if (_watched.TryGetValue(id, out IReady? handler))
            {
                Call(handler, EventLayout.Flags(_events, i));
            }
        }
    }

    private void Call(IReady handler, uint events)
    {
        try
        {
            handler.OnReady(events);
        }
        catch (Exception defect)
        {
            // One connection's defect must not end its neighbours.
            handler.OnDefect(defect);
        }

        AfterEach?.Invoke();
    }

    private int ReadInLine(EpollConnection connection)
    {
        int received = 0;
        try
        {
            received = connection.ReadInLine();
        }
        catch (Exception defect)
        {
            connection.OnDefect(defect);
        }

        AfterEach?.Invoke();
        return received;
    }
}
