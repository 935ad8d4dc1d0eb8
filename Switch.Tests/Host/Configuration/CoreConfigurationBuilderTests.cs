using System.Text;
using Switch.Host.Configuration;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Routing.Routes;
using Switch.Routing.Settings;
using Switch.Routing.StandIn;

namespace Switch.Tests.Host.Configuration;

public sealed class CoreConfigurationBuilderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-configuration-");

    private ConfigurationEnvironment Place => new(_folder.FullName, IsProduction: false);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Build_Sample_TurnsNamesIntoIndexes()
    {
        CompiledConfiguration compiled = Build();

        CoreConfiguration core = compiled.Core;
        Assert.Equal("node-1", core.Node);
        Assert.Equal(["acq-a"], core.Acquirers.Select(acquirer => acquirer.Name));
        Assert.Equal("iso87-binary", core.Issuers[0].Dialect.Name);
        Assert.True(core.Routes.TryFind("4000001234567899"u8, out var route));
        Assert.Equal((0, 1, 0), (route.Primary, route.Standby.Single(), route.StandIn));
        Assert.True(core.Routes.TryFind("5555555555554444"u8, out route));
        Assert.Equal(1, route.Primary);
        Assert.Empty(route.Standby);
        Assert.False(core.Routes.TryFind("3000"u8, out _));
        Assert.Equal(30_000, core.StandInProfiles[0].PerCardAmount);
        Assert.Equal(["00"], core.StandInProfiles[0].AllowProcessingCodes);
        Assert.Equal(0, core.StandInProfiles[0].NegativeFile!.Count);
    }

    [Fact]
    public void Build_SeveralEndpoints_NumbersLinksByIssuerEndpointConnection()
    {
        CompiledConfiguration compiled = Build(("Issuers:0:Endpoints:1", "[::1]:9011"));

        Assert.Equal(
            [
                "0 0 127.0.0.1:9001", "1 0 127.0.0.1:9001", "2 0 [::1]:9011", "3 0 [::1]:9011",
                "4 1 127.0.0.1:9002", "5 1 127.0.0.1:9002",
            ],
            compiled.Links.Select(link => $"{link.Id} {link.Issuer} {link}"));
        Assert.Equal([0, 1, 2, 3], compiled.Core.Issuers[0].Links);
        Assert.Equal([4, 5], compiled.Core.Issuers[1].Links);
    }

    /// <summary>A setting that the builder forgets would be accepted, explained, and without effect.</summary>
    [Fact]
    public void Build_EverySettingChanged_ReachesTheCore()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "negative.csv"), "4000001234567899,41\n");
        File.WriteAllText(Path.Combine(_folder.FullName, "positive.csv"), "4000001234567899,x2\n");
        CoreConfiguration core = Build(
            ("Node:Name", "other"), ("Acquirers:0:Name", "x"), ("Acquirers:0:Dialect", "iso87-binary"),
            ("Acquirers:0:Listen", ""), ("Acquirers:0:Connect:0", "127.0.0.1:9009"), ("Acquirers:0:SignOn", "true"),
            ("Acquirers:0:Deadline", "00:00:09"), ("Acquirers:0:MaxInFlight", "7"),
            ("Acquirers:0:Weight", "3"), ("Issuers:0:Name", "y"), ("Acquirers:0:Pin", "PassThrough"),
            ("Acquirers:0:PinSharedWith:0", "y"), ("Acquirers:0:PinErrorCode", "81"),
            ("StandIn:everyday:Pin", "AllowUnverified"), ("Security:Timeout", "00:00:01"),
            ("Acquirers:0:ReversalAmount", "Part"), ("Acquirers:0:Freshness:Back", "00:10:00"),
            ("Acquirers:0:Freshness:Ahead", "00:01:00"),
            ("Routes:0:Primary", "y"), ("Issuers:0:Timeout", "00:00:02"), ("Issuers:0:MaxInFlight", "8"),
            ("Issuers:0:LateApprovals", "Reverse"), ("Issuers:0:DrainBeforeOnline", "00:00:01"),
            ("Issuers:0:UnavailableCode", "05"), ("Issuers:0:SignOn", "false"), ("Issuers:0:Echo", "00:00:05"),
            ("Issuers:0:Breaker:ConsecutiveTimeouts", "3"), ("Issuers:0:Breaker:Cooldown", "00:00:04"),
            ("Issuers:0:TechnicalDeclines:0", "96"), ("Issuers:0:SurelyNotApproved:0", "96"),
            ("Issuers:0:Health:Preset", "Lenient"), ("Issuers:0:AllowHedge", "true"),
            ("Issuers:0:AdaptInFlight", "false"), ("Issuers:0:Advices:Window", "2"),
            ("Issuers:0:Advices:RatePerSecond", "20"), ("Issuers:0:Advices:Order", "LargestFirst"),
            ("Issuers:0:Advices:RetryMin", "00:00:02"), ("Issuers:0:Advices:RetryMax", "00:00:20"),
            ("Issuers:0:Advices:ParkAfter", "3"), ("StandIn:everyday:PerCard:Window", "12:00:00"),
            ("StandIn:everyday:AllowProcessingCodes:0", "01"), ("StandIn:everyday:NegativeFile", "negative.csv"),
            ("StandIn:everyday:PositiveFile", "positive.csv"), ("StandIn:everyday:Triggers:0", "TimedOut"),
            ("StandIn:everyday:DenyCountry:0", "RU"), ("StandIn:everyday:AllowHours:0", "08:00-22:30"),
            ("StandIn:everyday:MccGroups:fuel:0", "5541"), ("StandIn:everyday:Limits:0:Scope", "Card"),
            ("StandIn:everyday:Limits:0:Window", "Rolling"), ("StandIn:everyday:Limits:0:Span", "01:00:00"),
            ("StandIn:everyday:Limits:0:Count", "3"), ("StandIn:everyday:Limits:0:Amount", "9000"),
            ("StandIn:everyday:Limits:0:MccGroup", "fuel"), ("StandIn:everyday:Limits:0:ProcessingCode", "00"),
            ("StandIn:everyday:Limits:0:EntryMode", "07"), ("StandIn:everyday:FallbackPerTransaction", "500"),
            ("StandIn:everyday:AdviseDeclines", "true"), ("Issuers:0:UtcOffset", "-05:30"),
            ("Limits:PendingMax", "1000"), ("Limits:OwedMax", "1001"), ("Limits:StandInMax", "1002"),
            ("Limits:OwedInMemory", "1005"),
            ("Limits:StandInReserve", "00:00:00.4"), ("Limits:UndeliveredGrace", "00:00:14"),
            ("Limits:MessageSizeMax", "9000"), ("Duplicates:Window", "23:00:00"), ("Duplicates:MaxEntries", "1003"),
            ("Node:NegativeFileName", "LIST"), ("Limits:FileActionsMax", "1004"), ("Node:CutoverOffset", "09:00:00"),
            ("Reversals:Unmatched", "Refuse")).Core;

        AssertNoDefaults(core, new CoreConfiguration
        {
            Node = "node-1", Acquirers = [], Issuers = [], Routes = new RouteTable([]), StandInProfiles = [],
        });
        Dialect dialect = Dialect.Get("iso87-ascii");
        AssertNoDefaults(core.Acquirers[0], new AcquirerSettings { Name = "acq-a", Dialect = dialect });
        AssertNoDefaults(core.Acquirers[0].Pin, PinSettings.None);
        AssertNoDefaults(core.Issuers[0], new IssuerSettings { Name = "issuer-a", Dialect = dialect, Links = [] });
        AssertNoDefaults(core.Issuers[0].Advices, new AdviceSettings());
        AssertNoDefaults(core.StandInProfiles[0], new StandInProfile { Name = "", Currency = "" });
        AssertNoDefaults(
            core.StandInProfiles[0].Limits[0], new StandInLimit { Scope = default, Window = default });
    }

    // No key sets the first two: outside the simulation a message has all of DE 11, and cards have tokens of today. The
    // others need a key store: see PinScenarioTests, DukptScenarioTests and MacScenarioTests.
    private static readonly string[] NotSetHere =
    [
        nameof(IssuerSettings.TraceNumbersMax), nameof(CoreConfiguration.CardTokens), nameof(IssuerSettings.HasPinKey),
        nameof(AcquirerSettings.SealTime), nameof(PinSettings.SerialNumberField),
    ];

    private static void AssertNoDefaults<T>(T built, T defaults) => Assert.All(
        typeof(T).GetProperties().Where(property => property.CanWrite && !NotSetHere.Contains(property.Name)),
        property => Assert.NotEqual(property.GetValue(defaults), property.GetValue(built)));

    [Fact]
    public void Build_NegativeFile_IsHeldAsTokens()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "negative.csv"), "4000001234567899,41\n");

        CompiledConfiguration compiled = Build(("StandIn:everyday:NegativeFile", "negative.csv"));

        Assert.True(Pan.TryParse("4000001234567899"u8, out Pan pan));
        NegativeList negative = compiled.Core.StandInProfiles[0].NegativeFile!;
        Assert.Equal(1, negative.Count);
        Assert.True(negative.TryFindCard(compiled.Keys.Cards.Of(pan), day: 0, out string code));
        Assert.Equal("41", code);
    }

    [Fact]
    public void Build_Mistakes_ThrowsWithAllOfThem()
    {
        (SwitchOptions options, _) = SampleConfiguration.With();
        options.Issuers[0].Connections = 0;
        options.Routes[0].Primary = "unknown";

        ConfigurationException thrown = Assert.Throws<ConfigurationException>(
            () => CoreConfigurationBuilder.Build(options, Place));

        Assert.Equal(
            ["Switch:Issuers:0:Connections", "Switch:Routes:0:Primary"], thrown.Errors.Select(error => error.Path));
    }

    [Fact]
    public void Build_DevelopmentKeys_AreMadeOnceForTheirOwnerOnly()
    {
        CompiledConfiguration first = Build();
        CompiledConfiguration second = Build();

        Assert.NotNull(first.Keys.DevelopmentFile);
        Assert.Equal(first.Keys.TokenCheck, second.Keys.TokenCheck);
        Assert.NotEqual(0UL, first.Keys.TokenCheck);
        if (!OperatingSystem.IsWindows())
        {
            UnixFileMode mode = File.GetUnixFileMode(first.Keys.DevelopmentFile);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
        }
    }

    [Fact]
    public void Build_KeysByFile_AreThoseOfTheFile()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "j.key"), new string('a', 64) + "\n");
        File.WriteAllText(Path.Combine(_folder.FullName, "c.key"), new string('0', 64));

        CompiledConfiguration compiled = Build(
            ("Keys:Journal", "file:j.key"), ("Keys:Cards", "file:c.key"), ("Keys:JournalId", "7"));

        Assert.Null(compiled.Keys.DevelopmentFile);
        Assert.Equal(7, compiled.Keys.Journal.CurrentId);
        Assert.True(Pan.TryParse("4000001234567899"u8, out Pan pan));
        Assert.Equal(new CardTokenizer(new byte[32]).Of(pan), compiled.Keys.Cards.Of(pan));
    }

    [Theory]
    [InlineData("file:nowhere.key", "cannot be read")]
    [InlineData("env:SWITCH_TESTS_NO_SUCH_KEY", "is not set")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", "must be file:PATH or env:NAME")]
    [InlineData("file:short.key", "64 hexadecimal digits")]
    public void Validate_KeyThatCannotBeHad_IsNamedAndNeverQuoted(string reference, string reason)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "short.key"), "00ff");
        File.WriteAllText(Path.Combine(_folder.FullName, "c.key"), new string('0', 64));

        (_, ConfigurationErrors errors) = SampleConfiguration.With(
            Place, ("Keys:Journal", reference), ("Keys:Cards", "file:c.key"));

        ConfigurationError error = Assert.Single(errors.All);
        Assert.Equal("Switch:Keys:Journal", error.Path);
        Assert.Contains(reason, error.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("00ff", error.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("0000", error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_DamagedDevelopmentKeys_AreNotReplaced()
    {
        CompiledConfiguration compiled = Build();
        File.WriteAllText(compiled.Keys.DevelopmentFile!, "journal=00", Encoding.ASCII);

        Assert.Throws<ConfigurationException>(() => Build());
        Assert.Equal("journal=00", File.ReadAllText(compiled.Keys.DevelopmentFile!));
    }

    private CompiledConfiguration Build(params (string Key, string? Value)[] settings)
    {
        (SwitchOptions options, _) = SampleConfiguration.With(Place, settings);
        return CoreConfigurationBuilder.Build(options, Place);
    }
}
