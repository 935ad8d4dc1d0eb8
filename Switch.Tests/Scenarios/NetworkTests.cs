using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>0800 on both sides.</summary>
public class NetworkTests
{
    [Fact]
    public async Task SignOn_Refused_LinkTakesNoTrafficUntilItIsAccepted()
    {
        await using Rig rig = await Rig.StartAsync(new RigSettings { WaitsForLinks = false });
        rig.Primary.SignOnAnswer = "91";
        rig.Primary.Reset();
        await rig.UntilReadyAsync(isPrimary: false, isStandby: true);
        await Rig.UntilAsync(() => !rig.Server.IsLinkReady(0));
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(Purchases.Authorization());
        (await rig.Standby.NextAsync()).Answer();
        PlainMessage answer = await acquirer.NextAsync();
        rig.Primary.SignOnAnswer = "00";
        await rig.UntilReadyAsync(isPrimary: true, isStandby: true);

        Assert.Equal("00", answer[39]);
        Assert.Equal(0, rig.Counters.ReversalsOwed);
        Assert.True(rig.Primary.IsQuiet);
    }

    [Fact]
    public async Task Echo_IdleLink_IsTestedAndUnansweredClosesIt()
    {
        await using Rig rig = await Rig.StartAsync(new RigSettings
        {
            IssuerTimeout = RigSettings.ShortTimeout,
            Echo = TimeSpan.FromMilliseconds(100),
        });

        Arrival signOn = await rig.Primary.NextNetworkAsync();
        Arrival echo = await rig.Primary.NextNetworkAsync();
        while (echo.Message[70] == "001")
        {
            // A machine so busy that the sign-on timed out: the link was made anew, and signs on first.
            echo = await rig.Primary.NextNetworkAsync();
        }

        rig.Primary.AnswersEcho = false;
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.LinkLosses > 0);
        rig.Primary.AnswersEcho = true;
        await rig.UntilReadyAsync(isPrimary: true, isStandby: true);

        Assert.Equal(("001", "301"), (signOn.Message[70], echo.Message[70]));
    }

    [Theory]
    [InlineData("001")]
    [InlineData("301")]
    [InlineData("002")]
    public async Task Network_FromAcquirer_IsAnswered(string code)
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        PlainMessage answer = await acquirer.AskAsync(NetworkMessages.Request(code, 7, DateTime.UtcNow));

        Assert.Equal((810, "000007", "00", code), (answer.Mti, answer[11], answer[39], answer[70]));
    }

    [Fact]
    public async Task SignOff_ByTheIssuer_SendsTrafficElsewhereUntilItSignsOn()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        await rig.Primary.NextNetworkAsync();

        rig.Primary.Send(NetworkMessages.Request("002", 1, DateTime.UtcNow));
        Arrival signedOff = await rig.Primary.NextNetworkAsync();
        acquirer.Send(Purchases.Authorization());
        (await rig.Standby.NextAsync()).Answer();
        PlainMessage elsewhere = await acquirer.NextAsync();
        rig.Primary.Send(NetworkMessages.Request("001", 2, DateTime.UtcNow));
        Arrival signedOn = await rig.Primary.NextNetworkAsync();
        acquirer.Send(Purchases.Authorization());
        (await rig.Primary.NextAsync()).Answer("05");
        PlainMessage back = await acquirer.NextAsync();

        Assert.Equal((810, "00"), (signedOff.Message.Mti, signedOff.Message[39]));
        Assert.Equal((810, "00"), (signedOn.Message.Mti, signedOn.Message[39]));
        Assert.Equal(("00", "05"), (elsewhere[39], back[39]));
    }
}
