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
}

/// <summary>
/// Durable before sent: a send that names a journal position waits here until that position is durable. Lives on the
/// core's thread alone, so a send is either still here, and can be taken back for certain, or was given to a connection
/// and may have left.
/// </summary>
/// <remarks>
/// The sends leave in the order they were made. At the bound of what may wait, a send is refused: surely not sent. The
/// switch and the simulated node run this same code.
/// </remarks>
/// <param name="outlet">The connections.</param>
/// <param name="limits">How much may wait.</param>
/// <typeparam name="TConnection">One connection to an acquirer or an issuer.</typeparam>
public sealed class DurableOutbox<TConnection>(ISendOutlet<TConnection> outlet, SendLimits limits) : IOutbox
    where TConnection : class
{
    // Tickets of what was given to a connection at once. It can never be cancelled, so it needs no number of its own.
    private static readonly SendTicket Released = new(-1);

    private readonly SendRing<TConnection> _ring = new(limits.EntriesMax, limits.ChunksMax, limits.ChunkSize);
    private readonly List<long> _failed = new(256);
    private readonly Queue<long> _doubtful = new();
    private int _failedTaken;
    private long _durableLsn;

    /// <summary>Sends that wait for the journal.</summary>
    public int Waiting => _ring.Count;

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
            isTaken = afterLsn <= _durableLsn
                ? outlet.TryGive(connection, message, in header)
                : _ring.TryPush(connection, message, afterLsn, tag, in header, out number);
        }

        return !isTaken ? SendTicket.None : number > 0 ? new SendTicket(number) : Released;
    }

    /// <summary>See <see cref="IEffects.TryCancel"/>.</summary>
    public bool TryCancel(SendTicket ticket) => ticket.Value > 0 && _ring.TryCancel(ticket.Value);

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
