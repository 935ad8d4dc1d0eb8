using System.Net;
using Switch.Host.Acquirers;
using Switch.Host.Connections;

namespace Switch.Tests.Host.Acquirers;

public sealed class ConnectionRollTests
{
    private const long Second = TimeSpan.TicksPerSecond;
    private static readonly IPAddress Here = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress There = IPAddress.Parse("10.0.0.2");

    [Fact]
    public void TryEnter_AtTheBoundOfAllSpeaking_IsFull()
    {
        var roll = new ConnectionRoll(new RollLimits(Max: 3, MaxPerAddress: 3, PerSecond: 0), ArrivalRate.Any);
        RollEntry[] entries = [.. Enumerable.Range(0, 3).Select(_ => Speaking(roll, Here))];

        Assert.Equal(RollVerdict.Full, roll.TryEnter(new RollEntry(There), Second * 10, out RollEntry? displaced));
        Assert.Null(displaced);
        roll.Leave(entries[1]);
        Assert.Equal(RollVerdict.Entered, roll.TryEnter(new RollEntry(There), Second * 10, out displaced));
        Assert.Null(displaced);
        Assert.Equal(3, roll.Count);
    }

    [Fact]
    public void TryEnter_AtTheBoundOfOneAddress_LeavesRoomForOthers()
    {
        var roll = new ConnectionRoll(new RollLimits(Max: 4, MaxPerAddress: 2, PerSecond: 0), ArrivalRate.Any);
        Speaking(roll, Here);
        Speaking(roll, Here);

        Assert.Equal(RollVerdict.AddressFull, roll.TryEnter(new RollEntry(Here), Second * 10, out _));
        Assert.Equal(
            RollVerdict.AddressFull, roll.TryEnter(new RollEntry(Here.MapToIPv6()), Second * 10, out _));
        Assert.Equal(RollVerdict.Entered, roll.TryEnter(new RollEntry(There), Second * 10, out _));
    }

    /// <summary>The oldest silent one gives way, after a second; those that spoke stay.</summary>
    [Fact]
    public void TryEnter_AtTheBound_TakesThePlaceOfTheOldestSilent()
    {
        var roll = new ConnectionRoll(new RollLimits(Max: 3, MaxPerAddress: 3, PerSecond: 0), ArrivalRate.Any);
        Speaking(roll, Here);
        RollEntry oldest = Silent(roll, Here, Second);
        RollEntry younger = Silent(roll, There, Second + 1);

        Assert.Equal(RollVerdict.Full, roll.TryEnter(new RollEntry(There), (2 * Second) - 1, out RollEntry? displaced));
        Assert.Equal(RollVerdict.Entered, roll.TryEnter(new RollEntry(There), 2 * Second, out displaced));
        Assert.Same(oldest, displaced);
        Assert.Equal(RollVerdict.Entered, roll.TryEnter(new RollEntry(There), 3 * Second, out displaced));
        Assert.Same(younger, displaced);
        roll.Leave(oldest); // Its end comes later, and takes no place twice.
        roll.Leave(younger);
        Assert.Equal(3, roll.Count);
    }

    [Fact]
    public void TryEnter_AtTheBoundOfItsAddress_TakesThePlaceOfItsOwnSilentOne()
    {
        var roll = new ConnectionRoll(new RollLimits(Max: 10, MaxPerAddress: 2, PerSecond: 0), ArrivalRate.Any);
        Silent(roll, There, 0);
        RollEntry oldest = Silent(roll, Here, 1);
        Silent(roll, Here, 2);

        Assert.Equal(RollVerdict.Entered, roll.TryEnter(new RollEntry(Here), 2 * Second, out RollEntry? displaced));
        Assert.Same(oldest, displaced);
    }

