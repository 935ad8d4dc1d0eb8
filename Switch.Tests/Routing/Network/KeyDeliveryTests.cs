using Switch.Protocol.Dialects;
using Switch.Routing.Effects;
using Switch.Routing.Operations;
using Switch.Routing.Records;
using Switch.Routing.Settings;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Network;

/// <summary>A key that is sent to an issuer: one message on one link, and one end.</summary>
public sealed class KeyDeliveryTests
{
    [Theory]
    [InlineData(false, "161")]
    [InlineData(true, "162")]
    public void Send_LinkThatTakesTraffic_HasTheKeyInItsField(bool isOfMacs, string code)
    {
        CoreRig rig = Ready();

        Assert.True(Send(rig, 5, isOfMacs));

        SentMessage sent = Assert.Single(rig.World.ToLinks);
        Assert.Equal(
            (CoreRig.PrimaryLink, 800, code, "PX1", "ABCDEF"),
            (sent.Target, sent.Mti.Value, sent[70], sent[48], sent[63]));
        Assert.Empty(rig.World.KeyReplies);
    }

    [Theory]
    [InlineData("00", true)]
    [InlineData("63", false)]
    public void Answer_OfTheIssuer_EndsItOnce(string code, bool isApproved)
    {
        CoreRig rig = Ready();
        Send(rig, 5);
        SentMessage sent = rig.World.ToLinks[0];

        Answer(rig, sent, code);
        Answer(rig, sent, code);

        Assert.Equal([(5L, true, isApproved, false)], rig.World.KeyReplies);
        Assert.Equal(1, rig.Counters.UnmatchedReplies);
    }

    [Fact]
    public void Answer_OfAnotherMessageOrOnAnotherLink_EndsNothing()
    {
        CoreRig rig = Ready();
        Send(rig, 5);
        SentMessage sent = rig.World.ToLinks[0];

        Answer(rig, sent, "00", CoreRig.StandbyLink);
        rig.FromIssuer("0810", new Fields { [7] = sent[7], [11] = "999999", [39] = "00", [70] = "161" });
        rig.FromIssuer("0810", new Fields { [7] = "0101000000", [11] = sent[11], [39] = "00", [70] = "161" });

        Assert.Empty(rig.World.KeyReplies);
    }

    [Fact]
    public void Silence_OfTheIssuer_IsToldAndALateAnswerIsNone()
    {
        CoreRig rig = Ready();
        Send(rig, 5);
        SentMessage sent = rig.World.ToLinks[0];

        rig.Advance(TimeSpan.FromMinutes(1));
        Answer(rig, sent, "00");

        Assert.Equal([(5L, false, false, false)], rig.World.KeyReplies);
    }

    /// <summary>Neither a number nor a place stays taken, however often a key is sent.</summary>
    [Theory]
    [InlineData("00")]
    [InlineData("63")]
    [InlineData(null)]
    public void Send_Again_LeavesNothingBehind(string? code)
    {
        CoreRig rig = Ready(static issuer => issuer with { MaxInFlight = 16 });
        int free = TraceNumbersFree(rig);
        for (int tag = 1; tag <= 1_000; tag++)
        {
            Assert.True(Send(rig, tag));
            if (code is null)
            {
                rig.TakeTime(TimeSpan.FromMinutes(1));
                rig.Core.SetTime(rig.Now);
                rig.Core.Tick();
            }
            else
            {
                Answer(rig, rig.World.ToLinks[^1], code);
            }
        }

        Assert.Equal(1_000, rig.World.KeyReplies.Count);
        Assert.Equal(free, TraceNumbersFree(rig));
    }

    /// <summary>The connection ends in this moment: surely nothing has left.</summary>
    [Fact]
    public void Send_LinkIsGone_IsSaidAtOnceAndLeavesNothingBehind()
    {
        CoreRig rig = Ready();
        int free = TraceNumbersFree(rig);
        rig.World.GoneLinks.Add(CoreRig.PrimaryLink);

        Assert.False(Send(rig, 5));

        Assert.Equal(free, TraceNumbersFree(rig));
        rig.World.GoneLinks.Clear();
        Assert.True(Send(rig, 6));
    }

