using Microsoft.Extensions.Time.Testing;
using Switch.Host.Connections;

namespace Switch.Tests.Host.Connections;

public class FramedConnectionTests
{
    private static readonly byte[] TwoFrames = [0, 3, 1, 2, 3, 0, 0, 0, 2, 4, 5];

    /// <summary>TCP may cut a stream anywhere, so cut it everywhere.</summary>
    [Fact]
    public async Task Carry_StreamCutAtEveryByte_GivesTheSameFrames()
    {
        for (int cut = 0; cut <= TwoFrames.Length; cut++)
        {
            var rig = new Rig();

            await rig.Transport.ToSwitch.WriteAsync(TwoFrames.AsMemory(..cut));
            await rig.Transport.ToSwitch.WriteAsync(TwoFrames.AsMemory(cut..));
            await rig.Transport.ToSwitch.CompleteAsync();
            await rig.EndAsync();

            Assert.Equal([[1, 2, 3], [4, 5]], rig.Connection.Frames);
            Assert.Equal(EndCause.PeerClosed, rig.Connection.Cause);
            Assert.Equal(1, rig.Meters.Read().KeepAlives);
        }
    }

    /// <summary>
    /// Whatever becomes of the block: a pipe keeps the last one of an idle connection where its socket asked for room
    /// before its reader was done. What is not a whole frame yet must stay.
    /// </summary>
    [Fact]
    public async Task Carry_FramesThatWereTaken_AreZeroedWhereTheyLay()
    {
        var rig = new Rig();
        Memory<byte> block = rig.Transport.ToSwitch.GetMemory(64);
        byte[] sent = [.. TwoFrames, 0, 2, 9];
        sent.CopyTo(block);
        rig.Transport.ToSwitch.Advance(sent.Length);

        await rig.Transport.ToSwitch.FlushAsync();

        Assert.Equal([[1, 2, 3], [4, 5]], rig.Connection.Frames);
        Assert.Equal([.. new byte[TwoFrames.Length], 0, 2, 9], block[..sent.Length].ToArray());
        await rig.Transport.ToSwitch.WriteAsync(new byte[] { 8 });
        Assert.Equal([9, 8], rig.Connection.Frames[^1]);
    }

    [Fact]
    public async Task Carry_StreamEndsAtEveryByteInside_IsTruncated()
    {
        foreach (int end in (int[])[1, 2, 3, 4, 6, 8, 9, 10])
        {
            var rig = new Rig();

            await rig.Transport.ToSwitch.WriteAsync(TwoFrames.AsMemory(..end));
            await rig.Transport.ToSwitch.CompleteAsync();
            await rig.EndAsync();

            Assert.Equal(EndCause.FrameTruncated, rig.Connection.Cause);
            Assert.Equal(1, rig.Meters.Read().FramesTruncated);
        }
    }

    [Fact]
    public async Task Carry_FrameOverTheLimit_KeepsWhatCameBefore()
    {
        var rig = new Rig();

        await rig.Transport.ToSwitch.WriteAsync(new byte[] { 0, 1, 9, 0, 17 });
        await rig.EndAsync();

        Assert.Equal([[9]], rig.Connection.Frames);
        Assert.Equal(EndCause.FrameOverLimit, rig.Connection.Cause);
        Assert.Equal(1, rig.Meters.Read().FramesOverLimit);
    }

    /// <summary>One byte every two seconds: the deadline is the frame's, not the byte's.</summary>
    [Fact]
    public async Task Carry_DripOfBytes_DoesNotRestartTheFramesClock()
    {
        var rig = new Rig();
        await rig.Transport.ToSwitch.WriteAsync(TwoFrames.AsMemory(0, 1));
        rig.Pass(2);
        await rig.Transport.ToSwitch.WriteAsync(TwoFrames.AsMemory(1, 1));
        rig.Pass(2);
        await rig.Transport.ToSwitch.WriteAsync(TwoFrames.AsMemory(2, 1));
        Assert.False(rig.Transport.IsAborted);

        rig.Pass(2);

        Assert.True(rig.Transport.IsAborted);
        await rig.EndAsync();
        Assert.Equal(EndCause.FrameTooSlow, rig.Connection.Cause);
    }

    [Fact]
    public async Task Carry_EachFrameInTime_IsNeverTooSlow()
    {
        var rig = new Rig();
        for (int i = 0; i < 20; i++)
        {
            // The rest of one frame and the start of the next in one read: the clock starts again.
            await rig.Transport.ToSwitch.WriteAsync(new byte[] { 0, 2, 1 });
            rig.Pass(3);
            await rig.Transport.ToSwitch.WriteAsync(new byte[] { 2 });
            rig.Pass(60);
        }

        Assert.Equal(20, rig.Connection.Frames.Count);
        Assert.Equal(EndCause.None, rig.Connection.Cause);
    }

    [Fact]
    public async Task Carry_WriteStallsTenSeconds_IsAborted()
    {
        var rig = new Rig(pauseAt: 1);
        rig.Connection.Writer.Append([1, 2, 3]);
        rig.Connection.Writer.Flush();

        rig.Pass(9.9);
        Assert.False(rig.Transport.IsAborted);
        rig.Pass(0.2);

        Assert.True(rig.Transport.IsAborted);
        await rig.EndAsync();
        Assert.Equal(EndCause.WriteStalled, rig.Connection.Cause);
        Assert.Equal(1, rig.Meters.Read().WritesStalled);
    }

    [Fact]
    public async Task CloseGently_WithFramesWaiting_WritesThemAndKeepsTheFirstCause()
    {
        var rig = new Rig();
        rig.Connection.Writer.Append([7, 8]);

        rig.Connection.CloseGently(EndCause.Stopping);
        rig.Connection.CloseGently(EndCause.ClosedByCore);
        await rig.EndAsync();

        Assert.Equal([[7, 8]], rig.Transport.ReadMessages());
        Assert.Equal(EndCause.Stopping, rig.Connection.Cause);
    }

    /// <summary>What was written last may be on its way for a while; a peer that never takes it is let go.</summary>
    [Fact]
    public async Task OnHeartbeat_AfterTheEnd_AbortsOnceLingeringIsOver()
    {
        var rig = new Rig();
        rig.Connection.CloseGently(EndCause.Stopping);
        await rig.EndAsync();

        Assert.True(rig.Pass(4));
        Assert.False(rig.Transport.IsAborted);
        Assert.False(rig.Pass(2));
        Assert.True(rig.Transport.IsAborted);
    }

    private sealed class Rig
    {
        private readonly SwitchClock _clock;

        public Rig(int pauseAt = 1 << 20)
        {
            Transport = new MemoryTransport(pauseAt);
            _clock = EdgeParts.Clock(out FakeTimeProvider time);
            Time = time;
            Connection = new MemoryConnection(1, Transport, new ConnectionLimits { FrameSizeMax = 16 }, Meters, _clock);
        }

        public EdgeMeters Meters { get; } = new();

        public MemoryTransport Transport { get; }

        public FakeTimeProvider Time { get; }

        public MemoryConnection Connection { get; }

        public bool Pass(double seconds)
        {
            Time.Advance(TimeSpan.FromSeconds(seconds));
            return Connection.OnHeartbeat(_clock.Ticks);
        }

        public Task EndAsync() => Connection.Running.WaitAsync(TimeSpan.FromSeconds(20));
    }
}
