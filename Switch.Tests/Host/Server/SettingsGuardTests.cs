using Switch.Host.Configuration;
using Switch.Host.Server;
using Switch.Tests.Host.Configuration;

namespace Switch.Tests.Host.Server;

/// <summary>A start against the settings of the last one.</summary>
public sealed class SettingsGuardTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-settings-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Start_WithAChangedRouteAndARaisedLimit_IsRefusedWithEachPath()
    {
        Start();

        var refused = Assert.Throws<ConfigurationException>(() => Open(
            null, ("Routes:0:Primary", "issuer-b"), ("StandIn:everyday:PerTransaction", "20000"),
            ("StandIn:everyday:PerCard:Count", "1")));

        Assert.Equal(
            ["Switch:Routes:4", "Switch:StandIn:everyday:PerTransaction"],
            refused.Errors.Select(static one => one.Path));
        Assert.Empty(Open(null).Changes); // It has changed nothing.
    }

    [Fact]
    public void Start_ApprovedByAnother_IsTakenOnceAndThenIsWhatWas()
    {
        SettingsGuard running = Start();
        (string, string) changed = ("Routes:0:Primary", "issuer-b");
        running.Approve(GuardedSettings.Of(Load(changed).Options).Hash);

        Assert.Throws<ConfigurationException>(() => Open(null, changed, ("Routes:1:Primary", "issuer-a")));
        SettingsGuard next = Open(null, changed);
        Assert.True(next.IsApproved);
        next.Started();

        Assert.Empty(Open(null, changed).Changes);
        Assert.Throws<ConfigurationException>(() => Open(null)); // Going back is a change.
        Open("the other one was no better").Started();
        Assert.Throws<ConfigurationException>(() => Open(null, changed)); // The approval was for one start.
    }

    [Fact]
    public void Start_AfterTlsWasReplacedInTheRunningSwitch_IsTakenAndNothingElseIs()
    {
        SettingsGuard running = Start();
        (string, string) tls = ("Acquirers:0:Tls:Pins:0", "sha256/x");
        (string, string) route = ("Routes:0:Primary", "issuer-b");

        running.Replaced(GuardedSettings.Of(Load(tls, route).Options));

        Assert.Equal(Load(tls).Options.Acquirers[0].Tls!.Pins, ["sha256/x"]);
        Assert.Equal(GuardedSettings.Of(Load(tls).Options).Hash, running.Now.Hash);
        Assert.Empty(Open(null, tls).Changes);
        Assert.Throws<ConfigurationException>(() => Open(null, tls, route));
        Assert.Throws<ConfigurationException>(() => Open(null)); // TLS of before is a change now.
    }

    /// <summary>What was approved of the next start, with its TLS, is not lost when that TLS comes earlier.</summary>
    [Fact]
    public void Start_ApprovedBeforeItsTlsWasReplaced_IsTaken()
    {
        SettingsGuard running = Start();
        (string, string) tls = ("Acquirers:0:Tls:Pins:0", "sha256/x");
        (string, string) route = ("Routes:0:Primary", "issuer-b");
        running.Approve(GuardedSettings.Of(Load(tls, route).Options).Hash);

        running.Replaced(GuardedSettings.Of(Load(tls, route).Options));

        Assert.True(Open(null, tls, route).IsApproved);
    }

    [Fact]
    public void Start_WithLowerLimits_NeedsNoOtherPersonAndIsWhatWas()
    {
        Start();
        (string, string) lower = ("StandIn:everyday:PerTransaction", "5000");
        Open(null, lower).Started();

        var refused = Assert.Throws<ConfigurationException>(() => Open(null));
        Assert.Equal("Switch:StandIn:everyday:PerTransaction", Assert.Single(refused.Errors).Path);
    }

    [Fact]
    public void Start_WithAReason_IsTaken()
    {
        Start();

        SettingsGuard guard = Open("the former issuer is gone", ("Routes:0:Primary", "issuer-b"));

        Assert.Equal((1, false), (guard.Changes.Count, guard.IsApproved));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    public void Start_FileIsNoneOfOurs_IsRefusedWithoutAReason(string text)
    {
        Start();
        File.WriteAllText(Path.Combine(_folder.FullName, "journal-settings.json"), text);

        var refused = Assert.Throws<ConfigurationException>(() => Open(null));
        Assert.Contains("journal-settings.json", Assert.Single(refused.Errors).Problem, StringComparison.Ordinal);
        Assert.True(Open("the file was damaged").IsFirst);
    }

    /// <summary>Outside production, with one person's control, or as the sample: whose file it is does not matter.
    /// </summary>
    [Theory]
    [InlineData(false, true, false)]
    [InlineData(true, false, false)]
    [InlineData(true, true, true)]
    public void Start_WhereNoRealCardsAre_IsNotHeldAgainstAnything(bool isProduction, bool isDual, bool isSample)
    {
        Start();
        string file = Path.Combine(_folder.FullName, "journal-settings.json");
        byte[] before = File.ReadAllBytes(file);
        LoadedConfiguration loaded = Load(("Routes:0:Primary", "issuer-b"));
        loaded.Options.Admin.DualControl = isDual;

        SettingsGuard guard = SettingsGuard.Open(
            loaded with
            {
                Environment = new ConfigurationEnvironment(_folder.FullName, isProduction),
                Source = isSample ? ConfigurationLoader.SampleFile : loaded.Source,
            },
            reason: null);
        guard.Started();
        guard.Replaced(GuardedSettings.Of(Load(("Acquirers:0:Tls:Pins:0", "sha256/x")).Options));

        Assert.Equal((false, 0), (guard.IsOn, guard.Changes.Count));
        Assert.Equal(before, File.ReadAllBytes(file));
    }

    [Fact]
    public void Approve_MoreThanTheBound_TheOldestGivesWay()
    {
        SettingsGuard running = Start();
        (string, string) changed = ("Routes:0:Primary", "issuer-b");
        running.Approve(GuardedSettings.Of(Load(changed).Options).Hash);
        for (int i = 1; i < SettingsGuard.ApprovedMax; i++)
        {
            running.Approve($"{i:x64}");
        }

        Assert.True(Open(null, changed).IsApproved);
        running.Approve($"{99:x64}");
        Assert.Throws<ConfigurationException>(() => Open(null, changed));
    }

    private SettingsGuard Start()
    {
        SettingsGuard guard = Open(null);
        Assert.True(guard.IsFirst);
        guard.Started();
        return guard;
    }

    private SettingsGuard Open(string? reason, params (string Key, string? Value)[] settings) =>
        SettingsGuard.Open(Load(settings), reason);

    private LoadedConfiguration Load(params (string Key, string? Value)[] settings)
    {
        (SwitchOptions options, ConfigurationErrors errors) = SampleConfiguration.With(settings);
        options.Journal.Path = "journal/";
        var place = new ConfigurationEnvironment(_folder.FullName, IsProduction: true);
        return new LoadedConfiguration(options, place, Path.Combine(_folder.FullName, "switch.json"), errors);
    }
}
