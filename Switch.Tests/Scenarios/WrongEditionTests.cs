using System.Text;
using System.Text.Json;
using Switch.Host.Commands.Common;
using Switch.Host.Simulators;
using Switch.Protocol.Dialects;
using Switch.Tests.Host.Commands;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Messages whose MTI is of another edition than their dialect, over sockets: none is taken for one of it.
/// </summary>
public class WrongEditionTests
{
    [Theory]
    [InlineData("iso87-ascii", '1', 100, 110)]
    [InlineData("iso87-ascii", '9', 100, 110)]
    [InlineData("iso87-ascii", '1', 420, 430)]
    [InlineData("iso87-ascii", '2', 220, 230)]
    [InlineData("iso87-ascii", '1', 800, 810)]
    [InlineData("iso93-ascii", '0', 100, 110)]
    [InlineData("iso93-ascii", '2', 420, 430)]
    [InlineData("iso03-ascii", '1', 200, 210)]
    public async Task AcquirersRequest_OfAnotherEdition_IsAnswered30AndReachesNoIssuer(
        string dialect, char version, int mti, int answerMti)
    {
        await using Rig rig = await Rig.StartAsync(
            new RigSettings { Change = options => options.Acquirers[0].Dialect = dialect });
        var codec = new PlainCodec(Dialect.Get(dialect), 8_192);
        await using ScriptedAcquirer acquirer = await ScriptedAcquirer.ConnectAsync(
            rig.Server.AcquirerEndPoints["acquirer"], dialect);
        PlainMessage request = Purchases.Authorization(mti: mti);
        byte[] bytes = codec.Encode(request).ToArray();
        bytes[0] = (byte)version;

        acquirer.SendBody(bytes);
        PlainMessage answer = await acquirer.NextAsync();

        // Of the dialect's own edition: another would not have been read here. BadMessageTests has what is on the wire.
        Assert.Equal((answerMti, "30", request[11]), (answer.Mti, answer[39], answer[11]));
        acquirer.Send(Purchases.Authorization());
        Arrival arrival = await rig.Primary.NextAsync();
        Assert.Equal(100, arrival.Message.Mti);
        arrival.Answer();
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
        Assert.Equal((1, 1), (rig.Counters.FormatErrors, rig.Counters.Requests));
    }

    [Fact]
    public async Task Send_MessageOfAnotherEdition_SaysSoAndPrintsTheAnswer()
    {
        await using Rig rig = await Rig.StartAsync();
        string file = Path.Combine(rig.Folder, "m1-1100-on-87.json");
        File.WriteAllText(
            file,
            """
            { "mti": "1100", "fields": {
              "2": "4000001234567899", "3": "000000", "4": "1500", "7": "auto", "11": "000106", "41": "TERM0001" } }
            """);

        CommandRun run = await CommandRun.OfAsync(
            "send", file, "--to", rig.Server.AcquirerEndPoints["acquirer"].ToString(), "--json");

        Assert.Equal(ExitCode.Done, run.Code);
        using JsonDocument answer = JsonDocument.Parse(run.Output);
        Assert.Equal("0110", answer.RootElement.GetProperty("mti").GetString());
        Assert.Equal("30", answer.RootElement.GetProperty("fields").GetProperty("39").GetString());
        Assert.StartsWith(
            "Note: iso87-ascii is of 1987, whose types begin with 0", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task IssuersReply_OfAnotherEdition_IsDroppedTheStandbyAsksAndTheLinkStays()
    {
        await using Rig rig = await Rig.StartAsync(new RigSettings { IssuerTimeout = RigSettings.ShortTimeout });
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        // On a slow machine a sign-on may have been answered too late, and its link made anew.
        long unmatched = rig.Counters.UnmatchedReplies;
        long lost = rig.Server.EdgeCounters.LinkLosses;

        acquirer.Send(Purchases.Authorization());
        Arrival atPrimary = await rig.Primary.NextAsync();
        byte[] reply = new PlainCodec(Dialect.Get("iso87-binary"), 8_192)
            .Encode(Purchases.AnswerTo(atPrimary.Message)).ToArray();
        reply[0] |= 0x10;
        Assert.True(atPrimary.Connection.TrySendBody(reply));
        (await rig.Standby.NextAsync()).Answer("05");
        PlainMessage answer = await acquirer.NextAsync();

        Assert.Equal("05", answer[39]);
        Arrival reversal = await rig.Primary.NextAsync();
        Assert.Equal((420, atPrimary.Message[11]), (reversal.Message.Mti, reversal.Message[90]?[4..10]));
        Assert.Same(atPrimary.Connection, reversal.Connection); // The link stayed up.
        Assert.Equal(
            (unmatched + 1, 1), (rig.Counters.UnmatchedReplies, rig.Server.EdgeCounters.IssuerParseFaults));
        Assert.Equal(lost, rig.Server.EdgeCounters.LinkLosses);
        reversal.Answer();
        await rig.UntilSettledAsync();
    }

    [Fact]
    public async Task IssuersRequest_OfAnotherEdition_IsAnswered30InTheDialects()
    {
        await using Rig rig = await Rig.StartAsync();
        byte[] signOff = Encoding.ASCII.GetBytes("1800822000000000000004000000000000001122101112000007002");
        rig.Standby.SendBody(signOff);

        PlainMessage answer = (await rig.Standby.NextNetworkAsync()).Message;
        while (!answer.IsResponse)
        {
            answer = (await rig.Standby.NextNetworkAsync()).Message; // Its own sign-on came first.
        }

        Assert.Equal((810, "30", "000007"), (answer.Mti, answer[39], answer[11]));
        Assert.True(rig.Server.IsLinkReady(1));
    }
}
