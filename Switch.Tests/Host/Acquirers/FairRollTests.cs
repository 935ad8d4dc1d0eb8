using System.Net;
using Switch.Host.Acquirers;
using Switch.Host.Connections;

namespace Switch.Tests.Host.Acquirers;

/// <summary>Who gives way at the bound of an acquirer: one of a crowd, and none that is about to speak.</summary>
public sealed class FairRollTests
{
    private const long Second = TimeSpan.TicksPerSecond;
    private static readonly IPAddress First = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress Other = IPAddress.Parse("10.0.0.2");
    private static readonly IPAddress Newcomer = IPAddress.Parse("10.0.0.3");

    /// <summary>Two addresses hold all places, and all of their connections are young.</summary>
    [Fact]
    public void TryEnter_BesideACrowdOfTwoAddresses_TakesAPlaceOfTheLargestAtOnce()
    {
        var roll = new ConnectionRoll(new RollLimits(Max: 256, MaxPerAddress: 128, PerSecond: 0), ArrivalRate.Any);
        Fill(roll, Other, 128, at: 2);
        RollEntry[] crowd = Fill(roll, First, 128, at: 1);

        Assert.Equal(RollVerdict.Entered, roll.TryEnter(new RollEntry(Newcomer), 3, out RollEntry? displaced));
        Assert.Same(crowd[0], displaced);
        Assert.Equal(256, roll.Count);
    }

    [Fact]
    public void TryEnter_OfACrowd_TakesNoPlaceOfANewcomer()
    {
        var roll = new ConnectionRoll(new RollLimits(Max: 8, MaxPerAddress: 8, PerSecond: 0), ArrivalRate.Any);
        var newcomer = new RollEntry(Newcomer);
        Assert.Equal(RollVerdict.Entered, roll.TryEnter(newcomer, 0, out _));
        RollEntry[] crowd = Fill(roll, First, 7, at: 1);

        Assert.Equal(RollVerdict.Full, roll.TryEnter(new RollEntry(First), Second, out RollEntry? displaced));
        Assert.Null(displaced);
        Assert.Equal(RollVerdict.Entered, roll.TryEnter(new RollEntry(First), Second + 1, out displaced));
        Assert.Same(crowd[0], displaced);
    }

    /// <summary>Only those that are silent count: many that speak, of a load balancer, give way to none.</summary>
    [Fact]
    public void TryEnter_BesideOneWithManyThatSpeak_TakesAPlaceOfTheSilent()
    {
        var roll = new ConnectionRoll(new RollLimits(Max: 8, MaxPerAddress: 8, PerSecond: 0), ArrivalRate.Any);
        Array.ForEach(Fill(roll, Other, 5, at: 0), roll.Prove);
        Fill(roll, Other, 1, at: 0);
        RollEntry[] crowd = Fill(roll, First, 2, at: 1);

        Assert.Equal(RollVerdict.Entered, roll.TryEnter(new RollEntry(Newcomer), 2, out RollEntry? displaced));
        Assert.Same(crowd[0], displaced);
    }

    /// <summary>Of crowds that are as large, the oldest; one with a single place more keeps it for a second.</summary>
    [Fact]
    public void TryEnter_OfAnAddressWithNearlyAsMany_WaitsASecond()
    {
        var roll = new ConnectionRoll(new RollLimits(Max: 4, MaxPerAddress: 4, PerSecond: 0), ArrivalRate.Any);
        RollEntry[] older = Fill(roll, First, 2, at: 5);
        Fill(roll, Other, 2, at: 6);
        Assert.Equal(RollVerdict.Full, roll.TryEnter(new RollEntry(Other), 4 + Second, out _));
        Assert.Equal(
            RollVerdict.Entered, roll.TryEnter(new RollEntry(Other), 5 + Second, out RollEntry? displaced));
        Assert.Same(older[0], displaced);

        Assert.Equal(RollVerdict.Full, roll.TryEnter(new RollEntry(Other), 5 + Second, out _));
    }

    private static RollEntry[] Fill(ConnectionRoll roll, IPAddress address, int count, long at)
    {
        RollEntry[] entries = [.. Enumerable.Range(0, count).Select(_ => new RollEntry(address))];
        Assert.All(entries, one => Assert.Equal(RollVerdict.Entered, roll.TryEnter(one, at, out _)));
        return entries;
    }
}
