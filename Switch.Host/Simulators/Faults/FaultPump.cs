using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace Switch.Host.Simulators.Faults;

/// <summary>
/// One side of a carried connection: frames are read, judged by the plan, and written when their time has come.
/// </summary>
internal sealed class FaultPump(FaultProxy proxy, FaultedConnection connection, FaultSides side) : IDisposable
{
    private readonly FaultQueue _queue = new(proxy.Profile.BufferMax);
    private readonly MessageTampering _tampering = proxy.NewTampering();
    private long _lastDue;

    /// <param name="from">Read until its end.</param>
    /// <param name="other">Takes what the proxy answers itself.</param>
    /// <param name="stop">The end of the connection.</param>
    public async Task ReadAsync(Socket from, FaultPump other, CancellationToken stop)
    {
        var stream = new NetworkStream(from, ownsSocket: false);
        PipeReader input = PipeReader.Create(stream);
        while (true)
        {
            ReadResult result = await input.ReadAsync(stop).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            while (_tampering.TryTake(ref buffer, out SeenFrame frame))
            {
                await JudgeAsync(frame, other, stop).ConfigureAwait(false);
            }

            if (result.IsCompleted)
            {
                _queue.End(Math.Max(_lastDue, After(proxy.Plan.SlowClose)));
                return;
            }

            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>Writes until the end of what was read, and hands that end on.</summary>
    public async Task WriteAsync(Socket to, CancellationToken stop)
    {
        while (await _queue.TakeAsync(stop).ConfigureAwait(false) is { } frame)
        {
            for (int at = 0; at < frame.Length;)
            {
                at += await to.SendAsync(frame.AsMemory(at), stop).ConfigureAwait(false);
            }

            if (proxy.Plan.BytesPerSecond is > 0 and var rate)
            {
                await Task.Delay(TimeSpan.FromSeconds((double)frame.Length / rate), stop).ConfigureAwait(false);
            }
        }

        to.Shutdown(SocketShutdown.Send);
    }

    public void Dispose() => _queue.Dispose();

    private static long After(TimeSpan span) =>
        Stopwatch.GetTimestamp() + (long)(span.TotalSeconds * Stopwatch.Frequency);

    private async Task JudgeAsync(SeenFrame frame, FaultPump other, CancellationToken stop)
    {
        FaultPlan plan = proxy.Plan;
        if (connection.IsLost(plan, side))
        {
            proxy.Count(static one => one with { Lost = one.Lost + 1 });
            return;
        }

        byte[] bytes = frame.Bytes;
        TimeSpan delay = TimeSpan.Zero;
        MessageFault? fault = frame.Message is { } message ? proxy.Meet(plan, side, message) : null;
        switch (fault?.Kind)
        {
            case MessageFaultKind.Lose:
                proxy.Count(static one => one with { Lost = one.Lost + 1 });
                return;
            case MessageFaultKind.Answer:
                proxy.Count(static one => one with { Answered = one.Answered + 1 });
                await other._queue.PutAsync(_tampering.Answer(frame.Message!, fault.Code), After(default), stop)
                    .ConfigureAwait(false);
                return;
            case MessageFaultKind.Corrupt:
                proxy.Count(static one => one with { Corrupted = one.Corrupted + 1 });
                bytes = _tampering.Corrupt(frame.Message!, fault.Field);
                break;
            case MessageFaultKind.Delay:
                delay = fault.Delay;
                proxy.Count(static one => one with { Delayed = one.Delayed + 1 });
                break;
        }

        proxy.Count(static one => one with { Passed = one.Passed + 1 });
        await _queue.PutAsync(bytes, DueOf(plan, delay), stop).ConfigureAwait(false);
    }

    /// <summary>Latency and jitter keep the order of frames, as TCP does; a delay of one message does not.</summary>
    private long DueOf(FaultPlan plan, TimeSpan delay)
    {
        TimeSpan latency = plan.Jitter > TimeSpan.Zero
            ? plan.Latency + (plan.Jitter * proxy.NextJitter()) : plan.Latency;
        _lastDue = Math.Max(_lastDue, After(latency));
        return _lastDue + (long)(delay.TotalSeconds * Stopwatch.Frequency);
    }
}
