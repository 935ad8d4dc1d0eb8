using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Switch.Host.Connections;
using Switch.Routing.Effects;

namespace Switch.Tests.Host;

/// <summary>
/// The two ends of a connection in memory. Everything continues on the thread that writes, so a test of one thread
/// sees the whole way, and can measure it.
/// </summary>
internal sealed class MemoryTransport : ConnectionContext
{
    private readonly Pipe _toSwitch;
    private readonly Pipe _fromSwitch;

    /// <param name="pauseAt">Bytes the way out holds before a write has to wait.</param>
    public MemoryTransport(int pauseAt = 1 << 20)
    {
        var inline = new PipeOptions(
            readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline,
            pauseWriterThreshold: pauseAt, resumeWriterThreshold: Math.Max(pauseAt / 2, 1),
            useSynchronizationContext: false);
        _toSwitch = new Pipe(inline);
        _fromSwitch = new Pipe(inline);
        Transport = new Duplex(_toSwitch.Reader, _fromSwitch.Writer);
    }

    public override IDuplexPipe Transport { get; set; }

    public override string ConnectionId { get; set; } = "memory";

    public override Microsoft.AspNetCore.Http.Features.IFeatureCollection Features { get; } =
        new Microsoft.AspNetCore.Http.Features.FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    /// <summary>The peer's way to the switch.</summary>
    public PipeWriter ToSwitch => _toSwitch.Writer;

    /// <summary>The peer's way from the switch.</summary>
    public PipeReader FromSwitch => _fromSwitch.Reader;

    public bool IsAborted { get; private set; }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        IsAborted = true;
        _toSwitch.Writer.Complete(abortReason);
        _fromSwitch.Reader.Complete(abortReason);
    }

    /// <summary>All that was written to the peer and not yet read, as frames' messages.</summary>
    public List<byte[]> ReadMessages()
    {
        var messages = new List<byte[]>();
        if (!FromSwitch.TryRead(out ReadResult read))
        {
            return messages;
        }

        ReadOnlySequence<byte> buffer = read.Buffer;
        while (EdgeParts.Len2.TryDecode(ref buffer, 65_535, out ReadOnlySequence<byte> frame)
            == Switch.Protocol.Framing.FrameStatus.Complete)
        {
            messages.Add(frame.ToArray());
        }

        FromSwitch.AdvanceTo(buffer.Start, buffer.End);
        return messages;
    }

    /// <summary>Reads and forgets; returns how many bytes. Allocates nothing.</summary>
    public long Discard()
    {
        if (!FromSwitch.TryRead(out ReadResult read))
        {
            return 0;
        }

        long size = read.Buffer.Length;
        FromSwitch.AdvanceTo(read.Buffer.End);
        return size;
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}

/// <summary>A connection that hands its frames to the test.</summary>
internal sealed class MemoryConnection : FramedConnection
{
    public MemoryConnection(
        int id, MemoryTransport transport, ConnectionLimits limits, EdgeMeters meters, SwitchClock clock)
        : base(id, transport, EdgeParts.Len2, limits, meters, clock)
    {
        Running = CarryAsync();
    }

    public Task Running { get; }

    public List<byte[]> Frames { get; } = [];

    public int Sent { get; private set; }

    public int FullCount { get; private set; }

    public CloseReason ClosedFor { get; private set; }

    public override void OnSent() => Sent++;

    public override void OnWriterFull() => FullCount++;

    public override void CloseByCore(CloseReason why)
    {
        ClosedFor = why;
        CloseGently(EndCause.ClosedByCore);
    }

    protected override void OnFrame(in ReadOnlySequence<byte> frame) => Frames.Add(frame.ToArray());

    protected override bool OnReadEnd(int frames) => true;
}
