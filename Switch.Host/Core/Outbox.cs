using Switch.Host.Connections;
using Switch.Host.Issuers;
using Switch.Host.Journal;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Routing.Core;
using Switch.Routing.Effects;
using Switch.Routing.Health;
using Switch.Routing.Journal;
using Switch.Routing.Outbox;
using Switch.Routing.Values;
using Switch.Routing.Velocity;

namespace Switch.Host.Core;

/// <summary>Takes a PIN block for the security module; false: it does not.</summary>
internal delegate bool PinAsk(in PinQuestion ask);

/// <summary>Takes a key that a partner sent; false: the partner's keys are not exchanged so.</summary>
internal delegate bool KeyAsk(in KeyQuestion ask);

/// <summary>
/// What the core's effects turn into: sends go through the <see cref="DurableOutbox{TConnection}"/> to connections,
/// records to the journal, messages back to their pool. Lives on the core thread alone.
/// </summary>
internal sealed class Outbox : IEffects, ISendOutlet<FramedConnection>
{
    private readonly MessagePool _pool;
    private readonly EdgeMeters _meters;
    private readonly IncidentReporter _incidents;
    private readonly Dictionary<int, FramedConnection> _sessions = [];
    private readonly LinkConnection?[] _links;
    private readonly List<FramedConnection> _dirty = new(256);
    private readonly Message?[] _returned = new Message?[64];
    private RefusalSource? _faultSource;
    private RefusalEntry? _fault;
    private bool _isInFault;
    private int _returnedCount;
    private IJournal? _journal;
    private Func<OriginalQuery, bool>? _store;
    private PinAsk? _module;
    private SealDesk? _seals;
    private KeyAsk? _keys;
    private KeyDelivery? _delivery;

    public Outbox(MessagePool pool, EdgeMeters meters, IncidentReporter incidents, int links, SendLimits limits)
    {
        _pool = pool;
        _meters = meters;
        _incidents = incidents;
        _links = new LinkConnection?[links];
        Gate = new DurableOutbox<FramedConnection>(this, limits);
    }

    /// <summary>Where sends wait for the journal.</summary>
    public DurableOutbox<FramedConnection> Gate { get; }

    /// <summary>
    /// The journal opens by replaying into the core, and the core is made with its effects: so the journal comes last.
    /// Before the core's first event.
    /// </summary>
    public void Attach(IJournal journal)
    {
        _journal = journal;
        Gate.Begin(journal.DurableLsn);
    }

    /// <summary>There is a store to ask. Before the core's first event.</summary>
    public void AttachStore(Func<OriginalQuery, bool> ask) => _store = ask;

    /// <summary>There is a security module for PIN blocks. Before the core's first event.</summary>
    public void AttachModule(PinAsk ask) => _module = ask;

    /// <summary>Partners may send keys. Before the core's first event.</summary>
    public void AttachKeys(KeyAsk ask) => _keys = ask;

    /// <summary>Partners' messages have MACs. Before the core's first event.</summary>
    public void AttachSeals(SealDesk seals) => _seals = seals;

    /// <summary>The MAC of a message was made, or could not be.</summary>
    public void Sealed(SealWork work)
    {
        long number = work.Number;
        if (work.IsMade)
        {
            Gate.Sealed(number, work);
            return;
        }

        work.Free();
        Gate.Sealed(number, made: null);
    }

    public void AddSession(FramedConnection session) => _sessions.Add(session.Id, session);

    public void RemoveSession(int session) => _sessions.Remove(session);

    public void SetLink(int link, LinkConnection? connection) => _links[link] = connection;

    public long Append(RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret) =>
        _journal!.Append(type, open, secret);

    public SendTicket SendToSession(
        int session, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default) =>
        Send(_sessions.GetValueOrDefault(session), message, afterLsn, tag, in header);

