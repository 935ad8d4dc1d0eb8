using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Routing.Core;
using Switch.Routing.Effects;
using Switch.Routing.Journal;
using Switch.Tests.Routing.Core;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Reconciliation;

/// <summary>05xx totals and cutover (docs/domain.md section 7.1). The rig's settlement date is 22 November.</summary>
public class ReconciliationTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    private static readonly Fields BusyDay = new()
    {
        [74] = "0000000001", [75] = "0000000000", [76] = "0000000002", [77] = "0000000001", [80] = "0000000001",
        [81] = "0000000001", [86] = "0000000000000300", [87] = "0000000000000000", [88] = "0000000000005700",
        [89] = "0000000000000700", [97] = "D0000000000004700",
    };

    [Fact]
    public void BusyDay_BothSidesAreInBalance_AlsoAfterARestart()
    {
        CoreRig rig = AfterABusyDay();

        foreach (CoreRig each in (CoreRig[])[rig, rig.Restart()])
        {
            SentMessage toAcquirer = OfAcquirer(each, BusyDay);
            SentMessage toIssuer = OfIssuer(each, BusyDay);
            Assert.Equal(("0510", "00", "1"), (toAcquirer.Mti.ToString(), toAcquirer[39], toAcquirer[66]));
            Assert.Equal(("0512", "00", "1"), (toIssuer.Mti.ToString(), toIssuer[39], toIssuer[66]));
            Assert.All(BusyDay, pair => Assert.Equal(pair.Value, toAcquirer[pair.Key]));
            Assert.All(BusyDay, pair => Assert.Equal(pair.Value, toIssuer[pair.Key]));
        }
    }

    [Theory]
    [InlineData(76, "0000000003")]
    [InlineData(88, "0000000000005701")]
    [InlineData(97, "C0000000000004700")]
    public void OneDifference_IsOutOfBalanceAndReported(int field, string value)
    {
        CoreRig rig = AfterABusyDay();

        SentMessage answer = OfAcquirer(rig, new Fields { [97] = BusyDay[97], [field] = value }, mti: "0521");

        Assert.Equal(("0530", "95", "2"), (answer.Mti.ToString(), answer[39], answer[66]));
        Assert.Equal(BusyDay[field], answer[field]);
        Assert.Contains(new RaisedIncident(Incident.TotalsDiffer, 0, 20261122), rig.World.Incidents);
    }

    [Fact]
    public void StandIn_CountsForTheIssuerWhenItAcknowledges()
    {
        var rig = new CoreRig();
        rig.Request(stan: 1, mti: "0200");
        Assert.Equal("00", OfAcquirer(rig, Net("D0000000000005000"))[39]);
        Assert.Equal("00", OfIssuer(rig, Net("C0000000000000000"))[39]);

        rig.LinksUp();
        rig.Advance(Moment);
        rig.Reply(rig.World.ToLinks[^1]);

        Assert.Equal("00", OfIssuer(rig, Net("D0000000000005000"))[39]);
        Assert.Equal("00", OfIssuer(rig.Restart(), Net("D0000000000005000"))[39]);
    }

    [Fact]
    public void AdviceRecoveredUnsent_StillCountsWhenAcknowledged()
    {
        var rig = new CoreRig();
        rig.Request(stan: 1, mti: "0200");

        CoreRig restarted = rig.Restart();
        restarted.LinksUp();
        restarted.Advance(Moment);
        restarted.Reply(restarted.World.ToLinks[^1]);

        Assert.Equal("00", OfIssuer(restarted, Net("D0000000000005000"))[39]);
    }

    [Fact]
    public void UndeliveredApproval_IsTakenBackFromTheAcquirerAndReversedAtTheIssuer()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(stan: 1, mti: "0200");
        rig.World.GoneSessions.Add(CoreRig.Session);
        rig.Reply(rig.World.ToLinks[0]);
        rig.Advance(TimeSpan.FromSeconds(15.1));
        rig.Reply(rig.World.ToLinks[^1]);
        rig.World.GoneSessions.Clear();

        foreach (CoreRig each in (CoreRig[])[rig, rig.Restart()])
        {
            Assert.Equal("0000000000", OfAcquirer(each, Net("C0000000000000000"))[76]);
            SentMessage issuer = OfIssuer(each, Net("C0000000000000000"));
            Assert.Equal(("00", "0000000001", "0000000001"), (issuer[39], issuer[76], issuer[77]));
        }
    }

    [Fact]
    public void PartialApprovalAndPartialReversal_CountWhatTheyMove()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(stan: 1, mti: "0200");
        rig.Reply(rig.World.ToLinks[0], code: "10", change: fields => fields[4] = "000000003000");
        rig.Request(stan: 2, mti: "0200", card: CoreRig.OtherCard);
        rig.Reply(rig.World.ToLinks[1]);
        rig.Reversal(originalStan: 2, stan: 3, card: CoreRig.OtherCard, change: fields =>
        {
            fields[90] = "0200000002" + fields[90][10..];
            fields[95] = "000000001000" + new string('0', 30);
        });

        SentMessage answer = OfAcquirer(rig, Net("D0000000000004000"));

        Assert.Equal(("00", "0000000000008000", "0000000000004000"), (answer[39], answer[88], answer[89]));
    }

    [Fact]
    public void AcquirersAdvice_CountsForBothSides()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(stan: 1, mti: "0220", change: fields => fields[39] = "00");
        rig.Advance(Moment);
        rig.Reply(rig.World.ToLinks[^1]);

        Assert.Equal("00", OfAcquirer(rig, Net("D0000000000005000"))[39]);
        Assert.Equal("00", OfIssuer(rig, Net("D0000000000005000"))[39]);
    }

    [Fact]
    public void Cutover_BeginsTheNextDateForItsPartyOnly()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        Approve(rig, stan: 1);
        CutOver(rig);
        CutOver(rig, mti: "0801");
        CutOver(rig, date: "1123");
        Approve(rig, stan: 2);

        foreach (CoreRig each in (CoreRig[])[rig, rig.Restart()])
        {
            Assert.Equal("00", OfAcquirer(each, Net("D0000000000005000"), day: "1122")[39]);
            Assert.Equal("00", OfAcquirer(each, Net("D0000000000005000"), day: "1123")[39]);
            Assert.Equal("00", OfIssuer(each, Net("D0000000000010000"))[39]);
        }

        Assert.Equal(new RaisedIncident(Incident.CutOver, 0, 20261123), rig.World.Incidents.Single(IsCutover));
        Assert.Single(rig.World.Records, stored => stored.Type == RecordType.Cutover);
    }

    [Fact]
    public void Cutover_IsAnsweredWhenDurableAndNeverMoreThanADayAhead()
    {
        var rig = new CoreRig { CommitsAtOnce = false };
        rig.FromIssuer("0800", new Fields { [7] = "1122100000", [11] = "000500", [70] = "201" });
        Assert.Empty(rig.World.ToLinks);
        rig.CommitsAtOnce = true;
        rig.Settle();
        Assert.Equal("00", Assert.Single(rig.World.ToLinks)[39]);

        CutOver(rig, date: "1124", code: "12");
        CutOver(rig, date: "0231", code: "30");
    }

    [Fact]
    public void Clock_CutsOverAtItsOffset()
    {
        var rig = new CoreRig(configuration => configuration with { CutoverOffset = TimeSpan.FromHours(14) });
        rig.LinksUp();
        Approve(rig, stan: 1);

        Assert.Equal("00", OfAcquirer(rig, Net("D0000000000005000"), day: "1123")[39]);
        Assert.Equal("00", OfAcquirer(rig, Net("C0000000000000000"), day: "1122")[39]);
    }

    [Theory]
    [InlineData(11, "011")]
    [InlineData(15, "015")]
    [InlineData(97, "097")]
    public void MissingField_IsNamed(int field, string named)
    {
        var rig = new CoreRig();
        Fields fields = FieldsOf(Net("C0000000000000000"), "1122", "392");
        fields.Remove(field);

        rig.FromAcquirer("0500", fields);

        SentMessage answer = Assert.Single(rig.Answers);
        Assert.Equal(("30", named), (answer[39], answer[44]));
    }

    [Fact]
    public void DateAndCurrency_MustBeUnderstood()
    {
        CoreRig rig = AfterABusyDay();
        Approve(rig, stan: 90, change: fields => fields[49] = "840");

        Assert.Equal("015", OfAcquirer(rig, Net("C0000000000000000"), day: "1123")[44]);
        Assert.Equal("050", OfAcquirer(rig, Net("C0000000000000000"), currency: null)[44]);
        Assert.Equal("00", OfAcquirer(rig, Net("D0000000000005000"), currency: "840")[39]);
        SentMessage old = OfAcquirer(rig, Net("C0000000000000000"), day: "0901");
        Assert.Equal(("95", "3", false), (old[39], old[66], old.Has(97)));
    }

    [Fact]
    public void Reconciling_AllocatesNothing()
    {
        var world = new SilentWorld();
        var rig = new CoreRig();
        var core = new AuthorizationCore(rig.Configuration, world);
        core.FinishRecovery(rig.Now);
        Fields fields = FieldsOf(BusyDay, "1122", "392");
        Message request = rig.Make(rig.Configuration.Acquirers[0].Dialect, "0500", fields);

        Assert.Equal(0, AllocationMeter.Of(() => core.AcquirerMessage(CoreRig.Session, 0, request)));
        Assert.Equal(6_000, world.ToSessions);
    }

    private static CoreRig AfterABusyDay()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        Approve(rig, stan: 1);
        Approve(rig, stan: 2, amount: 700);
        Approve(rig, stan: 3, amount: 300, change: fields => fields[3] = "200000");
        Approve(rig, stan: 4, amount: 0, change: fields => fields[3] = "310000");
        Approve(rig, stan: 5, mti: "0100");
        rig.Request(stan: 6, mti: "0200");
        rig.Reply(rig.World.ToLinks[^1], code: "51");
        foreach (int stan in (int[])[7, 8])
        {
            // The second reverses what is reversed already, and counts for nothing.
            rig.Reversal(
                originalStan: 2, stan: stan, amount: 700,
                change: fields => fields[90] = "0200000002" + fields[90][10..]);
        }

        rig.Advance(Moment);
        rig.Reply(rig.World.ToLinks[^1]);
        return rig;
    }

    private static void Approve(
        CoreRig rig, int stan, long amount = 5_000, string mti = "0200", Action<Fields>? change = null)
    {
        rig.Request(stan: stan, amount: amount, mti: mti, change: change);
        rig.Reply(rig.World.ToLinks[^1]);
        Assert.Equal("00", rig.Answers[^1][39]);
    }

    private static void CutOver(CoreRig rig, string? date = null, string mti = "0800", string code = "00")
    {
        var fields = new Fields { [7] = "1122100000", [11] = "000500", [70] = "201" };
        if (date is not null)
        {
            fields[15] = date;
        }

        rig.FromAcquirer(mti, fields);
        Assert.Equal(code, rig.Answers[^1][39]);
    }

    private static bool IsCutover(RaisedIncident raised) => raised.Incident == Incident.CutOver;

    private static Fields Net(string net) => new() { [97] = net };

    private static SentMessage OfAcquirer(
        CoreRig rig, Fields totals, string day = "1122", string? currency = "392", string mti = "0500")
    {
        rig.FromAcquirer(mti, FieldsOf(totals, day, currency));
        return rig.Answers[^1];
    }

    private static SentMessage OfIssuer(CoreRig rig, Fields totals)
    {
        rig.FromIssuer("0502", FieldsOf(totals, "1122", "392"));
        return rig.World.ToLinks[^1];
    }

    private static Fields FieldsOf(Fields totals, string day, string? currency)
    {
        var fields = new Fields { [7] = "1122100000", [11] = "000900", [15] = day };
        if (currency is not null)
        {
            fields[50] = currency;
        }

        foreach ((int field, string text) in totals)
        {
            fields[field] = text;
        }

        return fields;
    }
}
