using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>Reversals from the acquirer, and those the switch owes because an approval was not delivered.</summary>
public class ReversalTests
{
    /// <summary>Case F.</summary>
    [Fact]
    public async Task Reversal_WhilePending_IsAcknowledgedAtOnceAndReachesTheIssuer()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage request = Purchases.Authorization();

        acquirer.Send(request);
        Arrival atIssuer = await rig.Primary.NextAsync();
        PlainMessage acknowledged = await acquirer.AskAsync(Purchases.Reversal(request));
        atIssuer.Answer();
        Arrival reversal = await rig.Primary.NextAsync();
        reversal.Answer();
        await rig.UntilSettledAsync();

        Assert.Equal((430, "00"), (acknowledged.Mti, acknowledged[39]));
        Assert.Equal((420, Purchases.Original(atIssuer.Message)), (reversal.Message.Mti, reversal.Message[90]));
        Assert.True(acquirer.IsQuiet, "An approval must not follow its reversal.");
        Assert.Equal(1, rig.Counters.ReversalsAcknowledged);
    }

    /// <summary>Case G.</summary>
    [Theory]
    [InlineData(400, 410)]
    [InlineData(420, 430)]
    public async Task Reversal_AfterAnApproval_IsForwardedWithTheIssuersOwnOriginal(int mti, int answerMti)
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage request = Purchases.Authorization();

        acquirer.Send(request);
        Arrival atIssuer = await rig.Primary.NextAsync();
        atIssuer.Answer();
        PlainMessage answer = await acquirer.NextAsync();
        PlainMessage acknowledged = await acquirer.AskAsync(Purchases.Reversal(request, answer, mti));
        Arrival reversal = await rig.Primary.NextAsync();
        reversal.Answer();
        await rig.UntilSettledAsync();

        Assert.Equal((answerMti, "00"), (acknowledged.Mti, acknowledged[39]));
        Assert.Equal(Purchases.Original(atIssuer.Message), reversal.Message[90]);
        Assert.NotEqual(request[11], atIssuer.Message[11]);
    }

    [Fact]
    public async Task Reversal_Repeated_IsAcknowledgedEachTimeAndForwardedOnce()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage request = Purchases.Authorization();
        acquirer.Send(request);
        (await rig.Primary.NextAsync()).Answer();
        PlainMessage reversal = Purchases.Reversal(request, await acquirer.NextAsync());

        PlainMessage first = await acquirer.AskAsync(reversal);
        PlainMessage second = await acquirer.AskAsync(Purchases.Repeat(reversal));
        (await rig.Primary.NextAsync()).Answer();
        await rig.UntilSettledAsync();

        Assert.Equal((430, "00", reversal[11]), (first.Mti, first[39], first[11]));
        Assert.Equal((430, "00", reversal[11]), (second.Mti, second[39], second[11]));
        Assert.Equal(1, rig.Counters.ReversalsOwed);
        Assert.True(rig.Primary.IsQuiet);
    }

    /// <summary>Case H.</summary>
    [Fact]
    public async Task Reversal_OfUnknownOriginal_IsAcknowledgedForwardedAndALateOriginalIsDeclined()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage request = Purchases.Authorization();

        PlainMessage acknowledged = await acquirer.AskAsync(Purchases.Reversal(request));
        Arrival reversal = await rig.Primary.NextAsync();
        reversal.Answer();
        PlainMessage late = await acquirer.AskAsync(request);
        await rig.UntilSettledAsync();

        Assert.Equal("00", acknowledged[39]);
        Assert.Equal(420, reversal.Message.Mti);
        Assert.Equal("94", late[39]);
        Assert.True(rig.Primary.IsQuiet);
    }

    [Fact]
    public async Task Reversal_OfStandInBeforeItsAdviceLeft_NeedsNeither()
    {
        await using Rig rig = await Rig.StartAsync(
            new RigSettings { IsPrimaryListening = false, IsStandbyListening = false });
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage request = Purchases.Authorization();

        PlainMessage answer = await acquirer.AskAsync(request);
        PlainMessage acknowledged = await acquirer.AskAsync(Purchases.Reversal(request, answer));
        await rig.UntilSettledAsync();

        Assert.Equal(("00", "00"), (answer[39], acknowledged[39]));
        Assert.Equal((1, 0), (rig.Counters.Netted, rig.Counters.StandInExposure));
    }

    [Fact]
    public async Task Reversal_OfStandInAfterItsAdvice_NamesTheAdvice()
    {
        await using Rig rig = await Rig.StartAsync(RigSettings.BothHasty);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage request = Purchases.Authorization();

        PlainMessage answer = await acquirer.AskAsync(request);
        await rig.Primary.NextAsync();
        Arrival advice = await rig.Primary.NextAsync();
        advice.Answer();
        await acquirer.AskAsync(Purchases.Reversal(request, answer));
        Arrival reversal = await rig.Primary.NextNewAsync();

        Assert.Equal((420, Purchases.Original(advice.Message)), (reversal.Message.Mti, reversal.Message[90]));
    }

    /// <summary>Case D.</summary>
    [Fact]
    public async Task Acquirer_GoneBeforeItsApproval_IssuerIsOwedAReversal()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(Purchases.Authorization());
        Arrival atIssuer = await rig.Primary.NextAsync();
        acquirer.Reset();
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsNow == 0);
        atIssuer.Answer();
        Arrival reversal = await rig.Primary.NextAsync();
        reversal.Answer();
        await rig.UntilSettledAsync();

        Assert.Equal((420, Purchases.Original(atIssuer.Message)), (reversal.Message.Mti, reversal.Message[90]));
        Assert.Equal("A12345", reversal.Message[38]);
        Assert.Equal((1, 1), (rig.Counters.Undelivered, rig.Counters.ReversalsAcknowledged));
    }

    /// <summary>
    /// One that closes in good order is gone as well: its kernel takes the answer, and says that no one receives it.
    /// </summary>
    [Fact]
    public async Task Acquirer_ClosedBeforeItsApproval_IssuerIsOwedAReversal()
    {
        await using Rig rig = await Rig.StartAsync();
        ScriptedAcquirer acquirer = await rig.ConnectAsync();
        acquirer.Send(Purchases.Authorization());
        Arrival atIssuer = await rig.Primary.NextAsync();
        await acquirer.DisposeAsync();
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsHalfClosed == 1);

        atIssuer.Answer();
        Arrival reversal = await rig.Primary.NextAsync();
        reversal.Answer();
        await rig.UntilSettledAsync();

        Assert.Equal((420, Purchases.Original(atIssuer.Message)), (reversal.Message.Mti, reversal.Message[90]));
        Assert.Equal((1, 1), (rig.Counters.Undelivered, rig.Counters.ReversalsAcknowledged));
    }

    /// <summary>Clients that send, shut down their sending side and read until the end, as netcat does.</summary>
    [Fact]
    public async Task Acquirer_EndsSendingAfterItsRequest_GetsItsApprovalAndNothingIsReversed()
    {
        const int Clients = 50;
        await using Rig rig = await Rig.StartAsync();
        for (int client = 1; client <= Clients; client++)
        {
            await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
            acquirer.Send(Purchases.Authorization());
            Arrival atIssuer = await rig.Primary.NextAsync();
            acquirer.EndSending();
            await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsHalfClosed == client);
            atIssuer.Answer();

            Assert.Equal("00", (await acquirer.NextAsync())[39]);
            await acquirer.Closed;
        }

        await rig.UntilSettledAsync();

        Assert.Equal(
            (Clients, 0, 0),
            (rig.Counters.ApprovedByPrimary, rig.Counters.Undelivered, rig.Counters.ReversalsOwed));
    }

    /// <summary>
    /// Case E, when the advice had left: the reversal must name the advice, which is all the issuer knows.
    /// </summary>
    [Fact]
    public async Task Acquirer_GoneBeforeItsStandInApproval_ReversalNamesTheAdvice()
    {
        await using Rig rig = await Rig.StartAsync(RigSettings.BothHasty);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(Purchases.Authorization());
        await rig.Primary.NextAsync();
        acquirer.Reset();
        Arrival advice = await rig.Primary.NextAsync();
        advice.Answer();
        Arrival reversal = await rig.Primary.NextNewAsync();

        Assert.Equal(120, advice.Message.Mti);
        Assert.Equal((420, Purchases.Original(advice.Message)), (reversal.Message.Mti, reversal.Message[90]));
    }

    [Fact]
    public async Task Advice_OfTheAcquirer_IsAcknowledgedAtOnceAndForwarded()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage advice = Purchases.Authorization(mti: 120);
        advice[38] = "OFF001";
        advice[39] = "00";

        PlainMessage acknowledged = await acquirer.AskAsync(advice);
        Arrival forwarded = await rig.Primary.NextAsync();
        forwarded.Answer();
        await rig.UntilSettledAsync();

        Assert.Equal((130, "00"), (acknowledged.Mti, acknowledged[39]));
        Assert.Equal((120, "OFF001", advice[4]), (forwarded.Message.Mti, forwarded.Message[38], forwarded.Message[4]));
        Assert.Equal(1, rig.Counters.AdvicesAcknowledged);
    }

    [Fact]
    public async Task Reversal_OfTheAcquirersOwnAdvice_NamesTheForwardedAdvice()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage advice = Purchases.Authorization(mti: 120);
        advice[38] = "OFF001";
        advice[39] = "00";

        await acquirer.AskAsync(advice);
        Arrival forwarded = await rig.Primary.NextAsync();
        forwarded.Answer();
        PlainMessage acknowledged = await acquirer.AskAsync(Purchases.Reversal(advice));
        Arrival reversal = await rig.Primary.NextNewAsync();

        Assert.Equal((430, "00"), (acknowledged.Mti, acknowledged[39]));
        Assert.Equal((420, Purchases.Original(forwarded.Message)), (reversal.Message.Mti, reversal.Message[90]));
    }
}
