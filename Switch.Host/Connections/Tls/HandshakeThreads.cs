using System.Runtime.CompilerServices;
using Switch.Host.Files;

namespace Switch.Host.Connections.Tls;

/// <summary>
/// Threads that compute for handshakes and do nothing else, one for every two processors. They give way to all other
/// threads: who connects may wait for some milliseconds, and a payment of a session that is open may not. What is given
/// to them is a step of a handshake each, so that as many wait at once as handshakes are under way. Any thread.
/// </summary>
internal sealed class HandshakeThreads : IDisposable
{
    // At a full load they still get a tenth of a processor, which is enough for a hundred handshakes a second.
    private const int Niceness = 10;

    private readonly Lock _gate = new();
    private readonly Queue<Action> _steps = new();
    private readonly SemaphoreSlim _due = new(0);
    private bool _isStarted;
    private volatile bool _mustStop;

    /// <summary>Begins something on one of them.</summary>
    public Task RunAsync(Func<Task> begin)
    {
        var over = new TaskCompletionSource<Task>();
        Add(() =>
        {
            try
            {
                over.SetResult(begin());
            }
            catch (Exception problem)
            {
                over.SetException(problem);
            }
        });
        return over.Task.Unwrap();
    }

    /// <summary>To be awaited: what follows is on one of them.</summary>
    public Hop ToOne() => new(this);

    /// <summary>Ends the threads; what they have not begun is not done.</summary>
    public void Dispose()
    {
        _mustStop = true;
        _due.Release(ThreadCount);
    }

    private static int ThreadCount { get; } = Math.Max(1, Environment.ProcessorCount / 2);

    private void Add(Action step)
    {
        lock (_gate)
        {
            _steps.Enqueue(step);
            if (!_isStarted)
            {
                _isStarted = true;
                for (int i = 0; i < ThreadCount; i++)
                {
                    new Thread(Run) { Name = $"handshakes {i}", IsBackground = true }.Start();
                }
            }
        }

        _due.Release();
    }

    private void Run()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Posix.SetPriority(0, 0, Niceness); // Of this thread. One that may not is as all others.
        }

        while (true)
        {
            _due.Wait();
            if (_mustStop)
            {
                return;
            }

            Action step;
            lock (_gate)
            {
                step = _steps.Dequeue();
            }

            step();
        }
    }

    /// <summary>What <see cref="ToOne"/> gives.</summary>
    internal readonly struct Hop(HandshakeThreads threads) : ICriticalNotifyCompletion
    {
        public bool IsCompleted => false;

        public Hop GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => threads.Add(continuation);

        public void UnsafeOnCompleted(Action continuation) => threads.Add(continuation);
    }
}
