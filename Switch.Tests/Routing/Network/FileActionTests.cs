using Switch.Protocol.Dialects;
using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Routing.Core;
using Switch.Routing.Effects;
using Switch.Routing.Journal;
using Switch.Routing.Network;
using Switch.Tests.Routing.Core;
using Switch.Tests.Routing.StandIn;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Network;

/// <summary>03xx from issuers onto the negative file, and 06xx from either side (docs/domain.md section 1.2).</summary>
public class FileActionTests
{
    [Theory]
    [InlineData("0600", "0610")]
    [InlineData("0601", "0610")]
    [InlineData("0620", "0630")]
    [InlineData("0605", "0614")]
    public void Administrative_FromAnAcquirer_IsAnsweredAndReported(string mti, string answer)
    {
        var rig = new CoreRig();

        rig.FromAcquirer(mti, new Fields { [7] = "1122100000", [11] = "000001", [41] = "TERM0001" });

        SentMessage sent = Assert.Single(rig.Answers);
        Assert.Equal((answer, "00", "000001"), (sent.Mti.ToString(), sent[39], sent[11]));
        var expected = new RaisedIncident(
            Incident.AdministrativeMessage, 0, int.Parse(mti, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(expected, Assert.Single(rig.World.Incidents));
        Assert.Equal((1, 1L), (rig.World.Returned, rig.Counters.AdministrativeMessages));
    }

    [Fact]
    public void Administrative_FromAnIssuer_IsAnsweredOnItsLink()
    {
        var rig = new CoreRig();

        rig.FromIssuer("0622", new Fields { [7] = "1122100000", [11] = "000009" }, CoreRig.StandbyLink);

        SentMessage sent = Assert.Single(rig.World.ToLinks);
        Assert.Equal((CoreRig.StandbyLink, "0632", "00"), (sent.Target, sent.Mti.ToString(), sent[39]));
        Assert.Equal(new RaisedIncident(Incident.AdministrativeMessage, -2, 622), Assert.Single(rig.World.Incidents));
    }

    [Fact]
    public void AdministrativeNotification_GetsNoAnswer()
    {
        var rig = new CoreRig();

        rig.FromAcquirer("0640", new Fields { [7] = "1122100000", [11] = "000001" });

        Assert.Empty(rig.Answers);
        Assert.Equal(1, rig.World.Returned);
    }

    [Theory]
    [InlineData(null, "41")]
    [InlineData("43 stolen in Osaka", "43")]
    public void Add_StandInDeclinesTheCardFromThenOn(string? record, string code)
    {
        var rig = new CoreRig();
        rig.Request(stan: 1);

        Act(rig, '1', record: record);
        rig.Request(stan: 2);

        Assert.Equal(["00", code], rig.Answers.Select(sent => sent[39]));
        SentMessage answer = Assert.Single(rig.World.ToLinks);
        Assert.Equal(("0312", "00", "1"), (answer.Mti.ToString(), answer[39], answer[91]));
        Assert.Single(rig.World.Records, stored => stored.Type == RecordType.FileAction);
    }

    [Fact]
    public void Add_IsAnsweredOnlyWhenDurable()
    {
        var rig = new CoreRig { CommitsAtOnce = false };

        Act(rig, '1');
        Assert.Empty(rig.World.ToLinks);
        rig.Commit();

        Assert.Equal("00", Assert.Single(rig.World.ToLinks)[39]);
    }

    [Fact]
    public void EveryAction_OutlivesARestart()
    {
        CoreRig rig = WithConfiguredCard();
        Act(rig, '1', CoreRig.Card);
        Act(rig, '2', CoreRig.Card, record: "34");
        Act(rig, '3', CoreRig.OtherCard);

        CoreRig restarted = rig.Restart();
        restarted.Request(stan: 1, card: CoreRig.Card);
        restarted.Request(stan: 2, card: CoreRig.OtherCard);
        Act(restarted, '3', CoreRig.Card);
        Act(restarted, '1', CoreRig.OtherCard, record: "07");
        CoreRig again = restarted.Restart();
        again.Request(stan: 3, card: CoreRig.Card);
        again.Request(stan: 4, card: CoreRig.OtherCard);

        Assert.Equal(["34", "00"], restarted.Answers.Select(sent => sent[39]));
        Assert.Equal(["00", "07"], again.Answers.Select(sent => sent[39]));
    }

    [Fact]
    public void OutcomeCodes_SayWhatIsThere()
    {
        CoreRig rig = WithConfiguredCard();

        Assert.Equal("25", Act(rig, '3', CoreRig.Card));
        Assert.Equal("25", Act(rig, '2', CoreRig.Card));
        Assert.Equal("25", Act(rig, '5', CoreRig.Card));
        Assert.Equal("26", Act(rig, '1', CoreRig.OtherCard));
        Assert.Equal("00", Act(rig, '5', CoreRig.OtherCard));
        Assert.Equal("43", rig.World.ToLinks[^1][120]);
        Assert.Equal("00", Act(rig, '3', CoreRig.OtherCard));
        Assert.Equal("25", Act(rig, '3', CoreRig.OtherCard));
        Assert.Equal("25", Act(rig, '5', CoreRig.OtherCard));
        Assert.Equal("24", Act(rig, '4', CoreRig.Card));
        Assert.Equal("24", Act(rig, '1', CoreRig.Card, file: "PINFILE"));
        Assert.Equal("00", Act(rig, '1', CoreRig.Card, file: "NEGATIVE"));
    }

    [Fact]
    public void FlaggedRepeat_FindsItsFirstCopyDone()
    {
        var rig = new CoreRig();

        Act(rig, '1', record: "43");
        Assert.Equal("00", Act(rig, '1', record: "43", mti: "0303"));
        Assert.Equal("26", Act(rig, '1', record: "41", mti: "0303"));
        Act(rig, '3');
        Assert.Equal("00", Act(rig, '3', mti: "0323"));
        Assert.Equal("0332", rig.World.ToLinks[^1].Mti.ToString());
    }

    [Theory]
    [InlineData(2, "002")]
    [InlineData(11, "011")]
    [InlineData(91, "091")]
    public void MissingField_IsNamed(int field, string named)
    {
        var rig = new CoreRig();
        Fields fields = FieldsOf('1', CoreRig.Card, null, null);
        fields.Remove(field);

        rig.FromIssuer("0302", fields);

        SentMessage answer = Assert.Single(rig.World.ToLinks);
        Assert.Equal(("30", named), (answer[39], answer[44]));
    }

    [Theory]
    [InlineData("00")]
    [InlineData("4")]
    [InlineData("? 1")]
    public void CodeThatDeclinesNothing_IsAFormatError(string record)
    {
        var rig = new CoreRig();

        Assert.Equal("30", Act(rig, '1', record: record));
        Assert.Equal("120", rig.World.ToLinks[^1][44]);
    }

    [Fact]
    public void CardOfAnotherIssuer_IsNotItsToBlock()
    {
        var rig = new CoreRig();

        Assert.Equal("24", Act(rig, '1', link: CoreRig.StandbyLink));
        rig.Request(stan: 1);

        Assert.Equal("00", Assert.Single(rig.Answers)[39]);
    }

    [Fact]
    public void OverlayAtItsBound_Fails()
    {
        var rig = new CoreRig(configuration => configuration with { FileActionsMax = 1 });

        Assert.Equal("00", Act(rig, '1', CoreRig.Card));
        Assert.Equal("29", Act(rig, '1', CoreRig.OtherCard));
        Assert.Equal("00", Act(rig, '2', CoreRig.Card, record: "43"));
        Assert.Equal("00", Act(rig, '3', CoreRig.Card));
        Assert.Equal("00", Act(rig, '1', CoreRig.OtherCard));
    }

    [Fact]
    public void FileAction_OfAnAcquirer_IsNotSupported()
    {
        var rig = new CoreRig();

        rig.FromAcquirer("0300", FieldsOf('1', CoreRig.Card, null, null));

        Assert.Equal(("0310", "40"), (Assert.Single(rig.Answers).Mti.ToString(), rig.Answers[0][39]));
    }

    [Fact]
    public void JournalLost_NothingIsChanged()
    {
        var rig = new CoreRig();
        rig.Core.JournalFailed();

        Assert.Equal("96", Act(rig, '1'));
    }

    [Fact]
    public void AddAndDelete_AllocateNothing()
    {
        var world = new SilentWorld();
        var rig = new CoreRig();
        var core = new AuthorizationCore(rig.Configuration, world);
        core.FinishRecovery(rig.Now);
        Dialect dialect = rig.Configuration.Issuers[0].Dialect;
        Message add = rig.Make(dialect, "0302", FieldsOf('1', CoreRig.Card, "43", null));
        Message delete = rig.Make(dialect, "0302", FieldsOf('3', CoreRig.Card, null, null));
        Message text = rig.Make(dialect, "0602", new Fields { [7] = "1122100000", [11] = "000001" });

        long allocated = AllocationMeter.Of(() =>
        {
            core.IssuerMessage(0, add);
            core.IssuerMessage(0, delete);
            core.IssuerMessage(0, text);
        });

        Assert.Equal(0, allocated);
        Assert.Equal(3 * 6_000, world.ToLinks);
    }

    private static CoreRig WithConfiguredCard() => new(configuration => configuration with
    {
        StandInProfiles =
        [
            configuration.StandInProfiles[0] with
            {
                NegativeFile = StandInLists.Cards((CoreRig.OtherCard, "43")),
            },
        ],
    });

    private static string Act(
        CoreRig rig, char update, string card = CoreRig.Card, string? record = null, string? file = null,
        string mti = "0302", int link = CoreRig.PrimaryLink)
    {
        rig.FromIssuer(mti, FieldsOf(update, card, record, file), link);
        return rig.World.ToLinks.Count == 0 ? "" : rig.World.ToLinks[^1][39];
    }

    private static Fields FieldsOf(char update, string card, string? record, string? file)
    {
        var fields = new Fields { [2] = card, [7] = "1122100000", [11] = "000077", [91] = $"{update}" };
        if (record is not null)
        {
            fields[120] = record;
        }

        if (file is not null)
        {
            fields[101] = file;
        }

        return fields;
    }
}
