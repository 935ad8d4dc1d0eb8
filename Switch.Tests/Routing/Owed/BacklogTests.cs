using Switch.Host.Simulators.World;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Owed;
using Switch.Routing.Values;
using Switch.Tests.Routing.StandIn;

namespace Switch.Tests.Routing.Owed;

public sealed class BacklogTests
{
    private const ulong Epoch = 1UL << 48;

    private readonly SimulatedBacklog _store = new();
    private readonly Backlog _backlog;
    private readonly List<Kept> _kept = [];
    private readonly OwedItem _place = new(0);

    public BacklogTests() => _backlog = new Backlog(_store);

    /// <summary>Against a plain list, over several pages and starts of the node.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RandomMoves_KnowWhatAListKnows(int seed)
    {
        var random = new Random(seed);
        ulong id = Epoch;
        for (int i = 0; i < 60_000; i++)
        {
            int draw = random.Next(100);
            if (draw < 60 || _kept.Count == 0)
            {
                id = draw == 0 ? ((id >> 48) + 1) << 48 : id + (ulong)random.Next(1, 40);
                Add(new Kept(id, random.Next(1, 400), random.Next(1, 50), random.Next(1, 90)));
            }
            else if (draw < 90)
            {
                Take(0);
            }
            else
            {
                Take(draw < 95 ? random.Next(_kept.Count) : _kept.Count - 1);
            }

            if (i % 500 == 0)
            {
                Compare(random);
            }
        }

        Compare(random);
        while (_kept.Count > 0)
        {
            Take(0);
        }

        Assert.Equal((0, 0L, 0UL, 0), (_backlog.Count, _backlog.First, _backlog.LastId, _store.Count));
    }

    [Fact]
    public void Take_EntryNotInMemory_LeavesItThere()
    {
        Add(new Kept(Epoch, 1, 1, 1)); // Read at the second look.

        Assert.False(_backlog.TryTake(_backlog.First, _place, mayWait: false));
        Assert.Equal((1, 1), (_backlog.Count, _store.Count));
        Assert.True(_backlog.TryTake(_backlog.First, _place, mayWait: false));
        Assert.Equal((0, 0), (_backlog.Count, _store.Count));
    }

    [Fact]
    public void Take_GivesTheWholeMessageBack()
    {
        var item = new OwedItem(5);
        item.Begin(
            Epoch + 7, OwedKind.ForwardedAdvice, 3, Mti.FinancialAdvice, TestTokens.Of(9), Reason.TimedOutWaiting);
        (item.Transaction, item.Stan, item.Time, item.OriginalStan) = (77, 123_456, 1_231_235_959, 99);
        (item.Attempts, item.Lsn, item.Acquirer) = (2, 1_000_001, 4);
        item.CountAs(Switch.Routing.Totals.TotalKind.Debit, 5_000, 978);
        item.Keep([1, 2, 3, 4, 5]);
        _backlog.Add(item);

        Assert.True(_backlog.TryTake(_backlog.First, _place, mayWait: true));

        Assert.All(
            typeof(OwedItem).GetProperties().Where(static one => one.Name is not ("Index" or "Generation" or "Image")),
            property => Assert.Equal(property.GetValue(item), property.GetValue(_place)));
        Assert.Equal(item.Image.AsSpan(0, item.ImageSize), _place.Image.AsSpan(0, _place.ImageSize));
    }

    [Fact]
    public void OwesAdvice_ReversalsAndDeclines_AreNotCounted()
    {
        Add(new Kept(Epoch, 1, 1, 1), OwedKind.Reversal);
        Add(new Kept(Epoch + 1, 1, 2, 1), OwedKind.DeclineAdvice);
        Add(new Kept(Epoch + 2, 2, 3, 1), OwedKind.StandInAdvice);

        Assert.Equal((true, true, false), (Knows(1), Knows(2), Knows(3)));
        Assert.Equal(
            (false, true),
            (_backlog.OwesAdvice(TestTokens.Of(1).Short), _backlog.OwesAdvice(TestTokens.Of(2).Short)));
    }

    private bool Knows(int card) => _backlog.Knows(TestTokens.Of(card).Short);

    private void Add(Kept kept, OwedKind kind = OwedKind.StandInAdvice)
    {
        var item = new OwedItem(0);
        item.Begin(kept.Id, kind, 0, Mti.AuthorizationAdvice, TestTokens.Of(kept.Card), Reason.None);
        (item.Stan, item.Time, item.Transaction) = (kept.Stan, kept.Time, kept.Id + 1);
        Assert.True(_backlog.Takes(item));
        _backlog.Add(item);
        _kept.Add(kept);
    }

    private void Take(int index)
    {
        Kept kept = _kept[index];
        long row = _backlog.Find(kept.Id);
        Assert.NotEqual(0, row);
        Assert.True(_backlog.TryTake(row, _place, mayWait: true));
        Assert.Equal((kept.Id, kept.Stan, (long)kept.Time), (_place.Id, _place.Stan, _place.Time));
        _kept.RemoveAt(index);
    }

    private void Compare(Random random)
    {
        Assert.Equal(_kept.Count, _backlog.Count);
        Assert.Equal(_kept.Count == 0 ? 0 : _kept[^1].Id, _backlog.LastId);
        var ids = new List<ulong>();
        for (long row = _backlog.First; row != 0; row = _backlog.After(row))
        {
            Assert.True(_backlog.TryPeek(row, _place, mayWait: true));
            ids.Add(_place.Id);
        }

        Assert.Equal(_kept.Select(static one => one.Id), ids);
        var rows = new List<long>();
        for (int i = 0; i < 20; i++)
        {
            (int card, int stan, int time) = (random.Next(1, 400), random.Next(1, 50), random.Next(1, 90));
            ulong token = TestTokens.Of(card).Short;
            List<Kept> ofCard = _kept.FindAll(one => one.Card == card);
            List<Kept> bearers = _kept.FindAll(one => one.Stan == stan);
            _backlog.RowsOf(token, rows);
            Assert.Equal(ofCard.Select(one => _backlog.Find(one.Id)), rows);
            Assert.Equal((ofCard.Count > 0, bearers.Count > 0), (_backlog.Knows(token), _backlog.Bears(stan)));
            bool collides = bearers.Exists(one => one.Time == time || one.Card == card);
            Assert.Equal(collides ? -1 : bearers.Count, _backlog.BearersBeside(stan, time, token));
            Kept youngest = bearers.FindLast(one => one.Card == card);
            Assert.Equal(
                youngest.Id == 0 ? 0 : _backlog.Find(youngest.Id), _backlog.FindOfCard(stan, token));
            if (bearers.Count > 0)
            {
                Kept sought = bearers[random.Next(bearers.Count)];
                Assert.Equal(_backlog.Find(sought.Id), _backlog.FindOf(stan, sought.Id + 1));
            }

            Assert.Equal(0, _backlog.FindOf(stan, 3));
            Assert.Equal(0, _backlog.Find((ulong)random.NextInt64(1, (long)Epoch - 1)));
        }
    }

    private readonly record struct Kept(ulong Id, int Card, int Stan, int Time);
}
