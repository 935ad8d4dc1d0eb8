using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>Flows of docs/domain.md section 3.9 that no other scenario plays from end to end.</summary>
public class FlowTests
{
    [Fact]
    public async Task Flow2_BreakerOpen_StandsInAtOnceAndAdvisesWithTheReason()
    {
        await using Rig rig = await Rig.StartAsync(new RigSettings
        {
            IssuerTimeout = RigSettings.ShortTimeout,
            Change = static options =>
            {
                options.Issuers[0].Health.Preset = HealthPreset.Off;
                options.Issuers[0].Breaker.ConsecutiveTimeouts = 1;
                options.Issuers[0].Breaker.Cooldown = TimeSpan.FromMinutes(10);
                options.Issuers[0].DrainBeforeOnline = TimeSpan.Zero;
                options.Routes[0].Standby = [];
            },
        });
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        await acquirer.AskAsync(Purchases.Authorization(card: TestCards.Make("40", 1)));
        await rig.Primary.NextAsync();
        await AcknowledgeAsync(rig, 120);

        PlainMessage answer = await acquirer.AskAsync(Purchases.Authorization(card: TestCards.Make("40", 2)));
        Arrival advice = await rig.Primary.NextNewAsync();
        advice.Answer();
        await rig.UntilSettledAsync();

        Assert.Equal("00", answer[39]);
        Assert.Equal((120, "203", null), (advice.Message.Mti, advice.Message[60], advice.Message[90]));
        Assert.Equal(1, rig.Counters.SentToIssuers);
    }

    [Fact]
    public async Task CaseB_Flow3_LateApprovalAfterStandIn_IsKeptBackAndNothingIsReversed()
    {
        await using Rig rig = await Rig.StartAsync(new RigSettings
        {
            IssuerTimeout = RigSettings.ShortTimeout, Change = static options => options.Routes[0].Standby = [],
        });
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        PlainMessage answer = await acquirer.AskAsync(Purchases.Authorization());
        Arrival timedOut = await rig.Primary.NextAsync();
        timedOut.Answer();
        await Rig.UntilAsync(() => rig.Counters.LateReplies == 1);
        Arrival advice = await rig.Primary.NextNewAsync();
        advice.Answer();
        await rig.UntilSettledAsync();

        Assert.Equal("00", answer[39]);
        Assert.True(acquirer.IsQuiet);
        Assert.Equal((120, "202"), (advice.Message.Mti, advice.Message[60]));
        Assert.Equal(Purchases.Original(timedOut.Message), advice.Message[90]);
        Assert.Equal(0, rig.Counters.ReversalsOwed);
    }

    [Fact]
    public async Task Flow8_PreAuthorizationAndCompletion_IssuerGetsTheCompletionWithItsOwnOriginal()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage hold = Purchases.Authorization(amount: 5_000);
        hold[25] = "06";
        acquirer.Send(hold);
        Arrival atIssuer = await rig.Primary.NextAsync();
        atIssuer.Answer();
        await acquirer.NextAsync();
        PlainMessage completion = Purchases.Authorization(amount: 3_000, mti: 220);
        (completion[38], completion[39], completion[90]) = ("A12345", "00", Purchases.Original(hold));

        PlainMessage acknowledged = await acquirer.AskAsync(completion);
        Arrival forwarded = await rig.Primary.NextAsync();
        forwarded.Answer();
        await rig.UntilSettledAsync();

