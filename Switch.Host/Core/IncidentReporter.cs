using Microsoft.Extensions.Logging;
using Switch.Host.Connections;
using Switch.Routing.Core;

namespace Switch.Host.Core;

/// <summary>What the ids of the core are called in logs.</summary>
internal sealed record SwitchNames(string[] Acquirers, string[] Issuers, string[] Links);

/// <summary>Writes what the core raises to the log, each kind at most some times a second. Core thread.</summary>
internal sealed class IncidentReporter
{
    private const int LinesPerSecond = 20;

    // A queue that runs dry is news after a backlog; else it happens with every reversal, and a line a minute will do.
    private const int Backlog = 100;
    private const long DrainedPause = TimeSpan.TicksPerMinute;

    private readonly ILogger _logger;
    private readonly SwitchNames _names;
    private readonly EdgeMeters _meters;
    private readonly SwitchClock _clock;
    private readonly long[] _drainedNext;
    private readonly LogBudget[] _budgets = new LogBudget[byte.MaxValue + 1];

    public IncidentReporter(ILogger logger, SwitchNames names, EdgeMeters meters, SwitchClock clock)
    {
        _logger = logger;
        _names = names;
        _meters = meters;
        _clock = clock;
        _drainedNext = new long[names.Issuers.Length];
        foreach (ref LogBudget budget in _budgets.AsSpan())
        {
            budget = new LogBudget(LinesPerSecond);
        }
    }

    public void Report(Incident incident, long subject, long value)
    {
        if (!_budgets[(byte)incident].TrySpend(_clock.Ticks))
        {
            _meters.Live.IncidentsNotLogged++;
            return;
        }

        switch (incident)
        {
            case Incident.LinkReady:
                IncidentLog.LinkReady(_logger, Link(subject));
                break;
            case Incident.SignOnRefused:
                IncidentLog.SignOnRefused(_logger, Link(subject), value);
                break;
            case Incident.EchoUnanswered:
                IncidentLog.EchoUnanswered(_logger, Link(subject));
                break;
            case Incident.BreakerOpened:
                IncidentLog.BreakerOpened(_logger, Issuer(subject), value);
                break;
            case Incident.BreakerClosed:
                IncidentLog.BreakerClosed(_logger, Issuer(subject));
                break;
            case Incident.IssuerSignedOff:
                IncidentLog.IssuerSignedOff(_logger, Issuer(subject));
                break;
            case Incident.IssuerSignedOn:
                IncidentLog.IssuerSignedOn(_logger, Issuer(subject));
                break;
            case Incident.AdviceParked:
                IncidentLog.AdviceParked(_logger, subject, Issuer(value));
                break;
            case Incident.AdviceQueueFull:
                IncidentLog.AdviceQueueFull(_logger, Issuer(subject), value);
                break;
            case Incident.AdviceQueueDrained:
                ReportDrained((int)subject, value);
                break;
            case Incident.ApprovedAgainstDecline:
                IncidentLog.ApprovedAgainstDecline(_logger, subject);
                break;
            case Incident.ExposureReached:
                IncidentLog.ExposureReached(_logger, Issuer(subject), value);
                break;
            case Incident.JournalFailed:
                IncidentLog.JournalFailed(_logger);
                break;
            case Incident.UnmatchedReply:
                IncidentLog.UnmatchedReply(_logger, Link(subject));
                break;
            case Incident.RecoveryReversed:
                IncidentLog.RecoveryReversed(_logger, value);
                break;
            case Incident.DuplicateConflict:
                IncidentLog.DuplicateConflict(_logger, NameOf(_names.Acquirers, subject));
                break;
            case Incident.AdministrativeMessage:
                IncidentLog.AdministrativeMessage(_logger, Party(subject), value);
                break;
            case Incident.TotalsDiffer:
                IncidentLog.TotalsDiffer(_logger, Party(subject), value);
                break;
            case Incident.CutOver:
                IncidentLog.CutOver(_logger, Party(subject), value);
                break;
            case Incident.AdvicesPaused:
                IncidentLog.AdvicesPaused(_logger, Issuer(subject), value);
                break;
            case Incident.AdvicesResumed:
                IncidentLog.AdvicesResumed(_logger, Issuer(subject), value);
                break;
            case Incident.StandInForced:
                IncidentLog.StandInForced(_logger, Issuer(subject), value);
                break;
            case Incident.JournalSpaceLow:
                IncidentLog.JournalSpaceLow(_logger, value);
                break;
            case Incident.OwedWrittenOff:
                IncidentLog.OwedWrittenOff(_logger, subject, Issuer(value));
                break;
            default:
                IncidentLog.Unnamed(_logger, incident, subject, value);
                break;
        }
    }

    private void ReportDrained(int issuer, long most)
    {
        if (most >= Backlog || _clock.Ticks >= _drainedNext[issuer])
        {
            _drainedNext[issuer] = _clock.Ticks + DrainedPause;
            IncidentLog.AdviceQueueDrained(_logger, Issuer(issuer), most);
        }
    }

    private string Link(long id) => NameOf(_names.Links, id);

    private string Issuer(long id) => NameOf(_names.Issuers, id);

    /// <summary>An acquirer, or -1 less an issuer.</summary>
    private string Party(long id) => id >= 0 ? NameOf(_names.Acquirers, id) : Issuer(-1 - id);

    private static string NameOf(string[] names, long id) => id >= 0 && id < names.Length ? names[id] : "none";
}

