using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Switch.Host.Memory;
using Switch.Protocol.Framing;

namespace Switch.Host.Connections;

/// <summary>How far a stop has come with the end of a connection; a later step includes those before.</summary>
internal enum Parting
{
    No = 0,

    /// <summary>At the first moment at which nothing is left to be read or answered.</summary>
    WhenQuiet,

    /// <summary>Nothing more is taken. It ends when what was taken has its answers.</summary>
    WhenAnswered,

    /// <summary>It ends with the answers that it has.</summary>
    Now,
}

/// <summary>
/// How it ends when the switch stops: at a quiet moment its last answer is followed by the end of its sending side, and
/// it is read until the peer has ended too. A socket that is closed with bytes unread, or gets more afterwards, resets
/// the connection, and a reset destroys answers that are on the way.
/// </summary>
internal abstract partial class FramedConnection
{
    private volatile Parting _parting;
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The read that waited when it parted.
    private Task<ReadResult>? _late;

    /// <summary>Ends because the switch stops: one step of several, in their order. Any thread.</summary>
    public void Part(Parting step)
    {
        if (!PartsInOrder)
        {
            CloseGently(EndCause.Stopping);
            return;
        }

        _parting = step;
        if (step == Parting.Now && IsHalfClosed)
        {
            Writer.Complete();
        }

        LookAgain();
    }

    /// <summary>Whether a stop lets it end in steps; else it closes at once.</summary>
    protected virtual bool PartsInOrder => false;

    /// <summary>A stop has begun to end it.</summary>
    protected bool IsParting => _parting != Parting.No;

    /// <summary>While <see cref="IsParting"/>: something has changed, an answer went out maybe. Any thread.</summary>
    protected void LookAgain()
    {
        if (_parting == Parting.Now || !IsAnswerDue)
        {
            _answered.TrySetResult();
        }

        _transport.Transport.Input.CancelPendingRead();
    }

    /// <summary>Frames came after the last that was taken, and were dropped.</summary>
    protected virtual void OnLate(int frames)
    {
    }

    private bool MayPart(bool isBetweenFrames) => _parting switch
    {
        Parting.No => false,
        Parting.WhenQuiet => isBetweenFrames && !IsAnswerDue && !HasUnread(),
        _ => true,
    };

    // Whether the kernel has bytes that were not read.
    private bool HasUnread()
    {
        try
        {
            return _transport.Features.Get<IEndsSending>()?.HasUnread ?? Socket is { Available: > 0 };
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private async Task PartAsync(PipeReader input, Task writing)
    {
        Task ending = EndSendingAsync(writing);
        await DropAsync(input).ConfigureAwait(false);
        await ending.ConfigureAwait(false);
    }

    private async Task EndSendingAsync(Task writing)
    {
        LookAgain();
        await Task.WhenAny(_answered.Task, writing).ConfigureAwait(false);
        Writer.Complete();
        await writing.ConfigureAwait(false);
        if (Cause == EndCause.Stopping)
        {
            await SendingEnd.OfAsync(_transport, Writer.Taken).ConfigureAwait(false);
        }
    }

    // What the peer sends before it has noticed the end is read, counted and dropped, until it ends too.
    private async Task DropAsync(PipeReader input)
    {
        bool isFramed = true;
        try
        {
            for (bool isOver = false; !isOver;)
            {
                StackSweep.Below();
                ReadResult read = await (_late ?? input.ReadAsync().AsTask()).ConfigureAwait(false);
                _late = null;
                isOver = read.IsCompleted;
                ReadOnlySequence<byte> buffer = read.Buffer;
                int frames = isFramed ? CountFrames(ref buffer, out isFramed) : 0;
                SequencePosition end = isFramed ? buffer.Start : read.Buffer.End;
                Zero(read.Buffer.Slice(0, end));
                input.AdvanceTo(end, read.Buffer.End);
                if (frames > 0)
                {
                    OnLate(frames);
                }
            }
        }
        catch (Exception exception) when (IsOfTheWorld(exception))
        {
            // It was reset, or the stop's time is over.
        }
    }

    private int CountFrames(ref ReadOnlySequence<byte> buffer, out bool isFramed)
    {
        int frames = 0;
        FrameStatus status;
        while ((status = _format.TryDecode(ref buffer, _limits.FrameSizeMax, out _, out _))
            is FrameStatus.Complete or FrameStatus.Empty)
        {
            frames += status == FrameStatus.Complete ? 1 : 0;
        }

        isFramed = status == FrameStatus.Incomplete;
        return frames;
    }
}
