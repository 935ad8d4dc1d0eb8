using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>One request through the whole switch: who answers it, and what is owed to whom afterwards.</summary>
public class AuthorizationTests
{
    [Fact]
    public async Task Request_PrimaryApproves_AcquirerGetsItsOwnFieldsBack()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage request = Purchases.Authorization();

        acquirer.Send(request);
        Arrival atIssuer = await rig.Primary.NextAsync();
        atIssuer.Answer();
        PlainMessage answer = await acquirer.NextAsync();

        Assert.Equal((110, "00", "A12345"), (answer.Mti, answer[39], answer[38]));
        Assert.All([2, 3, 4, 7, 11, 32, 37, 41, 42, 49], field => Assert.Equal(request[field], answer[field]));
        Assert.All([2, 3, 4, 7, 37, 41, 42, 49], field => Assert.Equal(request[field], atIssuer.Message[field]));
        Assert.Equal((1, 0, 0), (rig.Counters.ApprovedByPrimary, rig.Counters.OwedNow, rig.Counters.UnmatchedReplies));
    }

    [Fact]
    public async Task Request_PrimaryDeclines_AcquirerGetsItsCode()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(Purchases.Authorization(mti: 200));
        (await rig.Primary.NextAsync()).Answer("51");
        PlainMessage answer = await acquirer.NextAsync();

        Assert.Equal((210, "51", null), (answer.Mti, answer[39], answer[38]));
        Assert.Equal((1, 0), (rig.Counters.Declined, rig.Counters.ReversalsOwed));
    }

    /// <summary>Case J: the primary may have approved, so it is owed a reversal.</summary>
    [Fact]
    public async Task Request_PrimarySilent_StandbyAnswersAndPrimaryIsOwedAReversal()
    {
        await using Rig rig = await Rig.StartAsync(
            new RigSettings { IssuerTimeout = RigSettings.ShortTimeout });
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(Purchases.Authorization());
        PlainMessage lost = (await rig.Primary.NextAsync()).Message;
        (await rig.Standby.NextAsync()).Answer();
        PlainMessage answer = await acquirer.NextAsync();
        Arrival reversal = await rig.Primary.NextAsync();
        reversal.Answer();
        await rig.UntilSettledAsync();

        Assert.Equal("00", answer[39]);
        Assert.Equal((420, Purchases.Original(lost)), (reversal.Message.Mti, reversal.Message[90]));
        Assert.Equal((lost[2], lost[4]), (reversal.Message[2], reversal.Message[4]));
        Assert.Equal((1, 1), (rig.Counters.ApprovedByStandby, rig.Counters.ReversalsAcknowledged));
        Assert.True(rig.Standby.IsQuiet);
    }

    /// <summary>Case B for the primary, which gets an advice; the standby that was tried gets a reversal.</summary>
    [Fact]
    public async Task Request_BothSilent_StandInApprovesAdvisesThePrimaryAndReversesTheStandby()
    {
        await using Rig rig = await Rig.StartAsync(RigSettings.BothHasty);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage request = Purchases.Authorization();

        PlainMessage answer = await acquirer.AskAsync(request);
        PlainMessage atPrimary = (await rig.Primary.NextAsync()).Message;
        PlainMessage atStandby = (await rig.Standby.NextAsync()).Message;
        Arrival advice = await rig.Primary.NextAsync();
        Arrival reversal = await rig.Standby.NextAsync();
        advice.Answer();
        reversal.Answer();
        await rig.UntilSettledAsync();

        Assert.Equal("00", answer[39]);
        Assert.False(string.IsNullOrWhiteSpace(answer[38]));
        Assert.Equal((120, Purchases.Original(atPrimary)), (advice.Message.Mti, advice.Message[90]));
        Assert.Equal((answer[39], answer[38]), (advice.Message[39], advice.Message[38]));
        Assert.Equal((request[4], request[37], request[7]), (advice.Message[4], advice.Message[37], advice.Message[7]));
        Assert.Equal((420, Purchases.Original(atStandby)), (reversal.Message.Mti, reversal.Message[90]));
        Assert.Equal(
            (1, 1, 1),
            (rig.Counters.ApprovedByStandIn, rig.Counters.AdvicesAcknowledged, rig.Counters.ReversalsAcknowledged));
    }

    /// <summary>Case C: not approved, so whatever an issuer may have done is reversed.</summary>
    [Fact]
    public async Task Request_BothSilentAndOverTheLimit_IsDeclinedAndBothAreReversed()
    {
        await using Rig rig = await Rig.StartAsync(RigSettings.BothHasty);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        PlainMessage answer = await acquirer.AskAsync(Purchases.Authorization(amount: 10_001));
        await rig.Primary.NextAsync();
        await rig.Standby.NextAsync();
        Arrival first = await rig.Primary.NextAsync();
        Arrival second = await rig.Standby.NextAsync();
        first.Answer();
        second.Answer();
        await rig.UntilSettledAsync();

        Assert.Equal("61", answer[39]);
        Assert.Equal((420, 420), (first.Message.Mti, second.Message.Mti));
        Assert.Equal((2, 0), (rig.Counters.ReversalsAcknowledged, rig.Counters.AdvicesOwed));
    }

    [Fact]
    public async Task StandInAdvice_Unanswered_IsRepeatedWithItsOwnStanUntilAcknowledged()
    {
        await using Rig rig = await Rig.StartAsync(RigSettings.BothHasty);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        await acquirer.AskAsync(Purchases.Authorization());
        await rig.Primary.NextAsync();
        PlainMessage first = (await rig.Primary.NextAsync()).Message;
        PlainMessage second = (await rig.Primary.NextAsync()).Message;
        Arrival third = await rig.Primary.NextAsync();
        third.Answer();
        await rig.Standby.NextAsync();
        (await rig.Standby.NextAsync()).Answer();
        await rig.UntilSettledAsync();

        Assert.Equal((120, 121, 121), (first.Mti, second.Mti, third.Message.Mti));
        Assert.All([second, third.Message], repeat => Assert.Equal((first[11], first[7]), (repeat[11], repeat[7])));
        Assert.Equal(1, rig.Counters.AdvicesAcknowledged);
    }

    [Fact]
    public async Task Reply_AfterItsTime_IsKeptFromTheAcquirer()
    {
        await using Rig rig = await Rig.StartAsync(RigSettings.BothHasty);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        PlainMessage answer = await acquirer.AskAsync(Purchases.Authorization(amount: 10_001));
        (await rig.Primary.NextAsync()).Answer();
        await Rig.UntilAsync(() => rig.Counters.LateReplies == 1);
        Arrival reversal = await rig.Primary.NextAsync();

        Assert.Equal("61", answer[39]);
        Assert.Equal(420, reversal.Message.Mti);
        Assert.True(acquirer.IsQuiet);
    }

    [Theory]
    [InlineData(11, "999998")]
    [InlineData(7, "0101010101")]
    [InlineData(41, "TERM9999")]
    [InlineData(4, "000000001501")]
    [InlineData(2, "4000000000000010")]
    public async Task Reply_ForAnotherPayment_IsNotDelivered(int field, string other)
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(Purchases.Authorization());
        Arrival request = await rig.Primary.NextAsync();
        request.Answer("00", answer => answer[field] = other);
        await Rig.UntilAsync(() => rig.Counters.UnmatchedReplies == 1);
        bool wasQuiet = acquirer.IsQuiet;
        request.Answer("51");
        PlainMessage delivered = await acquirer.NextAsync();

        Assert.True(wasQuiet);
        Assert.Equal("51", delivered[39]);
    }

    [Fact]
    public async Task Reply_OnAnotherIssuersLink_IsNotDelivered()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(Purchases.Authorization());
        Arrival request = await rig.Primary.NextAsync();
        rig.Standby.Send(Purchases.AnswerTo(request.Message));
        await Rig.UntilAsync(() => rig.Counters.UnmatchedReplies == 1);
        request.Answer("51");

        Assert.Equal("51", (await acquirer.NextAsync())[39]);
    }

    [Fact]
    public async Task Link_LostAfterTheSend_MovesOnAndOwesAReversalOnceItIsBack()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(Purchases.Authorization());
        PlainMessage lost = (await rig.Primary.NextAsync()).Message;
        rig.Primary.Reset();
        (await rig.Standby.NextAsync()).Answer();
        PlainMessage answer = await acquirer.NextAsync();
        Arrival reversal = await rig.Primary.NextAsync();
        reversal.Answer();
        await rig.UntilSettledAsync();

        Assert.Equal("00", answer[39]);
        Assert.Equal(Purchases.Original(lost), reversal.Message[90]);
        Assert.Equal((1, 1), (rig.Counters.LinkLosses, rig.Counters.ReversalsAcknowledged));
    }

    /// <summary>Case A: not a byte reached the primary, so nothing is owed to it but the advice.</summary>
    [Fact]
    public async Task Issuers_RefuseConnections_StandInOwesAnAdviceAndNoReversal()
    {
        await using Rig rig = await Rig.StartAsync(
            new RigSettings { IsPrimaryListening = false, IsStandbyListening = false });
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        PlainMessage answer = await acquirer.AskAsync(Purchases.Authorization());
        rig.Primary.Listen();
        Arrival advice = await rig.Primary.NextAsync();
        advice.Answer();
        await rig.UntilSettledAsync();

        Assert.Equal("00", answer[39]);
        Assert.Equal((120, null), (advice.Message.Mti, advice.Message[90]));
        Assert.Equal((0, 1), (rig.Counters.ReversalsOwed, rig.Counters.AdvicesAcknowledged));
    }

    [Fact]
    public async Task Issuer_AtItsInFlightCap_NextRequestGoesToTheStandby()
    {
        await using Rig rig = await Rig.StartAsync(
            new RigSettings { Change = static options => options.Issuers[0].MaxInFlight = 1 });
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(Purchases.Authorization());
        Arrival first = await rig.Primary.NextAsync();
        PlainMessage secondRequest = Purchases.Authorization();
        acquirer.Send(secondRequest);
        (await rig.Standby.NextAsync()).Answer();
        PlainMessage second = await acquirer.NextAsync();
        first.Answer();
        PlainMessage answer = await acquirer.NextAsync();

        Assert.Equal((secondRequest[11], "00"), (second[11], second[39]));
        Assert.Equal((first.Message[37], "00"), (answer[37], answer[39]));
        Assert.Equal(0, rig.Counters.ReversalsOwed);
    }

    [Fact]
    public async Task Request_OfUnroutedCard_IsAnswered92()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        PlainMessage answer = await acquirer.AskAsync(Purchases.Authorization(card: TestCards.Make("99", 1)));

        Assert.Contains(answer[39], new[] { "15", "92" });
        Assert.True(rig.Primary.IsQuiet);
    }
}
