using Switch.Protocol.Fields;

namespace Switch.Host.Simulators.World;

/// <summary>What an acquirer's messages say.</summary>
internal sealed class AcquirerWriter(Ground ground, Speech speech, AcquirerPlan plan)
{
    public void WritePayment(Payment payment, int mti)
    {
        speech.Start(mti, ground.WallMs);
        SetCommon(payment);
        speech.Set(Field.TransmissionDateTime, payment.Time, 10);
        speech.Set(Field.Stan, payment.Stan, 6);
        speech.Set(Field.Expiry, "3012"u8);
        speech.Set(Field.MerchantType, "5411"u8);
        speech.Set(Field.EntryMode, "051"u8);
        if (payment.IsPreAuthorization)
        {
            speech.Set(Field.ConditionCode, "06"u8);
        }

        if (payment.Completes is { } hold)
        {
            speech.SetOriginal(hold.Mti, hold.Stan, hold.Time, plan.Institution);
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

    public void WriteReversal(Payment payment, int mti)
    {
        speech.Start(mti, ground.WallMs);
        SetCommon(payment);
        speech.Set(Field.TransmissionDateTime, payment.ReversalTime, 10);
        speech.Set(Field.Stan, payment.ReversalStan, 6);
        if (plan.NamesOriginals)
        {
            speech.SetOriginal(payment.Mti, payment.Stan, payment.Time, plan.Institution);
        }

        if (payment.State == PaymentState.Reducing)
        {
            speech.SetReplacement(payment.ReduceTo);
        }
    }

    private void SetCommon(Payment payment)
    {
        speech.Set(Field.Pan, payment.Card.Number);
        speech.Set(Field.ProcessingCode, payment.Processing, 6);
        speech.Set(Field.Amount, payment.Amount, 12);
        speech.Set(Field.AcquirerId, plan.Institution, 6);
        speech.Set(Field.RetrievalReference, payment.Id, 12);
        speech.Set(Field.TerminalId, payment.Terminal, 8);
        speech.Set(Field.Currency, "392"u8);
    }
}
