using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Switch.Host.Connections;
using Switch.Host.Core;
using Switch.Routing.Effects;
using Switch.Tests.House;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Core;

/// <summary>
/// Goal: each incident is a sentence of its own, with names, at a level that fits. Method: a table of all that the core
/// can raise. A new incident needs a row here: what is raised, and the line that people read.
/// </summary>
public sealed partial class IncidentSentenceTests : IDisposable
{
    private static readonly Row[] Table =
    [
        new(Incident.LinkReady, 1, 0, LogLevel.Information,
            "Link issuer-b#1 is ready: it is signed on and takes traffic"),
        new(Incident.SignOnRefused, 1, 5, LogLevel.Warning,
            "Link issuer-b#1: sign-on failed (05); the link is closed"),
        new(Incident.SignOnRefused, 1, -1, LogLevel.Warning,
            "Link issuer-b#1: sign-on failed (no answer in time); the link is closed"),
        new(Incident.SignOnRefused, 1, -2, LogLevel.Warning,
            "Link issuer-b#1: sign-on failed (a code that is no number); the link is closed"),
        new(Incident.EchoUnanswered, 1, 2, LogLevel.Warning,
            "Link issuer-b#1: 2 echo tests in a row were not answered; the link is closed"),
        new(Incident.BreakerOpened, 1, 5, LogLevel.Warning,
            "Issuer issuer-b: circuit breaker opened after 5 consecutive time-outs"),
        new(Incident.BreakerClosed, 1, 0, LogLevel.Information,
            "Issuer issuer-b: circuit breaker closed, the issuer answers again"),
        new(Incident.IssuerSignedOff, 1, 0, LogLevel.Warning, "Issuer issuer-b signed off"),
        new(Incident.IssuerSignedOn, 1, 0, LogLevel.Information, "Issuer issuer-b signed on"),
        new(Incident.AdviceParked, 77, 1, LogLevel.Error,
            "Owed message 77 to issuer issuer-b is parked (dead letter): it was refused too often"),
        new(Incident.AdviceQueueFull, 1, 9_000, LogLevel.Error,
            "9000 messages are owed, the bound (Limits:OwedMax), most of them to issuer issuer-b; new requests are "
            + "answered 96"),
        new(Incident.AdviceQueueDrained, 1, 40, LogLevel.Information,
            "Issuer issuer-b: store-and-forward is empty; at most 40 messages were waiting"),
        new(Incident.ApprovedAgainstDecline, 88, 5, LogLevel.Warning,
            "Transaction 88: stand-in approved it, but a late reply of the issuer declines it with 05"),
        new(Incident.ExposureReached, 1, 50_000, LogLevel.Warning,
            "Issuer issuer-b: stand-in exposure 50000 reached its limit"),
        new(Incident.JournalFailed, 0, 0, LogLevel.Critical,
            "The journal cannot write: from now on nothing is approved"),
        new(Incident.UnmatchedReply, 1, 110, LogLevel.Warning,
            "Link issuer-b#1: message 0110 does not match any request, or differs from its request; it is dropped"),
        new(Incident.RecoveryReversed, 0, 3, LogLevel.Warning,
            "3 requests had no final outcome at the last stop; their reversals are owed"),
        new(Incident.DuplicateConflict, 1, 42, LogLevel.Warning,
            "Acquirer acq-b: message with STAN 000042 has the key of an earlier message but different content; "
            + "answered 94"),
        new(Incident.AdministrativeMessage, 1, 620, LogLevel.Information,
            "acq-b sent an administrative message 0620"),
        new(Incident.AdministrativeMessage, -2, 620, LogLevel.Information,
            "issuer-b sent an administrative message 0620"),
        new(Incident.TotalsDiffer, -2, 20_261_122, LogLevel.Error,
            "issuer-b: its totals for 20261122 differ from the totals of the switch"),
        new(Incident.CutOver, 1, 20_261_122, LogLevel.Information, "acq-b cut over: settlement date 20261122 starts"),
        new(Incident.AdvicesPaused, 1, 1, LogLevel.Warning,
            "Issuer issuer-b: store-and-forward is paused, as requested by the issuer"),
        new(Incident.AdvicesPaused, 1, 2, LogLevel.Warning,
            "Issuer issuer-b: store-and-forward is paused, as requested by an operator"),
        new(Incident.AdvicesResumed, 1, 2, LogLevel.Information,
            "Issuer issuer-b: store-and-forward continues, as requested by an operator"),
        new(Incident.StandInForced, 1, 1, LogLevel.Warning,
            "Issuer issuer-b: forced to stand-in by an operator; it gets no new requests until it is restored"),
        new(Incident.StandInForced, 1, 0, LogLevel.Information,
            "Issuer issuer-b: restored by an operator; it gets new requests again"),
        new(Incident.OwedWrittenOff, 77, 1, LogLevel.Warning,
            "Owed message 77 to issuer issuer-b was written off by an operator"),
        new(Incident.CardListsLost, 1, 1, LogLevel.Error,
            "Stand-in is off for profile everyday: negative.csv could not be read"),
        new(Incident.CardListsLost, 1, 3, LogLevel.Error,
            "Stand-in is off for profile everyday: negative.csv and positive.csv could not be read"),
        new(Incident.CardListsReplaced, 1, 12, LogLevel.Information,
            "Profile everyday: the card lists were reloaded; 12 entries apply from now on"),
        new(Incident.JournalSpaceLow, 0, 1, LogLevel.Critical,
            "The journal's disk is nearly full: stand-in approves nothing until space is free again"),
        new(Incident.JournalSpaceLow, 0, 0, LogLevel.Information,
            "The journal's disk has free space again: stand-in approves as before"),
        new(Incident.WrongEdition, 1, 1110, LogLevel.Warning,
            "Link issuer-b#1: message 1110 is of another edition than the link's dialect; a reply is dropped, a "
            + "request answered 30"),
        new(Incident.BadMessage, 1, 4, LogLevel.Warning,
            "Link issuer-b#1: a message could not be read, field 4 (0: none can be named); a reply is dropped, a "
            + "request answered 30"),
        new(Incident.IssuerTimedOut, 1, 7, LogLevel.Warning,
            "Issuer issuer-b: 7 requests timed out since the last such line"),
        new(Incident.LoopCut, 1, 1, LogLevel.Error,
            "Issuer issuer-b leads back to this switch: what was sent there came in from acquirer acq-b; it is "
            + "answered 91"),
        new(Incident.OriginalDisagrees, 0, 42, LogLevel.Warning,
            "Acquirer acq-a: message with STAN 000042 refers to a payment with another card or DE 37; it is unmatched"),
        new(Incident.ReversalAmountDiffers, 0, 42, LogLevel.Warning,
            "Acquirer acq-a: reversal with STAN 000042 has an amount that its original never had; answered 64"),
        new(Incident.MacRefused, 0, (long)MacState.Wrong, LogLevel.Error,
            "Acquirer acq-a: a message has a wrong MAC; a request is answered 63, a reply is dropped"),
        new(Incident.MacRefused, -2, (long)MacState.Missing, LogLevel.Error,
            "Issuer issuer-b: a message has no MAC and must have one; a request is answered 63, a reply is dropped"),
        new(Incident.MacRefused, 0, (long)MacState.Unavailable, LogLevel.Error,
            "Acquirer acq-a: no security module could verify a message's MAC; a request is answered 96, a reply is "
            + "dropped"),
        new(Incident.AcquirerSignedOn, 1, 42, LogLevel.Information,
            "Acquirer acq-b accepted the sign-on on session 42"),
        new(Incident.ProcessStoodStill, 0, 3_160, LogLevel.Warning,
            "The process did not run for 3160 ms; requests in flight are not held against their issuers"),
        new(Incident.AcquirerSignOnRefused, 1, 5, LogLevel.Warning,
            "Acquirer acq-b: sign-on failed (05); the connection is closed"),
        new(Incident.AcquirerSignOnRefused, 1, -1, LogLevel.Warning,
            "Acquirer acq-b: sign-on failed (no answer in time); the connection is closed"),
    ];

