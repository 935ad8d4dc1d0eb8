using System.Globalization;
using Microsoft.Extensions.Logging;
using Switch.Host.Connections;
using Switch.Routing.Effects;
using Switch.Routing.Health;
using Switch.Routing.Settings;
using Switch.Routing.StandIn;
using Switch.Routing.Velocity;

namespace Switch.Host.Core;

/// <summary>What the ids of the core are called in logs.</summary>
internal sealed record SwitchNames(string[] Acquirers, string[] Issuers, string[] Links)
{
    /// <summary>The routes' prefixes, in the order of the core's.</summary>
    public string[] Routes { get; init; } = [];

    /// <summary>The stand-in profiles, in the order of the core's.</summary>
    public CardFiles[] Profiles { get; init; } = [];

    /// <summary>The rules of velocity, in the order of the core's.</summary>
    public IReadOnlyList<VelocityRule> Velocity { get; init; } = [];
}

/// <summary>A stand-in profile and the card files that it was configured with; null: none.</summary>
internal sealed record CardFiles(string Profile, string? Negative, string? Positive)
{
    public static CardFiles None { get; } = new("none", null, null);

    /// <summary>The files as one text: of those that are meant and are configured.</summary>
    public string Name(bool isNegative, bool isPositive)
    {
        string?[] meant = [isNegative ? Negative : null, isPositive ? Positive : null];
        return string.Join(" and ", meant.Where(static file => file is not null));
    }
}

/// <summary>
/// Writes what the core raises to the log. Peers can cause much of it at will, so each kind has its budget by the
/// minute. Core thread.
/// </summary>
internal sealed class IncidentReporter
{
    // A link for each of many issuers is news all the same: hence more than of the lines of listeners.
    private const int LinesPerMinute = 120;

    // A queue that runs dry is news after a backlog; else it happens with every reversal, and a line a minute will do.
    private const int Backlog = 100;
    private const long DrainedPause = TimeSpan.TicksPerMinute;

    private readonly ILogger _logger;
    private readonly SwitchNames _names;
    private readonly EdgeMeters _meters;
    private readonly SwitchClock _clock;
    private readonly long[] _drainedNext;
    private readonly Dictionary<Incident, LineBudget<long>> _budgets = [];
    private readonly LineBudget<long> _healthBudget = new(LinesPerMinute);

    // By rule. An attack on thousands of terminals is one attack: the first lines show it, the metrics how large it is.
    private readonly LineBudget<int> _velocityBudget = new(LinesPerMinute, VelocityLog.LinesOfARule);

    public IncidentReporter(ILogger logger, SwitchNames names, EdgeMeters meters, SwitchClock clock)
    {
        _logger = logger;
        _names = names;
        _meters = meters;
        _clock = clock;
        _drainedNext = new long[names.Issuers.Length];
        foreach (Incident incident in Enum.GetValues<Incident>())
        {
            _budgets.Add(incident, new LineBudget<long>(LinesPerMinute));
        }
    }

    /// <summary>Says what was left out, once a minute is over. Any thread.</summary>
    public void OnBeat(long now)
    {
        foreach ((Incident incident, LineBudget<long> budget) in _budgets)
        {
            Sum(incident, budget.TakeLeftOut(now));
        }

        HealthLog.LeftOut(_logger, _healthBudget.TakeLeftOut(now));
        VelocityLog.LeftOut(_logger, _names, _velocityBudget.TakeLeftOut(now));
    }

    /// <summary>An issuer, a link or a route has another state of health.</summary>
    public void Report(in HealthChange change)
    {
        long subject = ((long)change.Scope << 48) + ((long)change.Issuer << 32) + change.Place;
        bool maySay = _healthBudget.TrySpend(subject, _clock.Ticks, out LinesLeftOut left);
        HealthLog.LeftOut(_logger, left);
        if (maySay)
        {
            HealthLog.Say(_logger, _names, change);
        }
        else
        {
            EdgeMeters.Add(ref _meters.Live.IncidentsNotLogged);
        }
    }

