using Switch.Protocol.Framing;
using Switch.Routing.Effects;

namespace Switch.Routing.Outbox;

/// <summary>The outbox as the core loop releases it.</summary>
public interface IOutbox
{
    /// <summary>
    /// Lets go what waited for this position or an earlier one. What finds no way is left for <see
    /// cref="TryTakeFailed"/>.
    /// </summary>
    void Release(long durableLsn);

    /// <summary>
    /// The tag of the next released send that surely was not sent; call until false. Apart from <see cref="Release"/>,
    /// so that the core is not entered while the ring is being walked.
    /// </summary>
    bool TryTakeFailed(out long tag);

    /// <summary>
    /// The tag of the next released send that went to a connection whose peer may be gone; call until false, after
    /// <see cref="Release"/>.
    /// </summary>
    bool TryTakeDoubtful(out long tag);

    /// <summary>The tag of the next send that was doubtful and has left after all; call until false.</summary>
    bool TryTakeSettled(out long tag);
}

/// <summary>
/// Durable before sent: a send that names a journal position waits here until that position is durable. Lives on the
/// core's thread alone, so a send is either still here, and can be taken back for certain, or was given to a connection
/// and may have left.
/// </summary>
/// <remarks>
/// The sends leave in the order they were made. At the bound of what may wait, a send is refused: surely not sent. A
/// send that needs a MAC waits for that too, while the journal writes: an answer that is durable and has no MAC yet is
/// in doubt until it has left. The switch and the simulated node run this same code.
/// </remarks>
/// <param name="outlet">The connections.</param>
/// <param name="limits">How much may wait.</param>
/// <typeparam name="TConnection">One connection to an acquirer or an issuer.</typeparam>
public sealed class DurableOutbox<TConnection>(ISendOutlet<TConnection> outlet, SendLimits limits) : IOutbox
    where TConnection : class
{
    // Tickets of what was given to a connection at once. It can never be cancelled, so it needs no number of its own.
    private static readonly SendTicket Released = new(-1);

    // Tells numbers of sends that need a MAC from those of the ring.
    private const long OfSeals = 1L << 62;

    private readonly SendRing<TConnection> _ring = new(limits.EntriesMax, limits.ChunksMax, limits.ChunkSize);
    private readonly List<long> _failed = new(256);
    private readonly SealedSends<TConnection> _seals = new(limits.SealsMax);
    private readonly Queue<long> _doubtful = new();
    private readonly Queue<long> _settled = new();
    private int _failedTaken;
    private long _durableLsn;

    /// <summary>Sends that wait for the journal, or for their MAC.</summary>
    public int Waiting => _ring.Count + _seals.Count;

    /// <summary>Sends that wait for their MAC, or with it for the journal.</summary>
    public int Sealing => _seals.Count;

    /// <summary>Released sends that found their connection gone or full.</summary>
    public long FailedCount { get; private set; }

    /// <summary>What is durable when the journal opens. Before the first send.</summary>
    public void Begin(long durableLsn) => _durableLsn = durableLsn;

    /// <summary>Sends at once what waits for nothing, and keeps the rest.</summary>
    /// <param name="connection">Null: it is gone.</param>
    /// <param name="message">Is copied.</param>
    /// <param name="afterLsn">The position that must be durable first; 0: none.</param>
    /// <param name="tag">Comes back from <see cref="TryTakeFailed"/> or <see cref="TryTakeDoubtful"/>.</param>
    /// <param name="header">See <see cref="IEffects.SendToSession"/>.</param>
    public SendTicket Send(
        TConnection? connection, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header)
    {
        bool isTaken = false;
        long number = -1;
        if (connection is not null && outlet.IsOpen(connection))
        {
            if (outlet.MustSeal(connection, message))
            {
                return Seal(connection, message, afterLsn, tag, in header);
            }

            isTaken = afterLsn <= _durableLsn
                ? outlet.TryGive(connection, message, in header)
                : _ring.TryPush(connection, message, afterLsn, tag, in header, out number);
        }

        return !isTaken ? SendTicket.None : number > 0 ? new SendTicket(number) : Released;
    }

    /// <summary>See <see cref="IEffects.TryCancel"/>.</summary>
    public bool TryCancel(SendTicket ticket)
    {
        if ((ticket.Value & OfSeals) == 0 || ticket.Value < 0)
        {
            return ticket.Value > 0 && _ring.TryCancel(ticket.Value);
        }

        ref SealedSend<TConnection> send = ref _seals.Find(ticket.Value ^ OfSeals, out bool isThere);
        if (!isThere || send.IsCancelled)
        {
            return false;
        }

        send.IsCancelled = true; // Its place stays until its MAC is made.
        return true;
    }

    /// <summary>A MAC was made, or could not be in time: then the send has failed. On the core's thread.</summary>
    /// <param name="number">Of <see cref="ISendOutlet{TConnection}.TryBeginSeal"/>.</param>
    /// <param name="made">Null: it could not. The outbox frees it, at once where nothing waits for it any more.</param>
    public void Sealed(long number, ISealedMessage? made)
    {
        ref SealedSend<TConnection> send = ref _seals.Find(number, out bool isThere);
        if (!isThere)
        {
            made?.Free();
            return;
        }

        if (made is { IsLate: true })
        {
            made.Free();
            made = null;
        }

        if (made is null || send.IsCancelled || send.AfterLsn <= _durableLsn)
        {
            send.Made = made;
            End(ref send);
        }
        else
        {
            send.Made = made;
        }
    }

    /// <inheritdoc/>
    public void Release(long durableLsn)
    {
        _durableLsn = durableLsn;
        while (!_ring.IsEmpty && _ring.Oldest.AfterLsn <= durableLsn)
        {
            ref WaitingSend<TConnection> send = ref _ring.Oldest;
            if (!send.IsCancelled)
            {
                Give(ref send);
            }

            _ring.Pop();
        }

        ReleaseSealed();
    }

    /// <inheritdoc/>
    public bool TryTakeFailed(out long tag)
    {
        if (_failedTaken == _failed.Count)
        {
            _failed.Clear();
            _failedTaken = 0;
            tag = 0;
            return false;
        }

        tag = _failed[_failedTaken++];
        return true;
    }

    /// <inheritdoc/>
    public bool TryTakeDoubtful(out long tag) => _doubtful.TryDequeue(out tag);

    /// <inheritdoc/>
    public bool TryTakeSettled(out long tag) => _settled.TryDequeue(out tag);

    private SendTicket Seal(
        TConnection connection, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header)
    {
        long number = _seals.Add(connection, afterLsn, tag, in header);
        if (number == 0)
        {
            return SendTicket.None;
        }

        if (!outlet.TryBeginSeal(connection, message, number))
        {
            _seals.Remove(ref _seals.Find(number, out _));
            return SendTicket.None;
        }

        return new SendTicket(number | OfSeals);
    }

    // What is durable leaves where it has its MAC. An answer that has none yet must not be taken for delivered.
    private void ReleaseSealed()
    {
        int waiting = _seals.Count == 0 ? 0 : _seals.Sweep();
        for (int i = 0; i < waiting; i++)
        {
            ref SealedSend<TConnection> send = ref _seals.Find(_seals.NumberAt(i), out _);
            if (send.AfterLsn > _durableLsn)
            {
                continue;
            }

            if (send.Made is not null)
            {
                End(ref send);
            }
            else if (!send.IsDoubted && !send.IsCancelled)
            {
                send.IsDoubted = true;
                _doubtful.Enqueue(send.Tag);
            }
        }
    }

    private void End(ref SealedSend<TConnection> send)
    {
        if (!send.IsCancelled)
        {
            GiveSealed(ref send);
        }

        send.Made?.Free();
        _seals.Remove(ref send);
    }

    private void GiveSealed(ref SealedSend<TConnection> send)
    {
        if (send.Made is not { } made || !outlet.IsOpen(send.Connection)
            || !outlet.TryGive(send.Connection, made.Bytes, in send.Header))
        {
            _failed.Add(send.Tag);
            FailedCount++;
        }
        else if (outlet.TryDoubt(send.Connection, send.Tag))
        {
            if (!send.IsDoubted)
            {
                _doubtful.Enqueue(send.Tag);
            }
        }
        else if (send.IsDoubted)
        {
            _settled.Enqueue(send.Tag);
        }
    }

    private void Give(ref WaitingSend<TConnection> send)
    {
        if (!outlet.IsOpen(send.Connection)
            || !outlet.TryGive(send.Connection, _ring.BytesOf(in send), in send.Header))
        {
            _failed.Add(send.Tag);
            FailedCount++;
        }
        else if (outlet.TryDoubt(send.Connection, send.Tag))
        {
            _doubtful.Enqueue(send.Tag);
        }
    }
}
