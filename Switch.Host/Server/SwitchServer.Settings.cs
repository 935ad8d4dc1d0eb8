using Switch.Host.Admin.Access;
using Switch.Host.Configuration;
using Switch.Routing.Records;

namespace Switch.Host.Server;

/// <summary>Settings that two persons change: shown, approved for the next start, and recorded at each start.</summary>
internal sealed partial class SwitchServer
{
    private const string StartedWith = "start-with-settings";
    private const int HashShown = 16;

    /// <summary>What the start was held against; null: nothing is, as in a test.</summary>
    public SettingsGuard? Guard { get; init; }

    /// <summary>
    /// Once started: settings that are not those of the last start are in the journal, and the next start is held
    /// against these.
    /// </summary>
    /// <param name="reason">Why the start went without approval; null: it did not need to.</param>
    public async Task RecordSettingsAsync(string? reason)
    {
        if (Guard is not { IsOn: true } guard || (!guard.IsFirst && guard.Changes.Count == 0))
        {
            return;
        }

        int needed = guard.Changes.Count(static one => one.NeedsTwo);
        bool isAlone = needed > 0 && !guard.IsApproved;
        string why = guard.IsFirst ? reason ?? "the first start of this node"
            : isAlone ? reason!
            : needed > 0 ? "approved by another person"
            : "limits were lowered";
        if (isAlone)
        {
            AdminLog.SettingsUnapproved(_logger, needed, why);
        }

        IReadOnlyList<ConfigurationError> problems = await AuditedAsync(
            Environment.UserName, why,
            new AuditEntry
            {
                Command = StartedWith,
                Arguments = $"settings={guard.Now.Hash[..HashShown]}, changes={guard.Changes.Count}",
                Role = "start",
                From = "this machine",
            },
            () => Task.FromResult(Try(guard.Started))).ConfigureAwait(false);
        foreach (ConfigurationError problem in problems)
        {
            AdminLog.SettingsNotKept(_logger, problem.Problem);
        }
    }

    // TLS was replaced, and approved where that is needed: a start after this must not ask again.
    private void KeepSettings(SwitchOptions tls)
    {
        if (Guard is { } guard)
        {
            foreach (ConfigurationError problem in Try(() => guard.Replaced(GuardedSettings.Of(tls))))
            {
                AdminLog.SettingsNotKept(_logger, problem.Problem);
            }
        }
    }

    private Task<IReadOnlyList<ConfigurationError>> ApproveSettingsAsync(
        string who, string why, AuditEntry audit, string hash) => AuditedAsync(
            who, why, audit,
            () => Task.FromResult(Guard is { IsOn: true } guard
                ? Try(() => guard.Approve(hash))
                : [new ConfigurationError(
                    ConfigurationReader.Root, "needs no approval here: one person may change it and start again.")]));

    // What the disk refuses is said, and changes nothing.
    private static IReadOnlyList<ConfigurationError> Try(Action write)
    {
        try
        {
            write();
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [new ConfigurationError(ConfigurationReader.Root, e.Message)];
        }
    }
}
