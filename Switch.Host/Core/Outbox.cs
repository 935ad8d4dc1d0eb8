using Switch.Host.Connections;
using Switch.Host.Issuers;
using Switch.Host.Journal;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Routing.Effects;
using Switch.Routing.Journal;
using Switch.Routing.Values;

namespace Switch.Host.Core;

/// <summary>
/// What the core's effects turn into. Lives on the core thread alone, so a send is either still here, and can be taken
/// back for certain, or was given to a connection and may have left.
/// </summary>
/// <remarks>
/// A send that names a journal position waits here until that position is durable; the sends leave in the order they
/// were made. At the bound of what may wait, a send is refused: surely not sent.
/// </remarks>
internal sealed class Outbox : IEffects
{
    // Tickets of what was given to a connection at once. It can never be cancelled, so it needs no number of its own.
    private static readonly SendTicket Released = new(-1);

    private readonly MessagePool _pool;
    private readonly EdgeMeters _meters;
    private readonly IncidentReporter _incidents;
    private readonly SendRing _ring;
    private readonly Dictionary<int, FramedConnection> _sessions = [];
    private readonly LinkConnection?[] _links;
    private readonly List<FramedConnection> _dirty = new(256);
    private readonly List<long> _failed = new(256);
    private readonly Queue<long> _doubtful = new();
    private readonly Message?[] _returned = new Message?[64];
    private RefusalSource? _faultSource;
    private RefusalEntry? _fault;
    private bool _isInFault;
    private int _failedTaken;
    private int _returnedCount;
    private IJournal? _journal;
    private Func<OriginalQuery, bool>? _store;
    private long _durableLsn;

    public Outbox(MessagePool pool, EdgeMeters meters, IncidentReporter incidents, int links, OutboxLimits limits)
    {
        _pool = pool;
        _meters = meters;
        _incidents = incidents;
        _links = new LinkConnection?[links];
        _ring = new SendRing(limits.EntriesMax, limits.ChunksMax, limits.ChunkSize);
    }

    /// <summary>Sends that wait for the journal.</summary>
    public int Waiting => _ring.Count;

    /// <summary>
    /// The journal opens by replaying into the core, and the core is made with its effects: so the journal comes last.
    /// Before the core's first event.
    /// </summary>
    public void Attach(IJournal journal)
    {
        _journal = journal;
        _durableLsn = journal.DurableLsn;
    }

    /// <summary>There is a store to ask. Before the core's first event.</summary>
    public void AttachStore(Func<OriginalQuery, bool> ask) => _store = ask;

    public void AddSession(FramedConnection session) => _sessions.Add(session.Id, session);

    public void RemoveSession(int session) => _sessions.Remove(session);

    public void SetLink(int link, LinkConnection? connection) => _links[link] = connection;

    public long Append(RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret) =>
        _journal!.Append(type, open, secret);

    public SendTicket SendToSession(
        int session, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default) =>
        Send(_sessions.GetValueOrDefault(session), message, afterLsn, tag, in header);

    public SendTicket SendToLink(
        int link, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default) =>
        Send(_links[link], message, afterLsn, tag, in header);

    public bool TryCancel(SendTicket ticket)
    {
        bool isCancelled = ticket.Value > 0 && _ring.TryCancel(ticket.Value);
        _meters.Live.SendsCancelled += isCancelled ? 1 : 0;
        return isCancelled;
    }

    public void CloseSession(int session, CloseReason why) =>
        Close(_sessions.GetValueOrDefault(session), why);

    public void CloseLink(int link, CloseReason why) => Close(_links[link], why);

    public bool LookUpOriginal(OriginalQuery query) => _store?.Invoke(query) ?? false;

    public void Return(Message message)
    {
        _returned[_returnedCount++] = message;
        if (_returnedCount == _returned.Length)
        {
            ReturnMessages();
        }
    }

    public void Raise(Incident incident, long subject, long value)
    {
        _incidents.Report(incident, subject, value);
        if (incident == Incident.LinkReady)
        {
            _links[subject]?.OnReady();
        }
    }

    /// <summary>
    /// A message that did not read goes to the core: until <see cref="EndFault"/> what is refused is that one, and its
    /// place in the bytes is known here alone.
    /// </summary>
    public void BeginFault(FramedConnection? connection, Message message, ParseFault fault)
    {
        _isInFault = true;
        _faultSource = connection?.Trace;
        _fault = _faultSource?.Begin(message, fault);
    }

    /// <summary>The core has done with it.</summary>
    public void EndFault()
    {
        if (_fault is not null)
        {
            _faultSource!.End(_fault);
        }

        _isInFault = false;
        _fault = null;
        _faultSource = null;
    }

