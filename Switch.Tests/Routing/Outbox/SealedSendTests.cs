using System.Text;
using Switch.Protocol.Framing;
using Switch.Routing.Effects;
using Switch.Routing.Outbox;

namespace Switch.Tests.Routing.Outbox;

/// <summary>
/// Goal: a message that needs a MAC leaves with it, once, and only when its journal position is durable too; what will
/// not leave is told. Method: an outlet that makes MACs when it is told to.
/// </summary>
public sealed class SealedSendTests
{
    private readonly Outlet _outlet = new();
    private readonly DurableOutbox<string> _outbox;

    public SealedSendTests() => _outbox = new DurableOutbox<string>(_outlet, new SendLimits { SealsMax = 3 });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Send_NeedsBoth_LeavesWhenItHasTheSecond(bool isMacFirst)
    {
        Send("a", afterLsn: 5);

        if (isMacFirst)
        {
            Seal(0);
            Assert.Empty(_outlet.Given);
            _outbox.Release(5);
        }
        else
        {
            _outbox.Release(5);
            Assert.Empty(_outlet.Given);
            Seal(0);
        }

        Assert.Equal(["a+mac"], _outlet.Given);
        Assert.Equal((0, 1), (_outbox.Waiting, _outlet.Freed));
    }

    [Fact]
    public void Send_DurableBeforeIt_LeavesWithoutWaitingForOthers()
    {
        _outbox.Release(3);
        Send("slow", afterLsn: 9);
        Send("now", afterLsn: 0);

        Seal(1);

        Assert.Equal(["now+mac"], _outlet.Given);
    }

    [Fact]
    public void Release_BeforeTheMac_IsInDoubtUntilItLeaves()
    {
        Send("a", afterLsn: 5, tag: 77);
        _outbox.Release(5);

        Assert.True(_outbox.TryTakeDoubtful(out long doubtful));
        Assert.False(_outbox.TryTakeSettled(out _));
        Seal(0);

        Assert.True(_outbox.TryTakeSettled(out long settled));
        Assert.Equal((77, 77), (doubtful, settled));
    }

    /// <summary>The process stood still meanwhile: the answer would come after its acquirer's deadline.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(9)]
    public void Sealed_Late_IsToldAsFailedAndNotSent(long afterLsn)
    {
        Send("a", afterLsn, tag: 77);
        _outbox.Release(5);

        _outbox.Sealed(_outlet.Asked[0].Number, new Made(_outlet, "a+mac") { IsLate = true });
        _outbox.Release(9);

        Assert.Empty(_outlet.Given);
        Assert.True(_outbox.TryTakeFailed(out long failed));
        Assert.Equal((77, 0, 1), (failed, _outbox.Waiting, _outlet.Freed));
    }

    [Fact]
    public void Sealed_NotMade_IsToldAsFailed()
    {
        Send("a", afterLsn: 5, tag: 77);

        _outbox.Sealed(_outlet.Asked[0].Number, made: null);
        _outbox.Release(5);

        Assert.True(_outbox.TryTakeFailed(out long failed));
        Assert.Equal(77, failed);
        Assert.Empty(_outlet.Given);
        Assert.False(_outbox.TryTakeFailed(out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TryCancel_BeforeItLeaves_TakesItBackForCertain(bool isMade)
    {
        SendTicket ticket = Send("a", afterLsn: 5);
        if (isMade)
        {
            Seal(0);
        }

        Assert.True(_outbox.TryCancel(ticket));
        Assert.False(_outbox.TryCancel(ticket));
        if (!isMade)
        {
            Seal(0);
        }

        _outbox.Release(5);
        Assert.Empty(_outlet.Given);
        Assert.Equal((0, 1), (_outbox.Waiting, _outlet.Freed));
    }

    [Fact]
    public void TryCancel_AfterItLeft_IsTooLateAlsoForTheNextOne()
    {
        SendTicket ticket = Send("a", afterLsn: 0);
        Seal(0);
        Send("b", afterLsn: 0); // In the same place.

        Assert.False(_outbox.TryCancel(ticket));
        Seal(1);
        Assert.Equal(["a+mac", "b+mac"], _outlet.Given);
    }

    [Fact]
    public void Send_MoreThanMayWait_IsSurelyNotSent()
    {
        for (int i = 0; i < 3; i++)
        {
            Assert.False(Send($"{i}", afterLsn: 1).IsNone);
        }

        Assert.True(Send("3", afterLsn: 1).IsNone);
        _outlet.Takes = false;
        Seal(0);
        _outbox.Release(1);
        Assert.True(Send("4", afterLsn: 1).IsNone);
        Assert.Equal(2, _outbox.Sealing);
    }

    [Fact]
    public void Sealed_ConnectionGoneMeanwhile_IsToldAsFailed()
    {
        Send("a", afterLsn: 0, tag: 5);
        _outlet.IsUp = false;

        Seal(0);

        Assert.True(_outbox.TryTakeFailed(out long failed));
        Assert.Equal((5, 1), (failed, _outlet.Freed));
    }

    /// <summary>Places are used again and again, in any order, and each message leaves once.</summary>
    [Fact]
    public void Send_ManyInAnyOrder_EachLeavesOnce()
    {
        var random = new Random(7);
        var waiting = new List<int>();
        for (int i = 0; i < 2_000; i++)
        {
            if (waiting.Count < 3 && random.Next(2) == 0)
            {
                Assert.False(Send($"{i}", afterLsn: random.Next(2) == 0 ? 0 : i).IsNone);
                waiting.Add(_outlet.Asked.Count - 1);
            }
            else if (waiting.Count > 0)
            {
                int place = random.Next(waiting.Count);
                Seal(waiting[place]);
                waiting.RemoveAt(place);
                _outbox.Release(i);
            }
        }

        waiting.ForEach(Seal);
        Assert.Equal(
            _outlet.Asked.Select(static one => $"{one.Text}+mac").Order(), _outlet.Given.Order());
        Assert.Equal(0, _outbox.Waiting);
    }

    private SendTicket Send(string text, long afterLsn, long tag = 0) =>
        _outbox.Send("line", Encoding.ASCII.GetBytes(text), afterLsn, tag, default);

    private void Seal(int asked) =>
        _outbox.Sealed(_outlet.Asked[asked].Number, new Made(_outlet, _outlet.Asked[asked].Text + "+mac"));

    private sealed class Outlet : ISendOutlet<string>
    {
        public List<(string Text, long Number)> Asked { get; } = [];

        public List<string> Given { get; } = [];

        public int Freed { get; set; }

        public bool Takes { get; set; } = true;

        public bool IsUp { get; set; } = true;

        public bool IsOpen(string connection) => IsUp;

        public bool TryGive(string connection, ReadOnlySpan<byte> message, in FrameHeader header)
        {
            Given.Add(Encoding.ASCII.GetString(message));
            return true;
        }

        public bool TryDoubt(string connection, long tag) => false;

        public bool MustSeal(string connection, ReadOnlySpan<byte> message) => true;

        public bool TryBeginSeal(string connection, ReadOnlySpan<byte> message, long number)
        {
            if (Takes)
            {
                Asked.Add((Encoding.ASCII.GetString(message), number));
            }

            return Takes;
        }
    }

    private sealed class Made(Outlet outlet, string text) : ISealedMessage
    {
        public ReadOnlySpan<byte> Bytes => Encoding.ASCII.GetBytes(text);

        public bool IsLate { get; init; }

        public void Free() => outlet.Freed++;
    }
}