    [Fact]
    public void TryEnter_OverTheRateOfAnAddress_WaitsItsTurn()
    {
        var roll = new ConnectionRoll(new RollLimits(Max: 100, MaxPerAddress: 100, PerSecond: 10), ArrivalRate.Any);

        TimeSpan[] waits = [.. Enumerable.Range(0, 15).Select(_ => Silent(roll, Here, Second).Wait)];
        TimeSpan other = Silent(roll, There, Second).Wait;
        TimeSpan later = Silent(roll, Here, 10 * Second).Wait;

        Assert.All(waits[..10], wait => Assert.Equal(TimeSpan.Zero, wait));
        Assert.Equal([100, 200, 300, 400, 500], waits[10..].Select(wait => wait.TotalMilliseconds));
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (other, later));
    }

    /// <summary>What is refused takes no turn: the next comes as early as if it had not been there.</summary>
    [Fact]
    public void TryEnter_WhenItsTurnIsOverASecondAway_IsRefused()
    {
        var roll = new ConnectionRoll(new RollLimits(Max: 100, MaxPerAddress: 100, PerSecond: 10), ArrivalRate.Any);
        RollEntry[] entries = [.. Enumerable.Range(0, 20).Select(_ => Silent(roll, Here, Second))];
        Assert.Equal(TimeSpan.FromSeconds(1), entries[^1].Wait);

        for (int i = 0; i < 50; i++)
        {
            Assert.Equal(RollVerdict.AddressOverRate, roll.TryEnter(new RollEntry(Here), Second, out _));
        }

        Assert.Equal((20, TimeSpan.Zero), (roll.Count, Silent(roll, There, Second).Wait));
        Assert.Equal(TimeSpan.FromSeconds(1), Silent(roll, Here, Second + (Second / 10)).Wait);
    }

    [Fact]
    public void TryEnter_OverTheRateOfAllAcquirers_IsRefusedAndDisplacesNone()
    {
        var arrivals = new ArrivalRate(perSecond: 5);
        var other = new ConnectionRoll(new RollLimits(Max: 9, MaxPerAddress: 9, PerSecond: 0), arrivals);
        var roll = new ConnectionRoll(new RollLimits(Max: 1, MaxPerAddress: 1, PerSecond: 0), arrivals);
        Silent(roll, Here, 0);
        for (int i = 0; i < 5; i++)
        {
            Silent(other, new IPAddress(0x0200_0000L + i), 2 * Second);
        }

        Assert.Equal(
            RollVerdict.OverRate, roll.TryEnter(new RollEntry(Here), 2 * Second, out RollEntry? displaced));
        Assert.Equal((null, 1), (displaced, roll.Count));
    }

    /// <summary>What finds no place for another reason takes nothing of what all acquirers may have.</summary>
    [Fact]
    public void TryEnter_AtTheBoundOfItsAddress_TakesNothingFromOthers()
    {
        var arrivals = new ArrivalRate(perSecond: 5);
        var roll = new ConnectionRoll(new RollLimits(Max: 9, MaxPerAddress: 1, PerSecond: 0), arrivals);
        Silent(roll, Here, 0);
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal(RollVerdict.AddressFull, roll.TryEnter(new RollEntry(Here), 0, out _));
        }

        for (int i = 0; i < 4; i++)
        {
            Silent(roll, new IPAddress(0x0200_0000L + i), 0);
        }
    }

    /// <summary>One host may use all addresses of its network of 64 bits.</summary>
    [Fact]
    public void TryEnter_AddressesOfOneNetworkOfIPv6_AreOne()
    {
        var roll = new ConnectionRoll(new RollLimits(Max: 10, MaxPerAddress: 1, PerSecond: 0), ArrivalRate.Any);
        Silent(roll, IPAddress.Parse("2001:db8::1"), 0);

        Assert.Equal(
            RollVerdict.AddressFull, roll.TryEnter(new RollEntry(IPAddress.Parse("2001:db8::2:1")), 0, out _));
        Assert.Equal(
            RollVerdict.Entered, roll.TryEnter(new RollEntry(IPAddress.Parse("2001:db8:0:1::1")), 0, out _));
    }

    /// <summary>Addresses that went are forgotten, and there is a bound on those that are kept in mind.</summary>
    [Fact]
    public void TryEnter_FromVeryManyAddresses_ForgetsThoseThatWent()
    {
        const int Addresses = 65_536;
        var roll = new ConnectionRoll(new RollLimits(Max: 1_000_000, MaxPerAddress: 1, PerSecond: 10), ArrivalRate.Any);
        for (int i = 0; i < Addresses; i++)
        {
            roll.Leave(Silent(roll, new IPAddress(0x0200_0000L + i), 0));
        }

        Assert.Equal(RollVerdict.AddressFull, roll.TryEnter(new RollEntry(Here), 1, out _));
        Assert.Equal(RollVerdict.Entered, roll.TryEnter(new RollEntry(Here), 2 * Second, out _));
        Assert.Equal(1, roll.Count);
    }

    private static RollEntry Speaking(ConnectionRoll roll, IPAddress address)
    {
        RollEntry entry = Silent(roll, address, 0);
        roll.Prove(entry);
        return entry;
    }

    private static RollEntry Silent(ConnectionRoll roll, IPAddress address, long now)
    {
        var entry = new RollEntry(address);
        Assert.Equal(RollVerdict.Entered, roll.TryEnter(entry, now, out RollEntry? displaced));
        Assert.Null(displaced);
        return entry;
    }
}
