using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Issuers;
using Switch.Routing.Owed;
using Switch.Routing.Reconciliation;
using Switch.Routing.StoreAndForward;
using Switch.Routing.Totals;
using Switch.Routing.Values;

namespace Switch.Routing.Network;

/// <summary>
/// Sign-on, echo and sign-off (0800), from either side. A link takes traffic only when it is <see
/// cref="LinkState.Ready"/>;
/// every state is entered here. These are decisions, so they live in the core and are simulated with it.
/// </summary>
internal sealed class NetworkManagement(
    CoreContext context, NetworkAnswers network, NetworkRequests own, AnswerWriter answers,
    ReconciliationFlow reconciliation)
{
    // Two in a row: one lost answer is not a lost link (docs/domain.md section 6.3).
    private const int EchoesMissedMax = 2;

    private const AdvicePause ByIssuer = AdvicePause.Issuer | AdvicePause.IssuerSignOff;

    private const int SignOn = NetworkRequests.SignOn;
    private const int SignOff = NetworkRequests.SignOff;
    private const int AdviceSession = 60;
    private const int SignOffBeginStandIn = 65;
    private const int SignOnEndStandIn = 66;
    private const int StartAdvices = 78;
    private const int StopAdvices = 79;
    private const int CutoverBegins = 201;
    private const int CutoverComplete = 202;
    private const int EchoTest = NetworkRequests.EchoTest;

    /// <summary>The connection stands: sign on, or take traffic at once where the issuer wants no sign-on.</summary>
    public void Connected(LinkRecord link)
    {
        link.LastHeard = context.Now.Ticks;
        link.EchoesMissed = 0;
        if (context.IsShuttingDown)
        {
            return;
        }

        if (!context.Configuration.Issuers[link.Issuer].SignOn)
        {
            Ready(link);
            return;
        }

        link.State = LinkState.SigningOn;
        if (!Send(link, LegOwner.SignOn, SignOn))
        {
            // Nothing would ever answer, and no deadline runs: the host connects anew.
            context.Effects.CloseLink(link.Id, CloseReason.SignOnFailed);
        }
    }

    /// <summary>The connection is gone.</summary>
    public void Disconnected(LinkRecord link)
    {
        link.State = LinkState.Down;
        Forget(link);
        context.Wheel.Cancel(context.Timers.OfLink(link.Id));
    }

    /// <summary>Signs off every link that takes traffic; at shutdown, when nothing is pending any more.</summary>
    public void SignOffAll()
    {
        foreach (LinkRecord link in context.Links)
        {
            if (link is { State: LinkState.Ready })
            {
                Forget(link);
                link.State = LinkState.SigningOff;
                if (!context.Configuration.Issuers[link.Issuer].SignOn || !Send(link, LegOwner.SignOn, SignOff))
                {
                    link.State = LinkState.Down;
                }
            }
        }
    }

    /// <summary>Whether a sign-off still waits for its answer.</summary>
    public bool IsSigningOff()
    {
        foreach (LinkRecord link in context.Links)
        {
            if (link is { State: LinkState.SigningOff })
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The link's deadline passed: of an answer that did not come, or of its silence.</summary>
    public void OnTimer(LinkRecord link)
    {
        if (link.NetworkStan != 0)
        {
            Unanswered(link);
        }
        else if (link.State == LinkState.Ready)
        {
            long silentSince = link.LastHeard + EchoTicks(link);
            if (context.Now.Ticks < silentSince)
            {
                context.Wheel.Arm(context.Timers.OfLink(link.Id), silentSince);
            }
            else
            {
                Send(link, LegOwner.Echo, EchoTest);
            }
        }
    }

    /// <summary>
    /// A link's requests are not answered: an echo test goes at once, and the link closes where that is not answered.
    /// </summary>
    public void TestNow(LinkRecord link)
    {
        if (link is { State: LinkState.Ready, NetworkStan: 0 } && !context.IsShuttingDown)
        {
            Send(link, LegOwner.Echo, EchoTest);
        }
    }

    /// <summary>An 0810 came in. Tells why when it answers no message of ours on this link.</summary>
    public Refusal OnReply(LinkRecord link, Message reply)
    {
        var unknown = new Refusal(RefusalReason.UnknownTraceNumber, Field.Stan);
        if (!StanAllocator.TryRead(reply, out int stan))
        {
            return unknown;
        }

        LegOwner owner = context.Issuers[link.Issuer].Legs.Find(stan, out int sentOn);
        if (owner is LegOwner.Request or LegOwner.Owed)
        {
            return new Refusal(RefusalReason.OtherType);
        }

        if (owner == LegOwner.None || sentOn != link.Id || stan != link.NetworkStan
            || !NetworkRequests.IsOfTime(reply, link.NetworkTime))
        {
            return unknown;
        }

        ResponseCode code = NetworkRequests.CodeOf(reply);
        Forget(link);
        link.EchoesMissed = 0;
        if (link.State == LinkState.SigningOff)
        {
            link.State = LinkState.Down;
        }
        else if (owner == LegOwner.SignOn && link.State == LinkState.SigningOn)
        {
            SignOnAnswered(link, code);
        }
        else
        {
            ArmEcho(link);
        }

        return default;
    }

    /// <summary>An 0800 or 0820 came in from an issuer.</summary>
    public void OnIssuerRequest(LinkRecord link, Message request)
    {
        context.Counters.NetworkMessages++;
        IssuerState issuer = context.Issuers[link.Issuer];
        int code = NetworkAnswers.CodeOf(request);
        ResponseCode answer = ResponseCode.Approved;
        long afterLsn = 0;
        switch (code)
        {
            case SignOff:
                SetSignedOff(issuer, true);
                break;
            case SignOffBeginStandIn:
                SetSignedOff(issuer, true);
                AdvicePauses.Change(context, issuer, AdvicePause.IssuerSignOff, AdvicePause.None);
                break;
            case SignOn:
                SetSignedOff(issuer, false);
                AdvicePauses.Change(context, issuer, AdvicePause.None, AdvicePause.IssuerSignOff);
                break;
            case SignOnEndStandIn:
                SetSignedOff(issuer, false);
                AdvicePauses.Change(context, issuer, AdvicePause.None, ByIssuer);
                break;
            case AdviceSession or StartAdvices:
                AdvicePauses.Change(context, issuer, AdvicePause.None, ByIssuer);
                break;
            case StopAdvices:
                AdvicePauses.Change(context, issuer, AdvicePause.Issuer, AdvicePause.None);
                break;
            case CutoverBegins:
                answer = reconciliation.CutOver(TotalsSide.Issuer, issuer.Index, request, out afterLsn);
                break;
            case EchoTest or CutoverComplete:
                break;
            default:
                answer = ResponseCode.NotSupported;
                break;
        }

        ReadOnlySpan<byte> bytes = network.Compose(request, answer);
        if (!bytes.IsEmpty)
        {
            context.Effects.SendToLink(link.Id, bytes, afterLsn, tag: 0, request.ReplyHeader);
        }
    }

    /// <summary>An 0800 or 0820 came in from an acquirer: sign-on, sign-off, echo and cutover.</summary>
    public void OnAcquirerRequest(int session, int acquirer, Message request)
    {
        context.Counters.NetworkMessages++;
        long afterLsn = 0;
        ResponseCode code = NetworkAnswers.CodeOf(request) switch
        {
            SignOn or SignOff or EchoTest or CutoverComplete => ResponseCode.Approved,
            CutoverBegins => reconciliation.CutOver(TotalsSide.Acquirer, acquirer, request, out afterLsn),
            _ => ResponseCode.NotSupported,
        };
        answers.Send(session, request, network.Compose(request, code), afterLsn, tag: 0);
    }

    private void SignOnAnswered(LinkRecord link, ResponseCode code)
    {
        if (code.IsApproval)
        {
            Ready(link);
            return;
        }

        context.Effects.Raise(Incident.SignOnRefused, link.Id, NetworkRequests.NumberOf(code));
        context.Effects.CloseLink(link.Id, CloseReason.SignOnFailed);
    }

    private void Ready(LinkRecord link)
    {
        link.State = LinkState.Ready;
        SafDelivery.IssuerIsBack(context.Issuers[link.Issuer]);
        context.Effects.Raise(Incident.LinkReady, link.Id, 0);
        ArmEcho(link);
    }

    private void Unanswered(LinkRecord link)
    {
        Forget(link);
        switch (link.State)
        {
            case LinkState.SigningOn:
                context.Effects.Raise(Incident.SignOnRefused, link.Id, -1);
                context.Effects.CloseLink(link.Id, CloseReason.SignOnFailed);
                break;
            case LinkState.SigningOff:
                link.State = LinkState.Down;
                break;
            case LinkState.Ready when ++link.EchoesMissed >= EchoesMissedMax:
                context.Effects.Raise(Incident.EchoUnanswered, link.Id, link.EchoesMissed);
                context.Effects.CloseLink(link.Id, CloseReason.EchoUnanswered);
                break;
            case LinkState.Ready:
                Send(link, LegOwner.Echo, EchoTest);
                break;
        }
    }

    private void ArmEcho(LinkRecord link)
    {
        long echo = EchoTicks(link);
        if (echo > 0 && link.State == LinkState.Ready)
        {
            context.Wheel.Arm(context.Timers.OfLink(link.Id), context.Now.Ticks + echo);
        }
    }

    private long EchoTicks(LinkRecord link) => context.Configuration.Issuers[link.Issuer].Echo.Ticks;

    private bool Send(LinkRecord link, LegOwner kind, int networkCode)
    {
        IssuerState issuer = context.Issuers[link.Issuer];
        if (!NetworkRequests.CanSay(issuer.Settings.Dialect, networkCode))
        {
            return false;
        }

        int stan = issuer.Stans.Take();
        ReadOnlySpan<byte> bytes = own.Compose(issuer.Settings.Dialect, stan, networkCode);
        if (bytes.IsEmpty || context.Effects.SendToLink(link.Id, bytes, afterLsn: 0, tag: 0).IsNone
            || !issuer.Legs.TryAdd(stan, kind, link.Id))
        {
            issuer.Stans.Release(stan);
            ArmEcho(link); // Of a link that takes traffic: it is tested again.
            return false;
        }

        link.NetworkStan = stan;
        link.NetworkTime = context.TransmissionTimeNow;
        long until = context.Now.Ticks + issuer.Settings.Timeout.Ticks;
        context.Wheel.Arm(context.Timers.OfLink(link.Id), until);
        return true;
    }

    // Ends the wait for the answer to our latest network message on this link, if there is one.
    private void Forget(LinkRecord link)
    {
        if (link.NetworkStan != 0)
        {
            IssuerState issuer = context.Issuers[link.Issuer];
            issuer.Legs.Remove(link.NetworkStan);
            issuer.Stans.Release(link.NetworkStan);
            link.NetworkStan = 0;

            // Its deadline would pass for a silence of the link, and an echo test go for it.
            context.Wheel.Cancel(context.Timers.OfLink(link.Id));
        }
    }

    private void SetSignedOff(IssuerState issuer, bool isSignedOff)
    {
        if (issuer.IsSignedOff != isSignedOff)
        {
            issuer.IsSignedOff = isSignedOff;
            Incident incident = isSignedOff ? Incident.IssuerSignedOff : Incident.IssuerSignedOn;
            context.Effects.Raise(incident, issuer.Index, 0);
        }
    }
}
