using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Switch.Host.Memory;
using Switch.Host.Security.Macs;
using Switch.Protocol.Framing;
using Switch.Routing.Effects;

namespace Switch.Host.Connections;

/// <summary>
/// One TCP connection that carries frames, whichever side opened it: the read loop, the way out, the deadlines and the
/// end. What a frame means is the business of <c>Session</c> and <c>LinkConnection</c>.
/// </summary>
internal abstract partial class FramedConnection
{
    private readonly ConnectionContext _transport;
    private readonly FrameFormat _format;
    private readonly ConnectionLimits _limits;

    private volatile bool _hasBeenReady;
    private int _cause;
    private TaskCompletionSource? _halfOver;
    private long _partialSince;
    private long _endedAt;
    private long _keepAliveSecond;
    private int _keepAlives;

    protected FramedConnection(
        int id, ConnectionContext transport, FrameFormat format, ConnectionLimits limits, EdgeMeters meters,
        SwitchClock clock, GateOwner? owner = null)
    {
        _transport = transport;
        _format = format;
        _limits = limits;
        Id = id;
        Meters = meters;
        Clock = clock;
        Writer = new ConnectionWriter(format, limits.WriteBufferMax, clock, owner);
    }

    /// <summary>The session's or the link's id, as the core knows it.</summary>
    public int Id { get; }

    public ConnectionWriter Writer { get; }

    public EndPoint? RemoteEndPoint => _transport.RemoteEndPoint;

    /// <summary>The MACs of its messages; null: they have none.</summary>
    public PartnerMac? Mac { get; init; }

    /// <summary>Where its refusals are put for people; null: nowhere.</summary>
    public RefusalSource? Trace { get; protected init; }

    /// <summary>Why it ended, or is ending.</summary>
    public EndCause Cause => (EndCause)Volatile.Read(ref _cause);

    /// <summary>Why the core closed it; only with <see cref="EndCause.ClosedByCore"/>.</summary>
    public CloseReason CoreReason { get; protected set; }

    /// <summary>The exception behind <see cref="Cause"/>, where there is one.</summary>
    public Exception? Failure { get; private set; }

    public long FramesIn { get; private set; }

    /// <summary>The peer has closed its half, and this one is kept open for what it is owed.</summary>
    public bool IsHalfClosed => Volatile.Read(ref _halfOver) is not null;

    /// <summary>True while the peer is owed an answer.</summary>
    protected virtual bool IsAnswerDue => false;

    /// <summary>The connection's socket, where it has one.</summary>
    protected Socket? Socket => _transport.Features.Get<IConnectionSocketFeature>()?.Socket;

    /// <summary>Says what has reached the peer, where <see cref="Socket"/> does not.</summary>
    protected IAcknowledged? Acknowledged => _transport.Features.Get<IAcknowledged>();

    protected EdgeMeters Meters { get; }

    protected SwitchClock Clock { get; }

    /// <summary>When the read that is being worked on came, in ticks of the clock.</summary>
    protected long ReceivedAt { get; private set; }

    /// <summary>What an answer to the frame that is being worked on bears.</summary>
    protected FrameHeader ReplyHeader { get; private set; }

    /// <summary>Ends after what was taken has been written.</summary>
    public void CloseGently(EndCause cause)
    {
        SetCause(cause, null);
        Writer.Complete();
    }

    /// <summary>Ends now.</summary>
    public void Abort(EndCause cause)
    {
        SetCause(cause, null);
        Writer.Close();
        _transport.Abort(new ConnectionAbortedException(cause.ToString()));
    }

    /// <summary>Core thread: the peer accepted the switch's sign-on.</summary>
    public void OnReady() => _hasBeenReady = true;

    /// <summary>The peer has accepted a sign-on of the switch on this connection.</summary>
    public bool HasBeenReady => _hasBeenReady;

    /// <summary>Core thread: a frame was given to <see cref="Writer"/>.</summary>
    public abstract void OnSent();

    /// <summary>Core thread: one that was sent, or will be, answers nothing.</summary>
    public virtual void OnAsked()
    {
    }

    /// <summary>
    /// Core thread: the frame last given to the writer went out while <see cref="IsHalfClosed"/>. True: it will be
    /// told what became of it.
    /// </summary>
    /// <param name="tag">The core's name for it.</param>
    public virtual bool TryDoubt(long tag) => false;

    /// <summary>Core thread: a frame found no room in <see cref="Writer"/>.</summary>
    public abstract void OnWriterFull();

    /// <summary>Core thread: the core wants it closed.</summary>
    public abstract void CloseByCore(CloseReason why);

