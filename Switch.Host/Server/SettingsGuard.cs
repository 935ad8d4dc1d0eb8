using System.Text.Json;
using Switch.Host.Configuration;
using Switch.Host.Files;

namespace Switch.Host.Server;

/// <summary>
/// Holds a start against the guarded settings of the last one: those that need two persons were approved while the
/// switch ran, or a person says why they were not. What was, and what is approved, stands in a file beside the journal.
/// </summary>
/// <remarks>
/// The file is as safe as the configuration itself: who may write either has the switch's own rights. So it keeps a
/// mistake of one person out, and leaves a trace in the journal; it does not stop a thief of those rights.
/// </remarks>
internal sealed class SettingsGuard
{
    /// <summary>Approvals that wait for their start; at the bound the oldest gives way.</summary>
    public const int ApprovedMax = 16;

    /// <summary>The option of <c>run</c> that starts without approval.</summary>
    public const string Option = "--changed-settings";

    private const string Behind = "-settings.json";

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly bool _isOn;
    private Stored _stored;

    private SettingsGuard(string path, bool isOn, GuardedSettings now, Stored? former)
    {
        _path = path;
        _isOn = isOn;
        Now = now;
        IsFirst = former is null;
        _stored = former ?? new Stored(new Dictionary<string, string>(), []);
        Changes = former is null ? [] : now.ChangesFrom(former.Settings);
        IsApproved = former is not null && former.Approved.Contains(now.Hash);
    }

    /// <summary>Whether changes need a person of another name here: where real cards may come.</summary>
    public bool IsOn => _isOn;

    /// <summary>What the switch started with, and its TLS as it is now.</summary>
    public GuardedSettings Now { get; private set; }

    /// <summary>There is nothing to hold it against.</summary>
    public bool IsFirst { get; }

    /// <summary>Since the last start.</summary>
    public IReadOnlyList<GuardedChange> Changes { get; }

    /// <summary>Another person has approved just these settings.</summary>
    public bool IsApproved { get; }

    /// <summary>Reads what was, and judges.</summary>
    /// <param name="loaded">What the switch is to start with.</param>
    /// <param name="reason">Why it starts without approval; null: it does not.</param>
    /// <exception cref="ConfigurationException">With each setting that another person has to approve first.</exception>
    public static SettingsGuard Open(LoadedConfiguration loaded, string? reason)
    {
        string path = loaded.Environment.Resolve(
            Path.TrimEndingDirectorySeparator(loaded.Options.Journal.Path) + Behind);
        bool isOn = loaded.Environment.IsProduction && loaded.Options.Admin.DualControl && !loaded.IsSample;
        var errors = new ConfigurationErrors();
        Stored? former = isOn ? Read(path, errors, reason) : null;
        var guard = new SettingsGuard(path, isOn, GuardedSettings.Of(loaded.Options), former);
        if (!guard.IsApproved && reason is null)
        {
            foreach (GuardedChange change in guard.Changes.Where(static one => one.NeedsTwo))
            {
                errors.Add(
                    $"{ConfigurationReader.Root}:{change.Path}",
                    "has changed since the last start, and no other person has approved it. With the former "
                    + "configuration running: switch settings request FILE. If that is impossible, start with "
                    + $"{Option} REASON, which goes into the journal.");
            }
        }

        errors.ThrowIfAny();
        return guard;
    }

    /// <summary>Another person has approved what a start with these settings will do.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Approve(string hash)
    {
        lock (_gate)
        {
            IEnumerable<string> others = _stored.Approved.Where(one => one != hash);
            Write(_stored with { Approved = [.. others.TakeLast(ApprovedMax - 1), hash] });
        }
    }

    /// <summary>The switch runs with these settings: the next start is held against them.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Started()
    {
        if (!_isOn || (!IsFirst && Changes.Count == 0))
        {
            return;
        }

        lock (_gate)
        {
            Write(new Stored(Now.Values.ToDictionary(), []));
        }
    }

    /// <summary>
    /// TLS was replaced while the switch runs, with the approval that this needs: the next start is held against it.
    /// </summary>
    /// <param name="tls">Settings of which TLS alone counts.</param>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Replaced(GuardedSettings tls)
    {
        lock (_gate)
        {
            Now = Now.WithTlsOf(tls);
            if (_isOn)
            {
                Write(_stored with { Settings = Now.Values.ToDictionary() });
            }
        }
    }

    private static Stored? Read(string path, ConfigurationErrors errors, string? reason)
    {
        try
        {
            return File.Exists(path)
                ? JsonSerializer.Deserialize<Stored>(BoundedFile.ReadBytes(path, BoundedFile.DocumentSizeMax))
                    ?? throw new JsonException("it is empty")
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            errors.Require(
                reason is not null, ConfigurationReader.Root,
                $"cannot be held against the last start: {path} cannot be read: {e.Message.TrimEnd('.')}. Bring it "
                + $"back, or start with {Option} REASON.");
            return null;
        }
    }

    private void Write(Stored stored)
    {
        DurableFile.Replace(_path, JsonSerializer.SerializeToUtf8Bytes(stored));
        _stored = stored;
    }

    /// <param name="Settings">Of the last start.</param>
    /// <param name="Approved">Hashes of settings that may be started with.</param>
    private sealed record Stored(IReadOnlyDictionary<string, string> Settings, string[] Approved);
}
