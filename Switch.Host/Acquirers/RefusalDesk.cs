using System.Buffers;
using Switch.Host.Connections;
using Switch.Host.Security.Macs;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Routing.Values;

namespace Switch.Host.Acquirers;

/// <summary>
/// Where requests are answered "96, system malfunction" without the core having seen them, because something is full:
/// a fast refusal lets the acquirer act, silence would not (docs/domain.md section 3.8). One desk per acquirer, shared
/// by its sessions under a lock: it is busy only under overload, and its buffers are too large to give every session
/// one.
/// </summary>
/// <param name="seals">Where refusals to connections with MACs get theirs; null: none has.</param>
internal sealed class RefusalDesk(
    Dialect dialect, int frameSizeMax, Predicate<Message> mayRefuse, SealDesk? seals = null)
{
    private readonly Lock _gate = new();
    private readonly MessageComposer _composer = new(frameSizeMax, FieldTerms.Canonical);
    private readonly Message _spare = new(frameSizeMax, FieldTerms.Canonical, isPinned: true);

    /// <summary>Appends the refusal to the writer, which the caller flushes. False: it could not be said.</summary>
    public bool TryRefuse(Message request, ConnectionWriter writer, PartnerMac? mac = null)
    {
        lock (_gate)
        {
            return Refuse(request, writer, mac);
        }
    }

    /// <summary>
    /// As above, for a frame for which not even a message object was left; asks first whether it may be said.
    /// </summary>
    public bool TryRefuse(
        in ReadOnlySequence<byte> frame, FrameHeader replyHeader, ConnectionWriter writer, out bool wasCopy,
        PartnerMac? mac = null)
    {
        lock (_gate)
        {
            bool isLoaded = _spare.TryLoad(dialect, in frame, out _);
            _spare.ReplyHeader = replyHeader;
            wasCopy = isLoaded && !mayRefuse(_spare);
            bool isSaid = isLoaded && !wasCopy && !_spare.Mti.IsResponse && Refuse(_spare, writer, mac);
            _spare.Clear();
            return isSaid;
        }
    }

    /// <summary>Writes the refusal of a request in the dialect in which it came.</summary>
    public static bool TryCompose(MessageComposer composer, Message request, out ReadOnlySpan<byte> bytes)
    {
        composer.Start(request.Dialect, request.Mti.Response());
        composer.Take(request, (CommonFields.Echoed | request.Dialect.Edition.Echoed) & request.Fields);
        composer.Set(Field.ResponseCode, "96"u8);
        return composer.TryWrite(out bytes, out _);
    }

    private bool Refuse(Message request, ConnectionWriter writer, PartnerMac? mac)
    {
        bool isSaid = TryCompose(_composer, request, out ReadOnlySpan<byte> bytes)
            && (mac?.MustSeal(bytes) == true
                ? seals!.TrySend(mac, bytes, writer, request.ReplyHeader)
                : writer.Append(bytes, request.ReplyHeader) == AppendResult.Taken);
        _composer.Forget();
        return isSaid;
    }
}
