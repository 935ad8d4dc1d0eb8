using Switch.Protocol.Fields;
using Switch.Routing.Loop;

namespace Switch.Tests.Routing.Loop;

public class InboxBoundsTests
{
    private static readonly InboxBounds Bounds = new(capacity: 10, reserve: 4);

    [Theory]
    [InlineData(true, true, 5, true)]
    [InlineData(true, true, 6, false)]
    [InlineData(true, false, 0, false)]
    [InlineData(false, true, 9, true)]
    [InlineData(false, false, 9, true)]
    [InlineData(false, true, 10, false)]
    public void Takes_AtEachBound_ShedsRequestsFirst(bool isSheddable, bool isAdmitting, int waiting, bool isTaken) =>
        Assert.Equal(isTaken, Bounds.Takes(isSheddable, isAdmitting, waiting));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(4, 4)]
    [InlineData(4, -1)]
    public void Bounds_WithoutRoom_AreRefused(int capacity, int reserve) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new InboxBounds(capacity, reserve));

    [Theory]
    [InlineData("0100", true)]
    [InlineData("0200", true)]
    [InlineData("0201", true)]
    [InlineData("0120", false)]
    [InlineData("0400", false)]
    [InlineData("0420", false)]
    [InlineData("0800", false)]
    [InlineData("0210", false)]
    public void IsSheddable_EachType_IsOnlyARequestOfMoney(string mti, bool isSheddable) =>
        Assert.Equal(isSheddable, InboxBounds.IsSheddable(MtiOf(mti)));

    private static Mti MtiOf(string text)
    {
        Assert.True(Mti.TryParse(System.Text.Encoding.ASCII.GetBytes(text), out Mti mti));
        return mti;
    }
}
