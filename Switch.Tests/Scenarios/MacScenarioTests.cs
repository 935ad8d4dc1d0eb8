using System.Net;
using System.Runtime.Versioning;
using Switch.Host.Simulators;
using Switch.Host.Simulators.Hsm;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// MACs through the whole switch, over sockets: each party has a key of its own, checks what it gets and seals what it
/// sends.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class MacScenarioTests
{
    [Fact]
    public async Task Mac_OfEachParty_IsVerifiedAndMadeUnderItsOwnKey()
    {
        await using Rig rig = await Rig.StartAsync(MacParties.Settings());
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync(mac: MacParties.Acquirer());

        acquirer.Send(Purchases.Authorization());
        (await rig.Primary.NextAsync()).Answer();

        Assert.Equal("00", (await acquirer.NextAsync())[39]);
        Assert.Equal((0, 0, 0), (acquirer.BadMacs, rig.Primary.BadMacs, rig.Standby.BadMacs));
        Assert.Equal(0, rig.Counters.MacsWrong + rig.Counters.MacsMissing + rig.Counters.MacsUnavailable);
        Assert.True(rig.Server.Status().Security.MacsSealed >= 4, "sign-ons, the request and its answer");
    }

    [Fact]
    public async Task Mac_ThroughHostCommands_IsVerifiedAndMade()
    {
        await using var hsm = new HsmSimulator(new IPEndPoint(IPAddress.Loopback, 0), 4);
        hsm.Start();
        await using Rig rig = await Rig.StartAsync(MacParties.Settings(hsm));
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync(mac: MacParties.Acquirer());

        for (int i = 0; i < 20; i++)
        {
            PlainMessage request = Purchases.Authorization();
            request[11] = $"{i + 1:D6}";
            acquirer.Send(request);
        }

        for (int i = 0; i < 20; i++)
        {
            (await rig.Primary.NextAsync()).Answer();
            Assert.Equal("00", (await acquirer.NextAsync())[39]);
        }

        Assert.Equal((0, 0), (acquirer.BadMacs, rig.Primary.BadMacs));
    }

    /// <summary>Every byte of a request is changed once, in a message each; none of them reaches an issuer.</summary>
    [Fact]
    public async Task Mac_OneByteFlipped_IsNeverRouted()
    {
        await using Rig rig = await Rig.StartAsync(MacParties.Settings(change: options =>
        {
            options.Acquirers[0].FormatErrors = 0; // Some bytes make no message: the connection is to stay.
        }));
        byte[] whole = Sealed(Purchases.Authorization());
        for (int at = 0; at < whole.Length; at++)
        {
            byte[] flipped = [.. whole];
            flipped[at] ^= 1;
            await using ScriptedAcquirer acquirer = await rig.ConnectAsync(mac: MacParties.Acquirer());
            acquirer.SendBody(flipped);
            PlainMessage genuine = Purchases.Authorization();
            genuine[11] = $"{at + 100:D6}";
            acquirer.Send(genuine);

            // What was changed came first, so it would be here first.
            Arrival request = await rig.Primary.NextAsync();
            Assert.Equal(genuine[7], request.Message[7]);
            request.Answer();
            PlainMessage answer = await acquirer.NextAsync();
            while (answer[11] != genuine[11])
            {
                Assert.Contains(answer[39], (string?[])["63", "30", "40", "96"]);
                answer = await acquirer.NextAsync();
            }

            Assert.Equal("00", answer[39]);
        }

        Assert.True(rig.Primary.IsQuiet && rig.Standby.IsQuiet);
        Assert.True(rig.Counters.MacsWrong > whole.Length / 2, $"{rig.Counters.MacsWrong} of {whole.Length}");
        Assert.Equal(0, rig.Counters.DuplicateConflicts);
    }

    [Fact]
    public async Task Mac_MissingAndThenRight_IsRefusedAndThenTaken()
    {
        await using Rig rig = await Rig.StartAsync(MacParties.Settings());
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync(mac: MacParties.Acquirer());
        PlainMessage request = Purchases.Authorization();
        byte[] whole = Sealed(request);

        acquirer.SendBody(whole.AsSpan(0, whole.Length - 16)); // The bit says that it is there: no message.
        Assert.Equal("30", (await acquirer.NextAsync())[39]);
        acquirer.SendBody(WithoutMac(request));
        Assert.Equal("63", (await acquirer.NextAsync())[39]);
        acquirer.Send(request);
        (await rig.Primary.NextAsync()).Answer();

        Assert.Equal("00", (await acquirer.NextAsync())[39]);
        Assert.Equal((1, 0), (rig.Counters.MacsMissing, acquirer.BadMacs));
    }

    [Fact]
    public async Task Mac_WrongOfAnAdviceAndAReversal_IsAnswered63AndNothingIsOwed()
    {
        await using Rig rig = await Rig.StartAsync(MacParties.Settings());
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync(mac: MacParties.Acquirer());
        PlainMessage purchase = Purchases.Authorization();
        acquirer.Send(purchase);
        (await rig.Primary.NextAsync()).Answer();
        PlainMessage answer = await acquirer.NextAsync();

        foreach (PlainMessage told in (PlainMessage[])[Purchases.Reversal(purchase, answer), Advice()])
        {
            byte[] body = Sealed(told);
            body[^1] = OtherDigit(body[^1]);
            acquirer.SendBody(body);
            Assert.Equal("63", (await acquirer.NextAsync())[39]);
        }

        Assert.Equal((0, 0), (rig.Counters.OwedNow, rig.Counters.AcquirerReversals));
        Assert.Equal("00", (await acquirer.AskAsync(Purchases.Reversal(purchase, answer)))[39]);
        Assert.Equal(420, (await rig.Primary.NextAsync()).Message.Mti);
    }

    /// <summary>A copy of what may be approved is not told no: it hears nothing.</summary>
    [Fact]
    public async Task Mac_WrongOfACopy_IsNotAnswered()
    {
        await using Rig rig = await Rig.StartAsync(MacParties.Settings());
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync(mac: MacParties.Acquirer());
        PlainMessage purchase = Purchases.Authorization();
        acquirer.Send(purchase);
        Arrival request = await rig.Primary.NextAsync();

        byte[] body = Sealed(purchase);
        body[^1] = OtherDigit(body[^1]);
        acquirer.SendBody(body);
        await Rig.UntilAsync(() => rig.Counters.MacsWrong == 1);
        request.Answer();

        Assert.Equal("00", (await acquirer.NextAsync())[39]);
        Assert.True(acquirer.IsQuiet);
    }

    [Fact]
    public async Task Mac_WrongOfAReply_IsSilence()
    {
        await using Rig rig = await Rig.StartAsync(MacParties.Settings(timeout: RigSettings.ShortTimeout));
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync(mac: MacParties.Acquirer());

        acquirer.Send(Purchases.Authorization());
        Arrival request = await rig.Primary.NextAsync();
        byte[] reply = MacParties.Of("iso87-binary", Switch.Host.Security.MacAlgorithm.Alg1, MacParties.PrimaryKey)
            .Seal(new PlainCodec(DialectOf("iso87-binary"), 8_192).Encode(Purchases.AnswerTo(request.Message)));
        reply[^1] ^= 1;
        Assert.True(request.Connection.TrySendBody(reply));
        (await rig.Standby.NextAsync()).Answer();

        Assert.Equal("00", (await acquirer.NextAsync())[39]);
        Assert.Equal((1, 1), (rig.Counters.MacsWrong, rig.Counters.ApprovedByStandby));
        Assert.Equal(420, (await rig.Primary.NextAsync()).Message.Mti); // It may have approved.
    }

    [Fact]
    public async Task Mac_UnderTheFormerKey_IsTakenWhileTheTwoOverlap()
    {
        await using Rig rig = await Rig.StartAsync(MacParties.Settings(formerKey: MacParties.FormerKey));
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.SendBody(MacParties.Acquirer(MacParties.FormerKey).Seal(Body(Purchases.Authorization())));
        (await rig.Primary.NextAsync()).Answer();

        Assert.Equal("00", (await acquirer.NextAsync())[39]);
        Assert.Equal(1, rig.Server.Status().Security.MacsByFormerKey);
    }

    /// <summary>Nothing is believed that no module can verify, and nothing is routed.</summary>
    [Fact]
    public async Task Mac_ModuleAnswersErrors_RequestsAreNotRouted()
    {
        await using var hsm = new HsmSimulator(new IPEndPoint(IPAddress.Loopback, 0), 4);
        hsm.Start();
        await using Rig rig = await Rig.StartAsync(MacParties.Settings(hsm));
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync(mac: MacParties.Acquirer());
        hsm.Mode = HsmMode.Error;

        acquirer.Send(Purchases.Authorization());
        await Rig.UntilAsync(() => rig.Counters.MacsUnavailable == 1);
        hsm.Mode = HsmMode.Healthy;

        Assert.True(rig.Primary.IsQuiet);
        Assert.Equal(0, rig.Counters.Requests);
    }

    private static PlainMessage Advice()
    {
        PlainMessage advice = Purchases.Authorization(mti: 120);
        advice[11] = "000777";
        advice[39] = "00";
        return advice;
    }

    private static byte OtherDigit(byte digit) => (byte)(digit == (byte)'0' ? '1' : '0');

    private static byte[] Sealed(PlainMessage message) => MacParties.Acquirer().Seal(Body(message));

    private static byte[] Body(PlainMessage message) =>
        new PlainCodec(DialectOf(Rig.AcquirerDialect), 8_192).Encode(message).ToArray();

    private static byte[] WithoutMac(PlainMessage message) => Body(message);

    private static Switch.Protocol.Dialects.Dialect DialectOf(string name) =>
        Switch.Host.Configuration.DialectFiles.Find(name);
}
