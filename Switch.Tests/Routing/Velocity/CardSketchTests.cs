using Switch.Routing.Velocity;

namespace Switch.Tests.Routing.Velocity;

/// <summary>How well few bits count cards.</summary>
public class CardSketchTests
{
    // Of the error: more than four times as much is improbable once in 16,000.
    private const double Sigmas = 4;
    private const double ErrorOfRoot = 0.18;

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(20)]
    [InlineData(100)]
    [InlineData(1_000)]
    [InlineData(10_000)]
    public void CardsOf_AtTheLimit_IsWithinTheStatedError(int limit)
    {
        var random = new Random(limit);
        var sketch = new CardSketch(limit);
        ulong[] slots = new ulong[4 * sketch.Words];
        int bits = 0;

        for (int card = 0; card < limit; card++)
        {
            bits += sketch.Add(slots, card % 4, (ulong)random.NextInt64()) ? 1 : 0;
        }

        Assert.InRange(sketch.CardsOf(bits) - limit, -Error(limit), Error(limit));
        Assert.Equal(bits, sketch.Count(slots));
    }

    /// <summary>The error is what linear counting promises, over many draws.</summary>
    [Fact]
    public void CardsOf_ManyDrawsAtTwenty_HasTheStatedSpread()
    {
        const int Limit = 20;
        const int Draws = 2_000;
        var random = new Random(1);
        var sketch = new CardSketch(Limit);
        double sum = 0;
        double squares = 0;
        for (int draw = 0; draw < Draws; draw++)
        {
            ulong[] slots = new ulong[sketch.Words];
            int bits = 0;
            for (int card = 0; card < Limit; card++)
            {
                bits += sketch.Add(slots, 0, (ulong)random.NextInt64()) ? 1 : 0;
            }

            double off = sketch.CardsOf(bits) - Limit;
            sum += off;
            squares += off * off;
        }

        Assert.InRange(sum / Draws, -0.5, 0.5); // Half a card is what rounding makes.
        Assert.InRange(Math.Sqrt(squares / Draws), 0.4, 1.2);
    }

    [Fact]
    public void Add_TheSameCardInAnySlot_IsNew_Once()
    {
        var sketch = new CardSketch(20);
        ulong[] slots = new ulong[4 * sketch.Words];

        Assert.True(sketch.Add(slots, 0, 4711));
        Assert.False(sketch.Add(slots, 0, 4711));
        Assert.False(sketch.Add(slots, 3, 4711));
        Assert.Equal(1, sketch.Count(slots));
    }

    [Fact]
    public void CardsOf_AllBitsSet_IsBounded()
    {
        var sketch = new CardSketch(20);

        Assert.InRange(sketch.CardsOf(sketch.Words * 64), 2_000, 4_000);
    }

    [Fact]
    public void WithoutALimit_ThereAreNoBits()
    {
        var sketch = new CardSketch(0);

        Assert.Equal((0, 0, 0), (sketch.Words, sketch.BitsAtLimit, sketch.CardsOf(0)));
    }

    private static int Error(int limit) => (int)Math.Ceiling(Sigmas * ErrorOfRoot * Math.Sqrt(limit));
}
