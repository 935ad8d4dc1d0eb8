using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Issuers;
using Switch.Routing.Owed;
using Switch.Routing.Records;
using Switch.Routing.Settings;
using Switch.Routing.Totals;
using Switch.Routing.Values;

namespace Switch.Routing.StoreAndForward;

/// <summary>
/// Sends what issuers are owed until they acknowledge it (docs/domain.md section 5): per card in order, across cards
/// oldest or largest first within a window, at a bounded rate, repeated with the same STAN and DE 7 under the repeat
/// MTI. Silence is retried for ever, with pauses that double and one message at a time; refusals are counted, and park
/// the message; nothing expires.
/// </summary>
internal sealed class SafDelivery(
    CoreContext context, OwedTable table, TransactionLog log, BacklogMoves moves, ParkedMessages parked)
{
    // The rate's credit never saves up more than this: a pause must not be followed by a flood.
    private const long CreditMax = 100 * Instant.TicksPerMs;

    /// <summary>Puts a message in line once it is recorded at <paramref name="lsn"/>.</summary>
    public void Enqueue(OwedItem item, long lsn, bool isHeld = false)
    {
        item.Lsn = lsn;
        Count(item, 1);
        context.Counters.OwedNow++;
        context.Issuers[item.Issuer].Queue.Add(item, isHeld);
        moves.Came(item);
    }

    /// <summary>Puts a message in line that a checkpoint has.</summary>
    /// <param name="isResting">It was in the backlog, behind all that came before.</param>
    public void Restore(OwedItem item, long lsn, bool isResting)
    {
        item.Lsn = lsn;
        Count(item, 1);
        context.Counters.OwedNow++;
        context.Issuers[item.Issuer].Queue.Add(item, isHeld: false);
        if (isResting)
        {
            moves.RestAgain(item);
        }
    }

    /// <summary>The message that bears a STAN and belongs to a transaction, or null.</summary>
    public OwedItem? FindOf(IssuerState issuer, int stan, ulong transaction) =>
        moves.FindOf(issuer, stan, transaction);

    /// <summary>The message that bears a STAN and is about the card of a remembered payment, or null.</summary>
    public OwedItem? FindOfCard(IssuerState issuer, int stan, ulong remembered) =>
        moves.FindOfCard(issuer, stan, remembered);

    /// <summary>Puts a message in line in front of an unsent advice of its card.</summary>
    public void EnqueueBefore(OwedItem item, long lsn, OwedItem advice)
    {
        context.Issuers[item.Issuer].Queue.AddBefore(item, advice);
        moves.CameBefore(item);
        item.Lsn = lsn;
        Count(item, 1);
        context.Counters.OwedNow++;
    }

    /// <summary>Moves a message that stands in line in front of another of its card.</summary>
    public void MoveBefore(OwedItem item, OwedItem other)
    {
        IssuerQueue queue = context.Issuers[item.Issuer].Queue;
        queue.Remove(item);
        queue.AddBefore(item, other);
    }

    /// <summary>Whether an advice can still be taken back because not one attempt to send it was made.</summary>
    public static bool IsUnsent(OwedItem item) =>
        item.Attempts == 0 && item.State is (OwedState.Ready or OwedState.Blocked);

    /// <summary>
    /// Takes a message out of line for good: it and its reversal cancel each other. The caller recorded it.
    /// </summary>
    /// <param name="lsn">Its record. What stands behind it waits for that too: a crash could bring it back.</param>
    public void Net(OwedItem item, long lsn)
    {
        IssuerQueue queue = context.Issuers[item.Issuer].Queue;
        BacklogMoves.SendAfter(queue, item, lsn);
        context.Counters.Netted++;
        Count(item, -1);
        context.Counters.OwedNow--;
        queue.Remove(item);
        table.Release(item);
    }

    /// <summary>
    /// Sends what may be sent now, to every issuer. Called on every tick, with the time since the last.
    /// </summary>
    public void Pump(long elapsed)
    {
        if (context.JournalFailed || context.IsShuttingDown)
        {
            return; // An acknowledgement could not be recorded, or would come too late to be.
        }

        moves.Settle();
        moves.Refill(mayWait: false);

        foreach (IssuerState issuer in context.Issuers)
        {
            IssuerQueue queue = issuer.Queue;
            bool isLiveFull = issuer.InFlight >= issuer.Settings.MaxInFlight - queue.Settings.Window;
            queue.Rate.Step(context.Now.Ticks, isLiveFull);
            long cost = queue.Rate.CostTicks;
            queue.RateCredit = Math.Min(queue.RateCredit + elapsed, Math.Max(CreditMax, cost));
            if (queue.PausedBy == AdvicePause.None)
            {
                Pump(issuer, cost);
            }
        }
    }

    /// <summary>An issuer answered something: it is there, so pauses end.</summary>
    public static void IssuerIsBack(IssuerState issuer)
    {
        issuer.Queue.Backoff = 0;
        issuer.Queue.NotBefore = 0;
    }

    /// <summary>The answer to an owed message came, and agrees with what was sent.</summary>
    public void Replied(OwedItem item, ResponseCode code)
    {
        IssuerState issuer = context.Issuers[item.Issuer];
        IssuerIsBack(issuer);
        LeaveFlight(issuer, item);
        if (code.IsApproval || code == ResponseCode.Duplicate)
        {
            Finish(issuer, item, OwedEvent.Acknowledged, code);
        }
        else if (code == ResponseCode.FormatError)
        {
            Park(issuer, item, code); // It will not read better the next time.
        }
        else if (IsTechnical(code))
        {
            Refused(issuer, item, code);
        }
        else
        {
            Finish(issuer, item, OwedEvent.AcknowledgedWithException, code);
        }
    }

    /// <summary>A deadline of an owed message passed: of its answer, or of its pause after a refusal.</summary>
    public void OnTimer(int index)
    {
        OwedItem item = table[index];
        IssuerState issuer = context.Issuers[item.Issuer];
        if (item.State == OwedState.InFlight)
        {
            context.Counters.OwedTimeouts++;
            issuer.Counters.OwedTimeouts++;
            issuer.Queue.Rate.Strained();
            Unanswered(issuer, item);
            AdviceSettings settings = issuer.Queue.Settings;
            issuer.Queue.Backoff = issuer.Queue.Backoff == 0
                ? settings.RetryMin.Ticks
                : Math.Min(issuer.Queue.Backoff * 2, settings.RetryMax.Ticks);
            issuer.Queue.NotBefore = context.Now.Ticks + issuer.Queue.Backoff;
        }
        else if (item.State == OwedState.Waiting)
        {
            issuer.Queue.PushReady(item, atFront: true);
        }
    }

    /// <summary>A link is gone: what was in flight on it is sent again on another, as a repeat.</summary>
    public void OnLinkDown(IssuerState issuer, int link)
    {
        for (int slot = 0; slot < issuer.Legs.Slots; slot++)
        {
            if (issuer.Legs.At(slot, out _, out int owner) == LegOwner.Owed
                && table[owner] is { State: OwedState.InFlight } item && item.Link == link)
            {
                Unanswered(issuer, item);
            }
        }
    }

    /// <summary>A send was refused after all: not an attempt, so the next one is not a repeat.</summary>
    public void OnSendFailed(int index, uint generation)
    {
        OwedItem item = table[index];
        if (item.Generation == generation && item.State == OwedState.InFlight)
        {
            item.Attempts--;
            Unanswered(context.Issuers[item.Issuer], item);
        }
    }

    private static bool IsTechnical(ResponseCode code) =>
        code.IsNone || code == ResponseCode.Inoperative || code == ResponseCode.Malfunction
        || code == ResponseCode.Of("80") || code == ResponseCode.Of("90") || code == ResponseCode.Of("09");

    private void Pump(IssuerState issuer, long cost)
    {
        IssuerQueue queue = issuer.Queue;

        // While an issuer is silent one message at a time asks whether it is back.
        int window = queue.Backoff > 0 ? 1 : queue.Settings.Window;
        int steppedBack = 0;
        while (queue.FirstReady is { } item && queue.InFlight < window && queue.RateCredit >= cost
            && context.Now.Ticks >= queue.NotBefore && item.Lsn <= context.DurableLsn)
        {
            if (issuer.Legs.Find(item.Stan, out int bearer) != LegOwner.None && bearer != item.Index)
            {
                // Another that bears its number is under way. Its answer, or its next attempt, comes before long.
                queue.StepBack(item);
                if (++steppedBack >= window)
                {
                    return;
                }

                continue;
            }

            if (issuer.NextReadyLink(context.Now.Ticks) is not { } link || !TrySend(issuer, link, item))
            {
                return;
            }

            queue.RateCredit -= cost;
        }
    }

    private bool TrySend(IssuerState issuer, LinkRecord link, OwedItem item)
    {
        MessageComposer composer = context.Composer;
        composer.Start(issuer.Settings.Dialect, item.Attempts == 0 ? item.Mti : item.Mti.Repeat());
        composer.Take(item.Image.AsSpan(0, item.ImageSize));
        bool isWritten = composer.TryWrite(out ReadOnlySpan<byte> bytes, out _);
        context.CountLeftOut();
        if (!isWritten)
        {
            Park(issuer, item, default);
            return true;
        }

        bool isKnown = issuer.Legs.Find(item.Stan, out _) == LegOwner.Owed;
        if (!isKnown && !issuer.Legs.TryAdd(item.Stan, LegOwner.Owed, item.Index))
        {
            return false;
        }

        var tag = new SendTag(SendTag.Kind.Owed, item.Index, item.Generation);
        if (context.Effects.SendToLink(link.Id, bytes, item.Lsn, tag.Value).IsNone)
        {
            if (!isKnown)
            {
                issuer.Legs.Remove(item.Stan);
            }

            return false;
        }

        issuer.Queue.Sent(item);
        item.Link = link.Id;
        item.Attempts++;
        context.Counters.OwedSends++;
        context.Wheel.Arm(context.Timers.OfOwed(item.Index), context.Now.Ticks + issuer.Settings.Timeout.Ticks);
        return true;
    }

    // Ends the attempt. The STAN stays in the leg table, so that an answer that comes late is still known.
    private void Unanswered(IssuerState issuer, OwedItem item)
    {
        LeaveFlight(issuer, item);
        issuer.Queue.PushReady(item, atFront: true);
    }

    private void LeaveFlight(IssuerState issuer, OwedItem item)
    {
        context.Wheel.Cancel(context.Timers.OfOwed(item.Index));
        if (item.State == OwedState.InFlight)
        {
            issuer.Queue.InFlight--;
            item.State = OwedState.Blocked;
        }
    }

    // Another message may be under way with the number of one that was never sent.
    private static void LeaveLegs(IssuerState issuer, OwedItem item)
    {
        if (issuer.Legs.Find(item.Stan, out int owner) == LegOwner.Owed && owner == item.Index)
        {
            issuer.Legs.Remove(item.Stan);
        }
    }

    private void Refused(IssuerState issuer, OwedItem item, ResponseCode code)
    {
        AdviceSettings settings = issuer.Queue.Settings;
        if (++item.Refusals >= settings.ParkAfter)
        {
            Park(issuer, item, code);
            return;
        }

        if (item.State == OwedState.Ready)
        {
            issuer.Queue.Unready(item); // A late answer to an attempt that had timed out.
        }

        issuer.Queue.Rate.Strained(); // One that refuses for now is to get fewer.
        item.State = OwedState.Waiting;
        long pause = settings.RetryMin.Ticks << Math.Min(item.Refusals - 1, 20);
        pause = Math.Min(pause, settings.RetryMax.Ticks);
        context.Wheel.Arm(context.Timers.OfOwed(item.Index), context.Now.Ticks + pause);
    }

    private void Finish(IssuerState issuer, OwedItem item, OwedEvent what, ResponseCode code)
    {
        if (what == OwedEvent.Acknowledged)
        {
            context.Totals.Post(
                TotalsSide.Issuer, issuer.Index, item.Counts, item.IsReversal, item.Amount, item.Currency,
                context.Now.WallMs);
        }

        log.Progress(item, what, code);
        Acknowledged(issuer, item);
        LeaveLegs(issuer, item);
        issuer.Queue.Remove(item);
        table.Release(item);
        context.Counters.OwedNow--;
        if (issuer.Queue.Count == 0)
        {
            context.Effects.Raise(Incident.AdviceQueueDrained, issuer.Index, issuer.Queue.Peak);
            issuer.Queue.Peak = 0;
        }
    }

    private void Acknowledged(IssuerState issuer, OwedItem item)
    {
        if (item.IsReversal)
        {
            context.Counters.ReversalsAcknowledged++;
            return;
        }

        context.Counters.AdvicesAcknowledged++;
        if (item.Kind == OwedKind.StandInAdvice)
        {
            context.Ledger.Acknowledge(item.Card, issuer.Index, item.Stan);
        }
    }

    private void Park(IssuerState issuer, OwedItem item, ResponseCode code)
    {
        log.Progress(item, OwedEvent.Parked, code);
        LeaveLegs(issuer, item);
        ParkRecovered(issuer, item);
        context.Effects.Raise(Incident.AdviceParked, (long)item.Id, issuer.Index);
    }

    /// <summary>The journal says that the issuer has it.</summary>
    public void FinishRecovered(OwedItem item)
    {
        IssuerState issuer = context.Issuers[item.Issuer];
        Acknowledged(issuer, item);
        context.Counters.OwedNow--;
        issuer.Queue.Remove(item);
        table.Release(item);
    }

    /// <summary>A message is parked by what the journal or a checkpoint says.</summary>
    public void ParkRecovered(IssuerState issuer, OwedItem item) => parked.Add(issuer, item);

    /// <summary>A parked message by its id, or null.</summary>
    public OwedItem? FindParked(ulong id) => parked.Find(id);

    /// <summary>Parked messages by their ids.</summary>
    public IEnumerable<OwedItem> ParkedInOrder() => parked.InOrder();

    /// <summary>The cards of all that is owed, parked or not; a card may come several times.</summary>
    public IEnumerable<CardToken> Cards
    {
        get
        {
            for (int place = 0; place < table.Places; place++)
            {
                if (table[place].State != OwedState.Free)
                {
                    yield return table[place].Card;
                }
            }

            foreach (IssuerState issuer in context.Issuers)
            {
                foreach (OwedItem item in moves.Resting(issuer.Queue))
                {
                    yield return item.Card;
                }
            }
        }
    }

    /// <summary>Whether a card is owed anything, parked or not.</summary>
    public bool Knows(in CardToken card)
    {
        foreach (IssuerState issuer in context.Issuers)
        {
            if (issuer.Queue.Knows(card))
            {
                return true;
            }
        }

        return parked.Knows(card);
    }

    /// <summary>A card has another token from here on.</summary>
    public void Rename(in CardToken from, in CardToken to)
    {
        foreach (IssuerState issuer in context.Issuers)
        {
            moves.Wake(issuer.Queue, from);
            issuer.Queue.Rename(from, to);
        }

        parked.Rename(from, to);
    }

    /// <summary>Zeroes every message that is kept. Of no use afterwards.</summary>
    public void ForgetMessages()
    {
        table.ForgetMessages();
        moves.Forget();
    }

    /// <summary>Puts a parked message back in line; its refusals are forgotten.</summary>
    /// <param name="lsn">The record that says so: durable before it is sent.</param>
    /// <param name="goesNext">Before all that waits; else at the end of its card's chain.</param>
    public void Unpark(OwedItem item, long lsn, bool goesNext)
    {
        IssuerQueue queue = context.Issuers[item.Issuer].Queue;
        parked.Remove(item);
        item.Lsn = lsn;
        item.Refusals = 0;
        context.Counters.OwedNow++;
        if (goesNext)
        {
            queue.AddNext(item);
        }
        else
        {
            queue.Add(item, isHeld: false);
            moves.Came(item);
        }
    }

    /// <summary>Gives a parked message up: the issuer never gets it. The caller recorded who wants that.</summary>
    public void WriteOff(OwedItem item)
    {
        parked.Remove(item);
        Count(item, -1);
        context.Counters.WrittenOff++;
        if (item.Kind == OwedKind.StandInAdvice)
        {
            context.Ledger.Acknowledge(item.Card, item.Issuer, item.Stan); // No longer a risk: a loss.
        }

        table.Release(item);
    }

    private void Count(OwedItem item, int by)
    {
        if (item.IsReversal)
        {
            context.Counters.ReversalsOwed += by;
        }
        else
        {
            context.Counters.AdvicesOwed += by;
        }
    }
}
