using Switch.Routing.Effects;
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

    private static CoreRig Ready()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.World.ToLinks.Clear();
        return rig;
    }
}