    /// <summary>A key came to be over a rule of velocity, or is not any more.</summary>
    public void Report(in VelocityChange change)
    {
        bool maySay = _velocityBudget.TrySpend(change.Rule, _clock.Ticks, out LinesLeftOut left);
        VelocityLog.LeftOut(_logger, _names, left);
        if (maySay)
        {
            VelocityLog.Say(_logger, _names, change);
        }
        else
        {
            EdgeMeters.Add(ref _meters.Live.IncidentsNotLogged);
        }
    }

    public void Report(Incident incident, long subject, long value)
    {
        if (incident == Incident.AdviceQueueDrained && !IsNews((int)subject, value))
        {
            return;
        }

        if (!MaySay(incident, subject))
        {
            EdgeMeters.Add(ref _meters.Live.IncidentsNotLogged);
            return;
        }

        switch (incident)
        {
            case Incident.LinkReady:
                IncidentLog.LinkReady(_logger, Link(subject));
                break;
            case Incident.SignOnRefused:
                IncidentLog.SignOnRefused(_logger, Link(subject), AnswerOf(value));
                break;
            case Incident.EchoUnanswered:
                IncidentLog.EchoUnanswered(_logger, Link(subject), value);
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
                IncidentLog.AdviceQueueDrained(_logger, Issuer(subject), value);
                break;
            case Incident.ApprovedAgainstDecline:
                IncidentLog.ApprovedAgainstDecline(_logger, subject, CodeOf(value));
                break;
            case Incident.ExposureReached:
                IncidentLog.ExposureReached(_logger, Issuer(subject), value);
                break;
            case Incident.JournalFailed:
                IncidentLog.JournalFailed(_logger);
                break;
            case Incident.UnmatchedReply:
                IncidentLog.UnmatchedReply(_logger, Link(subject), value);
                break;
            case Incident.RecoveryReversed:
                IncidentLog.RecoveryReversed(_logger, value);
                break;
            case Incident.DuplicateConflict:
                IncidentLog.DuplicateConflict(_logger, NameOf(_names.Acquirers, subject), value);
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
                IncidentLog.AdvicesPaused(_logger, Issuer(subject), WhoOf(value));
                break;
            case Incident.AdvicesResumed:
                IncidentLog.AdvicesResumed(_logger, Issuer(subject), WhoOf(value));
                break;
            case Incident.StandInForced when value == 0:
                IncidentLog.StandInRestored(_logger, Issuer(subject));
                break;
            case Incident.StandInForced:
                IncidentLog.StandInForced(_logger, Issuer(subject));
                break;
            case Incident.JournalSpaceLow when value == 0:
                IncidentLog.JournalSpaceBack(_logger);
                break;
            case Incident.JournalSpaceLow:
                IncidentLog.JournalSpaceLow(_logger);
                break;
            case Incident.IssuerTimedOut:
                IncidentLog.IssuerTimedOut(_logger, Issuer(subject), value);
                break;
            case Incident.LoopCut:
                IncidentLog.LoopCut(_logger, Issuer(subject), NameOf(_names.Acquirers, value));
                break;
            case Incident.CardListsLost:
                ReportLost(ProfileOf(subject), (LostLists)value);
                break;
            case Incident.CardListsReplaced:
                IncidentLog.CardListsReplaced(_logger, ProfileOf(subject).Profile, value);
                break;
            case Incident.OwedWrittenOff:
                IncidentLog.OwedWrittenOff(_logger, subject, Issuer(value));
                break;
            case Incident.WrongEdition:
                IncidentLog.WrongEdition(_logger, Link(subject), value);
                break;
            case Incident.BadMessage:
                IncidentLog.BadMessage(_logger, Link(subject), value);
                break;
            case Incident.OriginalDisagrees:
                IncidentLog.OriginalDisagrees(_logger, NameOf(_names.Acquirers, subject), value);
                break;
            case Incident.ReversalAmountDiffers:
                IncidentLog.ReversalAmountDiffers(_logger, NameOf(_names.Acquirers, subject), value);
                break;
            case Incident.MacRefused:
                MacLog.Say(_logger, PartyInFull(subject), (MacState)value);
                break;
            case Incident.AcquirerSignedOn:
                IncidentLog.AcquirerSignedOn(_logger, NameOf(_names.Acquirers, subject), value);
                break;
            case Incident.AcquirerSignOnRefused:
                IncidentLog.AcquirerSignOnRefused(_logger, NameOf(_names.Acquirers, subject), AnswerOf(value));
                break;
            case Incident.ProcessStoodStill:
                IncidentLog.ProcessStoodStill(_logger, value);
                break;
            default:
                IncidentLog.Unnamed(_logger, incident, subject, value);
                break;
        }
    }

