using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Host.Simulators.World;

/// <summary>What an acquirer's messages say.</summary>
internal sealed class AcquirerWriter(Ground ground, Speech speech, AcquirerPlan plan)
{
    private const int TicketDigits = 12;
    private const int TerminalsOfMerchant = 5;

    private readonly bool _is1987 = plan.Settings.Dialect.IsoVersion == IsoVersion.Iso1987;

    public void WritePayment(Payment payment, int mti)
    {
        speech.Start(mti, ground.WallMs);
        SetCommon(payment.Card, payment.Processing, payment.Amount, payment.Terminal);
        speech.Set(Field.Account2, payment.Ticket, TicketDigits);
        speech.Set(Field.RetrievalReference, payment.Reference, 12);
        speech.Set(Field.TransmissionDateTime, payment.Time, 10);
        speech.Set(Field.Stan, payment.Stan, 6);
        SetLocalTime(payment.LocalTime);
        speech.Set(Field.Expiry, "3012"u8);
        speech.Set(Field.MerchantType, "5411"u8);
        speech.Set(Field.EntryMode, "051"u8);
        if (payment.IsPreAuthorization)
        {
            speech.Set(Field.ConditionCode, "06"u8);
        }

        if (payment.IsNamedByZeros)
        {
            speech.SetOriginal(0, 0, 0, 0);
        }
        else if ((payment.Completes ?? payment.Misnames) is { } hold)
        {
            speech.SetOriginal(hold.Mti, hold.Stan, NameOf(hold), plan.Institution);
        }

        if (payment.IsAdvice)
        {
            speech.Set(Field.ResponseCode, "00"u8);
            speech.Set(Field.ApprovalCode, "OFFLIN"u8);
        }
        else if (payment.Id % 2 == 0)
        {
            speech.Set(Field.Track2, payment.Card.Track);
        }
    }

    public void WriteReversal(Reversal reversal, int mti)
    {
        speech.Start(mti, ground.WallMs);
        Payment payment = reversal.Payment;
        SetCommon(reversal.Card, payment.Processing, reversal.Amount, reversal.Terminal);
        speech.Set(Field.Account2, reversal.Ticket, TicketDigits);
        speech.Set(Field.TransmissionDateTime, reversal.Time, 10);
        speech.Set(Field.Stan, reversal.Stan, 6);
        SetLocalTime(reversal.LocalTime);
        if (reversal.Reference != 0)
        {
            speech.Set(Field.RetrievalReference, reversal.Reference, 12);
        }

        if (reversal.HasName)
        {
            (int type, int stan, long time) = reversal.Name;
            speech.SetOriginal(
                type, stan, time == 0 ? 0 : NameOf(reversal.Named), time == 0 ? 0 : plan.Institution);
        }

        if (reversal.Replacement > 0)
        {
            speech.SetReplacement(reversal.Replacement);
        }
    }

    // By DE 7; in the later editions by DE 12.
    private long NameOf(Payment payment) => _is1987 || payment.LocalTime == 0 ? payment.Time : payment.LocalTime;

    private void SetLocalTime(long time)
    {
        if (time != 0)
        {
            (long date, long clock) = Math.DivRem(time, 1_000_000);
            speech.Set(Field.LocalDate, date, 4);
            speech.Set(Field.LocalTime, clock, 6);
        }
    }

    private void SetCommon(Card card, int processing, long amount, int terminal)
    {
        speech.Set(Field.Pan, card.Number);
        speech.Set(Field.ProcessingCode, processing, 6);
        speech.Set(Field.Amount, amount, 12);
        speech.Set(Field.AcquirerId, plan.Institution, 6);
        speech.Set(Field.TerminalId, terminal, 8);
        speech.Set(Field.MerchantId, terminal / TerminalsOfMerchant, 15);
        speech.Set(Field.Currency, "392"u8);
    }
}
