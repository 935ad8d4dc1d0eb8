using Switch.Routing.Answers;
using Switch.Routing.Effects;
using Switch.Routing.Settings;
using Switch.Routing.StandIn;
using Switch.Routing.Values;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.StandIn;

/// <summary>The stand-in rules of docs/domain.md section 4.2, in their order; no issuer is connected.</summary>
public class StandInTests
{
    [Fact]
    public void Evaluate_PerTransactionLimit_IsInclusive()
    {
        var rig = new CoreRig();

        rig.Request(stan: 1, amount: 10_000);
        rig.Request(stan: 2, amount: 10_001);

        Assert.Equal(["00", "61"], Codes(rig));
    }

    [Fact]
    public void Evaluate_PerCardCount_Declines65AndAnotherCardIsFree()
    {
        var rig = new CoreRig();
        for (int stan = 1; stan <= 6; stan++)
        {
            rig.Request(stan: stan, amount: 100);
        }

        rig.Request(stan: 7, card: CoreRig.OtherCard, amount: 100);

        Assert.Equal(["00", "00", "00", "00", "00", "65", "00"], Codes(rig));
    }

    [Fact]
    public void Evaluate_PerCardWindow_RollsOn()
    {
        var rig = new CoreRig(configuration => configuration with
        {
            StandInProfiles =
            [
                configuration.StandInProfiles[0] with { PerCardWindow = TimeSpan.FromMinutes(1), PerCardCount = 1 },
            ],
        });

        rig.Request(stan: 1, amount: 100);
        rig.Advance(TimeSpan.FromSeconds(59));
        rig.Request(stan: 2, amount: 100);
        rig.Advance(TimeSpan.FromSeconds(1.1));
        rig.Request(stan: 3, amount: 100);

        Assert.Equal(["00", "65", "00"], Codes(rig));
    }

    [Fact]
    public void Evaluate_IssuerExposure_CountsAllCardsUntilAdvicesAreAcknowledged()
    {
        var rig = new CoreRig(configuration => configuration with
        {
            StandInProfiles = [configuration.StandInProfiles[0] with { IssuerExposure = 15_000 }],
        });
        rig.Request(stan: 1, amount: 10_000);
        rig.Request(stan: 2, amount: 10_000, card: CoreRig.OtherCard);
        Assert.Equal(["00", "61"], Codes(rig));

        rig.Core.LinkUp(CoreRig.PrimaryLink);
        rig.Advance(TimeSpan.FromMilliseconds(50));
        rig.Reply(rig.World.ToLinks[0]);
        rig.Core.LinkDown(CoreRig.PrimaryLink);
        rig.Request(stan: 3, amount: 10_000, card: CoreRig.OtherCard);

        Assert.Equal("00", Codes(rig)[^1]);
        Assert.Contains(rig.World.Incidents, raised => raised.Incident == Incident.ExposureReached);
    }

    [Theory]
    [InlineData(3, "010000", "57")]
    [InlineData(18, "7995", "57")]
    [InlineData(22, "901", "57")]
    [InlineData(22, "071", "00")]
    [InlineData(49, "840", "57")]
    [InlineData(14, "2610", "54")]
    [InlineData(14, "2611", "00")]
    [InlineData(4, "000000000000", "13")]
    [InlineData(52, "0123456789ABCDEF", "57")]
    public void Evaluate_OneFieldDiffers_DeclinesWithItsCode(int field, string text, string code)
    {
        // A PIN comes as far as stand-in only where some issuer has the acquirer's key.
        var pins = new PinSettings { Handling = PinHandling.PassThrough, SharedWith = [0] };
        var rig = new CoreRig(core => core with { Acquirers = [core.Acquirers[0] with { Pin = pins }] });

        rig.Request(change: fields => fields[field] = text);

        Assert.Equal(code, Assert.Single(Codes(rig)));
    }

