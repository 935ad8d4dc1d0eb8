using Switch.Host.Admin.Access;
using Switch.Routing.Records;

namespace Switch.Host.Admin;

/// <summary>Whether one person suffices for a command.</summary>
internal enum SecondPerson
{
    /// <summary>One with a reason: it makes payments safer, or another command ends it.</summary>
    None,

    /// <summary>Another must approve it: it gives up money, cannot be undone, or changes guarded settings.</summary>
    Always,

    /// <summary>Another must approve it where it changes whom the switch believes: anchors, pins, names.</summary>
    ForTrust,
}

/// <summary>One command of people, and what it needs.</summary>
/// <param name="Name">In <c>POST /api/commands/NAME</c>, and in the journal.</param>
/// <param name="Kind">What the core is told; None: it is not the core's.</param>
/// <param name="IsOfIssuer">It names an issuer.</param>
/// <param name="Second">Whether one person suffices.</param>
internal sealed record CommandRule(string Name, CoreCommandKind Kind, bool IsOfIssuer, SecondPerson Second);

/// <summary>
/// All commands that change something. The one place that says what each of them needs: a command that is not here
/// cannot be given.
/// </summary>
internal static class CommandTable
{
    public const string ReloadTls = "reload-tls";
    public const string ApproveSettings = "approve-settings";
    public const string ExchangeKey = "exchange-key";
    public const string Approve = "approve-request";
    public const string Reject = "reject-request";

    /// <summary>Who may give any of them.</summary>
    public const string Role = AdminPolicies.Operator;

    private static readonly Dictionary<string, CommandRule> Rules = new CommandRule[]
    {
        new("retry-advice", CoreCommandKind.RetryParked, IsOfIssuer: false, SecondPerson.None),
        new("release-advice", CoreCommandKind.ReleaseParked, IsOfIssuer: false, SecondPerson.None),
        new("write-off-advice", CoreCommandKind.WriteOffParked, IsOfIssuer: false, SecondPerson.Always),
        new("force-standin", CoreCommandKind.ForceStandIn, IsOfIssuer: true, SecondPerson.None),
        new("restore-issuer", CoreCommandKind.RestoreIssuer, IsOfIssuer: true, SecondPerson.None),
        new("pause-advices", CoreCommandKind.PauseAdvices, IsOfIssuer: true, SecondPerson.None),
        new("resume-advices", CoreCommandKind.ResumeAdvices, IsOfIssuer: true, SecondPerson.None),
        new("reconnect-issuer", CoreCommandKind.ReconnectIssuer, IsOfIssuer: true, SecondPerson.None),
        new("replace-card-lists", CoreCommandKind.ReplaceCardLists, IsOfIssuer: false, SecondPerson.None),
        new("clear-velocity", CoreCommandKind.ClearVelocity, IsOfIssuer: false, SecondPerson.None),
        new(ReloadTls, CoreCommandKind.None, IsOfIssuer: false, SecondPerson.ForTrust),
        new(ExchangeKey, CoreCommandKind.None, IsOfIssuer: true, SecondPerson.Always),
        new(ApproveSettings, CoreCommandKind.None, IsOfIssuer: false, SecondPerson.Always),
    }.ToDictionary(static rule => rule.Name, StringComparer.Ordinal);

    /// <summary>The names of all commands, with those about requests of others.</summary>
    public static IReadOnlyCollection<string> Names => [.. Rules.Keys, Approve, Reject];

    /// <summary>Null: there is no such command.</summary>
    public static CommandRule? Find(string name) => Rules.GetValueOrDefault(name);
}