    /// <summary>Called a few times a second by the heartbeat. False: the connection needs no more beats.</summary>
    public virtual bool OnHeartbeat(long nowTicks)
    {
        long partialSince = Volatile.Read(ref _partialSince);
        long endedAt = Volatile.Read(ref _endedAt);
        if (endedAt != 0)
        {
            if (nowTicks - endedAt < _limits.LingerTime.Ticks)
            {
                return true;
            }

            // Its last bytes have had their time. Does nothing if the transport went long ago.
            _transport.Abort();
            return false;
        }

        if (partialSince != 0 && nowTicks - partialSince > _limits.FrameTime.Ticks)
        {
            Abort(EndCause.FrameTooSlow);
        }
        else if (Writer.IsStalled(nowTicks, _limits.WriteTime))
        {
            Abort(EndCause.WriteStalled);
        }

        return true;
    }

    /// <summary>Carries frames until either side ends it. Never throws; see <see cref="Cause"/> afterwards.</summary>
    protected async Task CarryAsync()
    {
        Task writing = WriteAsync(_transport.Transport);
        bool parts = await ReadAsync(_transport.Transport.Input).ConfigureAwait(false);
        CountEnd(); // Before the close, so that the count is there when the peer sees it.
        if (parts)
        {
            await PartAsync(_transport.Transport.Input, writing).ConfigureAwait(false);
        }
        else if (Cause == EndCause.PeerClosed && IsAnswerDue)
        {
            // It has said all that it has to say, and may wait for answers all the same.
            var halfOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _halfOver, halfOver);
            EdgeMeters.Add(ref Meters.Live.SessionsHalfClosed);
            await Task.WhenAny(halfOver.Task, writing).ConfigureAwait(false);
        }

        Writer.Complete();
        await writing.ConfigureAwait(false);

        Volatile.Write(ref _partialSince, 0);
        Volatile.Write(ref _endedAt, Clock.Ticks + 1);
        await _transport.Transport.Output.CompleteAsync().ConfigureAwait(false);
        await _transport.Transport.Input.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Nothing more is owed to a peer that has closed its half.</summary>
    protected void EndHalf() => Volatile.Read(ref _halfOver)?.TrySetResult();

    /// <summary>One frame. The bytes are the pipe's: valid until this returns.</summary>
    protected abstract void OnFrame(in ReadOnlySequence<byte> frame);

    /// <summary>
    /// All frames of one read were seen. Same thread as their <see cref="OnFrame"/> calls, no await between. False:
    /// <see cref="WaitAsync"/> before reading on.
    /// </summary>
    protected abstract bool OnReadEnd(int frames);

    /// <summary>Holds the reading back until there is room for more.</summary>
    protected virtual Task WaitAsync() => Task.CompletedTask;

    /// <summary>Sets the first cause; later ones are only consequences.</summary>
    protected void SetCause(EndCause cause, Exception? failure)
    {
        if (Interlocked.CompareExchange(ref _cause, (int)cause, (int)EndCause.None) == (int)EndCause.None)
        {
            Failure = failure;
        }
    }

    // True: a stop has found a moment at which to part.
    private async Task<bool> ReadAsync(PipeReader input)
    {
        try
        {
            bool isBetweenFrames = true;
            while (Cause == EndCause.None)
            {
                // First whether the kernel has more, then the pipe.
                bool mayPart = MayPart(isBetweenFrames);
                ValueTask<ReadResult> next = input.ReadAsync();
                if (mayPart && (!next.IsCompleted || _parting > Parting.WhenQuiet))
                {
                    _late = next.AsTask();
                    SetCause(EndCause.Stopping, null);
                    return true;
                }

                if (!next.IsCompleted)
                {
                    StackSweep.Below();
                }

                ReadResult read = await next.ConfigureAwait(false);
                if (read.IsCanceled && (!IsParting || Cause != EndCause.None))
                {
                    break;
                }

                ReadOnlySequence<byte> buffer = read.Buffer;
                bool canGoOn = Drain(ref buffer, read.IsCompleted);
                isBetweenFrames = buffer.IsEmpty;
                Zero(read.Buffer.Slice(0, buffer.Start));
                input.AdvanceTo(buffer.Start, buffer.End);
                if (!canGoOn)
                {
                    // What the peer has sent by now cannot be late: it is we who do not look.
                    Volatile.Write(ref _partialSince, 0);
                    await WaitAsync().ConfigureAwait(false);
                }
            }
        }
        catch (Exception exception) when (IsOfTheWorld(exception))
        {
            SetCause(EndCause.PeerReset, exception);
        }
        catch (Exception exception)
        {
            // One connection's defect must not end its neighbours: it is logged as ours and ends this one.
            SetCause(EndCause.Failed, exception);
        }

        return false;
    }

    // Of frames that were taken. Blocks are zeroed when the pipe returns them; but it keeps the last one for as long as
    // the connection is idle, where the socket asked for room before we were done.
    private static void Zero(in ReadOnlySequence<byte> taken)
    {
        foreach (ReadOnlyMemory<byte> part in taken)
        {
            MemoryMarshal.AsMemory(part).Span.Clear();
        }
    }

