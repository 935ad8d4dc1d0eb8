using Switch.Host.Simulators;
using Switch.Routing.Context;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>Going down in good order, and coming up with everything that was owed and known.</summary>
public class LifecycleTests
{
    [Fact]
    public async Task Stop_WhileARequestIsPending_AnswersItThenSignsOff()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        await rig.Primary.NextNetworkAsync();
        acquirer.Send(Purchases.Authorization());
        Arrival atIssuer = await rig.Primary.NextAsync();

        Task stopping = rig.Server.StopAsync(TimeSpan.FromSeconds(10));
        atIssuer.Answer();
        PlainMessage answer = await acquirer.NextAsync();
        Arrival signOff = await rig.Primary.NextNetworkAsync();
        await stopping.WaitAsync(Rig.Patience);
        await acquirer.Closed;

        Assert.Equal("00", answer[39]);
        Assert.Equal("002", signOff.Message[70]);
        Assert.False(rig.Server.IsReady);
    }

    [Fact]
    public async Task Restart_WithOwedMessages_StillOwesThem()
    {
        await using Rig rig = await Rig.StartAsync(RigSettings.BothHasty);
        PlainMessage request = Purchases.Authorization();
        await using (ScriptedAcquirer acquirer = await rig.ConnectAsync())
        {
            await acquirer.AskAsync(request);
        }

        PlainMessage atPrimary = (await rig.Primary.NextAsync()).Message;
        PlainMessage atStandby = (await rig.Standby.NextAsync()).Message;
        PlainMessage advice = (await rig.Primary.NextAsync()).Message;
        PlainMessage reversal = (await rig.Standby.NextAsync()).Message;
        await rig.Server.StopAsync(TimeSpan.Zero);
        rig.Primary.AcknowledgesOwed = rig.Standby.AcknowledgesOwed = true;
        await rig.RestartAsync();
        PlainMessage adviceAgain = (await rig.Primary.NextAsync()).Message;
        PlainMessage reversalAgain = (await rig.Standby.NextAsync()).Message;
        await rig.UntilSettledAsync();

        Assert.Equal((1, 1), (rig.Counters.AdvicesAcknowledged, rig.Counters.ReversalsAcknowledged));
        Assert.Equal((advice[11], advice[7], advice[90]), (adviceAgain[11], adviceAgain[7], adviceAgain[90]));
        Assert.Equal((reversal[11], reversal[90]), (reversalAgain[11], reversalAgain[90]));
        Assert.Equal(Purchases.Original(atPrimary), advice[90]);
        Assert.Equal(Purchases.Original(atStandby), reversal[90]);
    }

    [Fact]
    public async Task Restart_AfterAnAnswer_RepeatGetsTheSameAndConflictGets94()
    {
        await using Rig rig = await Rig.StartAsync();
        PlainMessage request = Purchases.Authorization();
        PlainMessage first;
        await using (ScriptedAcquirer acquirer = await rig.ConnectAsync())
        {
            acquirer.Send(request);
            (await rig.Primary.NextAsync()).Answer();
            first = await acquirer.NextAsync();
        }

        await rig.RestartAsync();
        await using ScriptedAcquirer again = await rig.ConnectAsync();
        PlainMessage second = await again.AskAsync(Purchases.Repeat(request));
        PlainMessage other = Purchases.Copy(request, 100);
        other[4] = "000000009999";
        PlainMessage conflict = await again.AskAsync(other);

        Assert.Equal((first[39], first[38]), (second[39], second[38]));
        Assert.Equal("94", conflict[39]);
        Assert.True(rig.Primary.IsQuiet);
    }

    [Fact]
    public async Task Restart_AfterAnApproval_ItCanStillBeReversed()
    {
        await using Rig rig = await Rig.StartAsync();
        PlainMessage request = Purchases.Authorization();
        PlainMessage answer;
        Arrival atIssuer;
        await using (ScriptedAcquirer acquirer = await rig.ConnectAsync())
        {
            acquirer.Send(request);
            atIssuer = await rig.Primary.NextAsync();
            atIssuer.Answer();
            answer = await acquirer.NextAsync();
        }

        await rig.RestartAsync();
        await using ScriptedAcquirer again = await rig.ConnectAsync();
        PlainMessage acknowledged = await again.AskAsync(Purchases.Reversal(request, answer));
        Arrival reversal = await rig.Primary.NextAsync();

        Assert.Equal("00", acknowledged[39]);
        Assert.Equal(Purchases.Original(atIssuer.Message), reversal.Message[90]);
    }

    /// <summary>
    /// Five approvals a card are allowed in the window; three before and two after the restart use them up.
    /// </summary>
    [Fact]
    public async Task Restart_WithStandInApprovals_TheLimitsStillCount()
    {
        await using Rig rig = await Rig.StartAsync(
            new RigSettings { IsPrimaryListening = false, IsStandbyListening = false });
        var codes = new List<string?>();
        await using (ScriptedAcquirer acquirer = await rig.ConnectAsync())
        {
            for (int i = 0; i < 3; i++)
            {
                codes.Add((await acquirer.AskAsync(Purchases.Authorization(amount: 100)))[39]);
            }
        }

        await rig.RestartAsync(drain: TimeSpan.Zero, waitsForLinks: false);
        await using ScriptedAcquirer again = await rig.ConnectAsync();
        for (int i = 0; i < 3; i++)
        {
            codes.Add((await again.AskAsync(Purchases.Authorization(amount: 100)))[39]);
        }

        CoreCounters counters = rig.Counters;
        Assert.Equal(["00", "00", "00", "00", "00", "65"], codes);
        Assert.Equal((5, 500), (counters.OwedNow, counters.StandInExposure));
    }

    /// <summary>
    /// Stopped with no time to drain: what may have reached the issuer is reversed by the next start.
    /// </summary>
    [Fact]
    public async Task Restart_WithARequestPending_ReversesIt()
    {
        await using Rig rig = await Rig.StartAsync(new RigSettings
        {
            Change = static options =>
            {
                options.Routes[0].Standby = [];
                options.Routes[0].StandIn = null;
            },
        });
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        acquirer.Send(Purchases.Authorization());
        PlainMessage atIssuer = (await rig.Primary.NextAsync()).Message;

        await rig.RestartAsync(drain: TimeSpan.Zero);
        Arrival reversal = await rig.Primary.NextAsync();
        reversal.Answer();
        await rig.UntilSettledAsync();

        Assert.Equal((420, Purchases.Original(atIssuer)), (reversal.Message.FirstMti, reversal.Message[90]));
    }
}
