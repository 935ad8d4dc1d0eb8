using Switch.Host.Configuration;

namespace Switch.Tests.Host.Configuration;

public class ConfigurationReaderTests
{
    [Fact]
    public void Read_ShippedSample_HoldsWhatTheDocumentSays()
    {
        (SwitchOptions options, ConfigurationErrors errors) = SampleConfiguration.With();

        Assert.Empty(errors.All);
        Assert.Equal("127.0.0.1:8583", options.Acquirers[0].Listen);
        Assert.Equal(["127.0.0.0/8"], options.Acquirers[0].AllowFrom);
        Assert.Null(options.Acquirers[0].Tls);
        Assert.Equal("iso87-binary", options.Issuers[0].Dialect);
        Assert.Equal(TimeSpan.FromMinutes(1), options.Issuers[0].Advices.RetryMax);
        Assert.Equal(["issuer-b"], options.Routes[0].Standby);
        Assert.Equal(30_000, options.StandIn["everyday"].PerCard.Amount);
        Assert.Equal(Durability.Fsync, options.Journal.Durability);
    }

    /// <summary>The platform reads 24:00:00 as twenty-four days: a limit would hold 24 times too long.</summary>
    [Fact]
    public void Read_TwentyFourHours_IsOneDay()
    {
        (SwitchOptions options, _) = SampleConfiguration.With();

        Assert.Equal(TimeSpan.FromDays(1), options.Duplicates.Window);
        Assert.Equal(TimeSpan.FromDays(1), options.StandIn["everyday"].PerCard.Window);
    }

    [Theory]
    [InlineData("00:00:03", 3_000)]
    [InlineData("00:00:00.25", 250)]
    [InlineData("1.02:00:00", 93_600_000)]
    [InlineData("48:00:00", 172_800_000)]
    public void TryParseDuration_WellFormed_GivesItsLength(string text, long milliseconds)
    {
        Assert.True(ScalarText.TryParseDuration(text, out TimeSpan span));
        Assert.Equal(milliseconds, (long)span.TotalMilliseconds);
        Assert.True(ScalarText.TryParseDuration(Rules.Text(span), out TimeSpan again));
        Assert.Equal(span, again);
    }

    [Theory]
    [InlineData("3")]
    [InlineData("3s")]
    [InlineData("00:03")]
    [InlineData("00:60:00")]
    [InlineData("-00:00:03")]
    [InlineData("00:00:03\n")]
    [InlineData("9999.00:00:00")]
    [InlineData("")]
    public void TryParseDuration_Otherwise_Refuses(string text) =>
        Assert.False(ScalarText.TryParseDuration(text, out _));

    [Fact]
    public void Read_EmptyDocument_GivesTheDefaults()
    {
        (SwitchOptions options, ConfigurationErrors errors) = SampleConfiguration.Read("{}");

        Assert.Empty(errors.All);
        Assert.Empty(options.Acquirers);
        Assert.Equal("node-1", options.Node.Name);
    }

    [Fact]
    public void Read_NullAndEmpty_AreTheDefaultsOrNothing()
    {
        (SwitchOptions options, ConfigurationErrors errors) = SampleConfiguration.Read(
            """
            { "Switch": {
                "Node": {}, "Admin": { "Listen": null }, "Acquirers": [ { "AllowFrom": [], "Tls": null } ],
                "StandIn": { "a": { "AllowProcessingCodes": [], "NegativeFile": null } } } }
            """);

        Assert.Empty(errors.All);
        Assert.Null(options.Admin.Listen);
        Assert.Empty(options.Acquirers[0].AllowFrom);
        Assert.Empty(options.StandIn["a"].AllowProcessingCodes!);
        Assert.Equal("node-1", options.Node.Name);
    }

    [Fact]
    public void Read_NumbersWhereDigitsAreMeant_AreTakenAsText()
    {
        (SwitchOptions options, ConfigurationErrors errors) = SampleConfiguration.Read(
            """
            { "Switch": {
                "Routes": [ { "Prefix": 4 } ], "StandIn": { "a": { "Currency": 392, "DenyMcc": [ 7995 ] } } } }
            """);

        Assert.Empty(errors.All);
        Assert.Equal("4", options.Routes[0].Prefix);
        Assert.Equal(["7995"], options.StandIn["a"].DenyMcc);
    }

    [Fact]
    public void Read_ManyMistakes_ListsEveryOne()
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.Read(
            """
            { "Switch": {
                "Nodes": { "Name": "x" },
                "Node": "x",
                "Acquirers": [ { "Listn": "127.0.0.1:1", "MaxInFlight": "many", "AllowFrom": "127.0.0.0/8" } ],
                "Issuers": { "0": { "Timeout": 3, "SignOn": "yes" }, "2": {} },
                "Routes": [ "4" ],
                "Journal": { "Durability": "Sometimes", "SegmentSize": 1e9, "Path": { "a": 1 } },
                "Admin": { "Listen": [ 1 ] },
                "Limits": { "PendingMax": null, "OwedMax": 99999999999 } } }
            """);

        Assert.Equal(
            [
                "Switch:Acquirers:0:AllowFrom", "Switch:Acquirers:0:Listn", "Switch:Acquirers:0:MaxInFlight",
                "Switch:Admin:Listen", "Switch:Issuers:0:SignOn", "Switch:Issuers:0:Timeout", "Switch:Issuers:2",
                "Switch:Journal:Durability", "Switch:Journal:Path", "Switch:Journal:SegmentSize",
                "Switch:Limits:OwedMax", "Switch:Limits:PendingMax", "Switch:Node", "Switch:Nodes", "Switch:Routes:0",
            ],
            errors.All.Select(error => error.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Read_UnknownKey_NamesTheKnownOnes()
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.Read("""{ "Switch": { "Admin": { "Port": 1 } } }""");

        Assert.Equal(
            "Switch:Admin:Port: is not a known key. Known here: "
            + "Listen, Socket, SocketGroup, Users, Tokens, Names, Tls, DualControl, ApprovalTime, SessionTime.",
            errors.All.Single().ToString());
    }
}