    public SendTicket AskSession(int session, ReadOnlySpan<byte> message)
    {
        FramedConnection? connection = SessionOf(session);
        SendTicket ticket = Send(connection, message, afterLsn: 0, tag: 0, default);
        if (!ticket.IsNone)
        {
            connection!.OnAsked();
        }

        return ticket;
    }

    public SendTicket SendToLink(
        int link, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default) =>
        Send(_links[link], message, afterLsn, tag, in header);

    public bool TryCancel(SendTicket ticket)
    {
        bool isCancelled = Gate.TryCancel(ticket);
        _meters.Live.SendsCancelled += isCancelled ? 1 : 0;
        return isCancelled;
    }

    public void CloseSession(int session, CloseReason why) =>
        Close(_sessions.GetValueOrDefault(session), why);

    public void CloseLink(int link, CloseReason why) => Close(_links[link], why);

    public bool LookUpOriginal(OriginalQuery query) => _store?.Invoke(query) ?? false;

    public bool TranslatePin(in PinQuestion ask) => _module?.Invoke(in ask) ?? false;

    public bool ExchangeKey(in KeyQuestion ask) => _keys?.Invoke(in ask) ?? false;

    /// <summary>Has the core send a key; it is told here what the issuer says.</summary>
    public void Send(AuthorizationCore core, KeyDelivery key)
    {
        _delivery = key;
        bool isSent = core.SendKey(new KeyOrder
        {
            Tag = key.Tag,
            Issuer = key.Issuer,
            IsOfMacs = key.IsOfMacs,
            Field = key.Field,
            Text = key.Text,
            CheckField = key.CheckField,
            CheckValue = key.CheckValue,
        });
        if (!isSent)
        {
            key.Ended.TrySetResult(KeyVerdict.NotSent);
        }
    }

    public void KeyAnswered(in KeyReply reply)
    {
        if (_delivery is { } key && key.Tag == reply.Tag)
        {
            _delivery = null;
            key.Ended.TrySetResult(reply.Reply is not { } said ? KeyVerdict.Silent : new KeyVerdict(
                reply.IsApproved ? KeyFate.Taken : KeyFate.Refused, TextOf(said, Field.ResponseCode),
                TextOf(said, key.CheckField == 0 ? key.Field : key.CheckField), reply.IsVerified));
        }
    }

    private static string TextOf(Message message, int field)
    {
        Span<byte> text = stackalloc byte[999];
        return message.TextLength(field) <= text.Length
            ? System.Text.Encoding.Latin1.GetString(text[..message.CopyText(field, text)])
            : "";
    }

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
        else if (incident == Incident.AcquirerSignedOn)
        {
            SessionOf((int)value)?.OnReady();
        }
    }

    public void HealthChanged(in HealthChange change) => _incidents.Report(change);

    public void VelocityChanged(in VelocityChange change) => _incidents.Report(change);

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
        _meters.Live.OutboxNow = Gate.Waiting;
        _meters.Live.SendsFailed = Gate.FailedCount;
    }

    bool ISendOutlet<FramedConnection>.IsOpen(FramedConnection connection) => connection.Writer.IsOpen;

    bool ISendOutlet<FramedConnection>.MustSeal(FramedConnection connection, ReadOnlySpan<byte> message) =>
        connection.Mac?.MustSeal(message) ?? false;

    bool ISendOutlet<FramedConnection>.TryBeginSeal(
        FramedConnection connection, ReadOnlySpan<byte> message, long number) =>
        _seals!.TryBegin(connection.Mac!, message, number);

    bool ISendOutlet<FramedConnection>.TryDoubt(FramedConnection connection, long tag) =>
        connection.IsHalfClosed && connection.TryDoubt(tag);

    bool ISendOutlet<FramedConnection>.TryGive(
        FramedConnection connection, ReadOnlySpan<byte> message, in FrameHeader header)
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

    private SendTicket Send(
        FramedConnection? connection, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header)
    {
        SendTicket ticket = Gate.Send(connection, message, afterLsn, tag, in header);
        _meters.Live.SendsRefused += ticket.IsNone ? 1 : 0;
        return ticket;
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
