using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
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

    [Fact]
    public void LargestFirst_GoesByDigitsThenReversalsThenAge()
    {
        var queue = new IssuerQueue(new AdviceSettings { Order = AdviceOrder.LargestFirst });
        OwedItem small = Add(queue, 1, amount: 999);
        OwedItem large = Add(queue, 2, amount: 40_000);
        OwedItem larger = Add(queue, 3, amount: 90_000);
        OwedItem reversal = Add(queue, 4, amount: 10_000, OwedKind.Reversal);
        OwedItem behind = Add(queue, 1, amount: 5_000_000);

        Assert.Equal([reversal, large, larger, small, behind], queue.InOrder());
        queue.PushReady(Taken(queue, large), atFront: true);
        Assert.Equal([large, reversal, larger, small, behind], queue.InOrder());
        Assert.True(ReadyLines.IsInFront(large));
    }

    /// <summary>Goal: larger ones that keep coming do not leave a small one behind.</summary>
    [Fact]
    public void LargestFirst_SmallOneAmongLargerThatKeepComing_GoesInItsTurn()
    {
        var queue = new IssuerQueue(new AdviceSettings { Order = AdviceOrder.LargestFirst });
        for (int i = 0; i < 4; i++)
        {
            Add(queue, 10 + i, amount: 50_000);
        }

        OwedItem small = Add(queue, 1, amount: 1);
        int sent = 0;
        for (OwedItem? next = null; next != small; sent++)
        {
            next = queue.FirstReady!;
            queue.Sent(next);
            Add(queue, 100 + sent, amount: 70_000_000);
            Assert.True(sent <= ReadyLines.OldestEvery * 5, "It was left behind.");
        }

        Assert.True(sent > ReadyLines.OldestEvery);
    }

    [Fact]
    public void LargestFirst_OnlyCardInLine_IsOrderedByAge()
    {
        var queue = new IssuerQueue(new AdviceSettings { Order = AdviceOrder.LargestFirst });
        OwedItem first = Add(queue, 1, amount: 1);
        OwedItem second = Add(queue, 1, amount: 1_000_000, OwedKind.Reversal);

        Assert.Equal(first, queue.FirstReady);
        queue.Sent(first);
        Assert.Null(queue.FirstReady);
        queue.Remove(first);
        Assert.Equal(second, queue.FirstReady);
    }

    private static OwedItem Taken(IssuerQueue queue, OwedItem item)
    {
        queue.Unready(item);
        return item;
    }

    private OwedItem Add(IssuerQueue queue, long card, long amount, OwedKind kind = OwedKind.StandInAdvice)
    {
        var item = new OwedItem(_stan) { Card = TestTokens.Of(card), Stan = ++_stan, Id = (ulong)_stan, Kind = kind };
        var composer = new MessageComposer(1024);
        composer.Start(Dialect.Get("iso87-ascii"), Mti.ReversalAdvice);
        composer.SetNumber(Field.Amount, amount);
        var image = new byte[FieldImage.SizeMax(1024)];
        Assert.True(composer.TryWriteImage(image, out int size, out _));
        item.Keep(image.AsSpan(0, size));
        queue.Add(item, isHeld: false);
        return item;
    }

    private OwedItem Add(CardToken card)
    {
        var item = new OwedItem(_stan) { Card = card, Stan = ++_stan };
        _queue.Add(item, isHeld: false);
        return item;
    }
}
