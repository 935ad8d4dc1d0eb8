using Switch.Host.Configuration;

namespace Switch.Tests.Host.Configuration;

public class ConfigurationValidatorTests
{
    /// <summary>One mistake in an otherwise good configuration is found alone, at its path, with a reason.</summary>
    [Theory]
    [InlineData("Node:Name", "", "Node:Name", "is missing")]
    [InlineData("Node:Name", "node 1", "Node:Name", "letters, digits")]
    [InlineData("Acquirers:0:Name", "a\u00e9", "Acquirers:0:Name", "letters, digits")]
    [InlineData("Acquirers:0:Listen", "127.0.0.1", "Acquirers:0:Listen", "is not ADDRESS:PORT")]
    [InlineData("Acquirers:0:Listen", "localhost:8583", "Acquirers:0:Listen", "is not ADDRESS:PORT")]
    [InlineData("Acquirers:0:Listen", "127.0.0.1:70000", "Acquirers:0:Listen", "is not ADDRESS:PORT")]
    [InlineData("Acquirers:0:Listen", "127.0.0.1:8580", "Admin:Listen", "already taken by Switch:Acquirers:0:Listen")]
    [InlineData("Acquirers:0:Listen", "0.0.0.0:8580", "Admin:Listen", "already taken")]
    [InlineData("Acquirers:0:Framing", "len9", "Acquirers:0:Framing", "Known: len2")]
    [InlineData("Issuers:0:Framing", "etx", "Issuers:0:Framing", "binary fields")]
    [InlineData("Acquirers:0:Header", "ISO0250000770000000000000", "Acquirers:0:Header", "1 to 24")]
    [InlineData("Dialects:0", "nowhere.json", "Dialects:0", "cannot be read")]
    [InlineData("Acquirers:0:Dialect", "iso88", "Acquirers:0:Dialect", "iso87-ascii, iso87-binary")]
    [InlineData("Acquirers:0:Deadline", "00:05:00", "Acquirers:0:Deadline", "outside")]
    [InlineData("Acquirers:0:MaxConnections", "0", "Acquirers:0:MaxConnections", "outside 1 to")]
    [InlineData("Acquirers:0:MaxInFlight", "-1", "Acquirers:0:MaxInFlight", "outside 1 to")]
    [InlineData("Acquirers:0:RatePerSecond", "-1", "Acquirers:0:RatePerSecond", "0 sets no limit")]
    [InlineData("Acquirers:0:MaxFrameSize", "10", "Acquirers:0:MaxFrameSize", "outside 64 to")]
    [InlineData("Acquirers:0:MaxFrameSize", "9000", "Acquirers:0:MaxFrameSize", "more than Limits:MessageSizeMax")]
    [InlineData("Acquirers:0:AllowFrom:0", "127.0.0.1", "Acquirers:0:AllowFrom:0", "write 127.0.0.1/32")]
    [InlineData("Acquirers:0:AllowFrom:0", "127.0.0.1/8", "Acquirers:0:AllowFrom:0", "must be zero")]
    [InlineData("Acquirers:0:Tls:Certificate", "a.pem", "Acquirers:0:Tls:Certificate", "must be file:PATH")]
    [InlineData("Issuers:0:Name", "", "Issuers:0:Name", "is missing")]
    [InlineData("Issuers:0:Endpoints:0", "foo", "Issuers:0:Endpoints:0", "'foo' is not host:port")]
    [InlineData("Issuers:0:Endpoints:1", "foo", "Issuers:0:Endpoints:1", "'foo' is not host:port")]
    [InlineData("Issuers:0:Endpoints:1", "127.0.0.1:9001", "Issuers:0:Endpoints:1", "raise Connections")]
    [InlineData("Issuers:0:Endpoints:0", "127.0.0.1:0", "Issuers:0:Endpoints:0", "port 0")]
    [InlineData("Issuers:0:Endpoints:0", "::1:9001", "Issuers:0:Endpoints:0", "is not host:port")]
    [InlineData("Issuers:0:Connections", "0", "Issuers:0:Connections", "outside 1 to 64")]
    [InlineData("Issuers:0:Timeout", "00:00:00", "Issuers:0:Timeout", "outside")]
    [InlineData("Issuers:0:Timeout", "00:00:09.5", "Issuers:0:Timeout", "acquirer 'acq-a' is answered within 00:00:10")]
    [InlineData("Issuers:0:MaxInFlight", "600000", "Issuers:0:MaxInFlight", "trace numbers")]
    [InlineData("Issuers:0:Echo", "00:00:00.001", "Issuers:0:Echo", "00:00:00 sends no echo test")]
    [InlineData("Issuers:0:Tls:Mode", "mutual", "Issuers:0:Tls:Mode", "not a known key")]
    [InlineData("Issuers:0:Breaker:Cooldown", "00:00:00", "Issuers:0:Breaker:Cooldown", "probe")]
    [InlineData("Issuers:0:Breaker:ConsecutiveTimeouts", "-1", "Issuers:0:Breaker:ConsecutiveTimeouts", "never opens")]
    [InlineData("Issuers:0:Advices:Window", "0", "Issuers:0:Advices:Window", "strictly one after another")]
    [InlineData("Issuers:0:Advices:RatePerSecond", "0", "Issuers:0:Advices:RatePerSecond", "0 would never send them")]
    [InlineData("Issuers:0:Advices:RetryMin", "00:02:00", "Issuers:0:Advices:RetryMin", "longer than RetryMax")]
    [InlineData("Issuers:0:Advices:ParkAfter", "0", "Issuers:0:Advices:ParkAfter", "refusals")]
    [InlineData("Issuers:0:Advices:Order", "Newest", "Issuers:0:Advices:Order", "one of Oldest, LargestFirst")]
    [InlineData("Issuers:0:LateApprovals", "Maybe", "Issuers:0:LateApprovals", "one of Journal, Reverse")]
    [InlineData("Issuers:0:DrainBeforeOnline", "00:01:00", "Issuers:0:DrainBeforeOnline", "acquirer's deadline")]
    [InlineData("Issuers:0:UnavailableCode", "00", "Issuers:0:UnavailableCode", "declines")]
    [InlineData("Reversals:Unmatched", "Ignore", "Reversals:Unmatched", "one of Forward, Refuse")]
    [InlineData("Issuers:0:TimeZone", "Mars/Base", "Issuers:0:TimeZone", "is not a time zone known to this machine")]
    [InlineData("Issuers:0:UtcOffset", "9", "Issuers:0:UtcOffset", "such as +09:00")]
    [InlineData("Issuers:0:UtcOffset", "+14:01", "Issuers:0:UtcOffset", "between -14:00 and +14:00")]
    [InlineData(
        "StandIn:everyday:FallbackPerTransaction", "10001", "StandIn:everyday:FallbackPerTransaction", "the ledger")]
    [InlineData("StandIn:everyday:Triggers:0", "None", "StandIn:everyday:Triggers", "at least one reason")]
    [InlineData("StandIn:everyday:Triggers:0", "Bored", "StandIn:everyday:Triggers:0", "TimedOut")]
    [InlineData("StandIn:everyday:MccGroups:fuel:0", "55", "StandIn:everyday:MccGroups:fuel:0", "4 digits")]
    [InlineData("StandIn:everyday:PositiveFile", "nowhere.csv", "StandIn:everyday:PositiveFile", "cannot be read")]
    [InlineData("Routes:0:Prefix", "4x", "Routes:0:Prefix", "at most 19 digits")]
    [InlineData("Routes:0:Prefix", "12345678901234567890", "Routes:0:Prefix", "at most 19 digits")]
    [InlineData("Routes:1:Prefix", "4", "Routes:1:Prefix", "already at Switch:Routes:0:Prefix")]
    [InlineData("Routes:0:Primary", "issuer-x", "Routes:0:Primary", "Known: issuer-a, issuer-b")]
    [InlineData("Routes:0:Standby:0", "issuer-x", "Routes:0:Standby:0", "is not an issuer")]
    [InlineData("Routes:0:Standby:0", "issuer-a", "Routes:0:Standby:0", "is the route's primary")]
    [InlineData("Routes:0:Standby:1", "issuer-b", "Routes:0:Standby:1", "gets a request only once")]
    [InlineData("Routes:0:StandIn", "never", "Routes:0:StandIn", "Known: everyday")]
    [InlineData("StandIn:everyday:Currency", "JPY", "StandIn:everyday:Currency", "three digits of DE 49")]
    [InlineData("StandIn:everyday:PerTransaction", "-5", "StandIn:everyday:PerTransaction", "outside 0 to")]
    [InlineData("StandIn:everyday:PerCard:Window", "00:00:00", "StandIn:everyday:PerCard:Window", "rolling window")]
    [InlineData("StandIn:everyday:PerCard:Count", "-1", "StandIn:everyday:PerCard:Count", "outside 0 to")]
    [InlineData("StandIn:everyday:PerCard:Amount", "-1", "StandIn:everyday:PerCard:Amount", "outside 0 to")]
    [InlineData("StandIn:everyday:IssuerExposure", "-1", "StandIn:everyday:IssuerExposure", "outside 0 to")]
    [InlineData("StandIn:everyday:AllowProcessingCodes:0", "0", "StandIn:everyday:AllowProcessingCodes:0", "2 digits")]
    [InlineData("StandIn:everyday:DenyMcc:1", "x", "StandIn:everyday:DenyMcc:1", "4 digits")]
    [InlineData("StandIn:everyday:DenyCountry:0", "RUS", "StandIn:everyday:DenyCountry:0", "two capital letters")]
    [InlineData("StandIn:everyday:AllowHours:0", "8-22", "StandIn:everyday:AllowHours:0", "as 08:00-22:30")]
    [InlineData("StandIn:everyday:AllowHours:0", "08:00-08:00", "StandIn:everyday:AllowHours:0", "different times")]
    [InlineData("StandIn:everyday:AllowHours:0", "08:00-24:00", "StandIn:everyday:AllowHours:0", "as 08:00-22:30")]
    [InlineData("StandIn:everyday:AllowEntryModes:0", "051", "StandIn:everyday:AllowEntryModes:0", "2 digits")]
    [InlineData("StandIn:everyday:NegativeFile", "nowhere.csv", "StandIn:everyday:NegativeFile", "cannot be read")]
    [InlineData("Journal:Path", "", "Journal:Path", "is missing")]
    [InlineData("Journal:Path", "appsettings.json", "Journal:Path", "is a file")]
    [InlineData("Journal:BufferSize", "10", "Journal:BufferSize", "outside")]
    [InlineData("Journal:SegmentSize", "1000000", "Journal:BufferSize", "one batch must fit one segment")]
    [InlineData("Store:Provider", "Oracle", "Store:Provider", "Known: Sqlite, PostgreSql")]
    [InlineData("Duplicates:Window", "00:00:05", "Duplicates:Window", "shorter than the deadline")]
    [InlineData("Duplicates:MaxEntries", "0", "Duplicates:MaxEntries", "outside 1000 to")]
    [InlineData("Admin:Listen", "8580", "Admin:Listen", "is not ADDRESS:PORT")]
    [InlineData("Keys:Cards", "file:nowhere.key", "Keys:Journal", "set both Journal and Cards")]
    [InlineData("Limits:PendingMax", "0", "Limits:PendingMax", "open transactions")]
    [InlineData("Issuers:0:Reconnect:Min", "00:00:06", "Issuers:0:Reconnect:Min", "is longer than Max 00:00:05")]
    [InlineData("Issuers:0:Reconnect:Max", "00:00:00", "Issuers:0:Reconnect:Max", "is outside 00:00:00.01 to 01:00:00")]
    [InlineData("Limits:OwedMax", "0", "Limits:OwedMax", "new requests are answered 96")]
    [InlineData("Limits:StandInReserve", "00:00:10", "Acquirers:0:Deadline", "no request could be sent to an issuer")]
    [InlineData("Limits:ConnectionBufferMax", "100", "Limits:ConnectionBufferMax", "at least one message")]
    [InlineData("Limits:Drain", "1.00:00:00", "Limits:Drain", "waits for open transactions")]
    [InlineData("Edge:Transport", "Uring", "Edge:Transport", "one of Sockets, Epoll")]
    [InlineData("Edge:Reactors", "-1", "Edge:Reactors", "-1 is outside 0 to 64")]
    [InlineData("Edge:Reactors", "65", "Edge:Reactors", "65 is outside 0 to 64")]
    [InlineData("Logging:FilesMax", "0", "Logging:FilesMax", "log files kept")]
    [InlineData("Logging:File", " ", "Logging:File", "is blank")]
    public void Validate_OneMistake_IsFoundAtItsPath(string key, string value, string path, string reason)
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.With((key, value));

