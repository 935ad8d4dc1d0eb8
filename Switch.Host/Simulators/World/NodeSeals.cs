using Switch.Routing.Outbox;

namespace Switch.Host.Simulators.World;

/// <summary>
/// Where the node has the MACs of its messages made, in one of its lives: after a moment, late, or not at all.
/// </summary>
internal sealed class NodeSeals(WorldContext context, Action<Action> tell) : IActor
{
    private const int InFlightMax = 64;
    private const int UsualMaxMs = 8;
    private const int SlowMaxMs = 600;

    private readonly RandomSource _random = new(context.Plan.Seed ^ 0x5345414C);
    private int _inFlight;

    /// <summary>The node has died: nothing waits any more.</summary>
    public bool IsOver { get; set; }

    /// <summary>Tells the outbox what became of it.</summary>
    public required Action<long, ISealedMessage?> Sealed { get; init; }

    /// <summary>False: it will not be made.</summary>
    public bool TryBegin(PartyMac mac, ReadOnlySpan<byte> message, long number)
    {
        ModuleMood mood = context.Macs.MoodAt(context.Now);
        if (_inFlight >= InFlightMax)
        {
            context.Count(Fault.SealsFull);
            return false;
        }

        SealedBytes? made = null;
        if (mood == ModuleMood.Down)
        {
            context.Count(Fault.NotSealed);
        }
        else
        {
            byte[] grown = new byte[Packet.SizeMax];
            int length = mac.Seal(message, message, grown);
            made = new SealedBytes(context, grown, length);
        }

        _inFlight++;
        long delay = _random.Ms(0, mood == ModuleMood.Slow ? SlowMaxMs : UsualMaxMs);
        context.Scheduler.In(delay, this, kind: 0, number, made);
        return true;
    }

    public void On(in ScheduledEvent scheduled)
    {
        _inFlight--;
        if (!IsOver)
        {
            long number = scheduled.Value;
            var made = (SealedBytes?)scheduled.Subject;
            tell(() => Sealed(number, made));
        }
    }

    private sealed class SealedBytes(WorldContext context, byte[] bytes, int length) : ISealedMessage
    {
        private readonly long _latest = context.Now + MacPlan.SealTime.Ticks;

        public bool IsLate => context.Now > _latest;

        public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, length);

        public void Free() => bytes.AsSpan().Clear();
    }
}
