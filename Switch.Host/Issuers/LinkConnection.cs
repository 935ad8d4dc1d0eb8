using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Switch.Host.Connections;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Routing.Effects;

namespace Switch.Host.Issuers;

/// <summary>
/// One socket of a link: made for one attempt, never used again. It carries bytes and no meaning: sign-on, echo and
/// matching are the core's.
/// </summary>
internal sealed class LinkConnection : FramedConnection
{
    // An issuer that sends this many non-messages in a row speaks something else than configured.
    private const int ParseFaultsMax = 5;

    // Second digit of an MTI: 03xx.
    private const int FileActionClass = 3;

    private readonly Dialect _dialect;
    private readonly MessagePool _pool;
    private readonly Inbox _inbox;
    private readonly CardStamps? _cards;
    private InboxEvent[] _heldBack = [];
    private readonly UnjudgedMessages _unjudged = new();
    private int _parseFaults;

    public LinkConnection(
        int link, Dialect dialect, FrameFormat format, ConnectionLimits limits, ConnectionContext transport,
        EdgeShared shared, RefusalSource? trace = null)
        : base(link, transport, format, limits, shared.Meters, shared.Clock, shared.Owner)
    {
        Trace = trace;
        _dialect = dialect;
        _pool = shared.Pool;
        _inbox = shared.Inbox;
        _cards = shared.Cards;
    }

    /// <summary>Carries frames until either side ends it; the core hears of both ends.</summary>
    public async Task RunAsync()
    {
        InboxEvent change = new() { Kind = InboxKind.LinkUp, Id = Id, Connection = this };
        await _inbox.PushCertainlyAsync(change).ConfigureAwait(false);
        EdgeMeters.Add(ref Meters.Live.LinksNow);
        await CarryAsync().ConfigureAwait(false);
        EdgeMeters.Add(ref Meters.Live.LinksNow, -1);

        // The writer is closed by now: what the core hears is lost can get no later byte to the issuer.
        change.Kind = InboxKind.LinkDown;
        await _inbox.PushCertainlyAsync(change).ConfigureAwait(false);
    }

    public override void OnSent() => Meters.Live.IssuerFramesOut++;

    /// <summary>
    /// The frame was refused, which is counted as such, and the core looks for another way. If the issuer reads nothing
    /// at all, the stalled write ends the connection.
    /// </summary>
    public override void OnWriterFull()
    {
    }

    public override void CloseByCore(CloseReason why)
    {
        CoreReason = why;
        if (why == CloseReason.EchoUnanswered)
        {
            // A peer that does not answer an echo does not read either: an orderly end has no use.
            Abort(EndCause.ClosedByCore);
            return;
        }

        CloseGently(EndCause.ClosedByCore);
    }

    protected override void OnFrame(in ReadOnlySequence<byte> frame)
    {
        ReadBatch batch = ReadBatch.Current;
        Message? message = batch.Rent(_pool, (int)frame.Length) ?? RentReserved((int)frame.Length);
        if (message is null)
        {
            EdgeMeters.Add(ref Meters.Live.IssuerFramesDropped);
            return;
        }

        bool isLoaded = message.TryLoad(_dialect, in frame, out ParseFault fault);
        if (!isLoaded && !CanGoOn(message, fault))
        {
            return;
        }

        _parseFaults = 0;
        message.ReceivedAt = ReceivedAt;
        message.Origin = Id;
        message.ReplyHeader = ReplyHeader;
        if (message.Mti.Class == FileActionClass)
        {
            _cards?.Stamp(message); // Replies name their card by the request; a file action only by itself.
        }

        if (Mac is null)
        {
            Take(batch, message, isLoaded, fault, MacState.NotRequired);
            return;
        }

        var waiting = new UnjudgedMessage(message, isLoaded, fault, IsPoolLow: false);
        ValueTask<MacState> verdict = isLoaded ? Mac.VerifyAsync(message) : new(MacState.NotRequired);
        if (_unjudged.TryJudge(waiting, verdict, out MacState mac))
        {
            Take(batch, message, isLoaded, fault, mac);
        }
    }

    private void Take(ReadBatch batch, Message message, bool isLoaded, ParseFault fault, MacState mac)
    {
        ref InboxEvent item = ref batch.Add();
        item.Kind = isLoaded ? InboxKind.IssuerMessage : InboxKind.IssuerFault;
        item.Message = message;
        item.Id = Id;
        item.Fault = fault;
        item.Mac = mac;
        if (batch.IsFull)
        {
            Push(batch);
        }
    }

    protected override bool OnReadEnd(int frames)
    {
        ReadBatch batch = ReadBatch.Current;
        Push(batch);
        batch.End(_pool);
        if (frames > 0)
        {
            EdgeMeters.Add(ref Meters.Live.IssuerFramesIn, frames);
        }

        return _heldBack.Length == 0 && _unjudged.Count == 0;
    }

    /// <summary>
    /// A reply is worth waiting for: dropping it would reverse an approval. So when the inbox is full this link is not
    /// read on, and TCP holds the issuer back.
    /// </summary>
    protected override async Task WaitAsync()
    {
        while (_unjudged.Count > 0)
        {
            (UnjudgedMessage next, MacState mac) = await _unjudged.NextAsync().ConfigureAwait(false);
            Take(ReadBatch.Current, next.Message, next.IsLoaded, next.Fault, mac);
            OnReadEnd(frames: 0);
        }

        InboxEvent[] held = _heldBack;
        _heldBack = [];
        foreach (InboxEvent item in held)
        {
            await _inbox.PushCertainlyAsync(item).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Counts what is no message. One bad field is the core's to judge; what has no readable head is dropped here, and
    /// ends the connection when nothing else comes.
    /// </summary>
    private bool CanGoOn(Message message, ParseFault fault)
    {
        EdgeMeters.Add(ref Meters.Live.IssuerParseFaults);
        if (!fault.IsInHeader)
        {
            return true;
        }

        if (Trace?.Begin(message, fault) is { } entry)
        {
            Trace.End(entry);
        }

        _pool.Return(message);
        if (++_parseFaults >= ParseFaultsMax)
        {
            CloseGently(EndCause.NotMessages);
        }

        return false;
    }

    private void Push(ReadBatch batch)
    {
        int refused = _heldBack.Length == 0 ? _inbox.Push(batch.Events) : batch.Events.Length;
        if (refused > 0)
        {
            _heldBack = [.. _heldBack, .. batch.Events[..refused]];
        }

        batch.Clear();
    }

    private Message? RentReserved(int size)
    {
        Message? message = null;
        _pool.Rent(size, new Span<Message?>(ref message), isSheddable: false);
        return message;
    }
}
