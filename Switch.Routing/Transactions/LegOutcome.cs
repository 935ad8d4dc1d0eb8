using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Issuers;
using Switch.Routing.Payments;
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

/// <summary>
/// How a leg ends, and what the issuer's circuit breaker, counters and store-and-forward queue learn from it.
/// </summary>
internal sealed class LegOutcome(CoreContext context, HealthWatch health)
{
    // So that time-outs are seen long before the breaker opens, and a dead issuer is no flood of lines.
    private const long TimeoutsPause = 10 * TimeSpan.TicksPerSecond;

    /// <summary>The open leg had its reply, and the issuer has decided.</summary>
    public void Answered(Transaction transaction, Message reply, LegFate fate)
    {
        IssuerState issuer = Replied(transaction, reply, fate, isTechnical: false);
        issuer.Late.Add(transaction.OpenLeg.Stan, transaction.Facts.Time, transaction.Id, LateFate.Answered);
        issuer.Counters.Approved += fate == LegFate.Approved ? 1 : 0;
        issuer.Counters.NotApproved += fate == LegFate.Approved ? 0 : 1;
    }

    /// <summary>
    /// The open leg had a technical decline for a reply, which is no decision: the issuer may have approved all the
    /// same, unless it is known for not doing so.
    /// </summary>
    public void Technical(Transaction transaction, Message reply, ResponseCode code)
    {
        ref Leg leg = ref transaction.OpenLeg;
        bool isSure = transaction.HasLooped || context.Issuers[leg.Issuer].SurelyNotApproved.Contains(code);
        LegFate fate = isSure ? LegFate.NotApproved : LegFate.Unknown;
        IssuerState issuer = Replied(transaction, reply, fate, isTechnical: true);
        LateFate late = isSure ? LateFate.Answered : LateFate.ReversalOwed;
        issuer.Late.Add(leg.Stan, transaction.Facts.Time, transaction.Id, late);
        issuer.Counters.TechnicalDeclines++;
    }

    /// <summary>The open leg ends without a reply. Says whether it may have reached the issuer.</summary>
    public LegFate Failed(Transaction transaction, LegFailure failure)
    {
        ref Leg leg = ref transaction.OpenLeg;
        bool isUnsent = failure == LegFailure.SendRefused || context.Effects.TryCancel(leg.Ticket);
        IssuerState issuer = End(transaction, ref leg, isUnsent ? LegFate.Unsent : LegFate.Unknown);
        if (isUnsent)
        {
            health.Unsent(transaction, leg, issuer);
            return LegFate.Unsent;
        }

        health.Lost(transaction, leg, issuer);

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

        if (issuer.Health.HadNoTime(leg.SentAt, context.Now.Ticks))
        {
            issuer.Breaker.ProbeUnsent();
        }
        else if (issuer.Breaker.TimedOut(context.Now.Ticks))
        {
            context.Effects.Raise(Incident.BreakerOpened, issuer.Index, issuer.Breaker.Timeouts);
        }

        return LegFate.Unknown;
    }

    /// <summary>
    /// A leg has decided, or the acquirer has reversed the request: what else is open is given up, as if its time were
    /// over. What may have reached its issuer is reversed in the record of what ends the request.
    /// </summary>
    public void GiveUpOthers(Transaction transaction)
    {
        transaction.HedgeAt = 0;
        for (int i = 0; i < transaction.LegCount; i++)
        {
            ref Leg leg = ref transaction.Legs[i];
            if (leg.Fate != LegFate.Open || i == transaction.InHand)
            {
                continue;
            }

            bool isUnsent = context.Effects.TryCancel(leg.Ticket);
            IssuerState issuer = End(transaction, ref leg, isUnsent ? LegFate.Unsent : LegFate.Unknown);
            health.Unsent(transaction, leg, issuer); // Whether it would have been answered is not known.
            if (!isUnsent)
            {
                issuer.Late.Add(leg.Stan, transaction.Facts.Time, transaction.Id, LateFate.ReversalOwed);
            }

            context.Wheel.Arm(transaction.Seat, transaction.NextMoment); // The one in hand is waited for as before.
        }
    }

    private IssuerState Replied(Transaction transaction, Message reply, LegFate fate, bool isTechnical)
    {
        ref Leg leg = ref transaction.OpenLeg;
        IssuerState issuer = End(transaction, ref leg, fate);
        long ticks = context.Now.Ticks - leg.SentAt;
        long arrived = reply.ReceivedAt == 0 ? ticks : Math.Clamp(reply.ReceivedAt - leg.SentAt, 0, ticks);
        health.Replied(transaction, leg, issuer, arrived, isTechnical);
        issuer.Window?.Answered(
            arrived, health.OwnDelay, issuer.Slots.IsShared(context.Now.Ticks), context.Now.Ticks);
        issuer.Queue.Rate.LiveEnded(ticks);
        context.Effects.IssuerTook(issuer.Index, ticks, isAnswered: true);
        SafDelivery.IssuerIsBack(issuer);
        if (issuer.Breaker.Answered())
        {
            context.Effects.Raise(Incident.BreakerClosed, issuer.Index, 0);
        }

        return issuer;
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
        issuer.Slots.Release(transaction.Acquirer);

        // A leg of unknown fate keeps its number until what is owed for it has ended; so does one whose reversal by the
        // acquirer is already in line.
        if (fate != LegFate.Unknown && transaction.HeldReversal == 0)
        {
            issuer.Stans.Release(leg.Stan);
        }

        return issuer;
    }
}
