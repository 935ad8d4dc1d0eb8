using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Routing.Core;
using Switch.Routing.Effects;
using Switch.Routing.Journal;

namespace Switch.Host.Simulators.World;

/// <summary>
/// The core's effects in the simulated node, by the rules of <c>Switch.Host/Core/Outbox</c>: a send that names a
/// journal
/// position waits here until that is durable, sends leave in order, and what waits can be taken back for certain.
/// </summary>
internal sealed class NodeOutbox(Ground ground, NodeJournal journal, Chance chance) : IEffects
{
    private static readonly SendTicket Released = new(-1);

    private readonly Dictionary<int, Line> _sessions = [];
    private readonly Line?[] _links = new Line?[ground.Plan.LinkCount];
    private readonly Queue<Waiting> _waiting = new();
    private readonly HashSet<long> _cancelled = [];
    private readonly List<Packet> _given = [];
    private readonly Queue<long> _failed = new();
    private readonly Stack<Message> _messages = new();
    private LookUpDesk? _desk;
    private long _number;
    private long _firstWaiting = 1;

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
        journal.Append(type, open, secret, NowMs);

    public SendTicket SendToSession(
        int session, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default) =>
        Send(_sessions.GetValueOrDefault(session), message, afterLsn, tag);

    public SendTicket SendToLink(
        int link, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default)
    {
        ground.AdviceSends.Note(link, message, journal.LastLsn);
        return Send(_links[link], message, afterLsn, tag);
    }

    public bool TryCancel(SendTicket ticket) => ticket.Value >= _firstWaiting && _cancelled.Add(ticket.Value);

    public void CloseSession(int session, CloseReason why) => Close(_sessions.GetValueOrDefault(session));

    public void CloseLink(int link, CloseReason why) => Close(_links[link]);

    public bool LookUpOriginal(OriginalQuery query)
    {
        _desk ??= new LookUpDesk(ground, journal, chance, Tell!);
        return _desk.Ask(query);
    }

    public void Return(Message message)
    {
        message.Clear();
        _messages.Push(message);
    }

    public void Raise(Incident incident, long subject, long value)
    {
        ground.Trace.Add(((long)incident << 32) ^ subject);
        if (ground.IsWatched(0) && incident != Incident.AdviceQueueDrained)
        {
            ground.Note(0, $"node raises {incident} {subject} {value}");
        }
    }

    /// <summary>Lets go what waited for this position or an earlier one.</summary>
    public void Release(long durableLsn)
    {
        while (_waiting.TryPeek(out Waiting send) && send.AfterLsn <= durableLsn)
        {
            _waiting.Dequeue();
            _firstWaiting = send.Number + 1;
            if (!_cancelled.Remove(send.Number) && !TryGive(send.Line, send.Packet))
            {
                _failed.Enqueue(send.Tag);
            }
        }
    }

    public bool TryTakeFailed(out long tag) => _failed.TryDequeue(out tag);

    /// <summary>End of a slice: what was given to connections leaves.</summary>
    public void Flush()
    {
        foreach (Packet packet in _given)
        {
            ground.Network.Send(packet.Line, toNode: false, packet);
        }

        _given.Clear();
    }

    private SendTicket Send(Line? line, ReadOnlySpan<byte> message, long afterLsn, long tag)
    {
        if (line is not { IsOpenAtNode: true })
        {
            return SendTicket.None;
        }

        Packet packet = ground.Network.Take(message);
        packet.Line = line;
        if (afterLsn <= journal.DurableLsn)
        {
            return TryGive(line, packet) ? Released : SendTicket.None;
        }

        _waiting.Enqueue(new Waiting(++_number, line, packet, afterLsn, tag));
        return new SendTicket(_number);
    }

    private bool TryGive(Line line, Packet packet)
    {
        if (!line.IsOpenAtNode)
        {
            return false;
        }

        if (chance.PerMille(ground.Plan.RefusedSendPerMille))
        {
            ground.Count(Fault.SendRefused);
            OnFull?.Invoke(line);
            return false;
        }

        _given.Add(packet);
        return true;
    }

    private void Close(Line? line)
    {
        if (line is { IsOpenAtNode: true })
        {
            Flush();
            OnFull?.Invoke(line);
        }
    }

    private readonly record struct Waiting(long Number, Line Line, Packet Packet, long AfterLsn, long Tag);
}
