using Switch.Routing.Answers;
using Switch.Routing.Effects;

namespace Switch.Tests.Routing.Core;

/// <summary>Whom incidents name, and that those that stand in the enum are raised at all.</summary>
public class IncidentSubjectTests
{
    /// <summary>It named the acquirer whose index is the session's number: another, or none.</summary>
    [Theory]
    [InlineData("0100")]
    [InlineData("0120")]
    public void DuplicateConflict_OfAnySession_NamesItsAcquirer(string mti)
    {
        const int Session = 17;
        var rig = new CoreRig();
        Fields first = Advice(mti, "5000");
        rig.FromAcquirer(mti, first, Session);

        rig.FromAcquirer(mti, Advice(mti, "6000"), Session);

        Assert.Equal(
            new RaisedIncident(Incident.DuplicateConflict, 0, 7),
            Assert.Single(rig.World.Incidents, raised => raised.Incident == Incident.DuplicateConflict));
    }

    [Fact]
    public void Owed_AtTheBound_IsSaidOnceUntilThereIsRoomAgain()
    {
        const int OwedMax = 32;
        var rig = new CoreRig(configuration => configuration with { OwedMax = OwedMax });
        int stan = 0;
        while (rig.Answers.Count(sent => sent[39] == "96") < 3)
        {
            Assert.True(stan < OwedMax * 2, "Nothing was refused.");
            rig.Request(stan: ++stan, amount: 1, card: CardOf(stan));
        }

        Assert.Single(rig.World.Incidents, raised => raised.Incident == Incident.AdviceQueueFull);
        RaisedIncident full = rig.World.Incidents.Single(raised => raised.Incident == Incident.AdviceQueueFull);
        Assert.Equal((0, rig.Counters.OwedNow), (full.Subject, full.Value));
    }

    private static Fields Advice(string mti, string amount)
    {
        var fields = new Fields
        {
            [2] = CoreRig.Card, [3] = "000000", [4] = amount.PadLeft(12, '0'), [7] = "1122100000",
            [11] = "000007", [14] = "3012", [18] = "5411", [22] = "051", [32] = "123456", [41] = "TERM0001",
            [42] = "MERCHANT0000001", [49] = "392",
        };
        if (mti == "0120")
        {
            fields[38] = "123456";
            fields[39] = "00";
        }

        return fields;
    }

    // Another card each time: the limits per card are not what is tested.
    private static string CardOf(int number)
    {
        string digits = $"40000012345{number:D4}";
        int sum = 0;
        for (int i = 0; i < digits.Length; i++)
        {
            int digit = (digits[i] - '0') * (i % 2 == 0 ? 2 : 1);
            sum += digit > 9 ? digit - 9 : digit;
        }

        return digits + ((10 - (sum % 10)) % 10);
    }
}
