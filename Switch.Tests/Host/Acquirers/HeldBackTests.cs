using System.Net.Sockets;
using Switch.Host.Configuration;
using Switch.Host.Connections;

namespace Switch.Tests.Host.Acquirers;

/// <summary>
/// Goal: a connection that is refused more than there is time for is read in turns, and others as ever. Method: real
/// sockets, and a core that stands still while requests stand in its line.
/// </summary>
public class HeldBackTests
{
    private const int Sent = ReadingTurns.Burst * 2;

    [Fact]
    public async Task Session_RefusedBeyondTheBurst_WaitsAndIsThenAnsweredToTheLast()
    {
        await using var rig = new ListenerRig(options => options.MaxInFlight = 1, isCoreStopped: true);
        await rig.StartAsync();
        rig.Shared.Turns.Turned(served: 0, isBusy: true, now: 0);
        using Peer flood = await rig.ConnectAsync();
        Task<List<string>> answers = flood.ReceiveAsync(Sent - 1);
        Task sending = SendAsync(flood, Sent);

        await rig.UntilAsync(static counters => counters.ReadsHeldBack == 1);
        Assert.InRange(rig.Counters.ShedInFlight, ReadingTurns.Burst, Sent - 2);
        Assert.Equal(1, rig.Shared.Turns.Waiting);

        // What comes on another connection is read meanwhile: the flood has taken no room of it.
        using Peer calm = await rig.ConnectAsync();
        await calm.SendAsync(EdgeParts.Frame(100, 1));
        await rig.UntilAsync(static counters => counters.AcquirerFramesIn > counters.ShedInFlight + 1);

        rig.Shared.Turns.Turned(served: 0, isBusy: false, now: 0);
        await sending;
        Assert.Equal(Sent - 1, (await answers).Count);
        Assert.All(await answers, static answer => Assert.EndsWith(" 96", answer, StringComparison.Ordinal));
        Assert.Equal(0, rig.Shared.Turns.Waiting);
    }

    /// <summary>What waits in the kernel is answered late in an overload.</summary>
    [Theory]
    [InlineData(8_192, 4_096, 64 * 1024)]
    [InlineData(1 << 20, (64 * 1024) + 1, 16 << 20)]
    public async Task Session_IsNotRead_TakesAsManyBytesAsItsBuffer(int buffer, int least, int most)
    {
        await using var rig = new ListenerRig(
            options => options.MaxInFlight = 1, isCoreStopped: true,
            limits: new LimitOptions { ReceiveBuffer = buffer });
        await rig.StartAsync();
        rig.Shared.Turns.Turned(served: 0, isBusy: true, now: 0);
        Assert.True(rig.Shared.Turns.MustWait(ReadingTurns.Burst * 2));
        using Peer flood = await rig.ConnectAsync();
        flood.Socket.SendBufferSize = 4_096;
        await flood.SendAsync((byte[])[.. EdgeParts.Frame(100, 1), .. EdgeParts.Frame(100, 2)]);
        await rig.UntilAsync(static counters => counters.ReadsHeldBack == 1);

        byte[] frame = EdgeParts.Frame(100, 3);
        flood.Socket.Blocking = false;
        long taken = 0;
        while (taken < most && flood.Socket.Poll(TimeSpan.FromMilliseconds(500), SelectMode.SelectWrite))
        {
            taken += flood.Socket.Send(frame);
        }

        Assert.InRange(taken, least, most - 1);
    }

    private static async Task SendAsync(Peer peer, int count)
    {
        const int Batch = 256;
        for (int first = 1; first <= count; first += Batch)
        {
            byte[] frames =
            [
                .. Enumerable.Range(first, Batch).SelectMany(static stan => EdgeParts.Frame(100, stan)),
            ];
            await peer.SendAsync(frames);
        }
    }
}
