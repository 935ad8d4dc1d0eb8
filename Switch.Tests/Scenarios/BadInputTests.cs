using System.Buffers.Binary;
using System.Text;
using Switch.Host.Simulators;
using Switch.Protocol.Dialects;
using Switch.Tests.Host;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>What is not right gets a defined answer, and its neighbours do not notice.</summary>
public class BadInputTests
{
    /// <summary>Each is answered, and a message that can be read starts over.</summary>
    [Fact]
    public async Task Session_UnreadableMessagesInARow_AreItsEnd()
    {
        byte[] cut = EdgeParts.Message(100, stan: 7)[..^1];
        await using Rig rig = await Rig.StartAsync(new RigSettings
        {
            Change = static options => options.Acquirers[0].FormatErrors = 3,
        });
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        for (int i = 0; i < 2; i++)
        {
            acquirer.SendBody(cut);
            Assert.Equal("30", (await acquirer.NextAsync())[39]);
            acquirer.SendBody(cut);
            Assert.Equal("30", (await acquirer.NextAsync())[39]);
            acquirer.Send(Purchases.Authorization());
            (await rig.Primary.NextAsync()).Answer();
            Assert.Equal("00", (await acquirer.NextAsync())[39]);
        }

        Assert.Equal((1, 0), (rig.Server.EdgeCounters.SessionsNow, rig.Server.EdgeCounters.FramesMalformed));
        for (int i = 0; i < 3; i++)
        {
            acquirer.SendBody(cut);
        }

        await acquirer.Closed;
        await Rig.UntilAsync(() => rig.Server.EdgeCounters is { SessionsNow: 0, FramesMalformed: 1 });
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(41)]
    public async Task Request_WithoutMandatoryField_IsAnswered30(int field)
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage request = Purchases.Authorization();
        request[field] = null;

        PlainMessage answer = await acquirer.AskAsync(request);

