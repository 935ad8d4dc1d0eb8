using Switch.Protocol.Fields;
using Switch.Routing.StandIn;
using Switch.Routing.Values;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.StandIn;

public class StandInLedgerTests
{
    private const long Window = 1_000;

    [Fact]
    public void UseOf_CountsTheWindowAndExposureCountsUntilAcknowledged()
    {
        StandInLedger ledger = Ledger(10, issuers: 2);
        Add(ledger, card: 1, issuer: 0, stan: 1, amount: 100, timeMs: 0);
        Add(ledger, card: 1, issuer: 1, stan: 1, amount: 200, timeMs: 600);
        Add(ledger, card: 2, issuer: 0, stan: 2, amount: 50, timeMs: 700);

        Assert.Equal(new LimitUse(2, 300), UseOf(ledger, 1, 999));
        Assert.Equal(new LimitUse(1, 200), UseOf(ledger, 1, 1_000));
        Assert.Equal((150, 200), (ledger.Exposure(0), ledger.Exposure(1)));
        ledger.Acknowledge(Card(1), 0, stan: 1);
        ledger.Acknowledge(Card(1), 0, stan: 1);
        Assert.Equal((50, 200), (ledger.Exposure(0), ledger.Exposure(1)));
    }

    [Fact]
    public void GiveBack_WorksOnce()
    {
        StandInLedger ledger = Ledger(10, issuers: 1);
        Add(ledger, card: 1, issuer: 0, stan: 1, amount: 100, timeMs: 0);

        Assert.True(ledger.GiveBack(Card(1), 0, stan: 1));
        Assert.False(ledger.GiveBack(Card(1), 0, stan: 1));
        Assert.False(ledger.GiveBack(Card(9), 0, stan: 1));

        Assert.Equal((default, 0), (UseOf(ledger, 1, 1), ledger.Exposure(0)));
    }

    [Fact]
    public void Reduce_LeavesWhatStaysAndIsGivenBackWithThat()
    {
        StandInLedger ledger = Ledger(10, issuers: 1);
        Add(ledger, card: 1, issuer: 0, stan: 1, amount: 100, timeMs: 0);

        ledger.Reduce(Card(1), 0, stan: 1, remaining: 30);
        ledger.Reduce(Card(1), 0, stan: 1, remaining: 70);
        Assert.Equal((new LimitUse(1, 30), 30), (UseOf(ledger, 1, 1), ledger.Exposure(0)));

        ledger.GiveBack(Card(1), 0, stan: 1);
        Assert.Equal((default, 0), (UseOf(ledger, 1, 1), ledger.Exposure(0)));
    }

    [Fact]
    public void Expire_KeepsWhatIsNotAcknowledged()
    {
        StandInLedger ledger = Ledger(3, issuers: 1);
        for (int stan = 1; stan <= 3; stan++)
        {
            Add(ledger, card: stan, issuer: 0, stan, amount: 1, timeMs: 0);
        }

        Assert.False(ledger.Expire(5_000));
        Assert.True(ledger.IsFull);
        Assert.Throws<InvalidOperationException>(() => Add(ledger, 4, 0, 4, 1, 5_000));
        ledger.Acknowledge(Card(1), 0, stan: 1);
        Assert.True(ledger.Expire(5_000));

        Assert.Equal((2, 2L), (ledger.Count, ledger.Exposure(0)));
    }

    [Fact]
    public void ClockJumpsBack_OrderHolds()
    {
        StandInLedger ledger = Ledger(10, issuers: 1);
        Add(ledger, card: 1, issuer: 0, stan: 1, amount: 1, timeMs: 10_000);
        Add(ledger, card: 1, issuer: 0, stan: 2, amount: 1, timeMs: 5_000);

        Assert.Equal(2, UseOf(ledger, 1, 10_500).Count);
    }

