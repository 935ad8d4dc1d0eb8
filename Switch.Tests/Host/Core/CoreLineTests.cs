using Switch.Host.Connections;
using Switch.Host.Core;
using Switch.Protocol.Messages;
using Switch.Routing.Admission;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Core;

/// <summary>
/// Goal: what is not of an acquirer goes first, acquirers share the rest, each in its own order, and the inbox knows
/// what still waits. Method: an inbox and its line, without a core.
/// </summary>
public sealed class CoreLineTests : IDisposable
{
    private const int Capacity = 1_000;
    private const long WaitMax = 20 * TimeSpan.TicksPerMillisecond;

    private readonly Inbox _inbox =
        new(Capacity + 500, 500, bell: null, new LineLimits([1, 1], WaitMax));

    private readonly CoreLine _line;

    public CoreLineTests()
    {
        _line = new CoreLine(_inbox, [1, 1], Capacity + 500);
    }

    public void Dispose() => _inbox.Dispose();

    [Fact]
    public void Drain_BothKinds_GivesWhatIsNoAcquirersInItsOrder()
    {
        _inbox.Push([Request(0, 1), Other(2), Request(1, 3), Other(4)]);

        Span<InboxEvent> urgent = _line.Drain();

        Assert.Equal([2, 4], Ids(urgent));
        Assert.Equal([1, 3], TakeIds());
    }

    /// <summary>A reversal that overtakes its own request would find nothing to take back.</summary>
    [Fact]
    public void TryTake_AReversalBehindItsRequest_StaysBehindIt()
    {
        _inbox.Push([Request(0, 1), Request(0, 2), Reversal(0, 3), Request(0, 4), Request(1, 5)]);

        Assert.Empty(Ids(_line.Drain()));

        Assert.Equal([1, 5, 2, 3, 4], TakeIds());
    }

    [Fact]
    public void Push_MoreThanTheAcquirersLimit_IsRefusedToThatOneOnly()
    {
        int taken = PushWhileTaken(0);
        Assert.True(taken < Capacity, "the limit of the acquirer comes before that of all");

        Assert.True(_inbox.Push(Request(1, 1)));
        Assert.True(_inbox.Push(Other(2)));
    }

    /// <summary>What the core's thread holds in its line counts as if it still were in the inbox.</summary>
    [Fact]
    public void Push_TheLineHoldsThem_IsRefusedAllTheSame()
    {
        PushWhileTaken(0);
        _line.Drain();
        _line.EndTurn(now: 1);

        Assert.False(_inbox.Push(Request(0, 1)));

        _line.TryTake(out _);
        _line.EndTurn(now: 1);
        Assert.True(_inbox.Push(Request(0, 1)));
    }

    [Fact]
    public void Push_AllThatMayBeShed_LeavesRoomForTheRest()
    {
        for (int i = 0; i < Capacity * 2; i++)
        {
            _inbox.Push(Request(i % 2, i));
        }

        for (int i = 0; i < 500; i++)
        {
            Assert.True(_inbox.Push(Other(i)), $"after {i}");
        }
    }

    /// <summary>After a slow spell each turn is told of, also one that leaves nothing in line.</summary>
    [Fact]
    public void EndTurn_AfterASlowSpell_WidensTheLimitAgain()
    {
        int first = PushWhileTaken(0);
        _line.Drain();
        long now = 0;
        while (_line.TryTake(out _))
        {
            _line.EndTurn(now += TimeSpan.TicksPerSecond);
        }

        int narrow = PushWhileTaken(0);
        Assert.InRange(narrow, 1, first / 2);
        for (int turn = 0; turn < 1_000; turn++)
        {
            _line.Drain();
            while (_line.TryTake(out _))
            {
            }

            _line.EndTurn(++now);
        }

        Assert.Equal(first, PushWhileTaken(0));
    }

    /// <summary>What must not be lost waits for the line too, and does not try again and again meanwhile.</summary>
    [Fact]
    public async Task PushCertainlyAsync_TheLineIsFull_WaitsForATurn()
    {
        for (int i = 0; i < Capacity + 500; i++)
        {
            Assert.True(_inbox.Push(Reversal(0, i)));
        }

        _line.Drain();
        _line.EndTurn(now: 1);
        Task pushing = _inbox.PushCertainlyAsync(Other(-1));
        Assert.False(pushing.IsCompleted);
        Assert.True(_line.TryTake(out _));
        _line.EndTurn(now: 2);
        _line.Drain();

        await pushing.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal([-1], Ids(_line.Drain()));
    }

    [Fact]
    public void Turn_WarmedUp_AllocatesNothing()
    {
        InboxEvent[] events = [Request(0, 1), Request(1, 2), Other(3)];

        Assert.Equal(0, AllocationMeter.Of(() =>
        {
            _inbox.Push(events);
            _line.Drain();
            _line.TryTake(out _);
            _line.EndTurn(now: 1);
            _line.TryTake(out _);
            _line.EndTurn(now: 2);
        }));
    }

    private int PushWhileTaken(int acquirer)
    {
        int taken = 0;
        while (taken < 10 * Capacity && _inbox.Push(Request(acquirer, taken)))
        {
            taken++;
        }

        return taken;
    }

    private List<int> TakeIds()
    {
        var ids = new List<int>();
        while (_line.TryTake(out InboxEvent item))
        {
            ids.Add(item.Id);
        }

        return ids;
    }

    private static InboxEvent Request(int acquirer, int id) => new()
    {
        Id = id, Acquirer = acquirer, IsSheddable = true, Kind = InboxKind.AcquirerFault, Message = Blank,
    };

    private static InboxEvent Reversal(int acquirer, int id) => Request(acquirer, id) with { IsSheddable = false };

    private static InboxEvent Other(int id) => new() { Id = id };

    private static readonly Message Blank = new(64);

    private static int[] Ids(Span<InboxEvent> events)
    {
        int[] ids = new int[events.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = events[i].Id;
        }

        return ids;
    }
}
