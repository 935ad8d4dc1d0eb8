using Switch.Host.Security;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Routing.Core;
using Switch.Routing.Effects;
using Switch.Routing.Health;
using Switch.Routing.Journal;
using Switch.Routing.Outbox;
using Switch.Routing.Values;
using Switch.Routing.Velocity;

namespace Switch.Host.Simulators.World;

/// <summary>
/// The core's effects in the simulated node. What waits for the journal waits in the switch's own outbox; here is what
/// stands around it: lines in place of connections, and the simulated journal and store.
/// </summary>
internal sealed class NodeEffects : IEffects, ISendOutlet<Line>
{
    // As many as the requests of a small world; the bound is reached in overload, and refuses.
    private static readonly SendLimits Limits = new() { EntriesMax = 4_096, ChunksMax = 64, ChunkSize = 64 * 1024 };

    private readonly WorldContext _context;
    private readonly NodeJournal _journal;
    private readonly RandomSource _random;
    private readonly Dictionary<int, Line> _sessions = [];
    private readonly Line?[] _links;
    private readonly List<Packet> _given = [];
    private readonly Stack<Message> _messages = new();
    private LookUpDesk? _desk;
    private HsmDesk? _module;
    private NodeSeals? _seals;

    public NodeEffects(WorldContext context, NodeJournal journal, RandomSource random)
    {
        _context = context;
        _journal = journal;
        _random = random;
        _links = new Line?[context.Plan.LinkCount];
        Gate = new DurableOutbox<Line>(this, Limits);
    }

    /// <summary>Where sends wait for the journal: the switch's own.</summary>
    public DurableOutbox<Line> Gate { get; }

    /// <summary>What the node's wall clock shows.</summary>
    public long NowMs { get; set; }

    public Action<Line>? OnFull { get; set; }

    /// <summary>Does something with the core, in its turn.</summary>
    public Action<Action<AuthorizationCore>>? Tell { get; set; }

    /// <summary>The MACs on a line; null: there are none.</summary>
    public Func<Line, PartyMac?> MacOf { get; init; } = static _ => null;

    /// <summary>The node's keys.</summary>
    public required ZoneKeyDesk Keys { get; init; }

    /// <summary>Tells the core what became of sends.</summary>
    public Action TellOfSends { get; init; } = static () => { };

    public Message TakeMessage() =>
        _messages.TryPop(out Message? message) ? message : new Message(Packet.SizeMax, FieldTerms.Canonical);

    public void AddSession(Line line) => _sessions[line.Id] = line;

    public void RemoveSession(Line line) => _sessions.Remove(line.Id);

    public void SetLink(int link, Line? line) => _links[link] = line;

    public Line? Link(int link) => _links[link];

    public long Append(RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret) =>
        _journal.Append(type, open, secret, NowMs);

    public SendTicket SendToSession(
        int session, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default) =>
        Gate.Send(_sessions.GetValueOrDefault(session), message, afterLsn, tag, in header);

    public SendTicket SendToLink(
        int link, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default)
    {
        _context.AdviceSends.Note(link, message, _journal.LastLsn);
        return Gate.Send(_links[link], message, afterLsn, tag, in header);
    }

    public bool TryCancel(SendTicket ticket) => Gate.TryCancel(ticket);

    public void CloseSession(int session, CloseReason why) => Close(_sessions.GetValueOrDefault(session));

    public void CloseLink(int link, CloseReason why) => Close(_links[link]);

    public bool LookUpOriginal(OriginalQuery query)
    {
        _desk ??= new LookUpDesk(_context, _journal, _random, Tell!);
        return _desk.Ask(query);
    }

    public bool TranslatePin(in PinQuestion ask)
    {
        _module ??= new HsmDesk(_context, Tell!)
        {
            KeysOf = (isIssuer, party) => Keys.Of(isIssuer, party, KeyKind.Zpk),
        };
        return _module.Ask(ask);
    }

    public bool ExchangeKey(in KeyQuestion ask) => Keys.Ask(in ask);

    /// <summary>The node has died: what its security module says is for no life.</summary>
    public void End()
    {
        _module?.IsOver = true;
        _seals?.IsOver = true;
    }

    public void Return(Message message)
    {
        message.Clear();
        _messages.Push(message);
    }

    public void Raise(Incident incident, long subject, long value)
    {
        _context.Trace.Add(((long)incident << 32) ^ subject);
        if (_context.IsWatched(0) && incident != Incident.AdviceQueueDrained)
        {
            _context.Note(0, $"node raises {incident} {subject} {value}");
        }
    }

    public void HealthChanged(in HealthChange change)
    {
        _context.Count(Fault.HealthChanged);
        _context.Trace.Add(((long)change.Scope << 32) ^ ((long)change.To << 8) ^ change.Place);
        if (_context.IsWatched(0))
        {
            string what = $"{change.Scope} {change.Place} of issuer {change.Issuer}";
            _context.Note(0, $"node says {what} is {change.To}: {change.Reason}");
        }
    }

    public void VelocityChanged(in VelocityChange change)
    {
        _context.Count(Fault.VelocityChanged);
        _context.Trace.Add(((long)change.Cause << 32) ^ ((long)change.Rule << 8) ^ change.Figures.Requests);
        if (_context.IsWatched(0))
        {
            _context.Note(0, $"node says {change.Name} of rule {change.Rule}: {change.Cause}, {change.Figures}");
        }
    }

    public void SessionRefused(int session, Message message, in Refusal refusal)
    {
        if (refusal.Reason == RefusalReason.Velocity)
        {
            _context.Count(Fault.DeclinedByVelocity);
        }
    }

    public bool IsOpen(Line connection) => connection.IsOpenAtNode;

    public bool TryDoubt(Line connection, long tag) => false;

    public bool MustSeal(Line connection, ReadOnlySpan<byte> message) => MacOf(connection) is not null;

    public bool TryBeginSeal(Line connection, ReadOnlySpan<byte> message, long number)
    {
        _seals ??= new NodeSeals(_context, then => Tell!(_ => then())) { Sealed = Sealed };
        return _seals.TryBegin(MacOf(connection)!, message, number);
    }

    public bool TryGive(Line connection, ReadOnlySpan<byte> message, in FrameHeader header)
    {
        if (_random.PerMille(_context.Plan.RefusedSendPerMille))
        {
            _context.Count(Fault.SendRefused);
            OnFull?.Invoke(connection);
            return false;
        }

        Packet packet = _context.Network.Take(message);
        packet.Line = connection;
        _given.Add(packet);
        return true;
    }

    private void Sealed(long number, ISealedMessage? made)
    {
        Gate.Sealed(number, made);
        TellOfSends();
    }

    /// <summary>End of a slice: what was given to connections leaves.</summary>
    public void Flush()
    {
        foreach (Packet packet in _given)
        {
            _context.Network.Send(packet.Line, toNode: false, packet);
        }

        _given.Clear();
    }

    private void Close(Line? line)
    {
        if (line is { IsOpenAtNode: true })
        {
            Flush();
            OnFull?.Invoke(line);
        }
    }
}
