using Switch.Routing.Answers;
using Switch.Routing.Effects;
using Switch.Routing.StandIn;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.StandIn;

/// <summary>Negative and positive lists: kinds, dates, raised limits, and their exchange while requests come.</summary>
public class StandInListTests
{
    // 2026-11-22, the day of the rig.
    private const ushort Today = 20_779;

    [Theory]
    [InlineData(ListedKind.Range, "400000")]
    [InlineData(ListedKind.Merchant, "MERCHANT0000001")]
    [InlineData(ListedKind.Terminal, "TERM0001")]
    [InlineData(ListedKind.Acquirer, "acq-a")]
    public void NegativeList_OtherKinds_GiveTheirCode(ListedKind kind, string id)
    {
        var rig = new CoreRig();
        rig.Core.ReplaceCardLists(0, new CardLists(StandInLists.Entry(kind, id, "62"), PositiveList.Empty));
        rig.Request(stan: 1);
        rig.Core.ReplaceCardLists(0, new CardLists(StandInLists.Entry(kind, "77", "62"), PositiveList.Empty));
        rig.Request(stan: 2);

        Assert.Equal(["62", "00"], Codes(rig));
    }

    [Theory]
    [InlineData(0, Today - 1, "00")]
    [InlineData(0, Today, "62")]
    [InlineData(Today, ushort.MaxValue, "62")]
    [InlineData(Today + 1, ushort.MaxValue, "00")]
    public void NegativeList_Dates_AreInclusive(int from, int until, string expected)
    {
        var rig = new CoreRig();
        var period = new ListPeriod((ushort)from, (ushort)until);
        NegativeList list = StandInLists.Entry(ListedKind.Terminal, "TERM0001", "62", period);
        rig.Core.ReplaceCardLists(0, new CardLists(list, PositiveList.Empty));

        rig.Request();

        Assert.Equal([expected], Codes(rig));
    }

    [Fact]
    public void ReplaceCardLists_LossTurnsStandInOffUntilTheyAreBack()
    {
        var rig = new CoreRig();
        rig.Core.ReplaceCardLists(0, new CardLists(StandInLists.Cards((CoreRig.Card, "43")), PositiveList.Empty));
        rig.Request(stan: 1);
        rig.Core.ReplaceCardLists(0, new CardLists(null, PositiveList.Empty));
        rig.Request(stan: 2);
        rig.Core.ReplaceCardLists(0, new CardLists(NegativeList.Empty, null));
        rig.Request(stan: 3);
        rig.Core.ReplaceCardLists(0, new CardLists(NegativeList.Empty, PositiveList.Empty));
        rig.Request(stan: 4);

        Assert.Equal(["43", "91", "91", "00"], Codes(rig));
        Assert.Equal(
            [Incident.CardListsReplaced, Incident.CardListsLost, Incident.CardListsLost, Incident.CardListsReplaced],
            rig.World.Incidents.Select(raised => raised.Incident));
    }

    [Fact]
    public void PositiveList_Factor_RaisesTheCardsLimitsAndNoSharedOne()
    {
        var shared = new StandInLimit { Scope = LimitScope.Merchant, Window = LimitWindow.Day, Amount = 45_000 };
        var rig = new CoreRig(configuration => configuration with
        {
            StandInProfiles =
            [
                configuration.StandInProfiles[0] with
                {
                    Limits = [shared],
                    PositiveFile = StandInLists.Raised(CoreRig.Card, RaisedLimits.None with { Factor = 2 }),
                },
            ],
        });

        rig.Request(stan: 1, amount: 20_000);
        rig.Request(stan: 2, amount: 20_001);
        rig.Request(stan: 3, amount: 20_000);
        rig.Request(stan: 4, amount: 10_000);
        rig.Request(stan: 5, amount: 10_001, card: CoreRig.OtherCard);

        Assert.Equal(["00", "61", "00", "61", "61"], Codes(rig));
    }

    [Fact]
    public void PositiveList_OwnLimits_ReplaceLowerOnesOnly()
    {
        var rig = new CoreRig();
        var raise = new RaisedLimits(1, PerTransaction: 25_000, Count: 1, Amount: 40_000);
        rig.Core.ReplaceCardLists(0, new CardLists(NegativeList.Empty, StandInLists.Raised(CoreRig.Card, raise)));

        rig.Request(stan: 1, amount: 25_000);
        rig.Request(stan: 2, amount: 15_001);
        rig.Request(stan: 3, amount: 15_000);

        Assert.Equal(["00", "61", "00"], Codes(rig));
    }

    private static string[] Codes(CoreRig rig) => [.. rig.Answers.Select(sent => sent[39])];
}
