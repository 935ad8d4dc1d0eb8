using System.Text;
using Switch.Host.Simulators;
using Switch.Protocol.Fields;

namespace Switch.Tests.Host.Simulators;

public class TestCardsTests
{
    [Fact]
    public void Make_ManyCards_AreDistinctAndLuhnValid()
    {
        string[] cards = TestCards.Make(["4", "51", "35280000"], 999);

        Assert.Equal(999, cards.Distinct().Count());
        Assert.All(cards, card => Assert.True(Parse(card).IsLuhnValid));
    }

    [Fact]
    public void Mask_Card_ShowsFirstSixAndLastFour()
    {
        Assert.Equal("400000******0002", TestCards.Mask("4000000000000002"));
    }

    [Theory]
    [InlineData("4x")]
    [InlineData("1234567890123456")]
    public void Make_BadPrefix_IsRefused(string prefix)
    {
        Assert.Throws<ArgumentException>(() => TestCards.Make(prefix, 0));
    }

    private static Pan Parse(string card)
    {
        Assert.True(Pan.TryParse(Encoding.ASCII.GetBytes(card), out Pan pan));
        return pan;
    }
}
