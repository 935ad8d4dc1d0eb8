using Switch.Protocol.Dialects;
using Switch.Protocol.Messages;
using Switch.Routing.Effects;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Transactions;

/// <summary>What is not believed for its MAC changes nothing, and its sender is told so.</summary>
public sealed class UnverifiedTests
{
    [Theory]
    [InlineData(MacState.Wrong, "63")]
    [InlineData(MacState.Missing, "63")]
    [InlineData(MacState.Unavailable, "96")]
    public void Request_NotBelieved_IsAnsweredAndNotRoutedOrRecorded(MacState mac, string code)
    {
        CoreRig rig = Rig();
        int records = rig.World.Records.Count;

        rig.Request(send: message => From(rig, message, mac));

        Assert.Equal(code, Assert.Single(rig.Answers)[39]);
        Assert.Empty(rig.World.ToLinks);
        Assert.Equal((records, 0), (rig.World.Records.Count, rig.Counters.Remembered));
        Assert.Contains(rig.World.Incidents, one => one.Incident == Incident.MacRefused && one.Subject == 0);
    }

    [Theory]
    [InlineData("iso93-ascii")]
    [InlineData("iso93-binary")]
    public void Request_OfALaterEdition_IsAnsweredWithItsOwnCode(string dialect)
    {
        CoreRig rig = Rig(dialect);

        rig.Request(mti: "1100", change: Later, send: message => From(rig, message, MacState.Wrong));

        byte[] answered = Assert.Single(rig.Answers).Message.Raw(39).ToArray();
        string text = dialect == "iso93-ascii"
            ? System.Text.Encoding.ASCII.GetString(answered)
            : Convert.ToHexString(answered)[..3];
        Assert.Equal("916", text);
    }

    /// <summary>The true one that comes after it is not taken for a copy of it.</summary>
    [Fact]
    public void Request_TrueOneAfterAWrongOne_IsRouted()
    {
        CoreRig rig = Rig();
        rig.Request(send: message => From(rig, message, MacState.Wrong));

        rig.Request(send: message => From(rig, message, MacState.Verified));

        Assert.Single(rig.World.ToLinks);
    }

    /// <summary>96 was said to what was most likely its acquirer's own: no copy may be approved after that.</summary>
    [Fact]
    public void Request_CopyOfOneThatNoModuleVerified_IsNotTakenIn()
    {
        CoreRig rig = Rig();
        rig.Request(send: message => From(rig, message, MacState.Unavailable));

        rig.Request(mti: "0101", send: message => From(rig, message, MacState.Verified));

        Assert.Empty(rig.World.ToLinks);
        Assert.Single(rig.Answers);
    }

    [Theory]
    [InlineData("0100", MacState.Wrong)]
    [InlineData("0101", MacState.Unavailable)]
    public void Request_CopyOfOneThatMayBeApproved_IsNotAnswered(string mti, MacState mac)
    {
        CoreRig rig = Rig();
        rig.Request();

        rig.Request(mti: mti, send: message => From(rig, message, mac));

        Assert.Empty(rig.Answers);
        Assert.Single(rig.World.ToLinks);
        Assert.Equal(1, rig.Counters.CopiesUnanswered);
    }

    [Fact]
    public void Reversal_NotBelieved_TakesNothingBack()
    {
        CoreRig rig = Rig();
        rig.Request();
        rig.Reply(rig.World.ToLinks[0]);
        long owed = rig.Counters.OwedNow;
        Message? reversal = null;
        rig.Reversal(1, 2, change: fields => reversal = Made(rig, "0420", fields));
        rig.Core.AcquirerMessage(CoreRig.Session, 0, reversal!, MacState.Wrong);

        Assert.Equal("63", rig.Answers[^1][39]);
        Assert.Equal(owed + 1, rig.Counters.OwedNow); // Of the true one alone.
    }

    /// <summary>A reply that is not believed is none: the time-out of its request comes, and what follows.</summary>
    [Theory]
    [InlineData(MacState.Wrong)]
    [InlineData(MacState.Unavailable)]
    public void Reply_NotBelieved_IsSilence(MacState mac)
    {
        CoreRig rig = Rig();
        rig.Request();
        SentMessage sent = rig.World.ToLinks[0];
        Message reply = Made(rig, "0110", Echo(sent), sent.Message.Dialect);

        rig.Core.IssuerMessage(CoreRig.PrimaryLink, reply, mac);
        rig.Settle();

        Assert.Empty(rig.Answers);
        rig.Advance(TimeSpan.FromSeconds(4));
        Assert.Contains(rig.World.ToLinks, one => one.Mti.IsRequest && one.Target == CoreRig.StandbyLink);
        Assert.Equal(1, mac == MacState.Wrong ? rig.Counters.MacsWrong : rig.Counters.MacsUnavailable);
    }

    [Fact]
    public void IssuerRequest_NotBelieved_IsAnsweredAndDoesNothing()
    {
        CoreRig rig = Rig();
        var fields = new Fields { [7] = "1122100000", [11] = "000009", [70] = "002" };
        Message signOff = Made(rig, "0800", fields, rig.Configuration.Issuers[0].Dialect);

        rig.Core.IssuerMessage(CoreRig.PrimaryLink, signOff, MacState.Wrong);

        Assert.Equal("63", Assert.Single(rig.World.ToLinks)[39]);
        rig.Request();
        Assert.Contains(rig.World.ToLinks, static one => one.Target == CoreRig.PrimaryLink && one.Mti.IsRequest);
    }

    // What differs on the wire of 1993.
    private static void Later(Fields fields)
    {
        fields[12] = "261122100000";
        foreach (int field in (int[])[13, 22, 25])
        {
            fields.Remove(field);
        }
    }

    private static CoreRig Rig(string dialect = "iso87-ascii")
    {
        var rig = new CoreRig(core => core with
        {
            Acquirers = [core.Acquirers[0] with { Dialect = Dialect.Get(dialect) }],
        });
        rig.LinksUp();
        return rig;
    }

    private static void From(CoreRig rig, Message message, MacState mac)
    {
        rig.Core.AcquirerMessage(CoreRig.Session, 0, message, mac);
        rig.Settle();
    }

    private static Message Made(CoreRig rig, string mti, Fields fields, Dialect? dialect = null) =>
        rig.Make(dialect ?? rig.Configuration.Acquirers[0].Dialect, mti, fields);

    private static Fields Echo(SentMessage request)
    {
        var fields = new Fields { [39] = "00", [38] = "123456" };
        foreach (int field in (int[])[2, 3, 4, 7, 11, 32, 37, 41, 42, 49])
        {
            fields[field] = request[field];
        }

        return fields;
    }
}
