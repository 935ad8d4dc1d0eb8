namespace Switch.Host.Simulators.World;

/// <summary>A message of an acquirer, as the journal identifies it.</summary>
/// <param name="Payment">The payment that it is about, by its number in the acquirer's book.</param>
internal readonly record struct MessageIdentity(
    int Acquirer, long Key, int Mti, int Stan, long Time, long Payment);

/// <summary>What the journal says that a message did.</summary>
/// <param name="Effect">docs/internals/records.md: 1 reversed, 2 tombstone, 4 reversed in part, 5 completed for
/// less.</param>
/// <param name="OwedCount">Messages that became owed with it.</param>
internal readonly record struct TakenEffect(int Effect, long OriginalKey, long Remaining, int OwedCount);

/// <summary>
/// Holds every reversal that the journal has against what its acquirer meant by it, by the rules of
/// docs/concepts/money.md: which payment it takes back, how much of it, or none.
/// </summary>
internal sealed class ReversalAudit(WorldContext context)
{
    private readonly Dictionary<long, Payment> _byKey = [];

    /// <summary>A message that is no reversal is on record.</summary>
    public void Recorded(in MessageIdentity message)
    {
        if (context.FindPayment(message.Acquirer, message.Stan) is { } payment && payment.Time == message.Time)
        {
            payment.IsRecorded = true;
            _byKey[message.Key] = payment;
        }
    }

    /// <summary>An advice or a reversal is on record, with what it did.</summary>
    public void Taken(in MessageIdentity message, in TakenEffect effect)
    {
        if (message.Mti < 400)
        {
            CheckAdvice(message, effect);
            Recorded(message);
        }
        else if (context.FindReversal(message.Acquirer, message.Stan) is not { } reversal
            || reversal.Time != message.Time)
        {
            context.Report("I7", 0, $"the journal has a reversal {message.Stan} that no acquirer sent");
        }
        else
        {
            CheckReversal(reversal, effect);
        }
    }

    /// <summary>Everything was read: what was acknowledged is there.</summary>
    public void End()
    {
        foreach (Payment payment in context.Payments)
        {
            foreach (Reversal reversal in payment.Reversals)
            {
                if (reversal is { IsAccepted: true, Recorded: ReversalFate.None })
                {
                    context.Report("I7", payment.Id, "a reversal was acknowledged and the journal does not have it");
                }
            }
        }
    }

    private void CheckAdvice(in MessageIdentity message, in TakenEffect effect)
    {
        Payment? original = _byKey.GetValueOrDefault(effect.OriginalKey);
        if (original is not null && context.FindPayment(message.Acquirer, message.Stan) is { } advice
            && original != advice.Completes)
        {
            context.Report(
                "I7", advice.Id, $"an advice counts as the completion of payment {original.Id}, and does not name it");
        }
    }

    private void CheckReversal(Reversal reversal, in TakenEffect effect)
    {
        Payment payment = reversal.Payment;
        if (reversal.Recorded != ReversalFate.None)
        {
            context.Report("I7", payment.Id, $"the journal has the reversal {reversal.Stan} twice");
        }

        Payment? original = _byKey.GetValueOrDefault(effect.OriginalKey);
        bool isMatched = effect.Effect is 1 or 4;
        reversal.Recorded = isMatched ? ReversalFate.Matched : ReversalFate.Unmatched;
        if (isMatched)
        {
            CheckMatch(reversal, effect, original);
            return;
        }

        // What the switch does not know it cannot find; what it does know is found.
        if ((reversal.Allowed & ReversalFate.Unmatched) == 0 && payment.IsRecorded)
        {
            Complain(reversal, "was not held against its payment");
        }

        if (original is not null)
        {
            Complain(reversal, $"marks the place of payment {original.Id}");
        }

        if (effect.OwedCount != 1)
        {
            Complain(reversal, $"makes {effect.OwedCount} messages owed");
        }
    }

    private void CheckMatch(Reversal reversal, in TakenEffect effect, Payment? original)
    {
        Payment payment = reversal.Payment;
        if ((original is null && payment.IsRecorded) || (original is not null && original != payment))
        {
            Complain(reversal, $"takes back payment {original?.Id ?? 0}");
        }
        else if ((reversal.Allowed & ReversalFate.Matched) == 0)
        {
            Complain(reversal, "was held against its payment, with which it does not agree");
        }
        else if ((effect.Effect == 4) != reversal.IsPartial || effect.Remaining != reversal.Stays)
        {
            Complain(reversal, $"leaves {effect.Remaining} and not {reversal.Stays}");
        }
    }

    private void Complain(Reversal reversal, string what) => context.Report(
        "I7", reversal.Payment.Id,
        $"the reversal {reversal.Stan} ({reversal.Naming}, allowed {reversal.Allowed}) {what}");
}
