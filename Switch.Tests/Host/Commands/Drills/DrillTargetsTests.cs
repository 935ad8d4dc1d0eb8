using Switch.Host.Commands.Common;
using Switch.Host.Commands.Drills;

namespace Switch.Tests.Host.Commands.Drills;

public class DrillTargetsTests
{
    private static readonly string[] Drills = ["kill", "flood"];

    [Fact]
    public void Parse_GroupsOfDrills_StandOverAll()
    {
        IReadOnlyDictionary<string, DrillTargets> targets = DrillTargets.Parse(
            """
            {
              // For every drill.
              "all": { "recoveredWithinMs": 9000, "declinedMax": 5 },
              "kill": { "declinedMax": 0 },
            }
            """,
            "targets.json", Drills);

        Assert.Equal(new DrillTargets { RecoveredWithinMs = 9_000, DeclinedMax = 0 }, targets["kill"]);
        Assert.Equal(new DrillTargets { RecoveredWithinMs = 9_000, DeclinedMax = 5 }, targets["flood"]);
    }

    [Fact]
    public void Parse_Mistakes_AreAllListed()
    {
        UsageException refusal = Assert.Throws<UsageException>(() => DrillTargets.Parse(
            """{ "kil": {}, "kill": 3, "flood": { "declined": 1, "waitedMax": -1, "declinedMax": "none" } }""",
            "targets.json", Drills));

        string[] lines = refusal.Message.Split('\n');
        Assert.Equal("--targets targets.json:", lines[0]);
        Assert.Collection(
            lines[1..],
            static line => Assert.StartsWith("  kil: there is no such drill", line),
            static line => Assert.Equal("  kill: must be an object of targets", line),
            static line => Assert.StartsWith("  flood:declined: is no target. Targets: detectedWithinMs, ", line),
            static line => Assert.Equal("  flood:waitedMax: must be a whole number, 0 or more", line),
            static line => Assert.Equal("  flood:declinedMax: must be a whole number, 0 or more", line));
    }

    [Theory]
    [InlineData("[]", "must be an object")]
    [InlineData("{", "is not JSON")]
    [InlineData("""{ "kill": {}, "kill": {} }""", "stands there twice")]
    public void Parse_AnotherDocument_IsRefused(string json, string says) => Assert.Contains(
        says, Assert.Throws<UsageException>(() => DrillTargets.Parse(json, "targets.json", Drills)).Message);

    [Fact]
    public void Check_EachTarget_IsHeldAgainstItsFigure()
    {
        var targets = new DrillTargets
        {
            DetectedWithinMs = 700, RecoveredWithinMs = 5_000, WaitedMax = 3, DeclinedMax = 0, UnansweredMax = 0,
            UncertainAmountMax = 1_000, NeighboursHurtMax = 0, NeighboursP99Percent = 100,
        };
        var good = new DrillFigures
        {
            IsDetected = true, DetectedMs = 700, IsRecovered = true, RecoveredMs = 5_000, Waited = 3,
            UncertainAmount = 1_000, NeighboursBefore = new(9, 1, 10), NeighboursDuring = new(9, 1, 60),
        };
        var bad = new DrillFigures
        {
            IsDetected = true, DetectedMs = 701, IsRecovered = true, RecoveredMs = 5_001, Waited = 4, Declined = 1,
            Unanswered = 1, UncertainAmount = 1_001, NeighboursHurt = 1, NeighboursBefore = new(9, 1, 10),
            NeighboursDuring = new(9, 1, 61),
        };

        Assert.All(targets.Check(good), static check => Assert.True(check.IsMet, check.What));
        Assert.Equal(8, targets.Check(good).Count());
        Assert.All(targets.Check(bad), static check => Assert.False(check.IsMet, check.What));
        Assert.Equal(8, targets.Check(bad).Count());
    }

    [Fact]
    public void Check_NeverDetected_IsAMiss()
    {
        DrillCheck check = Assert.Single(
            new DrillTargets { DetectedWithinMs = 60_000 }.Check(new DrillFigures { IsDetected = false }));

        Assert.Equal(("never", false), (check.Was, check.IsMet));
    }

    [Fact]
    public void Check_WhatWasNotMeasured_IsHeldAgainstNothing() => Assert.Empty(
        new DrillTargets { DetectedWithinMs = 1, RecoveredWithinMs = 1, NeighboursP99Percent = 1 }
            .Check(new DrillFigures()));
}
