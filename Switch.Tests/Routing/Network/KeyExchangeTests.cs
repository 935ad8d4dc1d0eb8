using Switch.Routing.Effects;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Network;

/// <summary>A key that a partner sends is answered once, when the host says what became of it.</summary>
public sealed class KeyExchangeTests
{
    [Theory]
    [InlineData(KeyOutcome.Taken, "00")]
    [InlineData(KeyOutcome.Unreadable, "63")]
    [InlineData(KeyOutcome.Unverified, "63")]
    [InlineData(KeyOutcome.Replayed, "94")]
    [InlineData(KeyOutcome.NotConfigured, "40")]
    [InlineData(KeyOutcome.Failed, "96")]
    public void Exchange_Ended_IsAnsweredWithItsCodeAndOnce(KeyOutcome outcome, string code)
    {
        CoreRig rig = Rig();
        rig.FromAcquirer("0800", Exchange("161"));
        Assert.Empty(rig.Answers);

        rig.Core.KeyExchanged(rig.World.AskedKeys[0].Tag, outcome);
        rig.Core.KeyExchanged(rig.World.AskedKeys[0].Tag, outcome);

        Assert.Equal(code, Assert.Single(rig.Answers)[39]);
    }

    [Theory]
    [InlineData("161")]
    [InlineData("162")]
    public void Exchange_OfAnIssuer_IsAnsweredOnItsLink(string code)
    {
        CoreRig rig = Rig();
        rig.FromIssuer("0800", Exchange(code));

        rig.Core.KeyExchanged(rig.World.AskedKeys[0].Tag, KeyOutcome.Taken);

        SentMessage answer = Assert.Single(rig.World.ToLinks);
        Assert.Equal((CoreRig.PrimaryLink, "00"), (answer.Target, answer[39]));
        Assert.True(rig.World.AskedKeys[0].IsOfIssuer);
    }

    [Fact]
    public void Exchange_NoOutcomeInTime_IsAnswered96AndALateOneIsNone()
    {
        CoreRig rig = Rig();
        rig.FromAcquirer("0800", Exchange("161"));

        rig.Advance(TimeSpan.FromSeconds(6));
        rig.Core.KeyExchanged(rig.World.AskedKeys[0].Tag, KeyOutcome.Taken);

        Assert.Equal("96", Assert.Single(rig.Answers)[39]);
    }

    [Fact]
    public void Exchange_HostTakesNone_IsNotSupported()
    {
        CoreRig rig = Rig();
        rig.World.TakesKeys = false;

        rig.FromAcquirer("0800", Exchange("161"));

        Assert.Equal("40", Assert.Single(rig.Answers)[39]);
    }

    [Fact]
    public void Exchange_MoreThanMayWait_IsAnswered96()
    {
        CoreRig rig = Rig();
        for (int i = 0; i < 17; i++)
        {
            rig.FromAcquirer("0800", Exchange("161"));
        }

        Assert.Equal("96", Assert.Single(rig.Answers)[39]);
        Assert.Equal(16, rig.World.AskedKeys.Count);
    }

    private static Fields Exchange(string code) => new()
    {
        [7] = "1122100000", [11] = "000009", [48] = "MX", [70] = code,
    };

    private static CoreRig Rig()
    {
        var rig = new CoreRig();
        rig.World.TakesKeys = true;
        rig.LinksUp();
        return rig;
    }
}