/// <summary>
/// What the core says to people. Ids 3120 to 3199 are its own; ids and names are an interface that alerts match on, so
/// none is renumbered or renamed.
/// </summary>
internal static partial class IncidentLog
{
    [LoggerMessage(3120, LogLevel.Information, "Link {Link} is ready: signed on and taking traffic")]
    public static partial void LinkReady(ILogger logger, string link);

    [LoggerMessage(3121, LogLevel.Warning, "Link {Link}: sign-on was refused with {ResponseCode} (-1: no answer)")]
    public static partial void SignOnRefused(ILogger logger, string link, long responseCode);

    [LoggerMessage(3122, LogLevel.Warning, "Link {Link}: echo test was not answered")]
    public static partial void EchoUnanswered(ILogger logger, string link);

    [LoggerMessage(3123, LogLevel.Warning, "Issuer {Issuer}: not asked any more after {Timeouts} time-outs in a row")]
    public static partial void BreakerOpened(ILogger logger, string issuer, long timeouts);

    [LoggerMessage(3124, LogLevel.Information, "Issuer {Issuer}: answers again, takes traffic again")]
    public static partial void BreakerClosed(ILogger logger, string issuer);

    [LoggerMessage(3125, LogLevel.Warning, "Issuer {Issuer} signed itself off")]
    public static partial void IssuerSignedOff(ILogger logger, string issuer);

    [LoggerMessage(3126, LogLevel.Information, "Issuer {Issuer} signed itself on")]
    public static partial void IssuerSignedOn(ILogger logger, string issuer);

    [LoggerMessage(3127, LogLevel.Error, "Owed message {OwedItem} to issuer {Issuer} is parked: refused too often")]
    public static partial void AdviceParked(ILogger logger, long owedItem, string issuer);

    [LoggerMessage(3128, LogLevel.Error, "Issuer {Issuer}: {Owed} owed messages, the bound; stand-in stops approving")]
    public static partial void AdviceQueueFull(ILogger logger, string issuer, long owed);

    [LoggerMessage(3129, LogLevel.Information, "Issuer {Issuer}: nothing is owed any more, of {Most} at most")]
    public static partial void AdviceQueueDrained(ILogger logger, string issuer, long most);

    [LoggerMessage(3130, LogLevel.Warning,
        "Transaction {Transaction}: stand-in approved what the issuer declined late")]
    public static partial void ApprovedAgainstDecline(ILogger logger, long transaction);

    [LoggerMessage(3131, LogLevel.Warning, "Issuer {Issuer}: stand-in exposure {Exposure} reached its limit")]
    public static partial void ExposureReached(ILogger logger, string issuer, long exposure);

    [LoggerMessage(3132, LogLevel.Critical, "The journal cannot write: nothing is approved from here on")]
    public static partial void JournalFailed(ILogger logger);

    [LoggerMessage(3133, LogLevel.Warning, "Link {Link}: a reply matched no request, or not the one it named")]
    public static partial void UnmatchedReply(ILogger logger, string link);

    [LoggerMessage(3134, LogLevel.Warning, "{Count} requests were in doubt at the last stop; their reversals are owed")]
    public static partial void RecoveryReversed(ILogger logger, long count);

    [LoggerMessage(3135, LogLevel.Warning, "Acquirer {Acquirer}: same key, other content; answered 94")]
    public static partial void DuplicateConflict(ILogger logger, string acquirer);

    [LoggerMessage(3136, LogLevel.Information, "{Party} sent an administrative message {Mti:D4}")]
    public static partial void AdministrativeMessage(ILogger logger, string party, long mti);

    [LoggerMessage(3137, LogLevel.Error, "{Party}: its totals of {SettlementDate} differ from the switch's")]
    public static partial void TotalsDiffer(ILogger logger, string party, long settlementDate);

    [LoggerMessage(3138, LogLevel.Information, "{Party} cut over: settlement date {SettlementDate} begins")]
    public static partial void CutOver(ILogger logger, string party, long settlementDate);

    [LoggerMessage(3139, LogLevel.Warning, "Issuer {Issuer}: what it is owed waits; 1 it asked, 2 an operator: {By}")]
    public static partial void AdvicesPaused(ILogger logger, string issuer, long by);

    [LoggerMessage(3140, LogLevel.Information, "Issuer {Issuer}: what it is owed goes on; 1 issuer, 2 operator: {By}")]
    public static partial void AdvicesResumed(ILogger logger, string issuer, long by);

    [LoggerMessage(3141, LogLevel.Warning, "Issuer {Issuer}: forced to stand-in by an operator: {IsForced}")]
    public static partial void StandInForced(ILogger logger, string issuer, long isForced);

    [LoggerMessage(3142, LogLevel.Warning, "Owed message {OwedItem} to issuer {Issuer} was written off by an operator")]
    public static partial void OwedWrittenOff(ILogger logger, long owedItem, string issuer);

    [LoggerMessage(3143, LogLevel.Critical,
        "The journal's disk is nearly full (1) or has room again (0): {IsLow}. Stand-in approves nothing while it is")]
    public static partial void JournalSpaceLow(ILogger logger, long isLow);

    [LoggerMessage(3199, LogLevel.Warning, "Incident {Incident}: subject {Subject}, value {Value}")]
    public static partial void Unnamed(ILogger logger, Incident incident, long subject, long value);
}
