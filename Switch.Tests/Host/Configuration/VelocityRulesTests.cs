using Switch.Host.Configuration;
using Switch.Routing.Settings;

namespace Switch.Tests.Host.Configuration;

/// <summary>How rules of velocity are written, and what is refused.</summary>
public class VelocityRulesTests
{
    private const string First = "Velocity:Rules:0:";

    private static readonly (string Key, string? Value)[] Good =
    [
        (First + "Name", "card-testing"), (First + "Per", "Terminal"), (First + "Window", "00:01:00"),
        (First + "DistinctCards", "20"), (First + "Declines", "10"), (First + "SmallAmounts", "15"),
        (First + "SmallAmountMax", "100"), (First + "Currency", "978"), (First + "Action", "Decline"),
        (First + "ResponseCode", "65"), (First + "For", "00:05:00"), (First + "Acquirers:0", "acq-a"),
    ];

    [Fact]
    public void Compile_EveryKey_ReachesTheCore()
    {
        (SwitchOptions options, ConfigurationErrors errors) = SampleConfiguration.With(
            [.. Good, ("Velocity:BinDigits", "6"), (First + "KeysMax", "1000"), (First + "Requests", "30")]);

        Assert.Empty(errors.All);
        VelocitySettings velocity = options.Velocity.Compile(options.Acquirers);
        VelocityRule rule = Assert.Single(velocity.Rules);
        Assert.Equal(6, velocity.BinDigits);
        Assert.Equal(
            ("card-testing", VelocityScope.Terminal, TimeSpan.FromMinutes(1)), (rule.Name, rule.Per, rule.Window));
        Assert.Equal((30, 20, 10, 15), (rule.Requests, rule.DistinctCards, rule.Declines, rule.SmallAmounts));
        Assert.Equal((100L, 978, "65"), (rule.SmallAmountMax, rule.Currency, rule.ResponseCode));
        Assert.Equal((VelocityAction.Decline, TimeSpan.FromMinutes(5)), (rule.Action, rule.For));
        Assert.Equal((1_000, 0), (rule.KeysMax, Assert.Single(rule.Acquirers)));
    }

    [Fact]
    public void Sample_HasNoRules() => Assert.Empty(SampleConfiguration.With().Options.Velocity.Rules);

    [Theory]
    [InlineData("Velocity:BinDigits", "7", "Velocity:BinDigits", "neither 6 nor 8")]
    [InlineData(First + "Name", "", First + "Name", "is missing")]
    [InlineData(First + "Per", "Shop", First + "Per", "one of Terminal, Merchant, Bin, Acquirer")]
    [InlineData(First + "Window", "00:00:00.5", First + "Window", "the longest time")]
    [InlineData(First + "Window", "25:00:00", First + "Window", "outside")]
    [InlineData(First + "For", "25:00:00", First + "For", "outside")]
    [InlineData(First + "DistinctCards", "0", First + "DistinctCards", "outside 1 to 100000")]
    [InlineData(First + "Declines", "-1", First + "Declines", "outside 1 to")]
    [InlineData(First + "Requests", "0", First + "Requests", "outside 1 to")]
    [InlineData(First + "SmallAmounts", "0", First + "SmallAmounts", "outside 1 to")]
    [InlineData(First + "SmallAmountMax", "-1", First + "SmallAmountMax", "minor units")]
    [InlineData(First + "Currency", null, First + "Currency", "minor units of it")]
    [InlineData(First + "Currency", "EUR", First + "Currency", "3 digits")]
    [InlineData(First + "SmallAmounts", null, First + "SmallAmountMax", "without SmallAmounts")]
    [InlineData(First + "Action", "Block", First + "Action", "one of Count, Alert, Decline")]
    [InlineData(First + "ResponseCode", "00", First + "ResponseCode", "not a code that declines")]
    [InlineData(First + "ResponseCode", "5", First + "ResponseCode", "not a code that declines")]
    [InlineData(First + "KeysMax", "7", First + "KeysMax", "outside 8 to")]
    [InlineData(First + "Acquirers:0", "acq-z", First + "Acquirers:0", "is not an acquirer. Known: acq-a")]
    [InlineData(First + "Acquirers:1", "acq-a", First + "Acquirers:1", "is already at")]
    [InlineData(First + "Cards", "5", First + "Cards", "is not a known key")]
    public void Validate_OneMistake_IsFoundAtItsPath(string key, string? value, string path, string text)
    {
        (string Key, string? Value)[] settings = [.. Good.Where(one => one.Key != key)];

        (_, ConfigurationErrors errors) = SampleConfiguration.With(
            value is null ? settings : [.. settings, (key, value)]);

        ConfigurationError error = Assert.Single(errors.All);
        Assert.Equal("Switch:" + path, error.Path);
        Assert.Contains(text, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_RuleWithoutLimits_IsRefused()
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.With(
            (First + "Name", "all"), (First + "Per", "Acquirer"), (First + "Action", "Decline"));

        Assert.Equal("Switch:Velocity:Rules:0", Assert.Single(errors.All).Path);
    }

    [Fact]
    public void Validate_TwoRulesOfOneName_AreRefused()
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.With(
            [.. Good, ("Velocity:Rules:1:Name", "card-testing"), ("Velocity:Rules:1:Per", "Bin"),
                ("Velocity:Rules:1:Requests", "9")]);

        Assert.Equal("Switch:Velocity:Rules:1:Name", Assert.Single(errors.All).Path);
    }

    [Fact]
    public void Validate_TooMuchMemory_IsRefusedBeforeItIsTaken()
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.With(
            [.. Good.Where(one => one.Key != First + "DistinctCards"), (First + "KeysMax", "1000000"),
                (First + "DistinctCards", "10000")]);

        Assert.Contains("MiB", Assert.Single(errors.All).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_Rule_IsASentence()
    {
        (SwitchOptions options, _) = SampleConfiguration.With(Good);

        Assert.Equal(
            "declines with 65 what a terminal of acq-a sends after 20 cards and 10 declines and 15 amounts up to 100 "
            + "minor units of currency 978 in 00:01:00, and for 00:05:00 after that.",
            ConfigurationExplanation.Describe(options.Velocity.Rules[0]));
    }
}
