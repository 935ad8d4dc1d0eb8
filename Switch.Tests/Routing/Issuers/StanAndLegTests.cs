using Switch.Routing.Issuers;

namespace Switch.Tests.Routing.Issuers;

public class StanAndLegTests
{
    [Fact]
    public void Take_WrapsAndNeverGivesALiveNumber()
    {
        var stans = new StanAllocator(first: 8, max: 10);

        Assert.Equal([8, 9, 10, 1, 2], Enumerable.Range(0, 5).Select(_ => stans.Take()));
        stans.Release(9);
        stans.Release(9);
        Assert.Equal([3, 4, 5, 6, 7, 9], Enumerable.Range(0, 6).Select(_ => stans.Take()));
        Assert.Equal((10, 0), (stans.LiveCount, stans.Take()));
    }

    [Fact]
    public void Restore_GoesOnAfterTheNumberAndKeepsALiveOneAlive()
    {
        var stans = new StanAllocator(max: 10);
        stans.Restore(4, live: true);
        stans.Restore(6, live: false);

        Assert.Equal([7, 8, 9, 10, 1, 2, 3, 5, 6], Enumerable.Range(0, 9).Select(_ => stans.Take()));
    }

    [Fact]
    public void SharedNumber_IsFreeWhenTheLastBearerHasEnded()
    {
        var stans = new StanAllocator(max: 10);
        int shared = stans.Take();
        stans.Share(shared);
        stans.Share(shared);
        Assert.Equal((3, 1), (stans.BearersOf(shared), stans.LiveCount));

        stans.Release(shared); // Of something that had it before: it has ended already.
        stans.ReleaseBearer(shared);
        stans.ReleaseBearer(shared);
        Assert.Equal((1, true), (stans.BearersOf(shared), stans.IsLive(shared)));
        stans.ReleaseBearer(shared);

        Assert.Equal((0, false, 10), (stans.BearersOf(shared), stans.IsLive(shared), stans.FreeCount));
    }

    [Fact]
    public void Bear_OneAfterAnother_CountsAllOfThem()
    {
        var stans = new StanAllocator(max: 10);
        stans.Bear(3);
        stans.Bear(3);
        stans.Bear(11); // Of an issuer that had more numbers once.
        stans.Restore(3, live: true);

        Assert.Equal((2, 1), (stans.BearersOf(3), stans.LiveCount));
    }

    /// <summary>Numbers in turn are the rule, and half of the table may wait for an issuer that is silent.</summary>
    [Fact]
    public void LegTable_NumbersInTurn_RemovalIsAShortWalk()
    {
        const int CountMax = 20_000;
        const int WalkMax = 32;
        var table = new LegTable(CountMax);
        int oldest = (CountMax / 2) + 1; // Those before are never answered.
        int longest = 0;
        for (int stan = 1; stan <= StanAllocator.Max; stan++)
        {
            if (table.Count == CountMax)
            {
                longest = Math.Max(longest, table.WalkOf(oldest));
                table.Remove(oldest++);
            }

            Assert.True(table.TryAdd(stan, LegOwner.Request, stan));
        }

        Assert.InRange(longest, 1, WalkMax);
    }

    [Fact]
    public void LegTable_RandomUse_AgreesWithADictionary()
    {
        var random = new Random(7);
        var table = new LegTable(200);
        var expected = new Dictionary<int, int>();
        for (int step = 0; step < 100_000; step++)
        {
            int stan = random.Next(1, 1_000) * 64; // Multiples of 64 crowd the same homes.
            if (expected.Remove(stan))
            {
                table.Remove(stan);
            }
            else if (table.TryAdd(stan, LegOwner.Request, step))
            {
                expected.Add(stan, step);
            }
            else
            {
                Assert.Equal(200, expected.Count);
            }

            int probe = random.Next(1, 1_000) * 64;
            LegOwner found = table.Find(probe, out int owner);
            bool isThere = expected.TryGetValue(probe, out int value);
            Assert.Equal(isThere ? (LegOwner.Request, value) : (LegOwner.None, 0), (found, owner));
            Assert.Equal(expected.Count, table.Count);
        }
    }

    [Fact]
    public void LateReplies_FindsTheLatestAndNotWhatWasOverwritten()
    {
        var late = new LateReplies(8);
        late.Add(3, 1122100000, 77, LateFate.ReversalOwed);

        LateReply found = late.Find(3, 1122100000);
        Assert.Equal((LateFate.ReversalOwed, 77UL), (found.Fate, found.Transaction));
        Assert.Equal(LateFate.None, late.Find(3, 1122100001).Fate);
        late.Add(11, 1122100000, 78, LateFate.Answered);
        Assert.Equal(LateFate.None, late.Find(3, 1122100000).Fate);
    }
}
