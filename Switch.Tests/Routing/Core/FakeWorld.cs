using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Routing.Effects;
using Switch.Routing.Health;
using Switch.Routing.Journal;
using Switch.Routing.Recovery;
using Switch.Routing.Settings;
using Switch.Routing.Velocity;

namespace Switch.Tests.Routing.Core;

/// <summary>One record as the core gave it.</summary>
internal sealed record StoredRecord(long Lsn, RecordType Type, byte[] Open, byte[] Secret);

/// <summary>One message that left the core, and was released.</summary>
internal sealed record SentMessage(int Target, Message Message, FrameHeader Header)
{
    public Mti Mti => Message.Mti;

    public string this[int field] => Texts.Of(Message, field);

    public bool Has(int field) => Message.Has(field);
}

/// <summary>One PIN block as it was handed to the security module.</summary>
internal sealed record AskedPin(
    long Tag, int Acquirer, int Issuer, string Raw, KeySerialNumber SerialNumber = default);

internal sealed record RaisedIncident(Incident Incident, long Subject, long Value);

/// <summary>
/// The world as the core sees it, held still: records become durable when a test says so, sends wait for them, and
/// sessions and links refuse when a test has closed them.
/// </summary>
internal sealed class FakeWorld(CoreConfiguration configuration) : IEffects
{
    private readonly LinkedList<WaitingSend> _waiting = [];
    private long _tickets;

    public List<StoredRecord> Records { get; } = [];

    public List<SentMessage> ToSessions { get; } = [];

    public List<SentMessage> ToLinks { get; } = [];

    public List<RaisedIncident> Incidents { get; } = [];

    public List<HealthChange> HealthChanges { get; } = [];

    public List<VelocityChange> VelocityChanges { get; } = [];

    public List<(int Session, CloseReason Why)> ClosedSessions { get; } = [];

    public List<(int Link, CloseReason Why)> ClosedLinks { get; } = [];

    public HashSet<int> GoneSessions { get; } = [];

    public HashSet<int> GoneLinks { get; } = [];

    /// <summary>Sessions whose peer has closed its half.</summary>
    public HashSet<int> HalfClosedSessions { get; } = [];

    /// <summary>Tags of what went to them.</summary>
    public List<long> InDoubt { get; } = [];

    /// <summary>What the core has asked the store, if there is one.</summary>
    public List<OriginalQuery> Asked { get; } = [];

    public bool HasStore { get; set; }

    public int Returned { get; private set; }

    public long DurableLsn { get; set; }

    public long LastLsn => Records.Count == 0 ? 0 : Records[^1].Lsn;

    public int Waiting => _waiting.Count;

    public long Append(RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret)
    {
        Records.Add(new StoredRecord(LastLsn + 1, type, open.ToArray(), secret.ToArray()));
        return LastLsn;
    }

    public SendTicket SendToSession(
        int session, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default) =>
        Send(false, session, message, afterLsn, tag, header);

    public SendTicket SendToLink(
        int link, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default) =>
        Send(true, link, message, afterLsn, tag, header);

    public bool TryCancel(SendTicket ticket)
    {
        for (var node = _waiting.First; node is not null; node = node.Next)
        {
            if (node.Value.Ticket == ticket.Value)
            {
                _waiting.Remove(node);
                return true;
            }
        }

        return false;
    }

    public void CloseSession(int session, CloseReason why) => ClosedSessions.Add((session, why));

    public void CloseLink(int link, CloseReason why) => ClosedLinks.Add((link, why));

    public bool LookUpOriginal(OriginalQuery query)
    {
        if (HasStore)
        {
            Asked.Add(query);
        }

        return HasStore;
    }

    /// <summary>PIN blocks that were handed to the security module, if there is one.</summary>
    public List<AskedPin> AskedPins { get; } = [];

    public bool HasModule { get; set; } = true;

    public bool TranslatePin(in PinQuestion ask)
    {
        if (HasModule)
        {
            AskedPins.Add(new AskedPin(
                ask.Tag, ask.Acquirer, ask.Issuer, Convert.ToHexString(ask.Request.Raw(52)), ask.SerialNumber));
        }

        return HasModule;
    }

