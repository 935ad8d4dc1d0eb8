using Switch.Host.Security;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Host.Simulators.World;

/// <summary>What an acquirer's messages say.</summary>
internal sealed class AcquirerWriter(WorldContext context, PartyCodec codec, AcquirerPlan plan)
{
    private const int TicketDigits = 12;
    private const int TerminalsOfMerchant = 5;

    private readonly bool _is1987 = plan.Settings.Dialect.IsoVersion == IsoVersion.Iso1987;

    public void WritePayment(Payment payment, int mti)
    {
        codec.Start(mti, context.WallMs);
        SetCommon(payment.Card, payment.Processing, payment.Amount, payment.Terminal);
        codec.Set(Field.Account2, payment.Ticket, TicketDigits);
        codec.Set(Field.RetrievalReference, payment.Reference, 12);
        codec.Set(Field.TransmissionDateTime, payment.Time, 10);
        codec.Set(Field.Stan, payment.Stan, 6);
        SetLocalTime(payment.LocalTime);
        codec.Set(Field.Expiry, "3012"u8);
        codec.Set(Field.MerchantType, "5411"u8);
        codec.Set(Field.EntryMode, "051"u8);
        if (payment.IsPreAuthorization)
        {
            codec.Set(Field.ConditionCode, "06"u8);
        }

        if (payment.IsNamedByZeros)
        {
            codec.SetOriginal(0, 0, 0, 0);
        }
        else if ((payment.Completes ?? payment.Misnames) is { } hold)
        {
            codec.SetOriginal(hold.Mti, hold.Stan, NameOf(hold), plan.Institution);
        }

        if (payment.IsAdvice)
        {
            codec.Set(Field.ResponseCode, "00"u8);
            codec.Set(Field.ApprovalCode, "OFFLIN"u8);
        }
        else if (payment.Id % 2 == 0)
        {
            codec.Set(Field.Track2, payment.Card.Track);
        }

        SetPin(payment);
    }

    public void WriteReversal(Reversal reversal, int mti)
    {
        codec.Start(mti, context.WallMs);
        Payment payment = reversal.Payment;
        SetCommon(reversal.Card, payment.Processing, reversal.Amount, reversal.Terminal);
        codec.Set(Field.Account2, reversal.Ticket, TicketDigits);
        codec.Set(Field.TransmissionDateTime, reversal.Time, 10);
        codec.Set(Field.Stan, reversal.Stan, 6);
        SetLocalTime(reversal.LocalTime);
        if (reversal.Reference != 0)
        {
            codec.Set(Field.RetrievalReference, reversal.Reference, 12);
        }

        if (reversal.HasName)
        {
            (int type, int stan, long time) = reversal.Name;
            codec.SetOriginal(
                type, stan, time == 0 ? 0 : NameOf(reversal.Named), time == 0 ? 0 : plan.Institution);
        }

        if (reversal.Replacement > 0)
        {
            codec.SetReplacement(reversal.Replacement);
        }
    }

    // By DE 7; in the later editions by DE 12.
    private long NameOf(Payment payment) => _is1987 || payment.LocalTime == 0 ? payment.Time : payment.LocalTime;

    // A terminal with a key for each message says in all of them which one that is.
    private void SetPin(Payment payment)
    {
        Span<byte> number = stackalloc byte[KeySerialNumber.AesSize];
        int size = PinPlan.HasSerialNumbers(plan) ? PinPlan.WriteSerialNumber(plan, payment, number) : 0;
        if (size > 0)
        {
            codec.Set(plan.Settings.Pin.SerialNumberField, number[..size]);
        }

        if (PinPlan.HasPin(plan, payment))
        {
            Span<byte> block = stackalloc byte[PinPlan.BlockSize];
            long mask = PinPlan.HasSerialNumbers(plan) ? PinPlan.MaskOf(number[..size]) : 0;
            ulong key = context.Books.Of(isIssuer: false, payment.Acquirer, KeyKind.Zpk).Current;
            PinPlan.Encipher(key, PinPlan.PinOf(payment) ^ mask, block);
            codec.Set(Field.PinData, block);
        }
    }

    private void SetLocalTime(long time)
    {
        if (time != 0)
        {
            (long date, long clock) = Math.DivRem(time, 1_000_000);
            codec.Set(Field.LocalDate, date, 4);
            codec.Set(Field.LocalTime, clock, 6);
        }
    }

    private void SetCommon(Card card, int processing, long amount, int terminal)
    {
        codec.Set(Field.Pan, card.Number);
        codec.Set(Field.ProcessingCode, processing, 6);
        codec.Set(Field.Amount, amount, 12);
        codec.Set(Field.AcquirerId, plan.Institution, 6);
        codec.Set(Field.TerminalId, terminal, 8);
        codec.Set(Field.MerchantId, terminal / TerminalsOfMerchant, 15);
        codec.Set(Field.Currency, "392"u8);
    }
}