    private bool IsNews(int issuer, long most)
    {
        bool isNews = most >= Backlog || _clock.Ticks >= _drainedNext[issuer];
        _drainedNext[issuer] = isNews ? _clock.Ticks + DrainedPause : _drainedNext[issuer];
        return isNews;
    }

    private bool MaySay(Incident incident, long subject)
    {
        if (!_budgets.TryGetValue(incident, out LineBudget<long>? budget))
        {
            return true;
        }

        bool maySay = budget.TrySpend(subject, _clock.Ticks, out LinesLeftOut left);
        Sum(incident, left);
        return maySay;
    }

    private void Sum(Incident incident, LinesLeftOut left)
    {
        if (left.Count > 0)
        {
            IncidentLog.LeftOut(_logger, left.Count, incident, left.Peers, left.Most);
        }
    }

    private void ReportLost(CardFiles profile, LostLists lost) => IncidentLog.CardListsLost(
        _logger, profile.Profile, profile.Name(lost.HasFlag(LostLists.Negative), lost.HasFlag(LostLists.Positive)));

    private string Link(long id) => NameOf(_names.Links, id);

    private string Issuer(long id) => NameOf(_names.Issuers, id);

    /// <summary>An acquirer, or -1 less an issuer.</summary>
    private string PartyInFull(long id) => id >= 0 ? $"Acquirer {Party(id)}" : $"Issuer {Party(id)}";

    private string Party(long id) => id >= 0 ? NameOf(_names.Acquirers, id) : Issuer(-1 - id);

    private CardFiles ProfileOf(long id) =>
        id >= 0 && id < _names.Profiles.Length ? _names.Profiles[id] : CardFiles.None;

    private static string AnswerOf(long code) => code switch
    {
        -1 => "no answer in time",
        -2 => "a code that is no number",
        _ => CodeOf(code),
    };

    private static string CodeOf(long code) => code.ToString("00", CultureInfo.InvariantCulture);

    private static string WhoOf(long by) => by == 2 ? "an operator" : "the issuer";

    private static string NameOf(string[] names, long id) => id >= 0 && id < names.Length ? names[id] : "none";
}

/// <summary>
/// What the core says to people. Ids 3120 to 3199 are its own; ids and names are an interface that alerts match on, so
/// none is renumbered or renamed.
/// </summary>
internal static partial class IncidentLog
{
    [LoggerMessage(3120, LogLevel.Information, "Link {Link} is ready: it is signed on and takes traffic")]
    public static partial void LinkReady(ILogger logger, string link);

    [LoggerMessage(3121, LogLevel.Warning, "Link {Link}: sign-on failed ({ResponseCode}); the link is closed")]
    public static partial void SignOnRefused(ILogger logger, string link, string responseCode);

    [LoggerMessage(3122, LogLevel.Warning,
        "Link {Link}: {Missed} echo tests in a row were not answered; the link is closed")]
    public static partial void EchoUnanswered(ILogger logger, string link, long missed);

    [LoggerMessage(3123, LogLevel.Warning,
        "Issuer {Issuer}: circuit breaker opened after {Timeouts} consecutive time-outs")]
    public static partial void BreakerOpened(ILogger logger, string issuer, long timeouts);

