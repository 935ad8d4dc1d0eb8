using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Routing.Core;
using Switch.Routing.Effects;
using Switch.Routing.Journal;
using Switch.Routing.Outbox;

namespace Switch.Host.Simulators.World;

/// <summary>
/// The core's effects in the simulated node. What waits for the journal waits in the switch's own outbox; here is what
/// stands around it: lines in place of connections, and the simulated journal and store.
/// </summary>
internal sealed class NodeEffects : IEffects, ISendOutlet<Line>
{
    // As many as the requests of a small world; the bound is reached in overload, and refuses.
    private static readonly SendLimits Limits = new() { EntriesMax = 4_096, ChunksMax = 64, ChunkSize = 64 * 1024 };

    private readonly Ground _ground;
    private readonly NodeJournal _journal;
    private readonly Chance _chance;
    private readonly Dictionary<int, Line> _sessions = [];
    private readonly Line?[] _links;
    private readonly List<Packet> _given = [];
    private readonly Stack<Message> _messages = new();
    private LookUpDesk? _desk;

    public NodeEffects(Ground ground, NodeJournal journal, Chance chance)
    {
        _ground = ground;
        _journal = journal;
        _chance = chance;
        _links = new Line?[ground.Plan.LinkCount];
        Gate = new DurableOutbox<Line>(this, Limits);
    }

    /// <summary>Where sends wait for the journal: the switch's own.</summary>
    public DurableOutbox<Line> Gate { get; }

    /// <summary>What the node's wall clock shows.</summary>
    public long NowMs { get; set; }

    public Action<Line>? OnFull { get; set; }

    /// <summary>Does something with the core, in its turn.</summary>
    public Action<Action<AuthorizationCore>>? Tell { get; set; }

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
        _ground.AdviceSends.Note(link, message, _journal.LastLsn);
        return Gate.Send(_links[link], message, afterLsn, tag, in header);
    }

    public bool TryCancel(SendTicket ticket) => Gate.TryCancel(ticket);

    public void CloseSession(int session, CloseReason why) => Close(_sessions.GetValueOrDefault(session));

    public void CloseLink(int link, CloseReason why) => Close(_links[link]);

    public bool LookUpOriginal(OriginalQuery query)
    {
        _desk ??= new LookUpDesk(_ground, _journal, _chance, Tell!);
        return _desk.Ask(query);
    }

    public void Return(Message message)
    {
        message.Clear();
        _messages.Push(message);
    }

    public void Raise(Incident incident, long subject, long value)
    {
        _ground.Trace.Add(((long)incident << 32) ^ subject);
        if (_ground.IsWatched(0) && incident != Incident.AdviceQueueDrained)
        {
            _ground.Note(0, $"node raises {incident} {subject} {value}");
        }
    }

    public bool IsOpen(Line connection) => connection.IsOpenAtNode;

    public bool TryDoubt(Line connection, long tag) => false;

    public bool TryGive(Line connection, ReadOnlySpan<byte> message, in FrameHeader header)
    {
        if (_chance.PerMille(_ground.Plan.RefusedSendPerMille))
        {
            _ground.Count(Fault.SendRefused);
            OnFull?.Invoke(connection);
            return false;
        }

        Packet packet = _ground.Network.Take(message);
        packet.Line = connection;
        _given.Add(packet);
        return true;
    }

    /// <summary>End of a slice: what was given to connections leaves.</summary>
    public void Flush()
    {
        foreach (Packet packet in _given)
        {
            _ground.Network.Send(packet.Line, toNode: false, packet);
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