        Assert.Equal((110, "30", $"{field:D3}"), (answer.Mti, answer[39], answer[44]?[..3]));
        Assert.Equal(1, rig.Counters.FormatErrors);
        Assert.True(rig.Primary.IsQuiet);
    }

    [Fact]
    public async Task Request_WithLettersInTheAmount_IsAnswered30()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        // 0100 with fields 3, 4, 7, 11: by hand, because the composer refuses to make it.
        const string Body = "01003220000000000000" + "000000" + "0000000015X0" + "1122101112" + "000001";
        acquirer.SendBody(Encoding.ASCII.GetBytes(Body));
        PlainMessage answer = await acquirer.NextAsync();

        Assert.Equal((110, "30"), (answer.Mti, answer[39]));
    }

    /// <summary>
    /// DE 2 comes before the STAN: by the length that it states the STAN is found all the same, or where that leads
    /// beyond the message, the answer goes without.
    /// </summary>
    [Theory]
    [InlineData("20", "000901")]
    [InlineData("99", null)]
    [InlineData("X6", null)]
    public async Task Request_WithACardNumberOfABadLength_IsAnswered30AndNeighboursKeepTheirs(
        string length, string? stan)
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage neighbour = Purchases.Authorization();
        acquirer.Send(neighbour);
        Arrival inFlight = await rig.Primary.NextAsync();

        // 0100 with fields 2, 3, 4, 7, 11.
        string body = "0100" + "7220000000000000" + length + "40000000000000020000" + "000000" + "000000001500"
            + "1122101112" + "000901";
        acquirer.SendBody(Encoding.ASCII.GetBytes(body));
        PlainMessage answer = await acquirer.NextAsync();
        inFlight.Answer();
        PlainMessage approval = await acquirer.NextAsync();

        Assert.Equal((110, "30", "002"), (answer.Mti, answer[39], answer[44]?[..3]));
        Assert.Equal(stan, answer[11]);
        Assert.Equal((neighbour[11], "00"), (approval[11], approval[39]));
        Assert.Equal(1, rig.Server.EdgeCounters.AcquirerParseFaults);
        await AssertStillServesAsync(rig, acquirer);
    }

    [Theory]
    [InlineData(700, 710)]
    [InlineData(900, 910)]
    public async Task Request_OfAnUnknownType_IsAnswered30(int mti, int answerMti)
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        PlainMessage answer = await acquirer.AskAsync(Purchases.Authorization(mti: mti));

        Assert.Equal((answerMti, "30"), (answer.Mti, answer[39]));
        await AssertStillServesAsync(rig, acquirer);
    }

    [Fact]
    public async Task Response_WithoutARequest_IsIgnored()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(Purchases.AnswerTo(Purchases.Authorization()));

        await AssertStillServesAsync(rig, acquirer);
    }

    [Fact]
    public async Task Frame_OverTheLimit_ClosesThatConnectionOnly()
    {
        await using Rig rig = await Rig.StartAsync(
            new RigSettings { Change = static options => options.Acquirers[0].MaxFrameSize = 1_024 });
        await using ScriptedAcquirer neighbour = await rig.ConnectAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        byte[] header = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(header, 1_025);

        acquirer.SendRaw(header);
        await acquirer.Closed;

        Assert.Equal(1, rig.Server.EdgeCounters.FramesOverLimit);
        await AssertStillServesAsync(rig, neighbour);
    }

    [Fact]
    public async Task Frame_OfGarbage_ClosesThatConnectionOnly()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer neighbour = await rig.ConnectAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.SendBody("GET / HTTP/1.1\r\nHost: here\r\n\r\n"u8);
        await acquirer.Closed;

        Assert.Equal(1, rig.Server.EdgeCounters.AcquirerParseFaults);
        await AssertStillServesAsync(rig, neighbour);
    }

    [Fact]
    public async Task Frame_CutInTheMiddleByTheEnd_IsDropped()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer neighbour = await rig.ConnectAsync();
        ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.SendRaw([0x00, 0x40, 0x30, 0x31, 0x30, 0x30]);
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsNow == 2);
        await acquirer.DisposeAsync();
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsNow == 1);

        await AssertStillServesAsync(rig, neighbour);
    }

    [Fact]
    public async Task Issuer_SendsGarbage_LinkIsClosedAndTheRequestMovesOn()
    {
        await using Rig rig = await Rig.StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(Purchases.Authorization());
        Arrival atPrimary = await rig.Primary.NextAsync();
        Assert.True(atPrimary.Connection.TrySendBody("nonsense"u8));
        Arrival atStandby = await rig.Standby.NextAsync();
        atStandby.Answer();
        PlainMessage answer = await acquirer.NextAsync();

        Assert.Equal("00", answer[39]);
        Assert.True(rig.Server.EdgeCounters.IssuerParseFaults >= 1);
    }

    /// <summary>More of them than non-messages may come in a row: each is a message, with one bad field.</summary>
    [Fact]
    public async Task Issuer_RepliesWithABadField_TheTimeOutAppliesAndNeighboursKeepTheirReplies()
    {
        await using Rig rig = await Rig.StartAsync(new RigSettings { StandbyTimeout = RigSettings.ShortTimeout });
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage neighbour = Purchases.Authorization();
        acquirer.Send(neighbour);
        Arrival inFlight = await rig.Primary.NextAsync();
        var codec = new PlainCodec(Dialect.Get("iso87-binary"), 8_192);
        for (int i = 0; i < 8; i++)
        {
            // The last digit of DE 4, at its place behind MTI, bitmap, DE 2 with its length, and DE 3.
            byte[] bad = codec.Encode(Purchases.AnswerTo(inFlight.Message)).ToArray();
            bad[2 + 8 + 9 + 3 + 5] |= 0x0F;
            Assert.True(inFlight.Connection.TrySendBody(bad));
        }

        inFlight.Answer();
        PlainMessage approval = await acquirer.NextAsync();

        Assert.Equal((neighbour[11], "00"), (approval[11], approval[39]));
        Assert.Equal((8, 8), (rig.Server.EdgeCounters.IssuerParseFaults, rig.Counters.UnmatchedReplies));
        Assert.Equal(0, rig.Server.EdgeCounters.LinkLosses);
    }

    private static async Task AssertStillServesAsync(Rig rig, ScriptedAcquirer acquirer)
    {
        acquirer.Send(Purchases.Authorization());
        (await rig.Primary.NextAsync()).Answer();
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
    }
}
