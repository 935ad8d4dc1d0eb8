using Switch.Routing.Admission;

namespace Switch.Tests.Routing.Admission;

/// <summary>Goal: one acquirer never takes the last places of others that use them too.</summary>
public class SharedPlacesTests
{
    private const int Capacity = 80;
    private const long Now = 1_000;

    [Fact]
    public void MayTake_AloneForAWhile_TakesAll()
    {
        var places = new SharedPlaces([1, 1]);

        Assert.Equal(Capacity, TakeWhileItMay(places, 0, Now));
        Assert.False(places.MayTake(0, Capacity, Now));
        Assert.Equal((Capacity, Capacity), (places.Held, places.HeldBy(0)));
    }

    [Fact]
    public void MayTake_AnotherUsesThemToo_LeavesAnEighth()
    {
        var places = new SharedPlaces([1, 1]);
        Assert.True(places.MayTake(1, Capacity, Now));

        Assert.Equal(Capacity - (Capacity / 8), TakeWhileItMay(places, 0, Now));

        Assert.Equal(Capacity / 8, TakeWhileItMay(places, 1, Now));
        Assert.Equal(Capacity, places.Held);
    }

    /// <summary>Nothing is kept for an acquirer that has gone away.</summary>
    [Fact]
    public void MayTake_TheOtherIsGone_TakesAllAgain()
    {
        var places = new SharedPlaces([1, 1]);
        Assert.True(places.MayTake(1, Capacity, Now));

        Assert.Equal(Capacity, TakeWhileItMay(places, 0, Now + SharedPlaces.UsesFor));
    }

    /// <summary>What one frees goes to the one that is below its share.</summary>
    [Theory]
    [InlineData(1, 1, 40)]
    [InlineData(1, 3, 60)]
    [InlineData(3, 1, 20)]
    public void MayTake_BothWantAll_EndsAtTheShares(int first, int second, int expected)
    {
        var places = new SharedPlaces([first, second]);
        Assert.True(places.MayTake(1, Capacity, Now));
        TakeWhileItMay(places, 0, Now);
        for (int i = 0; i < Capacity * 4; i++)
        {
            places.Release(places.HeldBy(0) > 0 ? 0 : 1); // The one that floods ends one and wants another at once.
            TakeWhileItMay(places, 1, Now);
            TakeWhileItMay(places, 0, Now);
        }

        Assert.InRange(places.HeldBy(1), expected - 1, Capacity);
        Assert.True(places.Held <= Capacity);
    }

    [Fact]
    public void MayTake_FewerPlacesThanHeld_IsRefusedUntilEnoughCameBack()
    {
        var places = new SharedPlaces([1]);
        TakeWhileItMay(places, 0, Now);

        Assert.False(places.MayTake(0, Capacity / 2, Now));
        while (places.Held >= Capacity / 2)
        {
            places.Release(0);
        }

        Assert.True(places.MayTake(0, Capacity / 2, Now));
    }

    private static int TakeWhileItMay(SharedPlaces places, int acquirer, long now)
    {
        int taken = 0;
        while (places.MayTake(acquirer, Capacity, now))
        {
            places.Take(acquirer);
            taken++;
        }

        return taken;
    }
}
