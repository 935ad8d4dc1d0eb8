using Switch.Host.Configuration;

namespace Switch.Tests.Host.Configuration;

/// <summary>Which settings two persons change, and which one may.</summary>
public sealed class GuardedSettingsTests
{
    [Theory]
    [InlineData("Acquirers:0:Tls", "None", "Acquirers:acq-a:Tls")]
    [InlineData("Acquirers:0:Tls:Pins:0", "sha256/x", "Acquirers:acq-a:Tls")]
    [InlineData("Acquirers:0:Pin", "PassThrough", "Acquirers:acq-a:Pin")]
    [InlineData("Acquirers:0:PinSharedWith:0", "issuer-a", "Acquirers:acq-a:PinSharedWith")]
    [InlineData("Acquirers:0:PinFormat", "Iso3", "Acquirers:acq-a:PinFormat")]
    [InlineData("Acquirers:0:Keys:Zpk", "acq-zpk", "Acquirers:acq-a:Keys")]
    [InlineData("Acquirers:0:Keys:Bdk", "acq-bdk", "Acquirers:acq-a:Keys")]
    [InlineData("Acquirers:0:Dukpt:Field", "60", "Acquirers:acq-a:Dukpt")]
    [InlineData("Acquirers:0:Mac:Required", "false", "Acquirers:acq-a:Mac")]
    [InlineData("Acquirers:0:Mac:Field", "64", "Acquirers:acq-a:Mac")]
    [InlineData("Acquirers:0:KeyExchange:Under", "kek", "Acquirers:acq-a:KeyExchange")]
    [InlineData("Issuers:1:Tls", "None", "Issuers:issuer-b:Tls")]
    [InlineData("Issuers:1:PinFormat", "Iso3", "Issuers:issuer-b:PinFormat")]
    [InlineData("Issuers:1:Keys:Zak", "b-zak", "Issuers:issuer-b:Keys")]
    [InlineData("Issuers:1:Mac:Network", "false", "Issuers:issuer-b:Mac")]
    [InlineData("Issuers:1:KeyExchange:Under", "kek", "Issuers:issuer-b:KeyExchange")]
    [InlineData("Routes:0:Primary", "issuer-b", "Routes:4")]
    [InlineData("Routes:0:StandIn", "other", "Routes:4")]
    [InlineData("Routes:1:HedgePercent", "5", "Routes:5")]
    [InlineData("Routes:2:Prefix", "6", "Routes:6")]
    [InlineData("StandIn:everyday:PerTransaction", "10001", "StandIn:everyday:PerTransaction")]
    [InlineData("StandIn:everyday:PerTransaction", "-1", "StandIn:everyday:PerTransaction")] // It is no lower limit.
    [InlineData("StandIn:everyday:PerCard:Count", "6", "StandIn:everyday:PerCard:Count")]
    [InlineData("StandIn:everyday:PerCard:Amount", "30001", "StandIn:everyday:PerCard:Amount")]
    [InlineData("StandIn:everyday:IssuerExposure", "50000001", "StandIn:everyday:IssuerExposure")]
    [InlineData("StandIn:everyday:FallbackPerTransaction", "1", "StandIn:everyday:FallbackPerTransaction")]
    [InlineData("StandIn:everyday:PerCard:Window", "01:00:00", "StandIn:everyday")]
    [InlineData("StandIn:everyday:Pin", "AllowUnverified", "StandIn:everyday")]
    [InlineData("StandIn:everyday:DenyMcc:1", "0000", "StandIn:everyday")]
    [InlineData("Velocity:BinDigits", "6", "Velocity")]
    [InlineData("Security:Module", "Software", "Security")]
    [InlineData("Keys:Cards", "file:other.key", "Keys")]
    [InlineData("Keys:CardsOld", "file:old.key", "Keys")]
    [InlineData("Admin:Listen", "127.0.0.1:9999", "Admin")]
    [InlineData("Admin:Tls:Certificate", "file:admin.pem", "Admin:Tls")]
    [InlineData("Admin:Users:anna", "Approver", "Admin")]
    [InlineData("Admin:Tokens", "file:tokens", "Admin")]
    [InlineData("Admin:DualControl", "false", "Admin")]
    public void Change_OfWhatTwoPersonsChange_NeedsTwo(string key, string value, string path)
    {
        GuardedChange change = Assert.Single(ChangesOf(key, value));

        Assert.Equal((path, true), (change.Path, change.NeedsTwo));
        Assert.NotEqual(Of().Hash, Of((key, value)).Hash);
    }

    [Theory]
    [InlineData("StandIn:everyday:PerTransaction", "9999")]
    [InlineData("StandIn:everyday:PerTransaction", "0")]
    [InlineData("StandIn:everyday:PerCard:Count", "4")]
    [InlineData("StandIn:everyday:PerCard:Amount", "0")]
    [InlineData("StandIn:everyday:IssuerExposure", "1")]
    public void Change_ThatLowersALimit_NeedsOne(string key, string value)
    {
        GuardedChange change = Assert.Single(ChangesOf(key, value));

        Assert.Equal((key, false), (change.Path, change.NeedsTwo));
    }

    [Theory]
    [InlineData("Issuers:0:Timeout", "00:00:02")]
    [InlineData("Issuers:0:Endpoints:0", "127.0.0.1:9003")]
    [InlineData("Acquirers:0:RatePerSecond", "100")]
    [InlineData("Logging:Level", "Debug")]
    [InlineData("Acquirers:0:Pin", "Refuse")]
    [InlineData("Admin:DualControl", "true")]
    public void Change_OfAnotherSettingOrToTheDefault_IsNone(string key, string value) =>
        Assert.Equal(Of().Hash, Of((key, value)).Hash);

