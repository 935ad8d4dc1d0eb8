using Switch.Host.Journal;
using Switch.Routing.Journal;

namespace Switch.Tests.Host.Journal;

/// <summary>
/// Goal: every record that the core's thread hands over is taken once and in order, though neither side takes a lock,
/// and neither thread waits for what never comes. Method: two threads, small batches, and every end there is.
/// </summary>
public class BatchExchangeTests
{
    private const int BatchSize = 4_096;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly byte[] Part = new byte[100];

    /// <summary>
    /// LSNs that follow each other: <see cref="RecordBatch"/> refuses a gap within a batch, and the taker between two.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Submit_WhileTheOtherTakes_EachIsTakenOnceAndInOrder(int recordsPerBatch)
    {
        const int Records = 300_000;
        var exchange = new BatchExchange(BatchSize);
        long taken = 0;
        bool isInOrder = true;
        var taker = new Thread(() =>
        {
            while (exchange.Take() is { } batch)
            {
                isInOrder &= batch.LastLsn == taken + batch.Count;
                taken = batch.LastLsn;
                batch.Clear();
                exchange.Give(batch);
            }
        });
        taker.Start();

        var forming = new RecordBatch(BatchSize);
        for (long lsn = 1; lsn <= Records; lsn++)
        {
            while (!forming.TryAppend(lsn, RecordType.Intent, Part, []))
            {
                HandOver(exchange, ref forming);
            }

            if (lsn % recordsPerBatch == 0)
            {
                exchange.Submit(ref forming);
            }
        }

        while (!forming.IsEmpty)
        {
            HandOver(exchange, ref forming);
        }

        exchange.Stop();

        Assert.True(taker.Join(Limit));
        Assert.Equal(Records, taken);
        Assert.True(isInOrder);
    }

    /// <summary>The disk is slow: what forms meanwhile goes behind what is ready, as long as it fits.</summary>
    [Fact]
    public void Submit_OneIsReady_AddsToIt()
    {
        var exchange = new BatchExchange(BatchSize);
        var forming = new RecordBatch(BatchSize);
        RecordBatch ready = forming;

        for (int lsn = 1; lsn <= 3; lsn++)
        {
            Assert.True(forming.TryAppend(lsn, RecordType.Intent, Part, []));
            exchange.Submit(ref forming);
            Assert.True(forming.IsEmpty);
        }

        Assert.Same(ready, exchange.Take());
        Assert.Equal(3, ready.Count);
    }

    [Fact]
    public void Submit_ReadyIsFull_KeepsWhatFormed()
    {
        var exchange = new BatchExchange(BatchSize);
        var forming = new RecordBatch(BatchSize);
        long lsn = 1;
        Fill(forming, ref lsn);
        exchange.Submit(ref forming);
        Fill(forming, ref lsn);
        RecordBatch kept = forming;

        exchange.Submit(ref forming);

        Assert.Same(kept, forming);
        Assert.Equal(lsn - 1, forming.LastLsn);
    }

    [Fact]
    public void End_TakerWaits_ItsWaitEnds()
    {
        var exchange = new BatchExchange(BatchSize);
        RecordBatch? taken = new(BatchSize);
        var taker = new Thread(() => taken = exchange.Take());
        taker.Start();

        exchange.End();

        Assert.True(taker.Join(Limit));
        Assert.Null(taken);
    }

    /// <summary>A disk that fails while the core waits for room: the core goes on, and hears of it elsewhere.</summary>
    [Fact]
    public void End_CoreWaitsUntilTaken_ItsWaitEndsAndRecordsAreForgotten()
    {
        var exchange = new BatchExchange(BatchSize);
        var forming = new RecordBatch(BatchSize);
        RecordBatch ready = forming;
        Assert.True(forming.TryAppend(1, RecordType.Intent, Part, []));
        exchange.Submit(ref forming);
        var core = new Thread(exchange.WaitUntilTaken);
        core.Start();

        exchange.End();

        Assert.True(core.Join(Limit));
        Assert.True(ready.IsEmpty); // They hold card numbers in clear.
        Assert.True(forming.TryAppend(2, RecordType.Intent, Part, []));
        exchange.Submit(ref forming);
        Assert.True(forming.IsEmpty);
        Assert.Null(exchange.Take());
    }

    [Fact]
    public void Stop_OneIsReady_IsTakenFirst()
    {
        var exchange = new BatchExchange(BatchSize);
        var forming = new RecordBatch(BatchSize);
        Assert.True(forming.TryAppend(1, RecordType.Intent, Part, []));
        exchange.Submit(ref forming);

        exchange.Stop();

        Assert.Equal(1, exchange.Take()?.LastLsn);
        Assert.Null(exchange.Take());
    }

    private static void HandOver(BatchExchange exchange, ref RecordBatch forming)
    {
        exchange.Submit(ref forming);
        if (!forming.IsEmpty)
        {
            exchange.WaitUntilTaken();
        }
    }

    private static void Fill(RecordBatch batch, ref long lsn)
    {
        while (batch.TryAppend(lsn, RecordType.Intent, Part, []))
        {
            lsn++;
        }
    }
}
