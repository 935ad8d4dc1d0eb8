using System.Numerics;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Issuers;
using Switch.Routing.Owed;
using Switch.Routing.Payments;
using Switch.Routing.Routes;
using Switch.Routing.StoreAndForward;

namespace Switch.Routing.Transactions;

/// <summary>
/// Recognises what the switch itself sent to an issuer when it comes in from an acquirer: an endpoint that leads back
/// here, through a port forwarder or another switch. Sent on, it would come again, each time as a new payment, until
/// every deadline has passed.
/// </summary>
/// <remarks>
/// A request is ours when a request that waits for its reply agrees with it in card, amount, processing code, DE 7,
/// terminal and DE 37, and it bears the trace number that we gave that one. A terminal's next payment of the same
/// second may bear that number by chance: without a DE 37 in both it is ours only when it comes on another connection
/// than that one did. Another switch in between gives it a trace number of its own: then it is ours when it comes from
/// another acquirer than that one did, and both bear a DE 37. Not recognised: what comes back from the same acquirer
/// with another trace number, or with another DE 7 or DE 37.
/// The table keeps the latest request of each slot; one that was pushed out is recognised when it comes the next time.
/// </remarks>
internal sealed class OwnRequests
{
    private const int SlotsMax = 1 << 16;
    private const ulong Spread = 0x9E37_79B9_7F4A_7C15; // 2^64 over the golden ratio.

    private readonly CoreContext _context;
    private readonly TransactionTable _table;
    private readonly OwedTable _owed;
    private readonly int _shift;

    // The seat and one in the low half, what must agree before the seat is looked at in the high half.
    private readonly ulong[] _slots;

    public OwnRequests(CoreContext context, TransactionTable table, OwedTable owed)
    {
        _context = context;
        _table = table;
        _owed = owed;
        int count = Math.Clamp(context.Configuration.PendingMax, 16, SlotsMax);
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)count);
        _slots = new ulong[size];
        _shift = 64 - BitOperations.Log2((uint)size);
    }

    /// <summary>A request goes to an issuer.</summary>
    public void Note(Transaction transaction)
    {
        ulong mark = MarkOf(transaction.Facts);
        _slots[mark >> _shift] = (mark << 32) | (uint)(transaction.Seat + 1);
    }

    /// <summary>Whether a new request is one of ours; gives the one that was sent.</summary>
    public bool IsOwn(int session, int acquirer, Message request, in RequestFacts facts, out Transaction own)
    {
        ulong mark = MarkOf(facts);
        ulong slot = _slots[mark >> _shift];
        own = null!;
        if ((uint)slot == 0 || slot >> 32 != (uint)mark)
        {
            return false;
        }

        Transaction sent = _table[(int)(uint)slot - 1];
        if (sent.State != TransactionState.AwaitingReply || !Agrees(sent.Facts, facts)
            || !SentText.Agrees(sent.Request, request, Field.TerminalId)
            || !SentText.Agrees(sent.Request, request, Field.RetrievalReference))
        {
            return false;
        }

        own = sent;
        bool hasReference = sent.Request.Has(Field.RetrievalReference) && request.Has(Field.RetrievalReference);
        bool hasOurNumber = sent.OpenLeg.Stan == facts.Stan;
        return sent.Acquirer != acquirer
            ? hasOurNumber || hasReference
            : hasOurNumber && (hasReference || sent.Session != session);
    }

    /// <summary>
    /// Whether an advice or a reversal is one that was sent to an issuer, and is owed to it still: it agrees in STAN,
    /// DE 7, card, terminal, DE 37 and DE 90, and does not come from the acquirer whose own it is. An acquirer's trace
    /// numbers and ours meet now and then, and its own message must never be refused.
    /// </summary>
    public bool IsOwnOwed(int acquirer, Message message, in RequestFacts facts, out int issuer)
    {
        issuer = -1;
        Span<byte> digits = stackalloc byte[Pan.LengthMax];
        bool isRouted = message.TryGetPan(out Pan pan)
            & _context.Configuration.Routes.TryFind(digits[..pan.CopyDigits(digits)], out Route route);
        digits.Clear();
        if (!isRouted)
        {
            return false;
        }

        for (int i = 0; i <= route.Standby.Count; i++)
        {
            issuer = route.IssuerAt(i);
            if (_context.Issuers[issuer].Legs.Find(facts.Stan, out int place) == LegOwner.Owed
                && _owed[place] is var item && item.Stan == facts.Stan
                && item.Time == facts.Time && item.Card == facts.Card && item.Mti.Class == facts.Mti.Class
                && IsFromElsewhere(item, acquirer) && IsSame(item, message))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsFromElsewhere(OwedItem item, int acquirer) =>
        item.Kind is not (OwedKind.ForwardedAdvice or OwedKind.ForwardedReversal)
        || (item.Acquirer >= 0 && item.Acquirer != acquirer);

    private static bool IsSame(OwedItem item, Message message)
    {
        ReadOnlySpan<byte> image = item.Image.AsSpan(0, item.ImageSize);
        foreach (int field in (ReadOnlySpan<int>)[Field.TerminalId, Field.RetrievalReference, Field.OriginalData])
        {
            FieldImage.TryRead(image, field, out ReadOnlySpan<byte> ours);
            if (!SentText.IsSame(ours, message, field))
            {
                return false;
            }
        }

        return true;
    }

    // The content (amount, card, processing code) is a hash already; DE 7 tells equal purchases of a card apart.
    private static ulong MarkOf(in RequestFacts facts)
    {
        ulong mark = (facts.Content + ((ulong)facts.Time << 32)) * Spread;
        return (mark ^ (mark >> 29)) * Spread;
    }

    private static bool Agrees(in RequestFacts sent, in RequestFacts facts) =>
        sent.Card == facts.Card && sent.Amount == facts.Amount && sent.Time == facts.Time
        && sent.ProcessingCode == facts.ProcessingCode && sent.Mti.Class == facts.Mti.Class;
}