        Assert.Equal("06", atIssuer.Message[25]);
        Assert.Equal((230, "00"), (acknowledged.Mti, acknowledged[39]));
        Assert.Equal((220, "000000003000"), (forwarded.Message.Mti, forwarded.Message[4]));
        Assert.Equal(Purchases.Original(atIssuer.Message), forwarded.Message[90]);
    }

    [Fact]
    public async Task Flow9_PartialReversal_TellsTheIssuerWhatStaysAndNeverLessThanNothing()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage request = Purchases.Authorization(amount: 5_000);
        acquirer.Send(request);
        Arrival atIssuer = await rig.Primary.NextAsync();
        atIssuer.Answer();
        PlainMessage answer = await acquirer.NextAsync();

        PlainMessage part = await acquirer.AskAsync(Partial(request, answer, remaining: 2_000));
        Arrival forwarded = await rig.Primary.NextAsync();
        forwarded.Answer();
        PlainMessage more = await acquirer.AskAsync(Partial(request, answer, remaining: 2_500));
        await rig.UntilSettledAsync();

        Assert.Equal(("00", "64"), (part[39], more[39]));
        Assert.Equal((420, "000000002000"), (forwarded.Message.Mti, forwarded.Message[95]![..12]));
        Assert.Equal(Purchases.Original(atIssuer.Message), forwarded.Message[90]);
        Assert.Equal(1, rig.Counters.ReversalsAcknowledged);
    }

    [Fact]
    public async Task Flow10_IssuerStopsAndStartsItsAdvices_AndCutsOver()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        await rig.Primary.NextNetworkAsync();
        PlainMessage advice = Purchases.Authorization(mti: 120);
        advice[39] = "00";

        PlainMessage stopped = await TellAsync(rig, "079", 1);
        await acquirer.AskAsync(advice);
        PlainMessage cutOver = await TellAsync(rig, "201", 2);
        bool wasQuiet = rig.Primary.IsQuiet && rig.Counters.OwedNow == 1;
        PlainMessage started = await TellAsync(rig, "078", 3);
        (await rig.Primary.NextAsync()).Answer();
        await rig.UntilSettledAsync();

        Assert.True(wasQuiet);
        Assert.Equal(("00", "00", "00"), (stopped[39], cutOver[39], started[39]));
    }

    [Fact]
    public async Task Flow11_IssuerSignsOffIntoStandIn_DrainsWhenItIsBack()
    {
        await using Rig rig = await Rig.StartAsync(
            new RigSettings { Change = static options => options.Routes[0].Standby = [] });
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        await rig.Primary.NextNetworkAsync();

        await TellAsync(rig, "065", 1);
        PlainMessage stoodIn = await acquirer.AskAsync(Purchases.Authorization());
        bool wasQuiet = rig.Primary.IsQuiet;
        await TellAsync(rig, "066", 2);
        Arrival advice = await rig.Primary.NextAsync();
        advice.Answer();
        await rig.UntilSettledAsync();
        acquirer.Send(Purchases.Authorization());
        (await rig.Primary.NextAsync()).Answer("51");

        Assert.True(wasQuiet);
        Assert.Equal(("00", "51"), (stoodIn[39], (await acquirer.NextAsync())[39]));
        Assert.Equal((120, "201"), (advice.Message.Mti, advice.Message[60]));
    }

    [Fact]
    public async Task Flow12_FileUpdateByTheIssuer_BlocksTheCardInStandIn()
    {
        await using Rig rig = await Rig.StartAsync(
            new RigSettings { Change = static options => options.Routes[0].Standby = [] });
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        await rig.Primary.NextNetworkAsync();
        PlainMessage block = NetworkMessages.Request("001", 5, DateTime.UtcNow);
        (block.Mti, block[70], block[2], block[91], block[120]) = (302, null, Purchases.Card, "1", "43");

        rig.Primary.Send(block);
        Arrival blocked = await rig.Primary.NextAsync();
        await TellAsync(rig, "002", 6);
        PlainMessage answer = await acquirer.AskAsync(Purchases.Authorization());

        Assert.Equal((312, "00", "000005"), (blocked.Message.Mti, blocked.Message[39], blocked.Message[11]));
        Assert.Equal("43", answer[39]);
    }

    /// <summary>At the session's window: what tells of money that has moved has no bound but the inbox.</summary>
    [Fact]
    public async Task Flood_WindowFull_RequestsAre96AndEveryReversalAndAdviceIsTaken()
    {
        await using Rig rig = await Rig.StartAsync(
            new RigSettings { Change = static options => options.Acquirers[0].MaxInFlight = 4 });
        rig.Primary.AcknowledgesOwed = true;
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        var answers = new Dictionary<int, List<string?>> { [110] = [], [130] = [], [430] = [] };
        for (int i = 0; i < 200; i++)
        {
            PlainMessage advice = Purchases.Authorization(card: TestCards.Make("40", i), mti: 120);
            advice[39] = "00";
            acquirer.Send(Purchases.Authorization(card: TestCards.Make("40", i)));
            acquirer.Send(advice);
            acquirer.Send(Purchases.Reversal(Purchases.Authorization(card: TestCards.Make("40", i))));
        }

        while (answers[130].Count < 200 || answers[430].Count < 200)
        {
            PlainMessage answer = await acquirer.NextAsync();
            answers[answer.Mti].Add(answer[39]);
        }

        Assert.All([.. answers[130], .. answers[430]], static code => Assert.Equal("00", code));
        Assert.All(answers[110], static code => Assert.Equal("96", code));
        Assert.InRange(answers[110].Count, 100, 200);
    }

    private static PlainMessage Partial(PlainMessage request, PlainMessage answer, long remaining)
    {
        PlainMessage reversal = Purchases.Reversal(request, answer);
        reversal[95] = $"{remaining:D12}{new string('0', 30)}";
        return reversal;
    }

    private static async Task<PlainMessage> TellAsync(Rig rig, string code, int stan)
    {
        rig.Primary.Send(NetworkMessages.Request(code, stan, DateTime.UtcNow));
        return (await rig.Primary.NextNetworkAsync()).Message;
    }

    private static async Task AcknowledgeAsync(Rig rig, int mti)
    {
        Arrival owed = await rig.Primary.NextNewAsync();
        Assert.Equal(mti, owed.Message.Mti);
        owed.Answer();
        await rig.UntilSettledAsync();
    }
}