    [Fact]
    public void GiveBackOfTheTail_LimitGoesOnCounting()
    {
        // The tail of a window may stand on an approval that is given back and then forgotten.
        StandInLedger ledger = Ledger(2, issuers: 1);
        Add(ledger, card: 1, issuer: 0, stan: 1, amount: 1, timeMs: 0);
        Add(ledger, card: 2, issuer: 0, stan: 2, amount: 1, timeMs: 0);
        ledger.GiveBack(Card(1), 0, stan: 1);
        ledger.Expire(1);
        Add(ledger, card: 1, issuer: 0, stan: 3, amount: 5, timeMs: 500);

        Assert.Equal((new LimitUse(1, 1), new LimitUse(1, 5)), (UseOf(ledger, 2, 999), UseOf(ledger, 1, 999)));
        Assert.Equal((default, default), (UseOf(ledger, 2, 1_000), UseOf(ledger, 1, 1_500)));
    }

    [Fact]
    public void Rename_Card_ItsCountersAndAdvicesGoWithIt()
    {
        StandInLedger ledger = Ledger(10, issuers: 1);
        Add(ledger, card: 1, issuer: 0, stan: 1, amount: 100, timeMs: 0);
        Add(ledger, card: 2, issuer: 0, stan: 2, amount: 7, timeMs: 0);
        Add(ledger, card: 1, issuer: 0, stan: 3, amount: 200, timeMs: 500);

        ledger.Rename(Card(1), Card(9));

        Assert.Equal((false, true), (ledger.Knows(Card(1)), ledger.Knows(Card(9))));
        Assert.Equal((default, new LimitUse(2, 300)), (UseOf(ledger, 1, 600), UseOf(ledger, 9, 600)));
        Assert.Equal(new LimitUse(1, 200), UseOf(ledger, 9, 1_000));
        Assert.False(ledger.GiveBack(Card(1), 0, stan: 3));
        Assert.True(ledger.GiveBack(Card(9), 0, stan: 3));
        ledger.Acknowledge(Card(9), 0, stan: 1);
        Assert.Equal((default, 7L), (UseOf(ledger, 9, 1_000), ledger.Exposure(0)));
    }

    /// <summary>
    /// Whatever happens in whatever order: a ledger whose cards change their tokens once, some after both were used,
    /// counts as one that knows each card by one token from the beginning.
    /// </summary>
    [Fact]
    public void Rename_AmongAllElse_CountsAsIfThereHadBeenOneToken()
    {
        const int Cards = 12;
        var random = new Random(20_261_129);
        for (int round = 0; round < 40; round++)
        {
            StandInLedger model = Ledger(200, issuers: 1);
            StandInLedger ledger = Ledger(200, issuers: 1);
            bool[] isRenamed = new bool[Cards];
            int TokenOf(int card) => isRenamed[card] || random.Next(20) == 0 ? 100 + card : card;
            long nowMs = 0;
            for (int stan = 1; stan < 200; stan++)
            {
                int card = random.Next(Cards);
                nowMs += random.Next(40);
                Add(model, card, 0, stan, stan, nowMs);
                Add(ledger, TokenOf(card), 0, stan, stan, nowMs);
                if (random.Next(6) == 0)
                {
                    int to = random.Next(Cards);
                    ledger.Rename(Card(to), Card(100 + to));
                    isRenamed[to] = true;
                }

                int about = random.Next(1, stan + 1);
                for (int any = 0; any < Cards; any++)
                {
                    bool isReversal = about % 2 == 0;
                    _ = isReversal && model.GiveBack(Card(any), 0, about);
                    _ = isReversal && ledger.GiveBack(Card(any), 0, about);
                    _ = isReversal && ledger.GiveBack(Card(100 + any), 0, about);
                    if (!isReversal)
                    {
                        model.Acknowledge(Card(any), 0, about);
                        ledger.Acknowledge(Card(any), 0, about);
                        ledger.Acknowledge(Card(100 + any), 0, about);
                    }

                    LimitUse former = UseOf(ledger, any, nowMs);
                    LimitUse current = UseOf(ledger, 100 + any, nowMs);
                    Assert.True(!isRenamed[any] || former == default);
                    Assert.Equal(
                        UseOf(model, any, nowMs),
                        new LimitUse(former.Count + current.Count, former.Amount + current.Amount));
                }

                model.Expire(nowMs);
                ledger.Expire(nowMs);
                Assert.Equal((model.Count, model.Exposure(0)), (ledger.Count, ledger.Exposure(0)));
            }
        }
    }