    private readonly ListLoggerFactory _logs = new();
    private readonly SwitchClock _clock = EdgeParts.Clock(out FakeTimeProvider _);

    public void Dispose() => _logs.Dispose();

    [Fact]
    public void Report_EveryIncident_HasARowHere() => Assert.Equal(
        [], Enum.GetValues<Incident>().Except(Table.Select(row => row.Incident)));

    [Fact]
    public void Report_EveryIncident_IsASentenceWithNamesAtItsLevel()
    {
        var names = new SwitchNames(["acq-a", "acq-b"], ["issuer-a", "issuer-b"], ["issuer-a#0", "issuer-b#1"])
        {
            Profiles = [CardFiles.None, new CardFiles("everyday", "negative.csv", "positive.csv")],
        };
        foreach (Row row in Table)
        {
            new IncidentReporter(_logs.CreateLogger("core"), names, new EdgeMeters(), _clock)
                .Report(row.Incident, row.Subject, row.Value);
        }

        Assert.Equal(
            Table.Select(row => (row.Incident, row.Level, row.Text)),
            _logs.Lines.Select((line, index) => (Table[index].Incident, line.Level, line.Text)));
    }

    /// <summary>An id names one sentence: alerts match on it.</summary>
    [Fact]
    public void Report_EveryIncident_HasAnIdOfItsOwnForEachLevel()
    {
        Report_EveryIncident_IsASentenceWithNamesAtItsLevel();

        Assert.DoesNotContain(_logs.Lines, line => line.Id is < 3120 or >= 3199);
        Assert.All(
            _logs.Lines.Select((line, index) => (line.Id, Table[index].Incident, line.Level)).GroupBy(at => at.Id),
            group => Assert.Single(group.Distinct()));
    }

    /// <summary>docs/operating/operations.md says of each what to do.</summary>
    [Fact]
    public void Page_Incidents_AreThoseOfTheProgram()
    {
        string page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "operating", "operations.md"));
        const BindingFlags Any = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        Type[] logs = [typeof(IncidentLog), typeof(HealthLog), typeof(VelocityLog), typeof(MacLog)];
        IEnumerable<string> known = logs
            .SelectMany(static type => type.GetMethods(Any))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .Where(message => message is not null)
            .Select(message => $"{message!.EventId} {message.Level}");

        IEnumerable<string> documented =
            Listed().Matches(page).Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value}");

        Assert.Equal(known.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^\| (\d{4}) \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex Listed();

    private sealed record Row(Incident Incident, long Subject, long Value, LogLevel Level, string Text);
}
