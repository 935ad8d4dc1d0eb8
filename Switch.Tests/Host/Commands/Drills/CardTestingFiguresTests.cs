using Switch.Host.Commands.Drills;
using Switch.Host.Simulators;

namespace Switch.Tests.Host.Commands.Drills;

public class CardTestingFiguresTests
{
    [Fact]
    public void Of_DeclinedAfterTwoCards_SaysSo()
    {
        CardTestingFigures figures = CardTestingFigures.Of(
            [Tried(0, "00"), Tried(1, "05"), Tried(2, "59"), Tried(3, "59"), Tried(4, "65")]);

        Assert.Equal((5, 2, TimeSpan.FromMilliseconds(2_100), 0),
            (figures.Cards, figures.CardsBefore, figures.DeclinedAfter, figures.AnsweredSince));
    }

    [Fact]
    public void Of_AnswerOfAnIssuerAfterIt_CountsAgainstTheRule() =>
        Assert.Equal(1, CardTestingFigures.Of([Tried(0, "59"), Tried(1, "00")]).AnsweredSince);

    [Fact]
    public void Of_NeverDeclined_IsNotDetected()
    {
        CardTestingFigures figures = CardTestingFigures.Of([Tried(0, "00"), Tried(1, "05")]);

        Assert.Null(figures.DeclinedAfter);
        Assert.Equal("It was never declined by a rule of velocity, and learned of 2 cards.", figures.Text);
    }

    private static AcquirerTransaction Tried(int second, string code) => new()
    {
        Mti = 100, Pan = TestCards.Make("4", second), Amount = 1, Stan = second, SentAt = "1122100000",
        LocalTime = "1000001122", Rrn = "1", Terminal = "TERM9001", IntendedAt = TimeSpan.FromSeconds(second),
        AnsweredAt = TimeSpan.FromSeconds(second + 0.1), ResponseCode = code,
    };
}
