using Switch.Protocol.Fields;

namespace Switch.Host.Simulators.World;

/// <summary>What holds of every answer to a request: it echoes it, comes once per copy, and in time (I1, I4).</summary>
internal static class AnswerChecks
{
    // The core's timers have a resolution of 10 ms, and a slice may begin one step late.
    private const long DeadlineGrace = 20 * TimeSpan.TicksPerMillisecond;

    public static void Check(Ground ground, Payment payment, Speech speech, int mti, int code, long leftAt)
    {
        if (mti != payment.Mti + 10 || speech.Number(Field.Stan) != payment.Stan
            || speech.Number(Field.TransmissionDateTime) != payment.Time
            || !payment.IsRightAmount(code, speech.Number(Field.Amount))
            || speech.Number(Field.TerminalId) != payment.Terminal
            || !speech.Is(Field.Pan, payment.Card.Number))
        {
            ground.Report("I1", payment.Id, "the answer does not echo its request");
        }

        if (payment.Answers > payment.Copies)
        {
            ground.Report("I1", payment.Id, $"{payment.Answers} answers to {payment.Copies} copies");
        }

        TimeSpan deadline = ground.Plan.Acquirers[payment.Acquirer].Settings.Deadline;
        if (leftAt > payment.ArrivedAt + deadline.Ticks + DeadlineGrace)
        {
            long late = (leftAt - payment.ArrivedAt) / TimeSpan.TicksPerMillisecond;
            ground.Report("I4", payment.Id, $"answered {code:D2} after {late} ms, deadline {deadline}");
        }
    }
}
