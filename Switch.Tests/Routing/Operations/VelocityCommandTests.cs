using System.Text;
using Switch.Host.Simulators;
using Switch.Routing.Journal;
using Switch.Routing.Operations;
using Switch.Routing.Records;
using Switch.Routing.Settings;
using Switch.Routing.Velocity;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Operations;

/// <summary>What people see of velocity, and how they let a key go on.</summary>
public class VelocityCommandTests
{
    private int _stan = 100;

    [Fact]
    public void List_ShowsKeysThatAreOverOrNear_InPages()
    {
        CoreRig rig = Make(keysMax: 8_192);
        Ask(rig, "TERM0001", times: 3);
        Ask(rig, "TERM0002", times: 1);
        var seen = new List<VelocityListing>();

        int pages = 0;
        for (int next = 0; next >= 0; pages++)
        {
            next = rig.Core.Execute(new CoreCommand
            {
                Kind = CoreCommandKind.ListVelocity, After = next, PercentMin = 50, VelocityVisitor = seen.Add,
            }).Next;
        }

        VelocityListing listing = Assert.Single(seen);
        Assert.Equal(3, pages);
        Assert.Equal(("testing", "acq-a/TERM0001", "Decline"), (listing.Rule, listing.Key, listing.Action));
        Assert.Equal((true, 100, 3, 1L), (listing.IsOver, listing.Percent, listing.Requests, listing.Hits));
        Assert.Equal(60, listing.SecondsLeft);
        Assert.DoesNotContain(rig.World.Records, static stored => stored.Type == RecordType.OperatorAction);
    }

    [Fact]
    public void Clear_KeyThatIsOver_GoesOnAndIsRecordedWithWhoAndWhy()
    {
        CoreRig rig = Make();
        Ask(rig, "TERM0001", times: 3);
        Assert.Equal("59", rig.Answers[^1][39]);

        CoreCommandResult result = rig.Core.Execute(Clear("testing", "acq-a/TERM0001"));
        rig.Settle();
        Ask(rig, "TERM0001", times: 1);

        Assert.Equal(CoreCommandOutcome.Done, result.Outcome);
        Assert.Equal("00", rig.Answers[^1][39]);
        Assert.Equal(VelocityCause.Cleared, rig.World.VelocityChanges[^1].Cause);
        StoredRecord record = Assert.Single(
            rig.World.Records, static stored => stored.Type == RecordType.OperatorAction);
        Assert.Contains("testing acq-a/TERM0001", Encoding.ASCII.GetString(record.Open), StringComparison.Ordinal);
    }

    [Fact]
    public void Clear_IsPassedOverByRecovery()
    {
        CoreRig rig = Make();
        Ask(rig, "TERM0001", times: 3);
        rig.Core.Execute(Clear("testing", "acq-a/TERM0001"));
        rig.Settle();

        CoreRig after = rig.Restart();

        Assert.Equal(0, after.Counters.OwedNow);
    }

    [Theory]
    [InlineData("other", "acq-a/TERM0001")]
    [InlineData("testing", "acq-a/TERM0002")]
    [InlineData("testing", "acq-b/TERM0001")]
    [InlineData("testing", "TERM0001")]
    [InlineData(null, null)]
    public void Clear_WhatIsNotOver_IsNotFoundAndNotRecorded(string? rule, string? key)
    {
        CoreRig rig = Make();
        Ask(rig, "TERM0001", times: 3);
        int records = rig.World.Records.Count;

        Assert.Equal(CoreCommandOutcome.NotFound, rig.Core.Execute(Clear(rule, key)).Outcome);
        Assert.Equal(records, rig.World.Records.Count);
    }

    [Fact]
    public void Clear_WithoutAReason_IsRefused()
    {
        CoreRig rig = Make();
        Ask(rig, "TERM0001", times: 3);

        CoreCommand command = Clear("testing", "acq-a/TERM0001") with { Why = "" };

        Assert.Equal(CoreCommandOutcome.BadText, rig.Core.Execute(command).Outcome);
    }

    private static CoreCommand Clear(string? rule, string? key) => new()
    {
        Kind = CoreCommandKind.ClearVelocity, Rule = rule, Key = key, Who = "anna", Why = "honest",
    };

    private static CoreRig Make(int keysMax = 64)
    {
        CoreRig rig = new(configuration => configuration with
        {
            Velocity = new VelocitySettings
            {
                Rules =
                [
                    new VelocityRule
                    {
                        Name = "testing", Per = VelocityScope.Terminal, Window = TimeSpan.FromMinutes(1), Requests = 3,
                        Action = VelocityAction.Decline, For = TimeSpan.FromMinutes(1), KeysMax = keysMax,
                    },
                ],
            },
        });
        rig.LinksUp();
        return rig;
    }

    private void Ask(CoreRig rig, string terminal, int times)
    {
        for (int i = 0; i < times; i++)
        {
            int sent = rig.World.ToLinks.Count;
            rig.Request(TestCards.Make("4", i), _stan++, change: fields => fields[41] = terminal);
            if (rig.World.ToLinks.Count > sent)
            {
                rig.Reply(rig.World.ToLinks[^1]);
            }
        }
    }
}
