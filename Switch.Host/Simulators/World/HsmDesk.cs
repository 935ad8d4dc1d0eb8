using Switch.Protocol.Fields;
using Switch.Routing.Core;
using Switch.Routing.Effects;

namespace Switch.Host.Simulators.World;

/// <summary>
/// The node's security module: it has all keys. For some seconds at a time it is well, slow, silent, or answers errors,
/// by the time and the world alone.
/// </summary>
internal sealed class HsmDesk(WorldContext context, Action<Action<AuthorizationCore>> tell) : IActor
{
    private const long Spell = 5 * TimeSpan.TicksPerSecond;
    private const int AskedMax = 16;
    private const int UsualMaxMs = 8;

    private readonly RandomSource _random = new(context.Plan.Seed ^ 0x48534D);
    private int _asked;

    /// <summary>The node has died: nothing waits any more.</summary>
    public bool IsOver { get; set; }

    /// <summary>The node's keys of a party, by their places; 0: there are no more.</summary>
    public required Func<bool, int, Func<int, ulong>> KeysOf { get; init; }

    public bool Ask(in PinQuestion ask)
    {
        if (_asked >= AskedMax)
        {
            context.Count(Fault.HsmFull);
            return false;
        }

        Span<byte> block = stackalloc byte[PinPlan.BlockSize];
        int size = ask.Request.CopyText(Field.PinData, block);
        Func<int, ulong> keys = KeysOf(false, ask.Acquirer);
        long pin = PinPlan.DecipherWithAny(keys, block[..size], out int place);
        context.Count(Fault.PinUnderFormerKey, place > 0);
        var answer = new Answer(PinOutcome.Unreadable, new byte[PinPlan.BlockSize]);
        if (pin >= 0 && PinPlan.HasSerialNumbers(context.Plan.Acquirers[ask.Acquirer]))
        {
            pin ^= PinPlan.MaskOf(ask.SerialNumber);
            context.Count(Fault.TerminalKey);
        }

        if (pin >= 0)
        {
            answer = answer with { Outcome = PinOutcome.Translated };
            PinPlan.Encipher(KeysOf(true, ask.Issuer)(0), pin, answer.Block);
        }

        long delay = _random.Ms(0, UsualMaxMs);
        switch (MoodNow(context))
        {
            case 0:
                context.Count(Fault.HsmSlow);
                delay = _random.Ms(0, 2 * (int)context.Plan.Core.PinTime.TotalMilliseconds);
                break;
            case 1:
                context.Count(Fault.HsmSilent);
                return true;
            case 2 when _random.Below(3) == 0:
                context.Count(Fault.HsmError);
                PinOutcome outcome = _random.Pick(
                    PinOutcome.Failed, PinOutcome.Unreadable, PinOutcome.IssuerKeyRejected);
                if (outcome == PinOutcome.IssuerKeyRejected)
                {
                    // Of two modules that were asked, the other one comes later and says something else.
                    Say(delay + _random.Ms(0, UsualMaxMs), ask.Tag, answer);
                }

                answer = new Answer(outcome, []);
                break;
        }

        Say(delay, ask.Tag, answer);
        return true;
    }

    private void Say(long delay, long tag, Answer answer)
    {
        _asked++;
        context.Scheduler.In(delay, this, kind: 0, tag, answer);
    }

    public void On(in ScheduledEvent scheduled)
    {
        _asked--;
        if (!IsOver)
        {
            var answer = (Answer)scheduled.Subject!;
            long tag = scheduled.Value;
            context.Count(Fault.PinTranslated);
            tell(core => core.PinTranslated(tag, answer.Outcome, answer.Block));
        }
    }

    // 0 slow, 1 silent, 2 errors, more: well. After the last fault it is well.
    internal static ulong MoodNow(WorldContext context)
    {
        long now = context.Scheduler.Now;
        return now >= context.Plan.FaultsEnd
            ? ulong.MaxValue
            : new RandomSource(context.Plan.Seed ^ (ulong)(now / Spell)).Next() % 8;
    }

    private sealed record Answer(PinOutcome Outcome, byte[] Block);
}
