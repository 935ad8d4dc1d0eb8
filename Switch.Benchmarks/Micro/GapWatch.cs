using System.Diagnostics;

namespace Switch.Benchmarks.Micro;

/// <summary>A thread that does one small thing over and over, and the longest time that it was kept from it.</summary>
internal sealed class GapWatch : IDisposable
{
    private readonly Action _work;
    private readonly Thread _thread;
    private volatile bool _mustStop;
    private long _longestGap;
    private TimeSpan _longestPause;

    public GapWatch(Action work)
    {
        _work = work;
        _thread = new Thread(Run) { IsBackground = true, Name = "gap watch" };
        _thread.Start();
    }

    /// <summary>The longest gap, and the collector's longest pause meanwhile.</summary>
    public (TimeSpan Gap, TimeSpan Pause) Stop()
    {
        _mustStop = true;
        _thread.Join();
        return (Stopwatch.GetElapsedTime(0, _longestGap), _longestPause);
    }

    public void Dispose() => Stop();

    private void Run()
    {
        long last = Stopwatch.GetTimestamp();
        TimeSpan paused = GC.GetTotalPauseDuration();
        while (!_mustStop)
        {
            _work();
            long now = Stopwatch.GetTimestamp();
            TimeSpan pausedNow = GC.GetTotalPauseDuration();
            _longestPause = pausedNow - paused > _longestPause ? pausedNow - paused : _longestPause;
            _longestGap = Math.Max(_longestGap, now - last);
            (last, paused) = (now, pausedNow);
        }
    }
}
