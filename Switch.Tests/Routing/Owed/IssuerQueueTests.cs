using Switch.Protocol.Fields;
using Switch.Routing.Owed;
using Switch.Routing.Settings;
using Switch.Tests.Routing.StandIn;

namespace Switch.Tests.Routing.Owed;

public sealed class IssuerQueueTests
{
    private static readonly CardToken From = TestTokens.Of(1);
    private static readonly CardToken To = TestTokens.Of(2);

    private readonly IssuerQueue _queue = new(new AdviceSettings());
    private int _stan;

    [Fact]
    public void Rename_Chain_KeepsItsOrderUnderTheOtherToken()
    {
        OwedItem first = Add(From);
        OwedItem second = Add(From);
        OwedItem other = Add(TestTokens.Of(3));

        _queue.Rename(From, To);

        Assert.Equal([first, second, other], _queue.InOrder());
        Assert.Equal((false, true), (_queue.Knows(From), _queue.Knows(To)));
        Assert.Equal((To, To), (first.Card, second.Card));
        OwedItem third = Add(To);
        _queue.Remove(first);
        Assert.Equal([other, second, third], _queue.InOrder());
    }

    /// <summary>Only where the record of an earlier change was lost: what became owed first goes first.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rename_IntoAChain_GoesBeforeItAndLosesNothing(bool isUnderWay)
    {
        OwedItem older = Add(From);
        OwedItem younger = Add(To);
        OwedItem youngest = Add(To);
        if (isUnderWay)
        {
            _queue.Unready(younger);
            younger.State = OwedState.InFlight;
        }

        _queue.Rename(From, To);

        Assert.Equal([older, younger, youngest], _queue.InOrder());
        Assert.Equal(older, _queue.FirstReady);
        Assert.Null(older.NextReady);
        _queue.Remove(older);
        Assert.Equal(isUnderWay ? OwedState.InFlight : OwedState.Ready, younger.State);
        _queue.Remove(younger);
        Assert.Equal([youngest], _queue.InOrder());
        _queue.Remove(youngest);
        Assert.Equal((0, false, null), (_queue.Count, _queue.Knows(To), _queue.FirstReady));
    }

    [Fact]
    public void Rename_CardThatIsNotThere_ChangesNothing()
    {
        OwedItem item = Add(To);

        _queue.Rename(From, To);
        _queue.Rename(To, To);

        Assert.Equal([item], _queue.InOrder());
    }

    private OwedItem Add(CardToken card)
    {
        var item = new OwedItem(_stan) { Card = card, Stan = ++_stan };
        _queue.Add(item, isHeld: false);
        return item;
    }
}