    /// <summary>A new setting of a partner is written here by a person who has decided who may change it.</summary>
    /// <param name="ofTwo">Guarded: each has its row above.</param>
    [Theory]
    [InlineData(
        typeof(AcquirerOptions), "Tls Pin PinSharedWith PinFormat Keys Dukpt Mac KeyExchange",
        "Name Listen Connect Connections Reconnect SignOn Framing Header Dialect Deadline MaxConnections "
        + "MaxConnectionsPerAddress ConnectionsPerSecond FirstMessage Idle KeepAlivesPerSecond FormatErrors "
        + "MaxInFlight Weight PinErrorCode RatePerSecond MaxFrameSize AllowFrom Freshness ReversalAmount")]
    [InlineData(
        typeof(IssuerOptions), "Tls PinFormat Keys Mac KeyExchange",
        "Name Endpoints Listen AllowFrom Connections Framing Header Dialect Timeout MaxInFlight AdaptInFlight "
        + "MaxFrameSize UtcOffset TimeZone LateApprovals DrainBeforeOnline UnavailableCode SignOn Echo Reconnect "
        + "Breaker AllowHedge Health TechnicalDeclines SurelyNotApproved Advices")]
    public void Settings_OfAPartner_AreOfTwoPersonsOrOfOne(Type options, string ofTwo, string ofOne) => Assert.Equal(
        $"{ofTwo} {ofOne}".Split(' ').Order(), options.GetProperties().Select(static one => one.Name).Order());

    [Fact]
    public void Change_OfTheOrderOfPartners_IsNone()
    {
        (SwitchOptions options, _) = SampleConfiguration.With();
        string before = GuardedSettings.Of(options).Hash;
        options.Issuers.Reverse();
        options.Routes.Reverse();

        Assert.Equal(before, GuardedSettings.Of(options).Hash);
    }

    [Fact]
    public void Change_RemovedRouteOrProfile_NeedsTwo()
    {
        GuardedSettings former = Of();
        (SwitchOptions options, _) = SampleConfiguration.With();
        options.Routes.RemoveAt(1);
        options.StandIn.Clear();

        Dictionary<string, bool> changes = GuardedSettings.Of(options).ChangesFrom(former.Values).ToDictionary(
            static one => one.Path, static one => one.NeedsTwo);
        Assert.True(changes["Routes:5"]);
        Assert.True(changes["StandIn:everyday"]);
        Assert.False(changes["StandIn:everyday:PerTransaction"]);
    }

    [Theory]
    [InlineData(":Pins:0", "sha256/x", """{"Pins":["sha256/x"]}""")]
    [InlineData("", "None", "None")]
    public void Change_OfTlsToASecurityModule_NeedsTwoAndIsReadable(string key, string value, string text)
    {
        GuardedSettings former = Of(("Security:Hsm:0:Endpoint", "10.0.0.5:1500"));

        GuardedChange change = Assert.Single(
            Of(("Security:Hsm:0:Endpoint", "10.0.0.5:1500"), ($"Security:Hsm:0:Tls{key}", value))
                .ChangesFrom(former.Values));

        Assert.Equal(new GuardedChange("Security:Hsm:10.0.0.5:1500:Tls", "", text, NeedsTwo: true), change);
    }

    /// <summary>TLS is replaced while the switch runs, of each kind of peer; nothing else is.</summary>
    [Theory]
    [InlineData("Acquirers:0:Tls:Pins:0", "sha256/x")]
    [InlineData("Issuers:1:Tls:Pins:0", "sha256/x")]
    [InlineData("Admin:Tls:Certificate", "file:admin.pem")]
    [InlineData("Security:Hsm:0:Tls:Pins:0", "sha256/x")]
    public void WithTlsOf_OthersThatDifferInTlsAndARoute_TakesTheirTlsOnly(string key, string value)
    {
        (string, string?) module = ("Security:Hsm:0:Endpoint", "10.0.0.5:1500");
        (string, string?) route = ("Routes:0:Primary", "issuer-b");
        GuardedSettings before = Of(module);
        GuardedSettings after = Of(module, (key, value));

        Assert.Equal(after.Hash, before.WithTlsOf(Of(module, route, (key, value))).Hash);
        Assert.Equal(before.Hash, after.WithTlsOf(Of(module, route)).Hash);
    }

    /// <summary>Others report the mistake; until then a second route of the same cards must not hide the first.
    /// </summary>
    [Fact]
    public void Values_OfTwoOfOneName_AreBoth()
    {
        GuardedSettings one = Of(("Routes:1:Prefix", "4"));
        GuardedSettings other = Of(("Routes:1:Prefix", "4"), ("Routes:0:Primary", "issuer-b"));

        Assert.Equal("Routes:4", Assert.Single(other.ChangesFrom(one.Values)).Path);
    }

    [Fact]
    public void Values_OfTheSample_HoldNoDefaults()
    {
        GuardedSettings settings = Of();

        Assert.DoesNotContain(settings.Values.Keys, static path =>
            path is "Security" or "Velocity" || path.EndsWith(":Pin", StringComparison.Ordinal));
        Assert.Equal("10000", settings.Values["StandIn:everyday:PerTransaction"]);
    }

    private static IReadOnlyList<GuardedChange> ChangesOf(string key, string value) =>
        Of((key, value)).ChangesFrom(Of().Values);

    // What is guarded is read before it is judged: some of these are mistakes.
    private static GuardedSettings Of(params (string Key, string? Value)[] settings) =>
        GuardedSettings.Of(SampleConfiguration.With(settings).Options);
}
