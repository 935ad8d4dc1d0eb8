using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Issuers;
using Switch.Routing.Payments;
using Switch.Routing.Records;
using Switch.Routing.Values;

namespace Switch.Routing.Transactions;

/// <summary>
/// Opens legs: one sending of a request to one issuer, under the switch's own STAN. How they end is <see
/// cref="LegOutcome"/>'s.
/// </summary>
internal sealed class LegSender(CoreContext context, TransactionLog log, OwnRequests own)
{
    /// <summary>
    /// Sends the request to an issuer once its intent is durable. False when the issuer takes none now, and then not a
    /// byte has left.
    /// </summary>
    /// <param name="until">When the leg times out, in monotonic ticks.</param>
    public bool TrySend(Transaction transaction, int issuerIndex, long until)
    {
        IssuerState issuer = context.Issuers[issuerIndex];
        if (!issuer.TakesRequests || issuer.InFlight >= issuer.Settings.MaxInFlight
            || issuer.Legs.Count >= issuer.Legs.CountMax || !TraceNumbers.SufficeForRequest(context, issuer)
            || issuer.NextReadyLink() is not { } link || !issuer.Breaker.TryPass(context.Now.Ticks))
        {
            return false;
        }

        Mti sentAs = transaction.Facts.Mti;
        transaction.LegCount++;
        ref Leg leg = ref transaction.OpenLeg;
        int stan = issuer.Stans.Take();
        leg = new Leg
        {
            Issuer = issuerIndex, Link = link.Id, Stan = stan, SentAt = context.Now.Ticks, Fate = LegFate.Open,
        };
        long lsn = transaction.LegCount == 1
            ? log.Intent(transaction, leg, sentAs)
            : log.Leg(transaction, leg, sentAs);
        if (TryCompose(transaction, issuer, sentAs, leg.Stan, out ReadOnlySpan<byte> bytes))
        {
            long tag = TagOf(transaction);
            leg.Ticket = context.Effects.SendToLink(link.Id, bytes, lsn, tag);
        }

        if (leg.Ticket.IsNone)
        {
            leg.Fate = LegFate.Unsent;
            issuer.Stans.Release(leg.Stan);
            issuer.Breaker.ProbeUnsent();
            return false;
        }

        issuer.Legs.TryAdd(leg.Stan, LegOwner.Request, transaction.Seat);
        issuer.InFlight++;
        context.Counters.SentToIssuers++;
        issuer.Counters.Requests++;
        own.Note(transaction);
        context.Wheel.Arm(transaction.Seat, until);
        return true;
    }

    /// <summary>Whether a failed send's tag names the leg that is open now.</summary>
    public static bool IsOpenLeg(Transaction transaction, SendTag tag) =>
        transaction.Use == tag.Use && transaction.State == TransactionState.AwaitingReply
        && tag.Place % Legs.Max == transaction.LegCount - 1;

    public static int SeatOf(SendTag tag) => tag.Place / Legs.Max;

    private bool TryCompose(
        Transaction transaction, IssuerState issuer, Mti sentAs, int stan, out ReadOnlySpan<byte> bytes)
    {
        Message request = transaction.Request;
        MessageComposer composer = context.Composer;
        composer.Start(issuer.Settings.Dialect, sentAs);
        composer.Take(request, RequestImage.ForIssuer(request, issuer.Settings.Dialect));
        composer.SetNumber(Field.Stan, stan);
        bool hasPlace = issuer.Settings.Dialect.Edition.Defined.Contains(Field.TransmissionDateTime);
        if (!request.Has(Field.TransmissionDateTime) && hasPlace)
        {
            composer.SetNumber(Field.TransmissionDateTime, transaction.Facts.Time); // Replies are matched by it.
        }

        bool isWritten = composer.TryWrite(out bytes, out _);
        context.CountLeftOut();
        return isWritten;
    }

    private static long TagOf(Transaction transaction)
    {
        int place = (transaction.Seat * Legs.Max) + transaction.LegCount - 1;
        return new SendTag(SendTag.Kind.Leg, place, transaction.Use).Value;
    }
}
