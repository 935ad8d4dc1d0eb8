using Switch.Routing.Answers;
using Switch.Routing.Transactions;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>A request sent again after the duplicate window must not debit again, and DE 7 must be a date.</summary>
public sealed class FreshnessTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("1122100000", null, null)]
    [InlineData("1121100001", null, null)]
    [InlineData("1121095959", "94", "007")]
    [InlineData("1222100000", "30", "007")]
    [InlineData("1122105959", null, null)]
    [InlineData("1122110101", "30", "007")]
    [InlineData("0101000000", "30", "007")] // Forty days ahead is nearer than the 325 since.
    [InlineData("0722100000", "94", "007")]
    [InlineData("9999999999", "30", "007")]
    [InlineData("1131100000", "30", "007")]
    [InlineData("0229100000", "30", "007")] // No year near 2026 has it.
    [InlineData("1122240000", "30", "007")]
    public void Request_ByItsDe7_IsTakenOrRefused(string time, string? code, string? fault)
    {
        CoreRig rig = Rig();

        rig.Request(stan: 1, change: fields => fields[7] = time);

        if (code is null)
        {
            Assert.Single(rig.World.ToLinks);
            return;
        }

        SentMessage answer = Assert.Single(rig.Answers);
        Assert.Equal((code, fault, 1), (answer[39], answer[44], rig.Counters.StaleRequests));
        Assert.Empty(rig.World.ToLinks);
    }

    /// <summary>The short way for times of today says what the calendar says, and of no other day anything.</summary>
    [Fact]
    public void TryAgeToday_AnyTime_IsTheAgeByTheCalendarOrNone()
    {
        var random = new Random(7);
        int found = 0;
        for (int i = 0; i < 20_000; i++)
        {
            DateTime now = DateTime.UnixEpoch.AddSeconds(random.NextInt64(1_700_000_000, 1_900_000_000));
            DateTime then = now.AddSeconds(random.Next(-90_000, 90_000));
            long time = NumberOf(then) + (i % 5 == 0 ? random.Next(0, 100) * 100 : 0); // Some with minutes over 59.
            long second = (long)(now - DateTime.UnixEpoch).TotalSeconds;

            bool isToday = Freshness.TryAgeToday(time, NumberOf(now), out long age);
            bool isDate = Freshness.TryAge(time, second, out long byCalendar);

            Assert.Equal(isDate && time / 1_000_000 == NumberOf(now) / 1_000_000, isToday);
            Assert.True(!isToday || age == byCalendar, $"{time} at {now:O}: {age}, {byCalendar}");
            found += isToday ? 1 : 0;
        }

        Assert.InRange(found, 5_000, 15_000);
    }

    [Fact]
    public void Repeat_OfAKnownRequest_IsAnsweredHoweverOld()
    {
        CoreRig rig = Rig();
        rig.Request(stan: 1, change: fields => fields[7] = "1121110000");
        rig.Reply(rig.World.ToLinks[0]);
        rig.Advance(TimeSpan.FromHours(1.5));

        rig.Request(stan: 1, mti: "0101", change: fields => fields[7] = "1121110000");

        Assert.Equal(["00", "00"], rig.Answers.Select(sent => sent[39]));
    }

    [Theory]
    [InlineData("0420")]
    [InlineData("0400")]
    public void Reversal_HoweverOld_IsTaken(string mti)
    {
        CoreRig rig = Rig();

        rig.Reversal(originalStan: 1, stan: 2, mti: mti, change: fields => fields[7] = "0722100000");

        Assert.Equal("00", Assert.Single(rig.Answers)[39]);
    }

    [Fact]
    public void Off_TakesAnyDate()
    {
        var rig = new CoreRig();
        rig.LinksUp();

        rig.Request(stan: 1, change: fields => fields[7] = "0101000000");

        Assert.Single(rig.World.ToLinks);
    }

    [Theory]
    [InlineData("2026-12-31T23:59:50Z", 101000010, -20)]
    [InlineData("2027-01-01T00:00:10Z", 1231235950, 20)]
    [InlineData("2028-03-01T00:00:00Z", 229235959, 1)]
    [InlineData("2027-12-31T00:00:00Z", 229000000, -5_184_000)]
    [InlineData("2026-06-30T00:00:00Z", 1231000000, 15_638_400)]
    public void Age_AcrossNewYearAndLeapDays_IsThatOfTheNearest(string now, long time, long expected)
    {
        bool isDate = Freshness.TryAge(time, DateTimeOffset.Parse(now).ToUnixTimeSeconds(), out long age);

        Assert.True(isDate);
        Assert.Equal(expected, age);
    }

    private static CoreRig Rig()
    {
        var rig = new CoreRig(configuration => configuration with
        {
            Acquirers =
            [
                configuration.Acquirers[0] with
                {
                    FreshnessBack = TimeSpan.FromHours(24), FreshnessAhead = TimeSpan.FromHours(1),
                },
            ],
        });
        Assert.Equal(Now.ToUnixTimeSeconds(), rig.Now.WallMs / 1_000);
        rig.LinksUp();
        return rig;
    }

    private static long NumberOf(DateTime time) =>
        (((((time.Month * 100L) + time.Day) * 100) + time.Hour) * 10_000) + (time.Minute * 100) + time.Second;
}
