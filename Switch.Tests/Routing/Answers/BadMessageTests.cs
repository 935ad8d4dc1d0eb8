using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Routing.Effects;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Answers;

/// <summary>What is no message of its dialect, or one of another edition, from either side.</summary>
public class BadMessageTests
{
    private static readonly Fields Purchase = new()
    {
        [2] = CoreRig.Card, [3] = "000000", [4] = "000000005000", [7] = "1122100000", [11] = "000001",
        [12] = "100000", [13] = "1122", [41] = "TERM0001", [49] = "392",
    };

    /// <summary>Whatever the field is: its neighbours on the connection are good.</summary>
    [Theory]
    [InlineData(ParseError.ContentNotNumeric, 4)]
    [InlineData(ParseError.LengthOverLimit, 32)]
    [InlineData(ParseError.LengthNotNumeric, 2)]
    [InlineData(ParseError.UnknownField, 48)]
    [InlineData(ParseError.Truncated, 102)]
    [InlineData(ParseError.TrailingBytes, 0)]
    public void AcquirersRequest_WithABadField_IsAnswered30WithIt(ParseError error, int field)
    {
        var rig = new CoreRig();
        Message message = rig.Make(rig.Configuration.Acquirers[0].Dialect, "0100", Purchase);

        rig.Core.AcquirerFault(CoreRig.Session, 0, message, new ParseFault(error, field, 33));

        SentMessage sent = Assert.Single(rig.Answers);
        Assert.Equal(("0110", "30", "000001"), (sent.Mti.ToString(), sent[39], sent[11]));
        Assert.Equal(field == 0 ? "" : $"{field:D3}", sent[44].Trim());
        Assert.Empty(rig.World.ClosedSessions);
    }

    [Fact]
    public void AcquirersRequest_WhoseStanIsBad_IsAnswered30AsOneWithoutIs()
    {
        var rig = new CoreRig();
        Message message = rig.Make(
            rig.Configuration.Acquirers[0].Dialect, "0100", new Fields { [3] = "000000", [41] = "TERM0001" });

        rig.Core.AcquirerFault(CoreRig.Session, 0, message, new ParseFault(ParseError.ContentNotNumeric, 11, 33));

        SentMessage sent = Assert.Single(rig.Answers);
        Assert.Equal(("30", "011", "TERM0001"), (sent[39], sent[44].Trim(), sent[41]));
        Assert.Empty(rig.World.ClosedSessions);
    }

    [Theory]
    [InlineData(ParseError.BadMti, 0)]
    [InlineData(ParseError.Truncated, 0)]
    [InlineData(ParseError.Truncated, 1)]
    [InlineData(ParseError.BadBitmap, 1)]
    [InlineData(ParseError.BadBitmap, 65)]
    public void AcquirersBytes_WithoutAReadableHead_CloseTheSession(ParseError error, int field)
    {
        var rig = new CoreRig();
        Message message = rig.Make(rig.Configuration.Acquirers[0].Dialect, "0100", []);

        rig.Core.AcquirerFault(CoreRig.Session, 0, message, new ParseFault(error, field, 3));

        Assert.Empty(rig.Answers);
        Assert.Equal((CoreRig.Session, CloseReason.Malformed), Assert.Single(rig.World.ClosedSessions));
        Assert.Equal((1, 1), (rig.Counters.FormatErrors, rig.World.Returned));
    }

    [Fact]
    public void Answer_InADialectWithoutField44_StillSays30()
    {
        const string Short = """{ "name": "short", "extends": "iso87-ascii", "fields": { "44": null } }""";
        Assert.True(new DialectCatalog().TryAdd(Short, out Dialect? dialect, out _));
        var rig = new CoreRig(configuration => configuration with
        {
            Acquirers = [configuration.Acquirers[0] with { Dialect = dialect }],
        });

        rig.FromAcquirer("0100", new Fields { [3] = "000000", [11] = "000001" });

        Assert.Equal("30", Assert.Single(rig.Answers)[39]);
    }

    [Fact]
    public void IssuersReply_WithABadField_IsDroppedAndTheLinkStays()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(card: CoreRig.CardWithoutStandIn);
        Message reply = rig.Make(
            rig.Configuration.Issuers[0].Dialect, "0110", new Fields { [11] = rig.World.ToLinks[0][11], [39] = "00" });

