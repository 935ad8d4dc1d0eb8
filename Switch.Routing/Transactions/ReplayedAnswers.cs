using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Records;
using Switch.Routing.Timers;

namespace Switch.Routing.Transactions;

/// <summary>
/// Answers given again that must wait: the approval was taken back, and while that is not durable a crash could bring
/// it back, so no copy may be declined. They leave with what is recorded by now, or, when the disk takes until their
/// deadline, never: silence is safe, because an acquirer that hears nothing repeats or reverses.
/// </summary>
internal sealed class ReplayedAnswers(CoreContext context, TransactionLog log, AnswerWriter answers)
{
    /// <summary>How many may wait; one more is not answered.</summary>
    private const int Max = 4_096;

    // A deadline is looked at on ticks, so this long before it.
    private const long DeadlineMargin = 2 * TimingWheel.TickSize;

    // A ring in the order of their positions in the journal, which is the order in which they leave.
    private readonly Waiting[] _ring = new Waiting[Max];
    private int _oldest;
    private int _count;

    /// <summary>Sends the answer when all that is recorded by now is durable.</summary>
    /// <param name="until">Monotonic ticks by which it must have left.</param>
    public void Send(int session, Message request, ReadOnlySpan<byte> answer, long until)
    {
        if (log.LastLsn > context.DurableLsn && _count == Max)
        {
            context.Counters.ReplaysDropped++;
            return;
        }

        SendTicket ticket = answers.Send(session, request, answer, log.LastLsn, tag: 0);
        if (log.LastLsn > context.DurableLsn && !ticket.IsNone)
        {
            _ring[(_oldest + _count) % Max] = new Waiting(ticket, log.LastLsn, until);
            _count++;
        }
    }

    /// <summary>Everything up to <paramref name="lsn"/> is durable: those answers are out.</summary>
    public void Committed(long lsn)
    {
        while (_count > 0 && _ring[_oldest].Lsn <= lsn)
        {
            _oldest = (_oldest + 1) % Max;
            _count--;
        }
    }

    /// <summary>Takes back what would come too late.</summary>
    public void Tick()
    {
        for (int i = 0; i < _count; i++)
        {
            ref readonly Waiting waiting = ref _ring[(_oldest + i) % Max];
            if (context.Now.Ticks >= waiting.Until - DeadlineMargin && context.Effects.TryCancel(waiting.Ticket))
            {
                context.Counters.ReplaysTooLate++;
            }
        }
    }

    private readonly record struct Waiting(SendTicket Ticket, long Lsn, long Until);
}
