using Switch.Routing.Velocity;

namespace Switch.Tests.Routing.Velocity;

/// <summary>The places of keys, and how their windows move.</summary>
public class VelocityTableTests
{
    private const long Second = TimeSpan.TicksPerSecond;

    private static readonly VelocityName Name = VelocityName.Of("T001"u8);

    /// <summary>In quarters: a count lasts for three of them at least, and for four at most.</summary>
    [Fact]
    public void Window_Moves_BetweenThreeAndFourQuartersCount()
    {
        VelocityTable table = Make();
        int place = Take(table, key: 1, now: 0);
        table.AddRequest(place, card: 7, isSmall: true);
        table.AddDecline(place);

        Assert.Equal(1, RequestsAt(table, place, 59));
        Assert.Equal(1, table.FiguresOf(place).Cards);
        Assert.Equal(0, RequestsAt(table, place, 60));
        Assert.Equal(default, table.FiguresOf(place));

        table.AddRequest(place, card: 7, isSmall: false);
        Assert.Equal(1, RequestsAt(table, place, 119));
        Assert.Equal(0, RequestsAt(table, place, 120));
    }

    [Fact]
    public void Window_CardSeenAgainLater_CountsForAsLongAsTheLaterOne()
    {
        VelocityTable table = Make();
        int place = Take(table, key: 1, now: 0);
        table.AddRequest(place, card: 7, isSmall: false);
        table.AddRequest(place, card: 8, isSmall: false);
        table.Advance(place, 30 * Second);
        table.AddRequest(place, card: 7, isSmall: false);

        table.Advance(place, 60 * Second);

        Assert.Equal((1, 1), (table.FiguresOf(place).Requests, table.FiguresOf(place).Cards));
    }

    [Fact]
    public void Window_AfterALongSilence_IsEmpty()
    {
        VelocityTable table = Make();
        int place = Take(table, key: 1, now: 0);
        table.AddRequest(place, card: 7, isSmall: true);

        table.Advance(place, 86_400 * Second);

        Assert.Equal(default, table.FiguresOf(place));
        Assert.False(table.IsLive(place, 86_400 * Second));
    }

    [Fact]
    public void Take_FullBucket_TheKeyLongestSilentMakesRoom()
    {
        VelocityTable table = Make();
        for (ulong key = 1; key <= 8; key++)
        {
            int place = Take(table, key, now: key == 5 ? 0 : 16 * Second);
            table.AddRequest(place, card: key, isSmall: false);
        }

        Take(table, key: 9, now: 17 * Second);

        Assert.Equal(-1, table.Find(5, 17 * Second));
        Assert.Equal((8, 1L), (table.Count, table.Evicted));
    }

    [Fact]
    public void Take_FullBucketOfOneAge_TheKeyWithFewestRequestsMakesRoom()
    {
        VelocityTable table = Make();
        for (ulong key = 1; key <= 8; key++)
        {
            int place = Take(table, key, now: 0);
            for (ulong request = 0; request < (key == 3 ? 1UL : 2UL); request++)
            {
                table.AddRequest(place, card: key, isSmall: false);
            }
        }

        Take(table, key: 9, now: 1);

        Assert.Equal(-1, table.Find(3, 1));
    }

    [Fact]
    public void Take_FullBucket_AKeyThatIsOverStaysBeforeOthers()
    {
        VelocityTable table = Make();
        for (ulong key = 1; key <= 8; key++)
        {
            int place = Take(table, key, now: key == 5 ? 0 : 16 * Second);
            table[place].OverPlace = key == 5 ? 1 : 0;
        }

        Take(table, key: 9, now: 17 * Second);

        Assert.True(table.Find(5, 17 * Second) >= 0);
    }

    [Fact]
    public void Take_KeyWhoseWindowIsEmpty_IsNoEviction()
    {
        VelocityTable table = Make();
        for (ulong key = 1; key <= 8; key++)
        {
            Take(table, key, now: 0);
        }

        int place = Take(table, key: 9, now: 100 * Second);

        Assert.Equal((8, 0L), (table.Count, table.Evicted));
        Assert.Equal(default, table.FiguresOf(place));
    }

    /// <summary>However many keys come, the table stays as it is, and the same keys give the same places.</summary>
    [Fact]
    public void Take_ManyKeys_StaysWithinItsBoundAndIsDeterministic()
    {
        VelocityTable first = Make(keysMax: 1_000);
        VelocityTable second = Make(keysMax: 1_000);
        Assert.Equal(1_024, first.Places);
        var random = new Random(3);
        for (int i = 0; i < 20_000; i++)
        {
            ulong key = (ulong)random.NextInt64(1, 5_000) * 0x9E3779B97F4A7C15;
            long now = i * (Second / 100);
            Assert.Equal(Count(first, key, now), Count(second, key, now));
        }

        Assert.InRange(first.Count, 1, 1_024);
        Assert.Equal(first.Evicted, second.Evicted);
        Assert.True(first.Evicted > 0);
    }

    [Fact]
    public void SizeOf_Default_IsWhatTheDocumentationSays() =>
        Assert.InRange(VelocityTable.SizeOf(65_536, 20), 20L << 20, 32L << 20);

    private static VelocityTable Make(int keysMax = 8) => new(keysMax, TimeSpan.FromSeconds(60), new CardSketch(20));

    private static int Take(VelocityTable table, ulong key, long now)
    {
        int place = table.Victim(key);
        table.Take(place, key, now, acquirer: 0, Name);
        return place;
    }

    private static int Count(VelocityTable table, ulong key, long now)
    {
        int place = table.Find(key, now) is >= 0 and var known ? known : Take(table, key, now);
        table.AddRequest(place, key, isSmall: false);
        return place;
    }

    private static int RequestsAt(VelocityTable table, int place, int second)
    {
        table.Advance(place, second * Second);
        return table.FiguresOf(place).Requests;
    }
}
