using Switch.Host.Commands.Drills;
using Switch.Host.Configuration;

namespace Switch.Tests.Host.Commands.Drills;

/// <summary>A drill breaks things on purpose: it must not be possible to point it at what is real.</summary>
public class DrillSafetyTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("Development")]
    public void Refusals_TestCardsOnThisMachine_AreNone(string? environment) =>
        Assert.Empty(DrillSafety.Refusals(Options(), ConfigurationEnvironment.Of("/", environment)));

    [Theory]
    [InlineData("Production")]
    [InlineData("Staging")]
    [InlineData("Developement")]
    public void Refusals_AnotherNamedEnvironment_IsRefused(string environment) => Assert.Equal(
        [$"the environment is '{environment}': only Development is for test cards."],
        DrillSafety.Refusals(Options(), ConfigurationEnvironment.Of("/", environment)));

    [Fact]
    public void Refusals_NamedKeysWithoutAnEnvironment_AreTakenForRealCards()
    {
        SwitchOptions options = Options();
        options.Keys = new KeyOptions { Journal = "file:journal.key", Cards = "file:cards.key" };

        Assert.Contains(
            "real cards", Assert.Single(DrillSafety.Refusals(options, ConfigurationEnvironment.Of("/", null))));
        Assert.Empty(DrillSafety.Refusals(options, ConfigurationEnvironment.Of("/", "Development")));
    }

    [Fact]
    public void Refusals_PartiesElsewhere_AreAllNamed()
    {
        SwitchOptions options = Options();
        options.Acquirers[0].Listen = "0.0.0.0:8583";
        options.Issuers[0].Endpoints = ["localhost:9001", "issuer.example:9001", "[::1]:9001"];
        options.Issuers[1].Endpoints = ["10.1.2.3:9002"];
        options.Admin.Listen = "192.168.0.1:8580";

        Assert.Equal(
            [
                "Switch:Acquirers:0:Listen: 0.0.0.0:8583 is not a loopback address.",
                "Switch:Issuers:0:Endpoints:1: issuer.example:9001 is not a loopback address.",
                "Switch:Issuers:1:Endpoints:0: 10.1.2.3:9002 is not a loopback address.",
                "Switch:Admin:Listen: 192.168.0.1:8580 is not a loopback address.",
            ],
            DrillSafety.Refusals(options, ConfigurationEnvironment.Of("/", "Development")));
    }

    private static SwitchOptions Options() => ConfigurationLoader.LoadSample().Options;
}
