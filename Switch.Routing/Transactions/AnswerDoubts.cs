using Switch.Routing.Payments;

namespace Switch.Routing.Transactions;

/// <summary>
/// Answers that went to a connection whose peer has closed its half: it waits for answers, or is gone. Until that
/// shows, the transaction is held as if it were undelivered. That it is gone comes as <see
/// cref="Settlement.AnswerLost"/>.
/// </summary>
internal sealed class AnswerDoubts(TransactionTable table, Settlement settlement)
{
    /// <summary>The answer has left, and may find its peer gone.</summary>
    public void Raise(int seat, uint use)
    {
        if (table[seat] is var transaction && transaction.Use == use && transaction.State == TransactionState.Decided)
        {
            transaction.IsAnswerInDoubt = true;
        }
    }

    /// <summary>The answer has reached its peer.</summary>
    public void End(int seat, uint use)
    {
        if (table[seat] is var transaction && transaction.Use == use && transaction.IsAnswerInDoubt)
        {
            transaction.IsAnswerInDoubt = false;
            if (transaction.State == TransactionState.Undelivered)
            {
                settlement.End(transaction);
            }
        }
    }
}
