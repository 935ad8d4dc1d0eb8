using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>The same request twice: one effect, one outcome (docs/domain.md section 2.3).</summary>
public class DuplicateTests
{
    [Fact]
    public async Task Repeat_WhilePending_JoinsAndIssuerSeesOne()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage request = Purchases.Authorization();

        acquirer.Send(request);
        Arrival first = await rig.Primary.NextAsync();
        acquirer.Send(Purchases.Repeat(request));
        await Rig.UntilAsync(() => rig.Counters.Repeats == 1);
        first.Answer();
        PlainMessage answer = await acquirer.NextAsync();
        PlainMessage next = await AskAndApproveAsync(rig, acquirer);

        Assert.Equal((110, request[11], "00"), (answer.Mti, answer[11], answer[39]));
        Assert.Equal("00", next[39]);
        Assert.True(rig.Primary.IsQuiet);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Repeat_AfterTheAnswer_GetsTheSameAnswerAgain(bool isFlagged)
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage request = Purchases.Authorization();

        acquirer.Send(request);
        (await rig.Primary.NextAsync()).Answer();
        PlainMessage first = await acquirer.NextAsync();
        PlainMessage second = await acquirer.AskAsync(isFlagged ? Purchases.Repeat(request) : request);

        Assert.Equal((first.Mti, first[39], first[38], first[11]), (second.Mti, second[39], second[38], second[11]));
        Assert.True(rig.Primary.IsQuiet);
    }

    [Fact]
    public async Task SameKey_OtherAmount_IsAnswered94()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage request = Purchases.Authorization();

        acquirer.Send(request);
        (await rig.Primary.NextAsync()).Answer();
        await acquirer.NextAsync();
        PlainMessage other = Purchases.Copy(request, 100);
        other[4] = "000000009999";
        PlainMessage answer = await acquirer.AskAsync(other);

        Assert.Equal("94", answer[39]);
        Assert.Equal(1, rig.Counters.DuplicateConflicts);
        Assert.True(rig.Primary.IsQuiet);
    }

    /// <summary>Case D: the answer found no connection; the acquirer comes back in time and asks again.</summary>
    [Fact]
    public async Task Repeat_OnAnotherConnectionAfterTheFirstWasLost_GetsTheAnswerAndNothingIsReversed()
    {
        await using Rig rig = await Rig.StartAsync(new RigSettings { UndeliveredGrace = TimeSpan.FromSeconds(30) });
        await using ScriptedAcquirer gone = await rig.ConnectAsync();
        PlainMessage request = Purchases.Authorization();

        gone.Send(request);
        Arrival atIssuer = await rig.Primary.NextAsync();
        gone.Reset();
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsNow == 0);
        atIssuer.Answer();
        await Rig.UntilAsync(() => rig.Counters.Undelivered == 1);
        await using ScriptedAcquirer back = await rig.ConnectAsync();
        PlainMessage answer = await back.AskAsync(Purchases.Repeat(request));

        Assert.Equal(("00", "A12345"), (answer[39], answer[38]));
        Assert.Equal((0, 0), (rig.Counters.ReversalsOwed, rig.Counters.Pending));
    }

    private static async Task<PlainMessage> AskAndApproveAsync(Rig rig, ScriptedAcquirer acquirer)
    {
        acquirer.Send(Purchases.Authorization());
        (await rig.Primary.NextAsync()).Answer();
        return await acquirer.NextAsync();
    }
}
