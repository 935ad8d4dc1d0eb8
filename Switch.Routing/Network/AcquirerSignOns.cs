using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Issuers;
using Switch.Routing.Settings;
using Switch.Routing.Values;

namespace Switch.Routing.Network;

/// <summary>
/// The switch's own sign-on and sign-off on the connections that it makes to acquirers. Requests are served on them
/// from the first on, as the acquirer that sends one is open for traffic; a sign-on that is refused, or not answered in
/// time, closes the connection, and the host connects anew.
/// </summary>
internal sealed class AcquirerSignOns(CoreContext context, NetworkRequests requests)
{
    // A stop waits no longer for the answer to a sign-off: it has been said, and what still comes is answered 91.
    private static readonly long SignOffTicks = TimeSpan.TicksPerSecond;

    // As many as the host makes connections to such acquirers: the configuration says how many those are.
    private readonly List<DialedSession> _sessions = [];
    private readonly int[] _stans = new int[context.Configuration.Acquirers.Count];
    private int _waiting;

    /// <summary>A session begins: sign on, where the switch made it and its acquirer wants that.</summary>
    public void Opened(int session, int acquirer)
    {
        if (context.Configuration.Acquirers[acquirer].SignOnTime == TimeSpan.Zero || context.IsShuttingDown)
        {
            return;
        }

        var dialed = new DialedSession(session, acquirer) { State = LinkState.SigningOn };
        _sessions.Add(dialed);
        if (!Send(dialed, NetworkRequests.SignOn))
        {
            context.Effects.CloseSession(session, CloseReason.SignOnFailed); // Nothing would ever answer.
        }
    }

    /// <summary>A session has ended.</summary>
    public void Closed(int session)
    {
        if (Find(session) is { } dialed)
        {
            Forget(dialed);
            _sessions.Remove(dialed);
        }
    }

    /// <summary>An 0810 came in. Tells why when it answers no message of ours on this session.</summary>
    public Refusal OnReply(int session, Message reply)
    {
        if (Find(session) is not { } dialed)
        {
            return new Refusal(RefusalReason.NothingAsked);
        }

        if (!StanAllocator.TryRead(reply, out int stan) || stan != dialed.Stan
            || !NetworkRequests.IsOfTime(reply, dialed.Time))
        {
            return new Refusal(RefusalReason.UnknownTraceNumber, Field.Stan);
        }

        Forget(dialed);
        ResponseCode code = NetworkRequests.CodeOf(reply);
        if (dialed.State == LinkState.SigningOff)
        {
            dialed.State = LinkState.Down;
        }
        else if (code.IsApproval)
        {
            dialed.State = LinkState.Ready;
            context.Effects.Raise(Incident.AcquirerSignedOn, dialed.Acquirer, session);
        }
        else
        {
            Refused(dialed, NetworkRequests.NumberOf(code));
        }

        return default;
    }

    /// <summary>Time passed: what was not answered in time.</summary>
    public void Tick()
    {
        for (int i = 0; _waiting > 0 && i < _sessions.Count; i++)
        {
            DialedSession dialed = _sessions[i];
            if (dialed.Stan == 0 || context.Now.Ticks < dialed.Until)
            {
                continue;
            }

            Forget(dialed);
            if (dialed.State == LinkState.SigningOn)
            {
                Refused(dialed, -1);
            }
            else
            {
                dialed.State = LinkState.Down;
            }
        }
    }

    /// <summary>Signs off where a sign-on was approved; at shutdown, when nothing is pending any more.</summary>
    public void SignOffAll()
    {
        foreach (DialedSession dialed in _sessions)
        {
            if (dialed.State == LinkState.Ready)
            {
                dialed.State = Send(dialed, NetworkRequests.SignOff) ? LinkState.SigningOff : LinkState.Down;
            }
        }
    }

    /// <summary>Whether a sign-off still waits for its answer.</summary>
    public bool IsSigningOff()
    {
        foreach (DialedSession dialed in _sessions)
        {
            if (dialed.State == LinkState.SigningOff)
            {
                return true;
            }
        }

        return false;
    }

    private bool Send(DialedSession dialed, int code)
    {
        AcquirerSettings acquirer = context.Configuration.Acquirers[dialed.Acquirer];
        ref int stan = ref _stans[dialed.Acquirer];
        stan = (stan % StanAllocator.Max) + 1;
        if (!NetworkRequests.CanSay(acquirer.Dialect, code)
            || requests.Compose(acquirer.Dialect, stan, code) is not { IsEmpty: false } bytes
            || context.Effects.AskSession(dialed.Session, bytes).IsNone)
        {
            return false;
        }

        dialed.Stan = stan;
        dialed.Time = context.TransmissionTimeNow;
        dialed.Until = context.Now.Ticks + (code == NetworkRequests.SignOff
            ? Math.Min(acquirer.SignOnTime.Ticks, SignOffTicks) : acquirer.SignOnTime.Ticks);
        _waiting++;
        return true;
    }

    private void Refused(DialedSession dialed, long answer)
    {
        dialed.State = LinkState.Down;
        context.Effects.Raise(Incident.AcquirerSignOnRefused, dialed.Acquirer, answer);
        context.Effects.CloseSession(dialed.Session, CloseReason.SignOnFailed);
    }

    // Ends the wait for an answer, if there is one.
    private void Forget(DialedSession dialed)
    {
        _waiting -= dialed.Stan == 0 ? 0 : 1;
        dialed.Stan = 0;
    }

    private DialedSession? Find(int session) => _sessions.Find(dialed => dialed.Session == session);

    private sealed class DialedSession(int session, int acquirer)
    {
        public int Session { get; } = session;

        public int Acquirer { get; } = acquirer;

        public LinkState State { get; set; }

        /// <summary>Of our message that waits for its answer; 0: none.</summary>
        public int Stan { get; set; }

        /// <summary>Its DE 7, which the answer must repeat.</summary>
        public long Time { get; set; }

        /// <summary>When the answer must have come, in monotonic ticks.</summary>
        public long Until { get; set; }
    }
}