    [LoggerMessage(3124, LogLevel.Information, "Issuer {Issuer}: circuit breaker closed, the issuer answers again")]
    public static partial void BreakerClosed(ILogger logger, string issuer);

    [LoggerMessage(3125, LogLevel.Warning, "Issuer {Issuer} signed off")]
    public static partial void IssuerSignedOff(ILogger logger, string issuer);

    [LoggerMessage(3126, LogLevel.Information, "Issuer {Issuer} signed on")]
    public static partial void IssuerSignedOn(ILogger logger, string issuer);

    [LoggerMessage(3127, LogLevel.Error,
        "Owed message {OwedItem} to issuer {Issuer} is parked (dead letter): it was refused too often")]
    public static partial void AdviceParked(ILogger logger, long owedItem, string issuer);

    [LoggerMessage(3128, LogLevel.Error,
        "{Owed} messages are owed, the bound (Limits:OwedMax), most of them to issuer {Issuer}; new requests are "
        + "answered 96")]
    public static partial void AdviceQueueFull(ILogger logger, string issuer, long owed);

    [LoggerMessage(3129, LogLevel.Information,
        "Issuer {Issuer}: store-and-forward is empty; at most {Most} messages were waiting")]
    public static partial void AdviceQueueDrained(ILogger logger, string issuer, long most);

    [LoggerMessage(3130, LogLevel.Warning,
        "Transaction {Transaction}: stand-in approved it, but a late reply of the issuer declines it with "
        + "{ResponseCode}")]
    public static partial void ApprovedAgainstDecline(ILogger logger, long transaction, string responseCode);

    [LoggerMessage(3131, LogLevel.Warning, "Issuer {Issuer}: stand-in exposure {Exposure} reached its limit")]
    public static partial void ExposureReached(ILogger logger, string issuer, long exposure);

    [LoggerMessage(3132, LogLevel.Critical, "The journal cannot write: from now on nothing is approved")]
    public static partial void JournalFailed(ILogger logger);

    [LoggerMessage(3133, LogLevel.Warning,
        "Link {Link}: message {Mti:D4} does not match any request, or differs from its request; it is dropped")]
    public static partial void UnmatchedReply(ILogger logger, string link, long mti);

    [LoggerMessage(3134, LogLevel.Warning, "{Count} requests had no final outcome at the last stop; their reversals "
        + "are owed")]
    public static partial void RecoveryReversed(ILogger logger, long count);

    [LoggerMessage(3135, LogLevel.Warning,
        "Acquirer {Acquirer}: message with STAN {Stan:D6} has the key of an earlier message but different content; "
        + "answered 94")]
    public static partial void DuplicateConflict(ILogger logger, string acquirer, long stan);

    [LoggerMessage(3136, LogLevel.Information, "{Party} sent an administrative message {Mti:D4}")]
    public static partial void AdministrativeMessage(ILogger logger, string party, long mti);

    [LoggerMessage(3137, LogLevel.Error, "{Party}: its totals for {SettlementDate} differ from the totals of the "
        + "switch")]
    public static partial void TotalsDiffer(ILogger logger, string party, long settlementDate);

    [LoggerMessage(3138, LogLevel.Information, "{Party} cut over: settlement date {SettlementDate} starts")]
    public static partial void CutOver(ILogger logger, string party, long settlementDate);

    [LoggerMessage(3139, LogLevel.Warning, "Issuer {Issuer}: store-and-forward is paused, as requested by {By}")]
    public static partial void AdvicesPaused(ILogger logger, string issuer, string by);

    [LoggerMessage(3140, LogLevel.Information, "Issuer {Issuer}: store-and-forward continues, as requested by {By}")]
    public static partial void AdvicesResumed(ILogger logger, string issuer, string by);

    [LoggerMessage(3141, LogLevel.Warning,
        "Issuer {Issuer}: forced to stand-in by an operator; it gets no new requests until it is restored")]
    public static partial void StandInForced(ILogger logger, string issuer);

