using Switch.Host.Connections;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Connections;

public class MessagePoolTests
{
    [Theory]
    [InlineData(1, 512)]
    [InlineData(512, 512)]
    [InlineData(513, 2048)]
    [InlineData(2049, 8192)]
    public void Rent_BySize_GivesTheSmallestClassThatHoldsIt(int size, int capacity)
    {
        var pool = new MessagePool(64, 8192);

        Assert.Equal(capacity, Rent(pool, size, isSheddable: true)!.Capacity);
    }

    [Fact]
    public void Rent_LargerThanAnyClass_GivesNothing()
    {
        var pool = new MessagePool(64, 8192);

        Assert.Null(Rent(pool, 8193, isSheddable: false));
    }

    [Fact]
    public void Rent_Exhausted_KeepsTheReserveForWhatIsNotSheddable()
    {
        var pool = new MessagePool(smallMax: 100, sizeMax: 512, reserve: 10);
        Message?[] many = new Message?[200];

        Assert.Equal(90, pool.Rent(100, many, isSheddable: true));
        Assert.Null(Rent(pool, 100, isSheddable: true));
        Assert.Equal(10, pool.Rent(100, many.AsSpan(90), isSheddable: false));
        Assert.Null(Rent(pool, 100, isSheddable: false));
        Assert.Equal(100, pool.Lent);
    }

    [Fact]
    public void Return_AfterUse_ClearsTheMessageAndGivesItOutAgain()
    {
        var pool = new MessagePool(64, 8192);
        Message message = Rent(pool, 300, isSheddable: true)!;
        Assert.True(message.TryLoad(EdgeParts.Ascii, EdgeParts.Message(100, 1), out _));
        message.Card = CardToken.Read(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 });

        pool.Return(message);

        Assert.Same(message, Rent(pool, 300, isSheddable: true));
        Assert.True(message.Fields.IsEmpty);
        Assert.Equal(0, message.Size);
        Assert.True(message.Card.IsNone);
    }

    [Fact]
    public void Return_OfAStranger_IsRefused()
    {
        var pool = new MessagePool(64, 8192);

        Assert.Throws<InvalidOperationException>(() => pool.Return(new Message(100)));
    }

    [Fact]
    public void RentAndReturn_ManyThreads_NeverGiveOneMessageTwice()
    {
        var pool = new MessagePool(smallMax: 32, sizeMax: 512, reserve: 0);
        int doubles = 0;
        Thread[] threads = [.. Enumerable.Range(1, 4).Select(number => new Thread(() =>
        {
            Message?[] mine = new Message?[16];
            for (int round = 0; round < 5_000; round++)
            {
                int count = pool.Rent(100, mine, isSheddable: true);
                foreach (Message? message in mine.AsSpan(0, count))
                {
                    doubles += message!.Origin == 0 ? 0 : 1;
                    message.Origin = number;
                }

                pool.Return(mine.AsSpan(0, count));
            }
        }))];

        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.Equal(0, doubles);
        Assert.Equal(0, pool.Lent);
    }

    [Fact]
    public void RentAndReturn_WarmedUp_AllocateNothing()
    {
        var pool = new MessagePool(64, 8192);
        Message?[] some = new Message?[8];

        Assert.Equal(0, AllocationMeter.Of(() =>
            pool.Return(some.AsSpan(0, pool.Rent(300, some, isSheddable: true)))));
    }

    private static Message? Rent(MessagePool pool, int size, bool isSheddable)
    {
        Message? message = null;
        pool.Rent(size, new Span<Message?>(ref message), isSheddable);
        return message;
    }
}
