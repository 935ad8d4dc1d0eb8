using Switch.Protocol.Fields;

namespace Switch.Host.Simulators.World;

/// <summary>
/// What an acquirer that is called makes of the node's sign-ons, and of connections without one. While there are faults
/// it refuses some, leaves some unanswered, answers wrongly or twice, or hangs up.
/// </summary>
internal sealed class SignOnDesk(WorldContext context, int index, PartyCodec codec, RandomSource random) : IActor
{
    private const int Reply = 60;
    private const int SignOn = 1;
    private const int RefusedNow = 96;

    private static readonly FieldSet Echoed =
        FieldSet.Of(Field.TransmissionDateTime, Field.Stan, Field.NetworkCode);

    private readonly AcquirerPlan _plan = context.Plan.Acquirers[index];
    private readonly int _failsPerMille =
        context.Plan is { Spells: > 0 } && context.Plan.Acquirers[index].IsCalled ? random.Pick(0, 300, 700) : 0;

    private readonly HashSet<Line> _asked = [];
    private readonly Dictionary<Line, long> _approvedAt = [];

    public void On(in ScheduledEvent scheduled)
    {
        var packet = (Packet)scheduled.Subject!;
        context.Network.Send(packet.Line, toNode: true, packet);
    }

    /// <summary>Judges the message that was read last. True: it was a sign-on, and is done with.</summary>
    public bool Takes(Line line)
    {
        bool isSignOn = codec.Mti == 800;
        if (isSignOn && _plan.IsCalled && codec.Number(Field.NetworkCode) == SignOn && _asked.Add(line))
        {
            Answer(line);
        }
        else if (isSignOn || (_plan.IsCalled && !_asked.Contains(line) && !MayOvertake()))
        {
            context.Report("N13", 0, $"acquirer {index} got an {codec.Mti:D4} before a sign-on, or a second sign-on");
        }

        return isSignOn;
    }

    public void OnClosed(Line line)
    {
        _asked.Remove(line);
        _approvedAt.Remove(line);
    }

    /// <summary>The sign-on was approved, so long ago that the node would have hung up if it did not know.</summary>
    public bool IsSettled(Line line) => line is { IsOpenAtNode: true, IsOpenAtPeer: true }
        && _approvedAt.TryGetValue(line, out long at)
        && context.Now > at + _plan.Settings.SignOnTime.Ticks + TimeSpan.TicksPerSecond;

    // One message may overtake another that waits for its MAC; and the edge refuses before the core knows of a session.
    private bool MayOvertake() => codec.Mac is not null || codec.Number(Field.ResponseCode) == RefusedNow;

    private void Answer(Line line)
    {
        bool fails = context.Now < context.Plan.FaultsEnd && random.PerMille(_failsPerMille);
        switch (fails ? random.Below(5) : -1)
        {
            case 0:
                context.Count(Fault.SignOnRefused);
                Send(line, random.Pick(5, 91));
                break;
            case 1:
                context.Count(Fault.SignOnUnanswered);
                break;
            case 2:
                context.Count(Fault.SignOnHungUp);
                context.Network.Close(line, byNode: false);
                break;
            case 3:
                context.Count(Fault.SignOnAnsweredWrongly);
                Send(line, 0, wrongBy: 1);
                break;
            default:
                Send(line, 0);
                if (fails)
                {
                    Send(line, random.Pick(0, 5)); // After the first it says nothing.
                }

                break;
        }
    }

    private void Send(Line line, int code, int wrongBy = 0)
    {
        codec.Start(810, context.WallMs);
        codec.Echo(Echoed);
        codec.Set(Field.Stan, codec.Number(Field.Stan) + wrongBy, 6);
        codec.Set(Field.ResponseCode, code, 2);
        Packet packet = context.Network.Take(codec.Write());
        packet.Line = line;
        long delay = random.Ms(0, 100);
        if (code == 0 && wrongBy == 0)
        {
            _approvedAt[line] = context.Now + delay;
        }

        context.Scheduler.In(delay, this, Reply, line.Id, packet);
    }
}
