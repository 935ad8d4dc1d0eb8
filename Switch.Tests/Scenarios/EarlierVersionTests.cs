using System.Globalization;
using System.IO.Compression;
using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Host.Simulators;
using Switch.Tests.House;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Goal: what version 0.1 wrote still opens, and its payments are still found by reversals. Method: its journal,
/// checkpoint and store, as it left them when it was killed (Switch.Tests/Journal/version-0.1). They are older than
/// the duplicate window, so memory has forgotten most of it and the store is asked.
/// </summary>
public sealed class EarlierVersionTests
{
    private const string Card = "4000000000000002";
    private const string OtherCard = "4111111111111111";
    private const string PartlyReversedCard = "4000001234567899";
    private const string StoodInCard = "4012888888881881";

    private static readonly string Kept = Path.Combine(SourceTree.Root, "Switch.Tests", "Journal", "version-0.1");

    [Fact]
    public async Task Node_OfVersion01_OpensAndItsPaymentsAreReversed()
    {
        await using Rig rig = await Rig.StartAsync(new RigSettings { Prepare = Unpack, Change = Adapt });
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        rig.Primary.AcknowledgesOwed = true;

        // It was owed when the node was killed.
        Arrival advice = await rig.Primary.NextAsync();
        await AskAsync(acquirer, Payment(1, Card, 1_500), original: true);
        Arrival named = await rig.Primary.NextNewAsync();
        await AskAsync(acquirer, Payment(2, OtherCard, 2_600), original: false);
        Arrival unnamed = await rig.Primary.NextNewAsync();
        await AskAsync(acquirer, Payment(3, PartlyReversedCard, 3_000), original: true);
        Arrival rest = await rig.Primary.NextNewAsync();
        await AskAsync(acquirer, Payment(5, StoodInCard, 4_000), original: true);
        Arrival ofAdvice = await rig.Primary.NextNewAsync();
        await rig.UntilSettledAsync();

        Assert.Equal((121, StoodInCard), (advice.Message.Mti, advice.Message[2]));
        Assert.Equal("000000001500", named.Message[4]);
        Assert.Equal("000000002600", unnamed.Message[4]);
        Assert.Equal(
            ["0100", "0100", "0100", "0120"],
            ((Arrival[])[named, unnamed, rest, ofAdvice]).Select(arrival => arrival.Message[90]![..4]));
        Assert.All([named, unnamed, rest], arrival => Assert.NotEqual("0009", arrival.Message[90]![4..8]));
        Assert.Equal("000000000400", rest.Message[4]);
        Assert.Equal($"0120{advice.Message[11]}", ofAdvice.Message[90]![..10]);
        Assert.Equal((4, 0), (rig.Counters.AcquirerReversals, rig.Counters.UnmatchedReversals));
        Assert.Equal(0, rig.Counters.StandInExposure);
    }

    /// <summary>Its segments are of version 1 of the journal's format; what comes after them is version 2.</summary>
    [Fact]
    public async Task Node_OfVersion01_GoesOnInTheNewFormatAndRestartsOnBoth()
    {
        await using Rig rig = await Rig.StartAsync(new RigSettings { Prepare = Unpack, Change = Adapt });
        rig.Primary.AcknowledgesOwed = true;
        Arrival advice = await rig.Primary.NextAsync();
        PlainMessage payment = Purchases.Authorization();
        PlainMessage answer;
        await using (ScriptedAcquirer acquirer = await rig.ConnectAsync())
        {
            Task<PlainMessage> asked = acquirer.AskAsync(payment);
            (await rig.Primary.NextNewAsync()).Answer();
            answer = await asked;
        }

        await rig.UntilSettledAsync();
        await rig.RestartAsync();
        PlainMessage repeated;
        await using (ScriptedAcquirer acquirer = await rig.ConnectAsync())
        {
            repeated = await acquirer.AskAsync(Purchases.Repeat(payment));
            await AskAsync(acquirer, Payment(1, Card, 1_500), original: true);
        }

        Arrival named = await rig.Primary.NextNewAsync();
        await rig.UntilSettledAsync();

        Assert.Equal(121, advice.Message.Mti);
        Assert.Equal(("00", answer[38]), (repeated[39], repeated[38]));
        Assert.Equal("000000001500", named.Message[4]);
        string journal = Path.Combine(rig.Folder, "journal");
        using var said = new StringWriter(CultureInfo.InvariantCulture);
        Assert.True(JournalTool.Verify(journal, identity: null, keys: null, said) == JournalTool.Good, said.ToString());
        Assert.Equal(
            [1, 2],
            Directory.GetFiles(journal, "*.segment").Order().Select(file => (int)File.ReadAllBytes(file)[8])
                .Distinct());
    }

    private static void Unpack(string folder)
    {
        ZipFile.ExtractToDirectory(Path.Combine(Kept, "node.zip"), folder);
        foreach (string key in (string[])["journal.key", "cards.key"])
        {
            File.Copy(Path.Combine(Kept, key), Path.Combine(folder, key));
            if (!OperatingSystem.IsWindows())
            {
                // A checkout makes it readable by others, and a switch refuses such a key.
                File.SetUnixFileMode(Path.Combine(folder, key), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }
    }

    private static void Adapt(SwitchOptions options)
    {
        options.Keys.Development = false;
        options.Keys.Journal = "file:journal.key";
        options.Keys.Cards = "file:cards.key";
        options.Store.ConnectionString = "Data Source=data/switch.db";
        options.Store.LookUp = TimeSpan.FromSeconds(5);
    }

    private static PlainMessage Payment(int number, string card, long amount) => new(100)
    {
        [2] = card, [3] = "000000", [4] = $"{amount:D12}", [7] = $"11281200{number:D2}", [11] = $"0009{number:D2}",
        [12] = "120000", [13] = "1128", [22] = "051", [32] = "00000000001", [37] = $"0000000009{number:D2}",
        [41] = "TERM0009", [42] = "MERCHANT0000009", [49] = "392",
    };

    private static async Task AskAsync(ScriptedAcquirer acquirer, PlainMessage payment, bool original)
    {
        PlainMessage reversal = Purchases.Reversal(payment);
        reversal[90] = original ? reversal[90] : new string('0', 42);
        PlainMessage answer = await acquirer.AskAsync(reversal);
        Assert.Equal((430, "00"), (answer.Mti, answer[39]));
    }
}
