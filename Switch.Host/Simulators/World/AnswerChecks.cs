using Switch.Protocol.Fields;

namespace Switch.Host.Simulators.World;

/// <summary>What holds of every answer to a request: it echoes it, comes once per copy, and in time (I1, I4).</summary>
internal static class AnswerChecks
{
    // The core's timers have a resolution of 10 ms, and a slice may begin one step late.
    private const long DeadlineGrace = 20 * TimeSpan.TicksPerMillisecond;

    public static void Check(WorldContext context, Payment payment, PartyCodec codec, int mti, int code, long leftAt)
    {
        if (mti != payment.Mti + 10 || codec.Number(Field.Stan) != payment.Stan
            || codec.Number(Field.TransmissionDateTime) != payment.Time
            || !payment.IsRightAmount(code, codec.Number(Field.Amount))
            || codec.Number(Field.TerminalId) != payment.Terminal
            || !codec.Is(Field.Pan, payment.Card.Number))
        {
            context.Report("I1", payment.Id, "the answer does not echo its request");
        }

        AcquirerPlan acquirer = context.Plan.Acquirers[payment.Acquirer];
        if (Kinds.IsApproval(code) && PinPlan.IsRefused(acquirer, payment))
        {
            context.Report("I25", payment.Id, "approved with a PIN that no issuer can read");
        }

        if (payment.Answers > payment.Copies)
        {
            context.Report("I1", payment.Id, $"{payment.Answers} answers to {payment.Copies} copies");
        }

        TimeSpan deadline = context.Plan.Acquirers[payment.Acquirer].Settings.Deadline;
        if (leftAt > payment.ArrivedAt + deadline.Ticks + DeadlineGrace)
        {
            long late = (leftAt - payment.ArrivedAt) / TimeSpan.TicksPerMillisecond;
            context.Report("I4", payment.Id, $"answered {code:D2} after {late} ms, deadline {deadline}");
        }
    }
}