    /// <summary>The open connection of a session; null: it is gone.</summary>
    public FramedConnection? SessionOf(int session) => _sessions.GetValueOrDefault(session);

    /// <summary>The open connection of a link; null: there is none.</summary>
    public FramedConnection? LinkOf(int link) => _links[link];

    public void SessionRefused(int session, Message message, in Refusal refusal) =>
        Refused(SessionOf(session), message, in refusal);

    public void LinkRefused(int link, Message message, in Refusal refusal) =>
        Refused(LinkOf(link), message, in refusal);

    private void Refused(FramedConnection? connection, Message message, in Refusal refusal)
    {
        if (_isInFault)
        {
            _fault = _fault is null ? null : _fault with { Answer = RefusalSentences.CodeOf(refusal.Code) };
            return;
        }

        connection?.Trace?.Add(message, in refusal);
    }

    /// <summary>
    /// Lets go what waited for this position or an earlier one. What finds no way is left for <see
    /// cref="TryTakeFailed"/>.
    /// </summary>
    public void Release(long durableLsn)
    {
        _durableLsn = durableLsn;
        while (!_ring.IsEmpty && _ring.Oldest.AfterLsn <= durableLsn)
        {
            ref WaitingSend send = ref _ring.Oldest;
            if (!send.IsCancelled && !TryGive(send.Connection, _ring.BytesOf(in send), in send.Header))
            {
                _failed.Add(send.Tag);
                _meters.Live.SendsFailed++;
            }
            else if (send.Connection.IsHalfClosed && !send.IsCancelled && send.Connection.TryDoubt(send.Tag))
            {
                _doubtful.Enqueue(send.Tag);
            }

            _ring.Pop();
        }
    }

    /// <summary>
    /// The tag of the next released send that surely was not sent; call until false. Apart from <see
    /// cref="Release"/>, so
    /// that the core is not entered while the ring is being walked.
    /// </summary>
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

    /// <summary>
    /// The tag of the next released send that went to a connection whose peer may be gone; call until false, after
    /// <see cref="Release"/>.
    /// </summary>
    public bool TryTakeDoubtful(out long tag) => _doubtful.TryDequeue(out tag);

    /// <summary>
    /// End of a batch: one flush for each connection that was given something, and messages back to the pool.
    /// </summary>
    public void Flush()
    {
        foreach (FramedConnection connection in _dirty)
        {
            connection.Writer.IsDirty = false;
            connection.Writer.Flush();
        }

        _dirty.Clear();
        ReturnMessages();
        _meters.Live.OutboxNow = _ring.Count;
    }

    private SendTicket Send(
        FramedConnection? connection, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header)
    {
        bool isTaken = false;
        long number = -1;
        if (connection is { Writer.IsOpen: true })
        {
            isTaken = afterLsn <= _durableLsn
                ? TryGive(connection, message, in header)
                : _ring.TryPush(connection, message, afterLsn, tag, in header, out number);
        }

        _meters.Live.SendsRefused += isTaken ? 0 : 1;
        return !isTaken ? SendTicket.None : number > 0 ? new SendTicket(number) : Released;
    }

    private bool TryGive(FramedConnection connection, ReadOnlySpan<byte> message, in FrameHeader header)
    {
        AppendResult result = connection.Writer.Append(message, in header);
        if (result != AppendResult.Taken)
        {
            if (result == AppendResult.Full)
            {
                connection.OnWriterFull();
            }

            return false;
        }

        connection.OnSent();
        if (!connection.Writer.IsDirty)
        {
            connection.Writer.IsDirty = true;
            _dirty.Add(connection);
        }

        return true;
    }

    private static void Close(FramedConnection? connection, CloseReason why)
    {
        if (connection is not null)
        {
            // What was given to it in this batch must be on its way first.
            connection.Writer.Flush();
            connection.CloseByCore(why);
        }
    }

    private void ReturnMessages()
    {
        if (_returnedCount > 0)
        {
            _pool.Return(_returned.AsSpan(0, _returnedCount));
            _returnedCount = 0;
        }
    }
}

/// <summary>How much may wait for the journal.</summary>
internal sealed record OutboxLimits
{
    /// <summary>Sends that wait: a power of two. As many as transactions may be open.</summary>
    public int EntriesMax { get; init; } = 131_072;

    /// <summary>
    /// 64 MiB at most: at 200,000 transactions a second, a sync of 200 ms keeps 80,000 messages waiting.
    /// </summary>
    public int ChunksMax { get; init; } = 256;

    /// <summary>A quarter of a MiB: two or three of them, in use in turn, stay in the cache.</summary>
    public int ChunkSize { get; init; } = 256 * 1024;
}
