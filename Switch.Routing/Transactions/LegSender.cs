using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Health;
using Switch.Routing.Issuers;
using Switch.Routing.Payments;
using Switch.Routing.Records;
using Switch.Routing.Routes;
using Switch.Routing.Values;

namespace Switch.Routing.Transactions;

/// <summary>What came of sending a request to an issuer.</summary>
internal enum SendOutcome : byte
{
    Sent,

    /// <summary>The issuer takes none now: no link, no room, signed off.</summary>
    Unavailable,

    /// <summary>The issuer's health says that it is not to be asked.</summary>
    Diverted,
}

/// <summary>
/// Opens legs: one sending of a request to one issuer, under the switch's own STAN. How they end is <see
/// cref="LegOutcome"/>'s.
/// </summary>
internal sealed class LegSender(
    CoreContext context, TransactionLog log, OwnRequests own, HealthWatch health, PinDesk pins)
{
    /// <summary>
    /// Sends the request to an issuer of its route once its intent is durable. Unless it is sent, not a byte has left.
    /// </summary>
    /// <param name="candidate">The issuer's place in the route: 0 the primary, then the standbys.</param>
    /// <param name="until">When the leg times out at the latest, in monotonic ticks.</param>
    /// <param name="isForced">It is the last way out: its health does not count.</param>
    public SendOutcome Send(Transaction transaction, int candidate, long until, bool isForced = false)
    {
        Route route = transaction.Route!;
        int issuerIndex = route.IssuerAt(candidate);
        IssuerState issuer = context.Issuers[issuerIndex];
        long now = context.Now.Ticks;
        if (!issuer.TakesRequests || !HasPlace(transaction, issuer, now)
            || issuer.Legs.Count >= issuer.Legs.CountMax || !TraceNumbers.SufficeForRequest(context, issuer)
            || issuer.NextReadyLink(now) is not { } link)
        {
            return SendOutcome.Unavailable;
        }

        HealthGate gate = health.Ask(transaction, candidate, issuer, isForced);
        if (gate == HealthGate.Divert || (gate == HealthGate.Pass && !isForced
            && !HasSlot(transaction, issuer, issuer.Health.Whole.InFlightCap)))
        {
            issuer.Counters.Diverted++;
            return SendOutcome.Diverted;
        }

        bool isProbe = gate == HealthGate.Probe || !link.Health.IsGood;
        if (isProbe && route.HasMoreAfter(candidate))
        {
            // A cardholder must not wait for it to be seen whether the issuer is well again.
            until = Math.Min(until, now + issuer.Health.FailedAfter);
            issuer.Counters.Probes++;
        }

        Mti sentAs = transaction.Facts.Mti;
        int place = transaction.LegCount++;
        ref Leg leg = ref transaction.Legs[place];
        int stan = issuer.Stans.Take();
        leg = new Leg
        {
            Issuer = issuerIndex, Link = link.Id, Stan = stan, SentAt = now, Fate = LegFate.Open,
            Candidate = (byte)candidate, Until = until,
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
            if (!issuer.Health.IsOn)
            {
                issuer.Breaker.ProbeUnsent();
            }

            return SendOutcome.Unavailable;
        }

        issuer.Legs.TryAdd(leg.Stan, LegOwner.Request, transaction.Seat);
        issuer.Slots.Take(transaction.Acquirer);
        issuer.Window?.Sent();
        context.Counters.SentToIssuers++;
        issuer.Counters.Requests++;
        transaction.InHand = place;
        health.Sent(transaction, ref leg, issuer, link);
        own.Note(transaction);
        return SendOutcome.Sent;
    }

    /// <summary>Whether it is worth preparing a request for an issuer: there is a way to it now.</summary>
    public static bool MayAsk(IssuerState issuer) => issuer.TakesRequests
        && issuer.Legs.Count < issuer.Legs.CountMax && issuer.HasReadyLink;

    /// <summary>Whether a failed send's tag names a leg that is open now: that one is in hand then.</summary>
    public static bool TryTakeLeg(Transaction transaction, SendTag tag)
    {
        int place = tag.Place % Legs.Max;
        bool isOpen = transaction.Use == tag.Use && transaction.State == TransactionState.AwaitingReply
            && place < transaction.LegCount && transaction.Legs[place].Fate == LegFate.Open;
        transaction.InHand = isOpen ? place : transaction.InHand;
        return isOpen;
    }

    public static int SeatOf(SendTag tag) => tag.Place / Legs.Max;

    private static bool HasPlace(Transaction transaction, IssuerState issuer, long now)
    {
        bool hasPlace = issuer.Slots.MayTake(
            transaction.Acquirer, issuer.InFlightMax, now, issuer.Settings.MaxInFlight);
        if (!hasPlace)
        {
            issuer.Window?.Full(now);
        }

        return hasPlace;
    }

    private bool HasSlot(Transaction transaction, IssuerState issuer, int capacity) =>
        issuer.Slots.MayTake(transaction.Acquirer, capacity, context.Now.Ticks);

    private bool TryCompose(
        Transaction transaction, IssuerState issuer, Mti sentAs, int stan, out ReadOnlySpan<byte> bytes)
    {
        Message request = transaction.Request;
        MessageComposer composer = context.Composer;
        composer.Start(issuer.Settings.Dialect, sentAs);
        FieldSet fields = RequestImage.ForIssuer(request, issuer.Settings.Dialect);
        fields = pins.FieldsFor(transaction, issuer.Index, fields);
        composer.Take(request, fields);
        if (!transaction.Pin.IsEmpty)
        {
            composer.Set(Field.PinData, transaction.Pin);
        }

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
