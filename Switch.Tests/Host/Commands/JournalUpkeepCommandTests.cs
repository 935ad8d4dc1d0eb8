using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Switch.Host.Configuration;
using Switch.Routing.Journal;
using Switch.Tests.Host.Stores;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Commands;

/// <summary>
/// <c>journal repair|reseal|checkpoint</c> as a person meets them: exit codes, words, and that nothing changes unless
/// it was asked for. Over a journal that a switch wrote in two lives, and that has lost a byte since.
/// </summary>
public sealed class JournalUpkeepCommandTests
{
    private const int PlaceOfDamage = 4_096 + 700;

    private static readonly JsonSerializerOptions Style = new() { Converters = { new JsonStringEnumConverter() } };

    [Fact]
    public async Task Repair_DamageWithoutACopy_IsListedAndChangedOnlyWhenAccepted()
    {
        await using Rig rig = await StartAsync();
        CommandRun running = await RunAsync(rig, "repair");
        await StopAsync(rig);
        string segment = Damage(rig);
        byte[] damaged = await File.ReadAllBytesAsync(segment);

        CommandRun verified = await RunAsync(rig, "verify");
        CommandRun refused = await RunAsync(rig, "repair");
        byte[] untouched = await File.ReadAllBytesAsync(segment);
        CommandRun accepted = await RunAsync(rig, "repair", "--accept-loss", "--json");
        CommandRun after = await RunAsync(rig, "verify");

        Assert.Equal(2, running.Code);
        Assert.Contains("in use by another process", running.Output, StringComparison.Ordinal);
        Assert.Equal((1, 1, 0, 0), (verified.Code, refused.Code, accepted.Code, after.Code));
        Assert.Contains("lost: LSN ", refused.Output, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed. With --accept-loss", refused.Output, StringComparison.Ordinal);
        Assert.Equal(damaged, untouched);
        JsonNode report = JsonNode.Parse(accepted.Output)!;
        Assert.True((bool)report["done"]!);
        Assert.Equal("000000000001.segment", (string?)report["lost"]![0]!["segment"]);
        Assert.Contains("given up in a repair: LSN ", after.Output, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(Path.Combine(rig.Folder, "journal"), "*.damaged-*"));
    }

    [Fact]
    public async Task Repair_DamageWithACopy_TakesTheRecordsFromThere()
    {
        await using Rig rig = await StartAsync();
        await StopAsync(rig);
        string copy = Path.Combine(rig.Folder, "copy");
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.GetFiles(Path.Combine(rig.Folder, "journal"), "*.segment"))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        Damage(rig);
        CommandRun refused = await RunAsync(rig, "repair", "--from", OfAnotherNode(copy));
        CommandRun repaired = await RunAsync(rig, "repair", "--from", copy);
        CommandRun again = await RunAsync(rig, "repair");
        CommandRun verified = await RunAsync(rig, "verify");

        Assert.Equal((2, 0, 0, 0), (refused.Code, repaired.Code, again.Code, verified.Code));
        Assert.Contains("of the copy belongs to node", refused.Output, StringComparison.Ordinal);
        Assert.Contains("Written anew: 000000000001.segment", repaired.Output, StringComparison.Ordinal);
        Assert.Contains("records came from the copy", repaired.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("lost", repaired.Output, StringComparison.Ordinal);
        Assert.Contains("There is nothing to do.", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckpointAndReseal_OnASoundJournal_SayWhatTheyDid()
    {
        await using Rig rig = await StartAsync();
        await StopAsync(rig);

        CommandRun made = await RunAsync(rig, "checkpoint");
        CommandRun asJson = await RunAsync(rig, "checkpoint", "--json");
        CommandRun resealed = await RunAsync(rig, "reseal");
        CommandRun stat = await RunAsync(rig, "stat");

        Assert.Equal((0, 0, 0, 0), (made.Code, asJson.Code, resealed.Code, stat.Code));
        Assert.Matches("Checkpoint of segment [0-9]+: covers up to LSN [0-9]+; [0-9]+ bytes.", made.Output);
        Assert.True((long)JsonNode.Parse(asJson.Output)!["size"]! > 0);
        Assert.Contains("There is nothing to do.", resealed.Output, StringComparison.Ordinal);
        Assert.Contains("checkpoint 0000000000", stat.Output, StringComparison.Ordinal);
    }

    /// <summary>A header that is made anew is not the one that the identity file remembers.</summary>
    [Fact]
    public async Task Repair_NewestSegmentLostItsHeader_TheNextStartTakesTheJournalForItsOwn()
    {
        await using Rig rig = await StartAsync();
        await StopAsync(rig);
        string segment = Path.Combine(rig.Folder, "journal", "000000000002.segment");
        byte[] bytes = await File.ReadAllBytesAsync(segment);
        bytes[40] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes);

        CommandRun repaired = await RunAsync(rig, "repair", "--accept-loss");
        await rig.RestartAsync();

        Assert.Equal(0, repaired.Code);
        Assert.True(rig.Server.IsReady);
    }

    [Fact]
    public async Task Export_ToAFullDisk_IsAProblemInOneLine()
    {
        await using Rig rig = await StartAsync();
        await using HostProcess process = HostProcess.StartUnder(
            ["sh", "-c", "exec \"$@\" > /dev/full", "sh"], "journal", "export", "--config", ConfigOf(rig));

        int code = await process.EndAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(1, code);
        string line = Assert.Single(process.Printed.Trim().Split('\n'));
        Assert.Contains("No space left on device", line, StringComparison.Ordinal);
    }

    // Two lives, so that the first segment is sealed and not the last.
    private static async Task<Rig> StartAsync()
    {
        SwitchOptions? options = null;
        Rig rig = await Rig.StartAsync(new RigSettings
        {
            Change = made =>
            {
                options = made;
                made.Store.Provider = "None";
            },
        });
        await rig.BuyAsync(5);
        await rig.RestartAsync();
        await rig.BuyAsync(1);
        options!.Journal.Path = Path.Combine(rig.Folder, "journal");
        var root = new JsonObject { ["Switch"] = JsonSerializer.SerializeToNode(options, Style) };
        await File.WriteAllTextAsync(ConfigOf(rig), root.ToJsonString());
        return rig;
    }

    private static string ConfigOf(Rig rig) => Path.Combine(rig.Folder, "switch.json");

    private static Task StopAsync(Rig rig) => rig.Server.StopAsync(TimeSpan.FromSeconds(5));

    private static string Damage(Rig rig)
    {
        string segment = Path.Combine(rig.Folder, "journal", "000000000001.segment");
        byte[] bytes = File.ReadAllBytes(segment);
        bytes[PlaceOfDamage] ^= 1;
        File.WriteAllBytes(segment, bytes);
        return segment;
    }

    private static string OfAnotherNode(string copy)
    {
        const int FirstLetter = 161;
        const int Checksum = 4_092;
        byte[] bytes = File.ReadAllBytes(Path.Combine(copy, "000000000001.segment"));
        bytes[FirstLetter] = (byte)'z';
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(Checksum), Crc32C.Of(bytes.AsSpan(0, Checksum)));
        string other = Directory.CreateDirectory(copy + "-other").FullName;
        File.WriteAllBytes(Path.Combine(other, "000000000001.segment"), bytes);
        return other;
    }

    private static Task<CommandRun> RunAsync(Rig rig, string command, params string[] more) =>
        CommandRun.OfAsync(["journal", command, "--config", ConfigOf(rig), .. more]);
}