    [Fact]
    public void Send_IssuerHasSignedOff_SendsNothing()
    {
        CoreRig rig = Ready();
        rig.FromIssuer("0800", new Fields { [7] = "1122100000", [11] = "000001", [70] = "002" });
        rig.World.ToLinks.Clear();

        Assert.False(Send(rig, 5));
        Assert.Empty(rig.World.ToLinks);

        rig.FromIssuer("0800", new Fields { [7] = "1122100001", [11] = "000002", [70] = "001" });
        Assert.True(Send(rig, 6));
    }

    [Fact]
    public void Send_WhileTheSwitchStops_SendsNothing()
    {
        CoreRig rig = Ready();
        rig.Core.BeginShutdown();

        Assert.False(Send(rig, 5));

        Assert.Empty(rig.World.ToLinks);
    }

    /// <summary>An issuer's security module is slower than its payments: its time-out is one second here.</summary>
    [Fact]
    public void Answer_AfterThePaymentsTimeOut_IsTaken()
    {
        CoreRig rig = Ready(static issuer => issuer with { Timeout = TimeSpan.FromSeconds(1) });
        Send(rig, 5);

        rig.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Empty(rig.World.KeyReplies);
        Answer(rig, rig.World.ToLinks[0], "00");

        Assert.Equal([(5L, true, true, false)], rig.World.KeyReplies);
    }

    [Theory]
    [InlineData(MacState.Verified, true)]
    [InlineData(MacState.NotRequired, false)]
    public void Answer_WithAMac_SaysWhetherItWasVerified(MacState mac, bool isVerified)
    {
        CoreRig rig = Ready();
        Send(rig, 5);
        SentMessage sent = rig.World.ToLinks[0];

        rig.Core.IssuerMessage(
            CoreRig.PrimaryLink,
            rig.Make(
                sent.Message.Dialect, "0810",
                new Fields { [7] = sent[7], [11] = sent[11], [39] = "00", [70] = sent[70] }),
            mac);

        Assert.Equal([(5L, true, true, isVerified)], rig.World.KeyReplies);
    }

    /// <summary>Editions after 1987 have one word for keys of both kinds.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Send_ToAnIssuerOfALaterEdition_HasOneCodeForBothKinds(bool isOfMacs)
    {
        CoreRig rig = Ready(static issuer => issuer with { Dialect = Dialect.Get("iso93-ascii") });

        Assert.True(Send(rig, 5, isOfMacs));

        SentMessage sent = Assert.Single(rig.World.ToLinks);
        Assert.Equal("811", sent[24]);
    }

    [Fact]
    public void Send_WhileOneIsUnderWayOrWithoutALink_SendsNothing()
    {
        var down = new CoreRig();
        Assert.False(Send(down, 5));
        Assert.Empty(down.World.ToLinks);
        CoreRig rig = Ready();
        Send(rig, 5);

        Assert.False(Send(rig, 6));

        Assert.Single(rig.World.ToLinks);
        Answer(rig, rig.World.ToLinks[0], "00");
        Assert.True(Send(rig, 7));
    }

    private static bool Send(CoreRig rig, long tag, bool isOfMacs = false) => rig.Core.SendKey(new KeyOrder
    {
        Tag = tag, Issuer = 0, IsOfMacs = isOfMacs, Field = 48, Text = "PX1"u8, CheckField = 63,
        CheckValue = "ABCDEF"u8,
    });

    private static void Answer(CoreRig rig, SentMessage sent, string code, int link = CoreRig.PrimaryLink) =>
        rig.FromIssuer("0810", new Fields { [7] = sent[7], [11] = sent[11], [39] = code, [70] = sent[70] }, link);

    private static int TraceNumbersFree(CoreRig rig)
    {
        var issuers = new List<IssuerListing>();
        rig.Core.Execute(new CoreCommand { Kind = CoreCommandKind.ListIssuers, IssuerVisitor = issuers.Add });
        return issuers[0].TraceNumbersFree;
    }

    private static CoreRig Ready(Func<IssuerSettings, IssuerSettings>? change = null)
    {
        var rig = new CoreRig(settings => change is null ? settings : settings with
        {
            Issuers = [change(settings.Issuers[0]), settings.Issuers[1]],
        });
        rig.LinksUp();
        rig.World.ToLinks.Clear();
        return rig;
    }
}
