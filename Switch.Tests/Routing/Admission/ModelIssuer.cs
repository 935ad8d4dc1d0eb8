using Switch.Routing.Admission;
using Switch.Routing.Values;

namespace Switch.Tests.Routing.Admission;

/// <summary>What one stretch of requests came to.</summary>
/// <param name="Answered">Requests.</param>
/// <param name="Refused">For want of a place.</param>
/// <param name="SlowestMs">Answer, in milliseconds.</param>
internal readonly record struct ModelRun(int Answered, int Refused, long SlowestMs);

/// <summary>
/// An issuer in virtual time behind its window: it begins so many requests a second, first in first out, and answers
/// each a while after it has begun it.
/// </summary>
/// <param name="capacity">Requests a second.</param>
/// <param name="latencyMs">From the beginning of a request to its answer.</param>
/// <param name="most">The widest window.</param>
internal sealed class ModelIssuer(int capacity, int latencyMs, int most = 20_000)
{
    private readonly AdaptiveWindow _window = new(most);
    private readonly PriorityQueue<long, long> _answers = new(); // When each was sent, by when it is answered.
    private long _now;
    private long _nextBegin;
    private int _count;

    public int Capacity { get; set; } = capacity;

    public int LatencyMs { get; set; } = latencyMs;

    /// <summary>So much more at most, evenly spread.</summary>
    public int JitterMs { get; init; }

    /// <summary>One of so many takes <see cref="SlowMs"/>; 0: none.</summary>
    public int SlowEvery { get; init; }

    public int SlowMs { get; init; }

    public bool IsShared { get; init; }

    public int Size => _window.Size;

    /// <summary>So many requests a second, evenly spread.</summary>
    public ModelRun Run(int perSecond, int seconds)
    {
        var run = new ModelRun();
        long began = _now;
        for (int i = 0; i < perSecond * seconds; i++)
        {
            Ask(began + (i * TimeSpan.TicksPerSecond / perSecond), ref run);
        }

        return run;
    }

    /// <summary>All at once.</summary>
    public ModelRun Burst(int count)
    {
        var run = new ModelRun();
        for (int i = 0; i < count; i++)
        {
            Ask(_now, ref run);
        }

        return run;
    }

    private void Ask(long at, ref ModelRun run)
    {
        while (_answers.TryPeek(out long sent, out long due) && due <= at)
        {
            _answers.Dequeue();
            _window.Answered(due - sent, ownDelay: 0, IsShared, due);
            run = run with
            {
                Answered = run.Answered + 1,
                SlowestMs = Math.Max(run.SlowestMs, (due - sent) / Instant.TicksPerMs),
            };
        }

        _now = at;
        if (_answers.Count >= _window.Size)
        {
            _window.Full(at);
            run = run with { Refused = run.Refused + 1 };
            return;
        }

        _window.Sent();
        _nextBegin = Math.Max(at, _nextBegin);
        _answers.Enqueue(at, _nextBegin + Latency());
        _nextBegin += Capacity == int.MaxValue ? 0 : TimeSpan.TicksPerSecond / Capacity;
    }

    private long Latency()
    {
        _count++;
        int jitter = JitterMs == 0 ? 0 : (int)((uint)(_count * 2_654_435_761) % (uint)JitterMs);
        int latency = SlowEvery > 0 && _count % SlowEvery == 0 ? SlowMs : LatencyMs + jitter;
        return latency * Instant.TicksPerMs;
    }
}
