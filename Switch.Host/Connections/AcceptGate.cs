namespace Switch.Host.Connections;

/// <summary>
/// Holds listeners back before descriptors run out: a process that cannot open one more file can neither roll its
/// journal nor reach its store, and the runtime may end it. Who is not accepted waits in the kernel's line. Any thread.
/// </summary>
/// <remarks>
/// Two measures: how many connections are open; and the number of the newest descriptor, because the kernel gives the
/// lowest free one, so that all below it are in use, also those that others hold.
/// </remarks>
internal sealed class AcceptGate
{
    private readonly Lock _gate = new();
    private readonly int _connectionsMax;
    private readonly int _descriptorMax;
    private int _open;
    private bool _isHigh;
    private TaskCompletionSource? _room;

    /// <param name="connectionsMax">Connections open at once.</param>
    /// <param name="descriptorMax">The highest descriptor after which accepting still goes on.</param>
    public AcceptGate(int connectionsMax = int.MaxValue, int descriptorMax = int.MaxValue)
    {
        _connectionsMax = connectionsMax;
        _descriptorMax = descriptorMax;
    }

    /// <summary>Called when accepting stops for want of room, with the count of connections.</summary>
    public Action<int>? OnPaused { get; set; }

    /// <summary>Connections open now.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Completes when one more may be accepted.</summary>
    public async ValueTask WaitAsync(Task giveUp)
    {
        while (!giveUp.IsCompleted && RoomOrNull() is { } room)
        {
            await Task.WhenAny(room, giveUp).ConfigureAwait(false);
        }
    }

    /// <summary>One was accepted.</summary>
    /// <param name="descriptor">Its number; -1: it is not known.</param>
    public void Enter(int descriptor)
    {
        lock (_gate)
        {
            _open++;
            _isHigh = descriptor > _descriptorMax;
        }
    }

    /// <summary>One is closed, and its descriptor given back.</summary>
    public void Leave()
    {
        TaskCompletionSource? room;
        lock (_gate)
        {
            _open--;
            _isHigh = false;
            room = _room;
            _room = null;
        }

        room?.TrySetResult();
    }

    // Null: there is room now.
    private Task? RoomOrNull()
    {
        bool isNews;
        Task room;
        lock (_gate)
        {
            if (_open < _connectionsMax && !_isHigh)
            {
                return null;
            }

            isNews = _room is null;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            room = _room.Task;
        }

        if (isNews)
        {
            OnPaused?.Invoke(Open);
        }

        return room;
    }
}