    /// <summary>Pages come and go with approvals, also while the ring is full or empty, and for good again.</summary>
    [Fact]
    public void Ring_OverManyPages_HoldsWhatIsCounted()
    {
        const int CountMax = 150_000;
        StandInLedger ledger = Ledger(CountMax, issuers: 1);
        int stan = 0;
        foreach (int count in (int[])[CountMax, 1, 70_000, CountMax, 65_536, 65_537])
        {
            int first = stan;
            long nowMs = stan * Window;
            for (int i = 0; i < count; i++, stan++)
            {
                Add(ledger, stan % CountMax, 0, stan, amount: stan, nowMs);
            }

            Assert.Equal(count == CountMax, ledger.IsFull);
            Assert.Equal(new LimitUse(1, first), UseOf(ledger, first % CountMax, nowMs));
            Assert.Equal(new LimitUse(1, stan - 1), UseOf(ledger, (stan - 1) % CountMax, nowMs));
            for (int i = first; i < stan; i++)
            {
                ledger.Acknowledge(Card(i % CountMax), 0, i);
            }

            while (ledger.Expire(nowMs + Window))
            {
            }

            Assert.Equal((0, 0L), (ledger.Count, ledger.Exposure(0)));
            Assert.Equal(default, UseOf(ledger, first % CountMax, nowMs + Window));
        }
    }

    /// <summary>Every checkpoint makes one: what takes its memory at once stops the whole process meanwhile.</summary>
    [Fact]
    public void New_TakesNoMemoryForWhatItMightHold()
    {
        const int Limit = 256 * 1024;
        long before = GC.GetAllocatedBytesForCurrentThread();
        StandInLedger ledger = Ledger(2_000_000, issuers: 1);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, Limit);
        Assert.False(ledger.IsFull);
    }

    [Fact]
    public void Decisions_AllocateNothing()
    {
        StandInLedger ledger = Ledger(4_096, issuers: 1);
        int from = 0;
        void Round()
        {
            Decide(ledger, from, count: 1_000);
            from += 1_000;
        }

        Assert.Equal(0, AllocationMeter.Of(Round, warmUp: 10, rounds: 5));
    }

    private static void Decide(StandInLedger ledger, int from, int count)
    {
        for (int stan = from; stan < from + count; stan++)
        {
            CardToken card = Card(stan % 200);
            ledger.UseOf(0, 0, card, 0, default, stan);
            ledger.Add(new StandInApproval { Card = card, Stan = stan, Amount = 1, TimeMs = stan });
            ledger.Acknowledge(card, 0, stan);
            ledger.Expire(stan);
        }
    }

    private static StandInLedger Ledger(int countMax, int issuers) => new(
        countMax,
        [.. Enumerable.Repeat(LocalClock.Utc, issuers)],
        [
            new StandInProfile
            {
                Name = "p", Currency = "392", PerCardWindow = TimeSpan.FromMilliseconds(Window), PerCardCount = 1,
            },
        ]);

    private static void Add(StandInLedger ledger, int card, int issuer, int stan, long amount, long timeMs) =>
        ledger.Add(new StandInApproval
        {
            Card = Card(card), Issuer = issuer, Stan = stan, Amount = amount, TimeMs = timeMs,
        });

    private static LimitUse UseOf(StandInLedger ledger, int card, long nowMs) =>
        ledger.UseOf(0, 0, Card(card), 0, default, nowMs);

    private static CardToken Card(int number) => TestTokens.Of(number);
}
