using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using Switch.Host.Acquirers;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Routing.Answers;
using Switch.Routing.Settings;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Acquirers;

/// <summary>
/// Goal: what one acquirer does costs another nothing. Method: two acquirers' sessions on connections in memory, all on
/// one thread; one of them is refused a million times, and then the other sends its first requests.
/// </summary>
public sealed class CalmNeighbourTests
{
    private const int PerRead = 200;

    [Fact]
    public async Task Session_AfterAMillionRefusalsOfAnother_AnswersEveryFirstRequest()
    {
        const int Refusals = 1_000_000;
        const int Calm = 10_000;
        SwitchClock clock = EdgeParts.Clock(out _);
        var meters = new EdgeMeters();
        using var inbox = new Inbox(1_024, 128);
        using var heartbeat = new Heartbeat(clock);
        var pool = new MessagePool(1_024, 4_096);
        var shared = new EdgeShared(inbox, pool, meters, clock, heartbeat);
        var ids = new SessionIds();
        await using Door loud = Door.Open("acq-loud", ratePerSecond: 1, shared, ids);
        await using Door calm = Door.Open("acq-calm", ratePerSecond: 0, shared, ids);
        Drain(inbox, pool);

        int refused = 0;
        for (int first = 1; first <= Refusals; first += PerRead)
        {
            refused += await loud.SendAsync(first, PerRead);
            Drain(inbox, pool);
        }

        int taken = 0;
        for (int first = 1; first <= Calm; first += PerRead)
        {
            Assert.Equal(0, await calm.SendAsync(first, PerRead));
            int now = Drain(inbox, pool);
            calm.Answered(now);
            taken += now;
        }

        Assert.Equal(Calm, taken);
        Assert.InRange(refused, Refusals - 2, Refusals - 1); // One is let in by the rate.
    }

    private static int Drain(Inbox inbox, MessagePool pool)
    {
        int count = 0;
        foreach (ref InboxEvent item in inbox.Drain())
        {
            if (item.Message is { } message)
            {
                count++;
                pool.Return(message);
            }
        }

        return count;
    }

    /// <summary>One acquirer with one connection.</summary>
    private sealed class Door : IAsyncDisposable
    {
        private readonly MemoryTransport _transport = new();
        private readonly byte[] _frame = EdgeParts.Frame(100, 987654);
        private readonly int _stanAt;
        private readonly Session _session;
        private readonly Task _running;

        private Door(AcquirerListener listener, EdgeShared shared, int id)
        {
            _stanAt = _frame.AsSpan().IndexOf("987654"u8);
            _session = new Session(id, listener, _transport, shared);
            _running = _session.RunAsync();
        }

        public static Door Open(string name, int ratePerSecond, EdgeShared shared, SessionIds ids)
        {
            var options = new AcquirerOptions { Name = name, RatePerSecond = ratePerSecond };
            var settings = new AcquirerSettings { Name = name, Dialect = EdgeParts.Ascii };
            var listener = new AcquirerListener(
                0, options, settings, new LimitOptions(), EdgeParts.Len2,
                new CardStamps(new CardTokenizer(new byte[32])), ids, shared, new ListLoggerFactory());
            return new Door(listener, shared, ids.Next());
        }

        /// <summary>Sends requests in one read; returns how many the edge answered.</summary>
        public async Task<int> SendAsync(int first, int count)
        {
            for (int number = first; number < first + count; number++)
            {
                (number % 1_000_000).TryFormat(_frame.AsSpan(_stanAt), out _, "D6", CultureInfo.InvariantCulture);
                _frame.CopyTo(_transport.ToSwitch.GetMemory(_frame.Length));
                _transport.ToSwitch.Advance(_frame.Length);
            }

            await _transport.ToSwitch.FlushAsync();
            return Answers();
        }

        /// <summary>The core has answered so many.</summary>
        public void Answered(int count)
        {
            for (int i = 0; i < count; i++)
            {
                _session.OnSent();
            }
        }

        public async ValueTask DisposeAsync()
        {
            _session.CloseGently(EndCause.Stopping);
            await _running.WaitAsync(TimeSpan.FromSeconds(30));
        }

        private int Answers()
        {
            int count = 0;
            if (_transport.FromSwitch.TryRead(out ReadResult read))
            {
                ReadOnlySequence<byte> buffer = read.Buffer;
                while (EdgeParts.Len2.TryDecode(ref buffer, 65_535, out _) == FrameStatus.Complete)
                {
                    count++;
                }

                _transport.FromSwitch.AdvanceTo(buffer.Start, buffer.End);
            }

            return count;
        }
    }
}
