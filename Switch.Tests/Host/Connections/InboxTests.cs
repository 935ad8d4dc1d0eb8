using Switch.Host.Connections;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Connections;

public class InboxTests
{
    [Fact]
    public void Push_SeveralInOrder_AreDrainedInOrder()
    {
        using var inbox = new Inbox(8, 2);

        Assert.Equal(0, inbox.Push([Other(1), Sheddable(2), Other(3)]));

        Assert.Equal([1, 2, 3], Ids(inbox.Drain()));
        Assert.Equal(0, inbox.Drain().Length);
    }

    [Fact]
    public void Push_PastTheSheddableBound_RefusesOnlyTheSheddable()
    {
        using var inbox = new Inbox(5, 2);
        InboxEvent[] events =
        [
            Sheddable(1), Sheddable(2), Sheddable(3), Sheddable(4), Other(5), Sheddable(6), Other(7),
        ];

        int refused = inbox.Push(events);

        Assert.Equal([4, 6], Ids(events.AsSpan(0, refused)));
        Assert.Equal([1, 2, 3, 5, 7], Ids(inbox.Drain()));
    }

    [Fact]
    public void Push_PastTheCapacity_RefusesAll()
    {
        using var inbox = new Inbox(3, 1);
        InboxEvent[] events = [Other(1), Other(2), Other(3), Other(4), Sheddable(5)];

        int refused = inbox.Push(events);

        Assert.Equal([4, 5], Ids(events.AsSpan(0, refused)));
    }

    /// <summary>
    /// What must not be shed has room for as long as anything sheddable is still taken.
    /// </summary>
    [Fact]
    public void Push_AnyMixOfFillings_NeverRefusesTheOthersWhileTheSheddableAreTaken()
    {
        for (int others = 0; others <= 8; others++)
        {
            using var inbox = new Inbox(8, 3);
            for (int i = 0; i < others; i++)
            {
                inbox.Push(Other(i));
            }

            bool isSheddableTaken = inbox.Push(Sheddable(100));
            bool isOtherTaken = inbox.Push(Other(101));

            Assert.True(isOtherTaken || !isSheddableTaken, $"with {others} waiting");
        }
    }

    [Fact]
    public void Push_NotAdmitting_RefusesTheSheddableOnly()
    {
        using var inbox = new Inbox(8, 2) { IsAdmitting = false };

        Assert.False(inbox.Push(Sheddable(1)));
        Assert.True(inbox.Push(Other(2)));
    }

    [Fact]
    public void Drain_Twice_ForgetsTheFirstBatch()
    {
        using var inbox = new Inbox(4, 1);
        inbox.Push(new InboxEvent { Id = 1, Message = new(64) });
        Span<InboxEvent> first = inbox.Drain();

        inbox.Drain();

        Assert.Null(first[0].Message);
    }

    [Fact]
    public async Task PushCertainlyAsync_Full_WaitsForTheConsumer()
    {
        using var inbox = new Inbox(2, 1);
        inbox.Push([Other(1), Other(2)]);

        Task pushing = inbox.PushCertainlyAsync(Other(3));
        Assert.False(pushing.IsCompleted);
        inbox.Drain();
        await pushing.WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal([3], Ids(inbox.Drain()));
    }

    [Fact]
    public async Task Close_SomeoneWaits_LetsHimGo()
    {
        using var inbox = new Inbox(2, 1);
        inbox.Push([Other(1), Other(2)]);
        Task pushing = inbox.PushCertainlyAsync(Other(3));

        inbox.Close();

        await pushing.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.False(inbox.Push(Other(4)));
    }

    [Fact]
    public void Wait_WokenBefore_ReturnsAtOnce()
    {
        using var inbox = new Inbox(2, 1);
        inbox.Wake();

        inbox.Wait(milliseconds: Timeout.Infinite);

        Assert.Equal(0, inbox.Count);
    }

    [Fact]
    public void Wait_EventComes_Returns()
    {
        using var inbox = new Inbox(2, 1);
        var producer = new Thread(() => inbox.Push(Other(1)));
        producer.Start();

        while (inbox.Count == 0)
        {
            inbox.Wait(milliseconds: Timeout.Infinite);
        }

        producer.Join();
        Assert.Equal([1], Ids(inbox.Drain()));
    }

    /// <summary>Nothing is lost, doubled or turned round, however producers and the consumer meet.</summary>
    [Fact]
    public void Push_ManyThreads_KeepsEachThreadsOrder()
    {
        const int Producers = 4;
        const int Each = 20_000;
        using var inbox = new Inbox(256, 64);
        Thread[] threads =
        [
            .. Enumerable.Range(0, Producers).Select(producer => new Thread(() => Produce(inbox, producer, Each))),
        ];
        int[] next = new int[Producers];
        Array.ForEach(threads, thread => thread.Start());

        while (next.Sum() < Producers * Each)
        {
            inbox.Wait(100);
            foreach (ref InboxEvent item in inbox.Drain())
            {
                Assert.Equal(next[item.Acquirer]++, item.Id);
            }
        }

        Array.ForEach(threads, thread => thread.Join());
        Assert.All(next, count => Assert.Equal(Each, count));
    }

    [Fact]
    public void PushAndDrain_WarmedUp_AllocateNothing()
    {
        using var inbox = new Inbox(64, 8);
        InboxEvent[] events = [Other(1), Sheddable(2), Other(3)];

        Assert.Equal(0, AllocationMeter.Of(() =>
        {
            inbox.Push(events);
            inbox.Wait(1);
            inbox.Drain();
        }));
    }

    private static void Produce(Inbox inbox, int producer, int count)
    {
        InboxEvent[] batch = new InboxEvent[7];
        for (int sent = 0; sent < count;)
        {
            int size = Math.Min(batch.Length, count - sent);
            for (int i = 0; i < size; i++)
            {
                batch[i] = new InboxEvent { Id = sent + i, Acquirer = producer, IsSheddable = (sent + i) % 3 == 0 };
            }

            sent += size;
            int left = size;
            while ((left = PushInOrder(inbox, batch.AsSpan(0, left))) > 0)
            {
                Thread.Yield();
            }
        }
    }

    /// <summary>One at a time, because a batch may be taken in part, and its order is what is tested.</summary>
    private static int PushInOrder(Inbox inbox, Span<InboxEvent> batch)
    {
        int taken = 0;
        while (taken < batch.Length && inbox.Push(in batch[taken]))
        {
            taken++;
        }

        batch[taken..].CopyTo(batch);
        return batch.Length - taken;
    }

    private static InboxEvent Sheddable(int id) => new() { Id = id, IsSheddable = true };

    private static InboxEvent Other(int id) => new() { Id = id };

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
