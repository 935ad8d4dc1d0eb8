using System.Buffers;
using Microsoft.Extensions.Time.Testing;
using Switch.Host.Connections;
using Switch.Routing.Effects;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Connections;

/// <summary>
/// Goal: at a stop a connection ends when nothing is left to read or answer, and drops no frame before. Method: pipes
/// in memory.
/// </summary>
public sealed class PartingTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly byte[] Frame = [0, 3, 1, 2, 3];

    private readonly MemoryTransport _transport = new();
    private readonly EndFeature _end = new();
    private readonly PartingConnection _connection;

    public PartingTests()
    {
        _transport.Features.Set<IEndsSending>(_end);
        _connection = new PartingConnection(_transport, EdgeParts.Clock(out FakeTimeProvider _));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _transport.DisposeAsync().AsTask();

    ValueTask IAsyncDisposable.DisposeAsync() => new(DisposeAsync());

    [Fact]
    public async Task Quiet_EndsBehindTheLastAnswer_AndReadsUntilThePeerEnds()
    {
        _connection.Writer.Append([7, 8]);
        _connection.Part(Parting.WhenQuiet);
        await _end.Ended;
        Assert.Equal([[7, 8]], _transport.ReadMessages());
        Assert.Equal(AppendResult.Closed, _connection.Writer.Append([9]));

        await _transport.ToSwitch.WriteAsync((byte[])[.. Frame, 0, 0, .. Frame]);
        await Rig.UntilAsync(() => _connection.Late == 2);
        Assert.Equal((0, false), (_connection.Frames, _connection.Running.IsCompleted));
        await _transport.ToSwitch.CompleteAsync();

        await _connection.EndAsync();
        Assert.Equal(EndCause.Stopping, _connection.Cause);
    }

    [Fact]
    public async Task AFrameThatHasBegun_IsWaitedForAndTaken()
    {
        await _transport.ToSwitch.WriteAsync(Frame.AsMemory(..2));
        _connection.Part(Parting.WhenQuiet);
        Assert.False(_end.Ended.IsCompleted);

        await _transport.ToSwitch.WriteAsync(Frame.AsMemory(2..));
        await _end.Ended;

        Assert.Equal((1, 0), (_connection.Frames, _connection.Late));
    }

    [Fact]
    public async Task BytesInTheKernel_AreReadFirst()
    {
        _end.HasUnread = true;
        _connection.Part(Parting.WhenQuiet);
        Assert.False(_end.Ended.IsCompleted);

        _end.HasUnread = false;
        await _transport.ToSwitch.WriteAsync(Frame);
        await _end.Ended;

        Assert.Equal((1, 0), (_connection.Frames, _connection.Late));
    }

    [Fact]
    public async Task AnAnswerThatIsDue_IsWaitedFor_AndMoreIsTakenMeanwhile()
    {
        _connection.Due = 1;
        _connection.Part(Parting.WhenQuiet);
        await _transport.ToSwitch.WriteAsync(Frame);
        Assert.Equal((1, 0, false), (_connection.Frames, _connection.Late, _end.Ended.IsCompleted));

        _connection.Answer();
        await _end.Ended;

        Assert.Equal([[5]], _transport.ReadMessages());
    }

    /// <summary>Where no quiet moment comes nothing more is taken; what was taken is answered.</summary>
    [Fact]
    public async Task WhenAnswered_DropsWhatComesAndWaitsForAnswers()
    {
        _connection.Due = 1;
        _connection.Part(Parting.WhenQuiet);
        _connection.Part(Parting.WhenAnswered);
        await _transport.ToSwitch.WriteAsync(Frame);
        await Rig.UntilAsync(() => _connection.Late == 1);
        Assert.Equal((0, false), (_connection.Frames, _end.Ended.IsCompleted));

        _connection.Answer();
        await _end.Ended;

        Assert.Equal([[5]], _transport.ReadMessages());
    }

    [Fact]
    public async Task Now_WaitsForNoAnswer()
    {
        _connection.Due = 1;
        _connection.Part(Parting.WhenAnswered);
        Assert.False(_end.Ended.IsCompleted);

        _connection.Part(Parting.Now);
        await _end.Ended;
    }

    /// <summary>What comes after the end may be anything, and is not judged any more.</summary>
    [Fact]
    public async Task BytesThatAreNoFrames_AfterTheEnd_AreDropped()
    {
        _connection.Part(Parting.WhenQuiet);
        await _end.Ended;
        Memory<byte> block = _transport.ToSwitch.GetMemory(64);
        byte[] sent = [.. Frame, 255, 255, 1, 2];
        sent.CopyTo(block);
        _transport.ToSwitch.Advance(sent.Length);
        await _transport.ToSwitch.FlushAsync();

        // Nothing of it is kept: it may be card data.
        await Rig.UntilAsync(() => !block.Span[..sent.Length].ContainsAnyExcept((byte)0));
        await _transport.ToSwitch.WriteAsync(Frame);
        await _transport.ToSwitch.CompleteAsync();

        await _connection.EndAsync();
        Assert.Equal((1, EndCause.Stopping), (_connection.Late, _connection.Cause));
    }

    /// <summary>It was in a handshake when the others were told.</summary>
    [Fact]
    public async Task Heartbeat_AConnectionThatBeginsDuringAStop_PartsToo()
    {
        using var heartbeat = new Heartbeat(EdgeParts.Clock(out _));
        heartbeat.PartAll(Parting.WhenQuiet);
        heartbeat.Watch(_connection);

        await _end.Ended;
    }

    private sealed class EndFeature : IEndsSending
    {
        private readonly TaskCompletionSource _ended = new();

        public Task Ended => _ended.Task.WaitAsync(TimeSpan.FromSeconds(60));

        public bool HasUnread { get; set; }

        public Task EndSendingAsync()
        {
            _ended.TrySetResult();
            return Task.CompletedTask;
        }
    }

    private sealed class PartingConnection : FramedConnection
    {
        public PartingConnection(MemoryTransport transport, SwitchClock clock)
            : base(1, transport, EdgeParts.Len2, new ConnectionLimits { FrameSizeMax = 16 }, new EdgeMeters(), clock)
        {
            Running = CarryAsync();
        }

        public Task Running { get; }

        public int Due { get; set; }

        public int Frames { get; private set; }

        public int Late { get; private set; }

        protected override bool PartsInOrder => true;

        protected override bool IsAnswerDue => Due > 0;

        /// <summary>As the core does.</summary>
        public void Answer()
        {
            Writer.Append([5]);
            OnSent();
            Writer.Flush();
        }

        public override void OnSent()
        {
            Due--;
            LookAgain();
        }

        public Task EndAsync() => Running.WaitAsync(TimeSpan.FromSeconds(60));

        public override void OnWriterFull()
        {
        }

        public override void CloseByCore(CloseReason why)
        {
        }

        protected override void OnLate(int frames) => Late += frames;

        protected override void OnFrame(in ReadOnlySequence<byte> frame) => Frames++;

        protected override bool OnReadEnd(int frames) => true;
    }
}
