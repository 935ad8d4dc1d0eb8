using Switch.Host.Commands;

namespace Switch.Tests.Host.Commands;

/// <summary>An act that has not been seen goes on; one that is never seen does not go on for ever.</summary>
public class DemoScriptTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Advance_AllSeenInTime_PlaysEachActForItsShare()
    {
        DemoPhase[] acts = Play(seen: _ => true);

        Assert.Equal(30, acts.Length);
        Assert.Equal(
            [
                (DemoPhase.AllWell, 10), (DemoPhase.PrimarySilent, 10), (DemoPhase.BothSilent, 7),
                (DemoPhase.BothBack, 3),
            ],
            acts.CountBy(static act => act).Select(static act => (act.Key, act.Value)));
    }

    [Fact]
    public void Advance_ActNotSeen_LastsUntilItIs()
    {
        DemoPhase[] acts = Play(seen: second => second >= 25);

        Assert.Equal(26, acts.Count(static act => act == DemoPhase.AllWell));
        Assert.Equal(10, acts.Count(static act => act == DemoPhase.PrimarySilent));
    }

    [Fact]
    public void Advance_ActNeverSeen_EndsAtTheBound()
    {
        DemoPhase[] acts = Play(seen: _ => false);

        Assert.Equal(30 + 60, acts.Length);
        Assert.Equal(DemoPhase.BothBack, acts[^1]);
    }

    /// <summary>A machine that stops for a while, as a shared one does, still plays every act.</summary>
    [Fact]
    public void Advance_PauseLongerThanTheNextAct_SkipsNone()
    {
        DemoPhase[] acts = Play(seen: _ => true, step: 12 * Second);

        Assert.Equal(
            [DemoPhase.AllWell, DemoPhase.PrimarySilent, DemoPhase.BothSilent, DemoPhase.BothBack], acts);
    }

    // Half a minute, a step at a time (a second when not told), and one minute more at most.
    private static DemoPhase[] Play(Func<int, bool> seen, TimeSpan? step = null)
    {
        var script = new DemoScript(30 * Second, waitMax: 60 * Second);
        var acts = new List<DemoPhase>();
        for (int second = 0; !script.IsOver; second++)
        {
            Assert.True(second < 1_000, "It does not end.");
            acts.Add(script.Phase);
            script.Advance(step ?? Second, seen(second));
        }

        return [.. acts];
    }
}
