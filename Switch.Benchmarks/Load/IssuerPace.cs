using System.Buffers;
using System.Diagnostics;

namespace Switch.Benchmarks.Load;

/// <summary>
/// An issuer that can do so many requests a second and no more: each is answered a fixed time after its turn has come,
/// and what comes faster waits in line, first in first out. One thread.
/// </summary>
internal sealed class IssuerPace
{
    private readonly Queue<Waiting> _waiting = new();
    private long _latency;
    private long _interval;
    private long _next;

    /// <summary>Whether answers are held back at all.</summary>
    public bool IsOn => _interval > 0 || _waiting.Count > 0;

    /// <summary>When the first answer is due, in ticks of the stopwatch; <see cref="long.MaxValue"/>: none waits.
    /// </summary>
    public long NextDue => _waiting.Count == 0 ? long.MaxValue : _waiting.Peek().Due;

    /// <param name="perSecond">Requests; 0: as many as come.</param>
    /// <param name="latencyMs">From a request's turn to its answer.</param>
    public void Set(int perSecond, int latencyMs)
    {
        _interval = perSecond == 0 ? 0 : Stopwatch.Frequency / perSecond;
        _latency = Stopwatch.Frequency * latencyMs / 1_000;
    }

    /// <summary>Holds an answer, with its frame's header, until it is due.</summary>
    public void Hold(LeanConnection connection, ReadOnlySpan<byte> frame, long now)
    {
        long turn = Math.Max(now, _next);
        _next = turn + _interval;
        byte[] copy = ArrayPool<byte>.Shared.Rent(frame.Length);
        frame.CopyTo(copy);
        _waiting.Enqueue(new Waiting(turn + _latency, connection, copy, frame.Length));
    }

    /// <summary>Sends what is due.</summary>
    public void Send(long now)
    {
        while (NextDue <= now)
        {
            Waiting first = _waiting.Dequeue();
            first.Connection.Send(first.Frame.AsSpan(0, first.Size));
            ArrayPool<byte>.Shared.Return(first.Frame);
        }
    }

    private readonly record struct Waiting(long Due, LeanConnection Connection, byte[] Frame, int Size);
}