    /// <summary>Takes every whole frame off the buffer, and judges what is left.</summary>
    private bool Drain(ref ReadOnlySequence<byte> buffer, bool isLast)
    {
        ReceivedAt = Clock.Ticks;
        int frames = 0;
        int keepAlives = 0;
        FrameStatus status;
        while ((status = _format.TryDecode(
                ref buffer, _limits.FrameSizeMax, out ReadOnlySequence<byte> frame, out FrameHeader reply))
            is FrameStatus.Complete or FrameStatus.Empty)
        {
            if (status == FrameStatus.Empty)
            {
                keepAlives++;
                continue;
            }

            frames++;
            ReplyHeader = reply;
            OnFrame(in frame);
        }

        FramesIn += frames;
        if (keepAlives > 0)
        {
            CountKeepAlives(keepAlives);
        }

        if (status is FrameStatus.OverLimit or FrameStatus.Malformed)
        {
            Trace?.AddFrame(status, in buffer, _limits.FrameSizeMax);
        }

        Judge(status, isLast, buffer.IsEmpty, frames + keepAlives > 0);
        if (keepAlives > 0)
        {
            EdgeMeters.Add(ref Meters.Live.KeepAlives, keepAlives);
        }

        return OnReadEnd(frames);
    }

    // They cost little each, and a stream of nothing else costs a processor.
    private void CountKeepAlives(int count)
    {
        long second = ReceivedAt / TimeSpan.TicksPerSecond;
        _keepAlives = second == _keepAliveSecond ? _keepAlives + count : count;
        _keepAliveSecond = second;
        if (_keepAlives > _limits.KeepAlivesPerSecond)
        {
            SetCause(EndCause.KeepAliveFlood, null);
        }
    }

    private void Judge(FrameStatus status, bool isLast, bool isEmpty, bool hasMoved)
    {
        if (status == FrameStatus.OverLimit)
        {
            SetCause(EndCause.FrameOverLimit, null);
        }
        else if (status == FrameStatus.Malformed)
        {
            SetCause(EndCause.FrameMalformed, null);
        }
        else if (isLast)
        {
            SetCause(isEmpty ? EndCause.PeerClosed : EndCause.FrameTruncated, null);
        }
        else if (isEmpty)
        {
            Volatile.Write(ref _partialSince, 0);
        }
        else if (hasMoved || _partialSince == 0)
        {
            // The clock of a frame runs from its first byte, so only a new one restarts it.
            Volatile.Write(ref _partialSince, Math.Max(ReceivedAt, 1));
        }
    }

    private async Task WriteAsync(IDuplexPipe pipe)
    {
        try
        {
            await Writer.RunAsync(pipe.Output).ConfigureAwait(false);
            SetCause(EndCause.PeerClosed, null);
        }
        catch (Exception exception) when (IsOfTheWorld(exception))
        {
            SetCause(EndCause.PeerReset, exception);
        }
        catch (Exception exception)
        {
            // As in the read loop.
            SetCause(EndCause.Failed, exception);
        }

        // The read loop may be waiting for a peer that has nothing to say.
        pipe.Input.CancelPendingRead();
    }

    /// <summary>What sockets throw when their peer or the network ends them, or when we abort them.</summary>
    private static bool IsOfTheWorld(Exception exception) =>
        exception is IOException or SocketException or ConnectionAbortedException or OperationCanceledException
            or ObjectDisposedException;

    private void CountEnd()
    {
        ref EdgeCounters live = ref Meters.Live;
        switch (Cause)
        {
            case EndCause.FrameOverLimit:
                EdgeMeters.Add(ref live.FramesOverLimit);
                break;
            case EndCause.FrameMalformed or EndCause.NotMessages:
            case EndCause.ClosedByCore when CoreReason == CloseReason.Malformed:
                EdgeMeters.Add(ref live.FramesMalformed);
                break;
            case EndCause.FrameTruncated:
                EdgeMeters.Add(ref live.FramesTruncated);
                break;
            case EndCause.FrameTooSlow:
                EdgeMeters.Add(ref live.FramesTooSlow);
                break;
            case EndCause.NoMessage:
                EdgeMeters.Add(ref live.SessionsWithoutMessage);
                break;
            case EndCause.Idle:
                EdgeMeters.Add(ref live.SessionsIdle);
                break;
            case EndCause.Displaced:
                EdgeMeters.Add(ref live.SessionsDisplaced);
                break;
            case EndCause.KeepAliveFlood:
                EdgeMeters.Add(ref live.KeepAliveFloods);
                break;
            case EndCause.WriteStalled:
                EdgeMeters.Add(ref live.WritesStalled);
                break;
            case EndCause.WriteBufferFull:
                EdgeMeters.Add(ref live.WriteBuffersFull);
                break;
        }
    }
}
