using Switch.Host.Configuration;
using Switch.Routing.StandIn;

namespace Switch.Tests.Host.Configuration;

public class StandInLimitRulesTests
{
    [Fact]
    public void Validate_WellFormed_FindsNothing()
    {
        ConfigurationErrors errors = Validate(
            new() { Scope = LimitScope.Card, Window = LimitWindow.Rolling, Span = TimeSpan.FromHours(1), Count = 3 },
            new() { Scope = LimitScope.MccGroup, Window = LimitWindow.Day, Amount = 9, MccGroup = "fuel" },
            new() { Scope = LimitScope.Issuer, Window = LimitWindow.Outage, Amount = 9, EntryMode = "07" });

        Assert.Empty(errors.All);
    }

    [Fact]
    public void Validate_EachMistake_IsFoundAtItsPath()
    {
        ConfigurationErrors errors = Validate(
            new() { Window = LimitWindow.Day, Count = 1 },
            new() { Scope = LimitScope.Card, Count = 1 },
            new() { Scope = LimitScope.Card, Window = LimitWindow.Rolling, Count = 1 },
            new() { Scope = LimitScope.Card, Window = LimitWindow.Day, Span = TimeSpan.FromHours(1), Count = 1 },
            new() { Scope = LimitScope.Card, Window = LimitWindow.Day },
            new() { Scope = LimitScope.MccGroup, Window = LimitWindow.Day, Count = 1 },
            new() { Scope = LimitScope.Card, Window = LimitWindow.Day, Count = -1, MccGroup = "food" },
            new()
            {
                Scope = LimitScope.Card, Window = LimitWindow.Day, Amount = -1, ProcessingCode = "0", EntryMode = "x",
            });

        Assert.Equal(
            [
                "p:Limits:0:Scope", "p:Limits:1:Window", "p:Limits:2:Span", "p:Limits:3:Span", "p:Limits:4",
                "p:Limits:5:MccGroup", "p:Limits:6:Count", "p:Limits:6:MccGroup", "p:Limits:7:Amount",
                "p:Limits:7:ProcessingCode:0", "p:Limits:7:EntryMode:0",
            ],
            errors.All.Select(error => error.Path));
    }

    [Fact]
    public void Validate_TooMany_IsRefused()
    {
        var limit = new StandInLimitOptions { Scope = LimitScope.Card, Window = LimitWindow.Day, Count = 1 };

        ConfigurationErrors errors = Validate([.. Enumerable.Repeat(limit, 32)]);

        Assert.Equal("p:Limits", Assert.Single(errors.All).Path);
    }

    private static ConfigurationErrors Validate(params StandInLimitOptions[] limits)
    {
        var errors = new ConfigurationErrors();
        var profile = new StandInOptions { Limits = [.. limits], MccGroups = { ["fuel"] = ["5541"] } };
        StandInLimitRules.Validate(profile, errors, "p");
        return errors;
    }
}
