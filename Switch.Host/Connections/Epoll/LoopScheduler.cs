using System.IO.Pipelines;

namespace Switch.Host.Connections.Epoll;

/// <summary>Has a pipe's continuations run on a loop's thread. One waits at a time, as of one end of a pipe.</summary>
internal sealed class LoopScheduler(EventLoop loop, Action<Exception> onDefect) : PipeScheduler, IReady
{
    private Action<object?>? _action;
    private object? _state;

    public override void Schedule(Action<object?> action, object? state)
    {
        _state = state;
        Volatile.Write(ref _action, action);
        loop.Post(this);
    }

    public void OnReady(uint events)
    {
        object? state = _state;
        _state = null;
        Interlocked.Exchange(ref _action, null)?.Invoke(state);
    }

    public void OnDefect(Exception defect) => onDefect(defect);
}
