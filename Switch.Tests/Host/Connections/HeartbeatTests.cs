using System.Buffers;
using Switch.Host.Connections;
using Switch.Routing.Effects;

namespace Switch.Tests.Host.Connections;

/// <summary>
/// Goal: a thread that carries payments can beat, because each part of a beat is short. Method: the parts by hand.
/// </summary>
public class HeartbeatTests
{
    private const long PartTicks = 10 * TimeSpan.TicksPerMillisecond;
    private static readonly int PartsPerBeat = (int)(Heartbeat.Interval.Ticks / PartTicks);

    [Fact]
    public void Advance_ManyConnections_EachHasOneBeatAndNoPartHasMany()
    {
        const int Count = 1_000;
        SwitchClock clock = EdgeParts.Clock(out _);
        using var heartbeat = new Heartbeat(clock, isDriven: true);
        Counted[] all = [.. Enumerable.Range(0, Count).Select(_ => new Counted(clock))];
        Array.ForEach(all, heartbeat.Watch);

        long before = 0;
        for (int part = 1; part <= PartsPerBeat; part++)
        {
            heartbeat.Advance(part * PartTicks);
            long beats = all.Sum(static one => one.Beats);
            Assert.InRange(beats - before, 0, 2 * Count / PartsPerBeat);
            before = beats;
        }

        Assert.All(all, static one => Assert.Equal(1, one.Beats));
        for (int part = 1; part <= PartsPerBeat; part++)
        {
            heartbeat.Advance((PartsPerBeat + part) * PartTicks);
        }

        Assert.All(all, static one => Assert.Equal(2, one.Beats));
    }

    [Fact]
    public void Advance_NotDueYet_DoesNothing()
    {
        SwitchClock clock = EdgeParts.Clock(out _);
        using var heartbeat = new Heartbeat(clock, isDriven: true);
        int parts = 0;
        int beats = 0;
        heartbeat.AlsoOften(_ => parts++);
        heartbeat.Also(_ => beats++);

        for (long now = 1; now < Heartbeat.Interval.Ticks; now += PartTicks / 4)
        {
            heartbeat.Advance(now);
        }

        Assert.Equal((PartsPerBeat, 1), (parts, beats));
    }

    [Fact]
    public void Advance_ConnectionNeedsNoMoreBeats_GetsNone()
    {
        SwitchClock clock = EdgeParts.Clock(out _);
        using var heartbeat = new Heartbeat(clock, isDriven: true);
        var over = new Counted(clock) { IsOver = true };
        heartbeat.Watch(over);

        for (int part = 1; part <= 3 * PartsPerBeat; part++)
        {
            heartbeat.Advance(part * PartTicks);
        }

        Assert.Equal(1, over.Beats);
    }

    private sealed class Counted(SwitchClock clock) : FramedConnection(
        1, new MemoryTransport(), EdgeParts.Len2, new ConnectionLimits { FrameSizeMax = 512 }, new EdgeMeters(), clock)
    {
        public int Beats { get; private set; }

        public bool IsOver { get; init; }

        public override bool OnHeartbeat(long nowTicks)
        {
            Beats++;
            return !IsOver;
        }

        public override void OnSent()
        {
        }

        public override void OnWriterFull()
        {
        }

        public override void CloseByCore(CloseReason why)
        {
        }

        protected override void OnFrame(in ReadOnlySequence<byte> frame)
        {
        }

        protected override bool OnReadEnd(int frames) => true;
    }
}