    /// <summary>Keys that partners sent, where the host takes them.</summary>
    public List<(long Tag, bool IsOfIssuer, int Party, bool IsVerified)> AskedKeys { get; } = [];

    public bool TakesKeys { get; set; }

    public bool ExchangeKey(in KeyQuestion ask)
    {
        if (TakesKeys)
        {
            AskedKeys.Add((ask.Tag, ask.IsOfIssuer, ask.Party, ask.IsVerified));
        }

        return TakesKeys;
    }

    /// <summary>What issuers said to keys that were sent to them.</summary>
    public List<(long Tag, bool IsAnswered, bool IsApproved, bool IsVerified)> KeyReplies { get; } = [];

    public void KeyAnswered(in KeyReply reply) =>
        KeyReplies.Add((reply.Tag, reply.Reply is not null, reply.IsApproved, reply.IsVerified));

    public void Return(Message message) => Returned++;

    public void Raise(Incident incident, long subject, long value) =>
        Incidents.Add(new RaisedIncident(incident, subject, value));

    public void HealthChanged(in HealthChange change) => HealthChanges.Add(change);

    public void VelocityChanged(in VelocityChange change) => VelocityChanges.Add(change);

    /// <summary>Releases what waits for <paramref name="lsn"/>; returns the tags of what found no way.</summary>
    public List<long> Release(long lsn)
    {
        DurableLsn = lsn;
        var failed = new List<long>();
        while (_waiting.First is { } node && node.Value.AfterLsn <= lsn)
        {
            _waiting.RemoveFirst();
            if (!TryDeliver(node.Value.IsLink, node.Value.Target, node.Value.Bytes, node.Value.Header))
            {
                failed.Add(node.Value.Tag);
            }
            else if (!node.Value.IsLink && HalfClosedSessions.Contains(node.Value.Target))
            {
                InDoubt.Add(node.Value.Tag);
            }
        }

        return failed;
    }

    /// <summary>The journal died: what waits will never go.</summary>
    public void DropWaiting() => _waiting.Clear();

    private SendTicket Send(
        bool isLink, int target, ReadOnlySpan<byte> message, long afterLsn, long tag, FrameHeader header)
    {
        if (IsGone(isLink, target))
        {
            return SendTicket.None;
        }

        if (afterLsn <= DurableLsn)
        {
            return TryDeliver(isLink, target, message.ToArray(), header) ? new SendTicket(-1) : SendTicket.None;
        }

        _waiting.AddLast(new WaitingSend(++_tickets, isLink, target, message.ToArray(), afterLsn, tag, header));
        return new SendTicket(_tickets);
    }

    private bool TryDeliver(bool isLink, int target, byte[] bytes, FrameHeader header)
    {
        if (IsGone(isLink, target))
        {
            return false;
        }

        Dialect dialect = isLink ? DialectOfLink(target) : configuration.Acquirers[0].Dialect;
        var message = new Message(configuration.MessageSizeMax);
        Assert.True(message.TryLoad(dialect, bytes, out ParseFault fault), fault.ToString());
        (isLink ? ToLinks : ToSessions).Add(new SentMessage(target, message, header));
        return true;
    }

    private sealed record WaitingSend(
        long Ticket, bool IsLink, int Target, byte[] Bytes, long AfterLsn, long Tag, FrameHeader Header);

    private bool IsGone(bool isLink, int target) => (isLink ? GoneLinks : GoneSessions).Contains(target);

    private Dialect DialectOfLink(int link) => configuration.Issuers.Single(i => i.Links.Contains(link)).Dialect;
}

/// <summary>Fields as strings, for assertions.</summary>
internal static class Texts
{
    public static string Of(Message message, int field)
    {
        byte[] text = new byte[message.TextLength(field)];
        message.CopyText(field, text);
        return System.Text.Encoding.ASCII.GetString(text);
    }
}