    /// <summary>DE 19 has the digits; the last two of DE 43 are the letters. 1987's DE 43 has 40 characters.</summary>
    [Theory]
    [InlineData(19, "643", "57")]
    [InlineData(19, "392", "00")]
    [InlineData(43, "SHOP                     MOSCOW       RU", "57")]
    [InlineData(43, "RUSHMORE RU              RURU         JP", "00")]
    [InlineData(43, "SHOP                     MOSCOW      RU ", "00")]
    public void Evaluate_DeniedCountry_Declines57(int field, string text, string code)
    {
        CoreRig rig = With(static profile => profile with { DenyCountry = ["643", "RU"] });

        rig.Request(change: fields => fields[field] = text);

        Assert.Equal(code, Assert.Single(Codes(rig)));
    }

    [Fact]
    public void Evaluate_DeniedCountryThatIsNotStated_Passes()
    {
        CoreRig rig = With(static profile => profile with { DenyCountry = ["643", "RU"] });

        rig.Request();

        Assert.Equal("00", Assert.Single(Codes(rig)));
    }

    /// <summary>The rig's clock shows 10:00; the issuer's, two hours later.</summary>
    [Theory]
    [InlineData(12, 13, "00")]
    [InlineData(10, 12, "57")]
    [InlineData(13, 14, "57")]
    [InlineData(22, 13, "00")]
    [InlineData(22, 6, "57")]
    public void Evaluate_OutsideOfTheHours_Declines57(int from, int until, string code)
    {
        var rig = new CoreRig(configuration => configuration with
        {
            Issuers =
            [
                .. configuration.Issuers.Select(
                    static issuer => issuer with { Clock = LocalClock.Fixed(TimeSpan.FromHours(2)) }),
            ],
            StandInProfiles =
            [
                configuration.StandInProfiles[0] with { AllowHours = [new HourSpan(from * 60, until * 60)] },
            ],
        });

        rig.Request();

        Assert.Equal(code, Assert.Single(Codes(rig)));
    }

    [Fact]
    public void Evaluate_BadCheckDigit_Declines14()
    {
        var rig = new CoreRig();

        rig.Request(card: "4000001234567890");

        Assert.Equal("14", Assert.Single(Codes(rig)));
    }

    [Fact]
    public void Evaluate_ExpiryOnlyInTheTrack_IsRead()
    {
        var rig = new CoreRig();

        rig.Request(change: fields =>
        {
            fields.Remove(14);
            fields[35] = $"{CoreRig.Card}=25011010000000000";
        });

        Assert.Equal("54", Assert.Single(Codes(rig)));
    }

    [Fact]
    public void Evaluate_NegativeFile_GivesItsCodeAndItsLossTurnsStandInOff()
    {
        var listed = new CoreRig(configuration => configuration with
        {
            StandInProfiles =
            [
                configuration.StandInProfiles[0] with
                {
                    NegativeFile = StandInLists.Cards((CoreRig.Card, "43")),
                },
            ],
        });
        listed.Request(stan: 1);
        listed.Request(stan: 2, card: CoreRig.OtherCard);
        Assert.Equal(["43", "00"], Codes(listed));

        var lost = new CoreRig(configuration => configuration with
        {
            StandInProfiles = [configuration.StandInProfiles[0] with { NegativeFile = null }],
        });
        lost.Request();
        Assert.Equal("91", Assert.Single(Codes(lost)));
    }

    [Fact]
    public void Evaluate_Declined_OwesNothingAndCountsNothing()
    {
        var rig = new CoreRig();

        rig.Request(amount: 10_001);

        Assert.Equal((1, 0, 0), (rig.Counters.DeclinedByStandIn, rig.Counters.OwedNow, rig.Counters.StandInExposure));
    }

    private static string[] Codes(CoreRig rig) => [.. rig.Answers.Select(sent => sent[39])];

    private static CoreRig With(Func<StandInProfile, StandInProfile> change) => new(configuration => configuration with
    {
        StandInProfiles = [change(configuration.StandInProfiles[0])],
    });
}