        rig.Core.IssuerFault(CoreRig.PrimaryLink, reply, new ParseFault(ParseError.ContentNotNumeric, 4, 20));
        rig.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal("91", Assert.Single(rig.Answers)[39]);
        Assert.Equal("0420", rig.World.ToLinks[^1].Mti.ToString());
        Assert.Empty(rig.World.ClosedLinks);
        Assert.Contains(
            rig.World.Incidents,
            raised => raised is { Incident: Incident.BadMessage, Subject: CoreRig.PrimaryLink, Value: 4 });
    }

    [Theory]
    [InlineData("1100", "0110")]
    [InlineData("9100", "0110")]
    [InlineData("1200", "0210")]
    [InlineData("1220", "0230")]
    [InlineData("1304", "0314")]
    [InlineData("1420", "0430")]
    [InlineData("2421", "0430")]
    [InlineData("1520", "0530")]
    [InlineData("1604", "0614")]
    [InlineData("1804", "0814")]
    public void AcquirersRequest_OfAnotherEdition_IsAnswered30InTheDialects(string mti, string answer)
    {
        var rig = new CoreRig();
        rig.LinksUp();

        Acquirer(rig, "iso87-ascii", mti);
        rig.Advance(TimeSpan.FromSeconds(1));

        SentMessage sent = Assert.Single(rig.Answers);
        Assert.Equal((answer, "30", "000001"), (sent.Mti.ToString(), sent[39], sent[11]));
        Assert.Empty(rig.World.ToLinks);
        Assert.DoesNotContain(rig.World.Records, record => record.Secret.Length > 0);
        Assert.Empty(rig.World.ClosedSessions);
        Assert.Equal(1, rig.Counters.FormatErrors);
        Assert.Equal(1, rig.World.Returned);
    }

    /// <summary>The STAN of what was refused is not taken: the right message after it is a first one.</summary>
    [Fact]
    public void AcquirersRequest_OfAnotherEdition_LeavesNothingBehind()
    {
        var rig = new CoreRig();
        rig.LinksUp();

        Acquirer(rig, "iso87-ascii", "1100");
        rig.FromAcquirer("0100", Purchase);

        Assert.Equal("0100", Assert.Single(rig.World.ToLinks).Mti.ToString());
        Assert.Equal((1, 0), (rig.Counters.Requests, rig.Counters.Repeats));
    }

    [Fact]
    public void AcquirersAnswer_OfAnotherEdition_IsDroppedAndTheSessionStays()
    {
        var rig = new CoreRig();

        Acquirer(rig, "iso87-ascii", "1110");

        Assert.Empty(rig.Answers);
        Assert.Empty(rig.World.ClosedSessions);
        Assert.Equal((1, 1), (rig.Counters.UnmatchedReplies, rig.World.Returned));
    }

    /// <summary>Four digits alone are no message: packed ones are often chance.</summary>
    [Fact]
    public void AcquirersRequest_OfAnotherEditionWithoutStan_ClosesTheSession()
    {
        var rig = new CoreRig();

        Acquirer(rig, "iso87-ascii", "1100", fields => fields.Remove(11));

        Assert.Empty(rig.Answers);
        Assert.Equal((CoreRig.Session, CloseReason.Malformed), Assert.Single(rig.World.ClosedSessions));
    }

    /// <summary>The issuer may have approved: the switch owes it the reversal, as after any time-out.</summary>
    [Fact]
    public void IssuersReply_OfAnotherEdition_IsDroppedAndTheTimeOutApplies()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(card: CoreRig.CardWithoutStandIn);
        SentMessage leg = Assert.Single(rig.World.ToLinks);

        Issuer(rig, "1110", fields => Copy(leg, fields));
        Assert.Empty(rig.Answers);
        rig.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal("91", Assert.Single(rig.Answers)[39]);
        Assert.Equal("0420", rig.World.ToLinks[^1].Mti.ToString());
        Assert.Equal((1, 1), (rig.Counters.UnmatchedReplies, rig.Counters.ReversalsOwed));
        Assert.Empty(rig.World.ClosedLinks);
        RaisedIncident raised = Assert.Single(rig.World.Incidents, one => one.Incident == Incident.WrongEdition);
        Assert.Equal((CoreRig.PrimaryLink, 1110), ((int)raised.Subject, (int)raised.Value));
    }

    /// <summary>A late one neither: it would reverse, or stand for, what the issuer did not say.</summary>
    [Fact]
    public void IssuersLateReply_OfAnotherEditionOrType_IsNotTaken()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request(card: CoreRig.CardWithoutStandIn);
        SentMessage leg = Assert.Single(rig.World.ToLinks);
        rig.Advance(TimeSpan.FromSeconds(4));

        Issuer(rig, "1110", fields => Copy(leg, fields));
        rig.Reply(leg, change: fields => fields[70] = "301", mti: "0810");
        rig.Reply(leg, mti: "0430");
        Assert.Equal((0, 3), (rig.Counters.LateReplies, rig.Counters.UnmatchedReplies));
        rig.Reply(leg);

        Assert.Equal((1, 3), (rig.Counters.LateReplies, rig.Counters.UnmatchedReplies));
    }

    [Fact]
    public void SignOn_AnsweredByAnotherType_StaysUnanswered()
    {
        var rig = new CoreRig(configuration => configuration with
        {
            Issuers = [configuration.Issuers[0] with { SignOn = true }, configuration.Issuers[1]],
        });
        rig.Core.LinkUp(CoreRig.PrimaryLink);
        SentMessage signOn = Assert.Single(rig.World.ToLinks);

        rig.Reply(signOn, mti: "0110");

        Assert.False(rig.Core.IsLinkReady(CoreRig.PrimaryLink));
        Assert.Equal(1, rig.Counters.UnmatchedReplies);
        rig.Reply(signOn);
        Assert.True(rig.Core.IsLinkReady(CoreRig.PrimaryLink));
    }

    [Theory]
    [InlineData("1302", "0312")]
    [InlineData("1502", "0512")]
    [InlineData("1602", "0612")]
    [InlineData("1800", "0810")]
    public void IssuersRequest_OfAnotherEdition_IsAnswered30InTheDialects(string mti, string answer)
    {
        var rig = new CoreRig();
        rig.LinksUp();

        Issuer(rig, mti, fields => fields[70] = "002");

        SentMessage sent = Assert.Single(rig.World.ToLinks);
        Assert.Equal((answer, "30", "000001"), (sent.Mti.ToString(), sent[39], sent[11]));
        Assert.Equal(1, rig.Counters.FormatErrors);
        Assert.Contains(rig.World.Incidents, raised => raised.Incident == Incident.WrongEdition);
        rig.Request(stan: 2);
        Assert.Equal("0100", rig.World.ToLinks[^1].Mti.ToString()); // It did not sign off by that.
    }

    /// <summary>No issuer begins a payment: it may be a reply whose type went wrong, and an answer would be money.
    /// </summary>
    [Theory]
    [InlineData("1100")]
    [InlineData("1220")]
    [InlineData("1420")]
    public void IssuersPayment_OfAnotherEdition_IsDropped(string mti)
    {
        var rig = new CoreRig();
        rig.LinksUp();

        Issuer(rig, mti, _ => { });

        Assert.Empty(rig.World.ToLinks);
        Assert.Equal((1, 0), (rig.Counters.UnmatchedReplies, rig.Counters.FormatErrors));
    }

    [Theory]
    [InlineData("iso93-ascii", "0100", "1110", "904")]
    [InlineData("iso93-ascii", "2420", "1430", "904")]
    [InlineData("iso03-ascii", "1200", "2210", "9104")]
    public void AcquirersRequest_ToALaterEdition_IsAnsweredInThatEdition(
        string dialect, string mti, string answer, string code)
    {
        var rig = new CoreRig(configuration => configuration with
        {
            Acquirers = [configuration.Acquirers[0] with { Dialect = Dialect.Get(dialect) }],
        });

        Acquirer(rig, dialect, mti);

        SentMessage sent = Assert.Single(rig.Answers);
        Assert.Equal((answer, code), (sent.Mti.ToString(), sent[39]));
        Assert.EndsWith("000001", sent[11], StringComparison.Ordinal);
        Assert.Empty(rig.World.ToLinks);
    }

    private static void Acquirer(CoreRig rig, string dialect, string mti, Action<Fields>? change = null)
    {
        Message message = Load(Dialect.Get(dialect), mti, change, out ParseFault fault);
        rig.Core.AcquirerFault(CoreRig.Session, 0, message, fault);
        rig.Settle();
    }

    private static void Issuer(CoreRig rig, string mti, Action<Fields> change)
    {
        Message message = Load(rig.Configuration.Issuers[0].Dialect, mti, change, out ParseFault fault);
        rig.Core.IssuerFault(CoreRig.PrimaryLink, message, fault);
        rig.Settle();
    }

    private static void Copy(SentMessage leg, Fields fields)
    {
        foreach (int field in (int[])[4, 7, 11, 41])
        {
            fields[field] = leg[field];
        }

        fields[39] = "00";
    }

    private static Message Load(Dialect dialect, string mti, Action<Fields>? change, out ParseFault fault)
    {
        var fields = new Fields { [3] = "000000", [7] = "1122100000", [11] = "000001" };
        if (dialect.IsoVersion == IsoVersion.Iso2003)
        {
            fields[11] = "000000000001";
        }

        change?.Invoke(fields);
        var composer = new MessageComposer(512);
        composer.Start(dialect, new Mti(int.Parse(mti, System.Globalization.CultureInfo.InvariantCulture)));
        foreach ((int field, string text) in fields)
        {
            composer.Set(field, System.Text.Encoding.ASCII.GetBytes(text));
        }

        Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out fault), fault.ToString());
        var message = new Message(512, FieldTerms.Canonical);
        Assert.False(message.TryLoad(dialect, bytes, out fault));
        return message;
    }
}
