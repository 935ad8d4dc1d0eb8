using System.Net;
using Microsoft.AspNetCore.Connections;
using Switch.Host.Connections.Tls;

namespace Switch.Tests.Host.Connections.Tls;

/// <summary>Which of those that have a place gives way, where few places make the numbers small.</summary>
public sealed class FairPlacesTests
{
    private const string Here = "10.0.0.1";
    private const string There = "10.0.0.2";
    private const string Newcomer = "10.0.0.3";
    private const long Grace = TimeSpan.TicksPerMillisecond * 250;

    private readonly FairPlaces _places = new(5);

    /// <summary>With one fewer they would take turns in putting each other out.</summary>
    [Fact]
    public void WhoGivesWay_ToAnAddressWithOneFewer_IsNoneBeforeItsTime()
    {
        Handshake oldest = Add(Here, 1);
        Add(Here, 2);
        Add(Here, 3);
        Add(There, 0);

        Assert.Same(oldest, WhoGivesWay(There, now: 4));
        Add(There, 4);
        Assert.Null(WhoGivesWay(There, now: Grace));
        Assert.Same(oldest, WhoGivesWay(There, now: Grace + 1));
    }

    /// <summary>Of addresses that have as many, the oldest gives way, whichever address came first.</summary>
    [Theory]
    [InlineData(Here, There)]
    [InlineData(There, Here)]
    public void WhoGivesWay_AddressesWithAsMany_IsTheOldest(string first, string second)
    {
        Add(first, 3);
        Handshake oldest = Add(second, 1);
        Add(second, 2);
        Add(first, 4);

        Assert.Same(oldest, WhoGivesWay(Newcomer, now: 5));
    }

    /// <summary>Those that wait for this process keep their places; others of their address give way.</summary>
    [Fact]
    public void WhoGivesWay_OldestAreComputedFor_IsTheOldestThatWaits()
    {
        Add(Here, 0, isWaiting: false);
        Add(Here, 1, isWaiting: false);
        Handshake waiting = Add(Here, 2);
        Handshake other = Add(There, 0);
        Add(There, 1);

        Assert.Same(waiting, WhoGivesWay(Newcomer, now: 5));
        waiting.IsWaiting = false;
        Assert.Same(other, WhoGivesWay(Newcomer, now: 5));
    }

    /// <summary>However old a slow peer's handshake is, a crowd that has more than its address does not get it.
    /// </summary>
    [Fact]
    public void WhoGivesWay_ToTheAddressThatHasMost_IsNoneOfAnother()
    {
        for (int i = 0; i < 4; i++)
        {
            Add(Here, i, isWaiting: false);
        }

        Handshake slow = Add(There, 0);

        Assert.Null(WhoGivesWay(Here, now: Grace * 100));
        Assert.Null(WhoGivesWay(Newcomer, now: Grace - 1));
        Assert.Same(slow, WhoGivesWay(Newcomer, now: Grace));
    }

    /// <summary>An address may be one of very many: it is not kept in mind when its last one has gone.</summary>
    [Fact]
    public void Remove_TheLastOfAnAddress_ForgetsIt()
    {
        Handshake one = Add(Here, 0);
        Handshake other = Add(Here, 1);
        Add(There, 2);

        _places.Remove(one);
        Assert.Equal((2, 2), (_places.Addresses, _places.Count));
        _places.Remove(other);
        _places.Remove(other); // Its end comes later, and frees no place twice.

        Assert.Equal((1, 1), (_places.Addresses, _places.Count));
    }

    private Handshake? WhoGivesWay(string newcomer, long now) => _places.WhoGivesWay(IPAddress.Parse(newcomer), now);

    private Handshake Add(string address, long enteredAt, bool isWaiting = true)
    {
        var connection = new DefaultConnectionContext(address)
        {
            RemoteEndPoint = new IPEndPoint(IPAddress.Parse(address), 1),
        };
        var one = new Handshake(connection, new HandshakePlaces(1, 1)) { EnteredAt = enteredAt, IsWaiting = isWaiting };
        _places.Add(one);
        return one;
    }
}
