using Switch.Benchmarks.Load;

namespace Switch.Tests.Benchmarks.Load;

/// <summary>What <c>load --pins</c> takes for sound: every answer in time, with a code that its phase allows.</summary>
public class PinRunTests
{
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(3);
    private static readonly PinPhase _phase = new("error 10", "error 10", ["86"]);

    [Fact]
    public void Judge_AllAsAllowed_IsSound()
    {
        PinJudgement judged = Judge(new(true, "86", 5), new(true, "86", 2_999), new(false, "00", 5));

        Assert.True(judged.IsSound);
        Assert.Equal("86 2", judged.Codes);
    }

    [Theory]
    [InlineData(true, "00", 5.0)] // An approval without the module.
    [InlineData(true, "96", 5.0)]
    [InlineData(false, "86", 5.0)] // A payment without a PIN has nothing to do with the module.
    [InlineData(true, "86", 3_001.0)]
    [InlineData(false, "00", 3_001.0)]
    [InlineData(true, null, null)]
    public void Judge_OneThatIsNot_IsNotSound(bool hasPin, string? code, double? took) =>
        Assert.False(Judge(new(true, "86", 5), new(hasPin, code, took)).IsSound);

    [Fact]
    public void Phases_OfTheRun_AreThoseOfTheRequirement()
    {
        Assert.Subset(
            PinRun.Phases.Select(static phase => phase.Name).ToHashSet(),
            new HashSet<string> { "healthy", "killed", "hung", "error 10", "error 11", "error 20" });
        Assert.All(
            PinRun.Phases.Where(static phase => phase.Order != "healthy"),
            static phase => Assert.DoesNotContain("00", phase.Codes));
    }

    private static PinJudgement Judge(params IReadOnlyList<TimedAnswer> answers) =>
        PinJudgement.Of(_phase, answers, _deadline);
}