        ConfigurationError found = Assert.Single(errors.All, error => error.Path == $"Switch:{path}");
        Assert.Contains(reason, found.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_NothingConfigured_AsksForEachPart()
    {
        var errors = new ConfigurationErrors();
        ConfigurationValidator.Validate(new SwitchOptions(), errors, SampleConfiguration.Place);

        Assert.Equal(
            ["Switch:Acquirers", "Switch:Issuers", "Switch:Keys", "Switch:Routes"],
            errors.All.Select(error => error.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Validate_SameNameTwice_IsTheLaterOnesMistake()
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.With(
            ("Acquirers:1:Name", "ACQ-A"), ("Acquirers:1:Listen", "127.0.0.1:8584"), ("Issuers:1:Name", "issuer-a"),
            ("Routes:0:Standby:0", "issuer-a"), ("Routes:1:Primary", "issuer-a"));

        Assert.Contains(errors.All, error => error.Path == "Switch:Acquirers:1:Name");
        Assert.Contains(errors.All, error => error.Path == "Switch:Issuers:1:Name");
    }

    [Fact]
    public void Validate_ListenersOnPortZero_DoNotCollide()
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.With(
            ("Acquirers:0:Listen", "127.0.0.1:0"), ("Admin:Listen", "127.0.0.1:0"));

        Assert.Empty(errors.All);
    }

    [Theory]
    [InlineData("[::1]:9001")]
    [InlineData("issuer.example:9001")]
    [InlineData("10.0.0.7:1")]
    public void Validate_EndpointOfEachForm_IsAccepted(string endpoint)
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.With(
            ("Issuers:0:Endpoints:0", endpoint), ("Issuers:0:Tls", "None"));

        Assert.Empty(errors.All);
    }

    [Fact]
    public void Validate_TooManyLinks_IsRefusedAsAWhole()
    {
        (string, string?)[] settings =
            [.. Enumerable.Range(0, 20).Select(i => ($"Issuers:0:Endpoints:{i}", (string?)$"10.0.0.1:{9000 + i}")),
             ("Issuers:0:Connections", "64"), ("Issuers:0:Tls", "None")];
        (_, ConfigurationErrors errors) = SampleConfiguration.With(settings);

        Assert.Equal("Switch:Issuers", Assert.Single(errors.All).Path);
    }

    [Fact]
    public void Notes_SampleMadeUnsafe_SaySo()
    {
        (SwitchOptions options, ConfigurationErrors errors) = SampleConfiguration.With(
            ("Journal:Durability", "None"), ("Admin:Listen", "0.0.0.0:8580"), ("Routes:1:StandIn", null),
            ("Store:Provider", "None"));
        string notes = string.Join('\n', ConfigurationNotes.Of(options));

        Assert.Empty(errors.All);
        Assert.Contains("Durability", notes, StringComparison.Ordinal);
        Assert.Contains("Admin:Listen", notes, StringComparison.Ordinal);
        Assert.Contains("Routes:1", notes, StringComparison.Ordinal);
        Assert.Contains("Store", notes, StringComparison.Ordinal);
    }
}
