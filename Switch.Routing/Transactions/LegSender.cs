using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Issuers;
using Switch.Routing.Payments;
using Switch.Routing.Records;
using Switch.Routing.StoreAndForward;
using Switch.Routing.Values;

namespace Switch.Routing.Transactions;

/// <summary>Why a leg ended without a reply.</summary>
internal enum LegFailure : byte
{
    TimedOut,
    LinkLost,

    /// <summary>The host says that not a byte left.</summary>
    SendRefused,
}

/// <summary>Opens and closes legs: one sending of a request to one issuer, under the switch's own STAN.</summary>
internal sealed class LegSender(CoreContext context, TransactionLog log, OwnRequests own)
{
    // So that time-outs are seen long before the breaker opens, and a dead issuer is no flood of lines.
    private const long TimeoutsPause = 10 * TimeSpan.TicksPerSecond;

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

    /// <summary>The open leg had its reply.</summary>
    public void Close(Transaction transaction, LegFate fate)
    {
        ref Leg leg = ref transaction.OpenLeg;
        IssuerState issuer = End(transaction, ref leg, fate);
        issuer.Late.Add(leg.Stan, transaction.Facts.Time, transaction.Id, LateFate.Answered);
        issuer.Counters.Approved += fate == LegFate.Approved ? 1 : 0;
        issuer.Counters.NotApproved += fate == LegFate.Approved ? 0 : 1;
        issuer.Queue.Rate.LiveEnded(context.Now.Ticks - leg.SentAt);
        context.Effects.IssuerTook(issuer.Index, context.Now.Ticks - leg.SentAt, isAnswered: true);
        SafDelivery.IssuerIsBack(issuer);
        if (issuer.Breaker.Answered())
        {
            context.Effects.Raise(Incident.BreakerClosed, issuer.Index, 0);
        }
    }

    /// <summary>The open leg ends without a reply. Says whether it may have reached the issuer.</summary>
    public LegFate Fail(Transaction transaction, LegFailure failure)
    {
        ref Leg leg = ref transaction.OpenLeg;
        bool isUnsent = failure == LegFailure.SendRefused || context.Effects.TryCancel(leg.Ticket);
        IssuerState issuer = End(transaction, ref leg, isUnsent ? LegFate.Unsent : LegFate.Unknown);
        if (isUnsent)
        {
            issuer.Breaker.ProbeUnsent();
            return LegFate.Unsent;
        }

        issuer.Late.Add(leg.Stan, transaction.Facts.Time, transaction.Id, LateFate.ReversalOwed);
        bool isTimeout = failure == LegFailure.TimedOut;
        context.Counters.Timeouts += isTimeout ? 1 : 0;
        context.Counters.LinkLosses += isTimeout ? 0 : 1;
        issuer.Counters.Timeouts += isTimeout ? 1 : 0;
        issuer.Counters.LinkLosses += isTimeout ? 0 : 1;
        if (isTimeout)
        {
            SayTimeout(issuer);
            issuer.Queue.Rate.LiveEnded(context.Now.Ticks - leg.SentAt);
            context.Effects.IssuerTook(issuer.Index, context.Now.Ticks - leg.SentAt, isAnswered: false);
        }

        if (issuer.Breaker.TimedOut(context.Now.Ticks))
        {
            context.Effects.Raise(Incident.BreakerOpened, issuer.Index, issuer.Breaker.Timeouts);
        }

        return LegFate.Unknown;
    }

    private void SayTimeout(IssuerState issuer)
    {
        issuer.TimeoutsUnsaid++;
        if (context.Now.Ticks >= issuer.TimeoutsSaidNext)
        {
            context.Effects.Raise(Incident.IssuerTimedOut, issuer.Index, issuer.TimeoutsUnsaid);
            issuer.TimeoutsUnsaid = 0;
            issuer.TimeoutsSaidNext = context.Now.Ticks + TimeoutsPause;
        }
    }

    private IssuerState End(Transaction transaction, ref Leg leg, LegFate fate)
    {
        IssuerState issuer = context.Issuers[leg.Issuer];
        leg.Fate = fate;
        context.Wheel.Cancel(transaction.Seat);
        issuer.Legs.Remove(leg.Stan);
        issuer.InFlight--;

        // A leg of unknown fate keeps its number until what is owed for it has ended; so does one whose reversal by the
        // acquirer is already in line.
        if (fate != LegFate.Unknown && transaction.HeldReversal == 0)
        {
            issuer.Stans.Release(leg.Stan);
        }

        return issuer;
    }

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