    [LoggerMessage(3142, LogLevel.Warning, "Owed message {OwedItem} to issuer {Issuer} was written off by an operator")]
    public static partial void OwedWrittenOff(ILogger logger, long owedItem, string issuer);

    [LoggerMessage(3143, LogLevel.Critical,
        "The journal's disk is nearly full: stand-in approves nothing until space is free again")]
    public static partial void JournalSpaceLow(ILogger logger);

    [LoggerMessage(3144, LogLevel.Information, "The journal's disk has free space again: stand-in approves as before")]
    public static partial void JournalSpaceBack(ILogger logger);

    [LoggerMessage(3145, LogLevel.Information, "Issuer {Issuer}: restored by an operator; it gets new requests again")]
    public static partial void StandInRestored(ILogger logger, string issuer);

    [LoggerMessage(3146, LogLevel.Error, "Stand-in is off for profile {Profile}: {File} could not be read")]
    public static partial void CardListsLost(ILogger logger, string profile, string file);

    [LoggerMessage(3147, LogLevel.Information,
        "Profile {Profile}: the card lists were reloaded; {Entries} entries apply from now on")]
    public static partial void CardListsReplaced(ILogger logger, string profile, long entries);

    [LoggerMessage(3148, LogLevel.Warning,
        "Issuer {Issuer}: {Timeouts} requests timed out since the last such line")]
    public static partial void IssuerTimedOut(ILogger logger, string issuer, long timeouts);

    [LoggerMessage(3149, LogLevel.Error,
        "Issuer {Issuer} leads back to this switch: what was sent there came in from acquirer {Acquirer}; it is "
        + "answered 91")]
    public static partial void LoopCut(ILogger logger, string issuer, string acquirer);

    [LoggerMessage(3160, LogLevel.Warning,
        "Link {Link}: message {Mti:D4} is of another edition than the link's dialect; a reply is dropped, a request "
        + "answered 30")]
    public static partial void WrongEdition(ILogger logger, string link, long mti);

    [LoggerMessage(3161, LogLevel.Warning,
        "Link {Link}: a message could not be read, field {Field} (0: none can be named); a reply is dropped, a request "
        + "answered 30")]
    public static partial void BadMessage(ILogger logger, string link, long field);

    [LoggerMessage(3150, LogLevel.Warning,
        "Acquirer {Acquirer}: message with STAN {Stan:D6} refers to a payment with another card or DE 37; it is "
        + "unmatched")]
    public static partial void OriginalDisagrees(ILogger logger, string acquirer, long stan);

    [LoggerMessage(3151, LogLevel.Warning,
        "Acquirer {Acquirer}: reversal with STAN {Stan:D6} has an amount that its original never had; answered 64")]
    public static partial void ReversalAmountDiffers(ILogger logger, string acquirer, long stan);

    [LoggerMessage(3173, LogLevel.Information, "Acquirer {Acquirer} accepted the sign-on on session {Session}")]
    public static partial void AcquirerSignedOn(ILogger logger, string acquirer, long session);

    [LoggerMessage(3174, LogLevel.Warning,
        "Acquirer {Acquirer}: sign-on failed ({ResponseCode}); the connection is closed")]
    public static partial void AcquirerSignOnRefused(ILogger logger, string acquirer, string responseCode);

    [LoggerMessage(3175, LogLevel.Warning,
        "The process did not run for {Milliseconds} ms; requests in flight are not held against their issuers")]
    public static partial void ProcessStoodStill(ILogger logger, long milliseconds);

    [LoggerMessage(3198, LogLevel.Warning,
        "{Count} more incidents of the kind {Incident} were left out of the log in a minute; {Subjects} subjects, most "
        + "{Most}")]
    public static partial void LeftOut(ILogger logger, int count, Incident incident, int subjects, string most);

    [LoggerMessage(3199, LogLevel.Warning, "Incident {Incident}: subject {Subject}, value {Value}")]
    public static partial void Unnamed(ILogger logger, Incident incident, long subject, long value);
}
