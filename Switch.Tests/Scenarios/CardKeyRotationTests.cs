using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Tests.Host.Commands;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// A change of the key of card tokens as an operator does it, and the mistakes that can be made in it. No issuer can be
/// reached, so every answer is stand-in's, and a repeat that were not recognised would be approved or declined anew.
/// </summary>
public sealed class CardKeyRotationTests : IDisposable
{
    private const string UsedUp = "4000000000000002";
    private const string Fresh = "4000000000000010";
    private const string Former = "switch_former_card_tokens";
    private const string Remembered = "switch_remembered_by_former_token";

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-card-keys-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task CardKey_IsChanged_LimitsAndRepeatsHoldAndTheFormerKeyCannotGoBefore()
    {
        await using StandInSwitch world = Make();
        SwitchProcess server = world.Process;
        SetKeys(server, MakeKey("first"), old: null);
        await server.StartAsync();
        PlainMessage request = Purchases.Authorization(1_000, UsedUp);
        Assert.Equal(["00", "00", "65"], await world.AskAsync(
            request, Purchases.Authorization(1_000, UsedUp), Purchases.Authorization(1_000, UsedUp)));
        await server.KillAsync();

        // Another key alone: refused, and nothing was written under it.
        SetKeys(server, MakeKey("second"), old: null);
        Assert.False(await server.StartWithAsync());
        Assert.Contains("another key of card tokens", server.Printed, StringComparison.Ordinal);

        SetKeys(server, "file:second.key", old: "file:first.key");
        await server.StartAsync();
        Assert.Equal((1, 3), (await server.MetricAsync(Former), await server.MetricAsync(Remembered)));
        request.Mti = 101;
        Assert.Equal(["00", "65", "00"], await world.AskAsync(
            request, Purchases.Authorization(1_000, UsedUp), Purchases.Authorization(1_000, Fresh)));
        await server.KillAsync();

        // Too early: what is remembered still bears its tokens.
        SetKeys(server, "file:second.key", old: null);
        Assert.False(await server.StartWithAsync());
        Assert.Contains(
            "3 remembered payments still bear tokens of the key before", server.Printed, StringComparison.Ordinal);
        SetKeys(server, MakeKey("third"), old: "file:second.key");
        Assert.False(await server.StartWithAsync());
        Assert.Contains("Keys:Cards is a third key", server.Printed, StringComparison.Ordinal);

        // The refusals have written nothing: the right keys go on, also from a checkpoint.
        SetKeys(server, "file:second.key", old: "file:first.key");
        CommandRun checkpoint = await CommandRun.OfAsync("journal", "checkpoint", "--config", server.ConfigFile);
        await server.StartAsync();
        Assert.Equal(["00", "65"], await world.AskAsync(request, Purchases.Authorization(1_000, UsedUp)));
        Assert.Equal(3, await server.MetricAsync(Remembered));
        int code = await server.StopAsync();
        CommandRun verified = await CommandRun.OfAsync("journal", "verify", "--config", server.ConfigFile);

        Assert.Equal((0, 0, 0), (checkpoint.Code, code, verified.Code));
        Assert.Matches("keys of card tokens: [0-9a-f]{16}, [0-9a-f]{16}\n", verified.Output);
        Assert.Contains("Journal started from the checkpoint", server.Printed, StringComparison.Ordinal);
    }

    /// <summary>Nothing is left of the former key: it goes, although segments of its time are there.</summary>
    [Fact]
    public async Task CardKey_NothingBearsItsTokens_IsRemoved()
    {
        await using StandInSwitch world = Make();
        SwitchProcess server = world.Process;
        SetKeys(server, MakeKey("first"), old: null);
        await server.StartAsync();
        Assert.Equal(0, await server.StopAsync());
        SetKeys(server, MakeKey("second"), old: "file:first.key");
        await server.StartAsync();
        Assert.Equal((0, 0), (await server.MetricAsync(Former), await server.MetricAsync(Remembered)));
        Assert.Equal(["00"], await world.AskAsync(Purchases.Authorization(1_000, Fresh)));
        await server.KillAsync();

        SetKeys(server, "file:second.key", old: null);
        await server.StartAsync();
        Assert.Equal(["00"], await world.AskAsync(Purchases.Authorization(1_000, Fresh)));
        Assert.Equal(0, await server.StopAsync());

        Assert.Single(
            server.Printed.Split('\n'),
            static line => line.Contains("Reversals:Unmatched decides", StringComparison.Ordinal));
    }

    private StandInSwitch Make() => new(
        _folder, new KeyOptions { Journal = MakeKey("journal"), Cards = "file:first.key" },
        new PerCardOptions { Count = 2, Amount = 3_000_000 });

    private string MakeKey(string name)
    {
        FileModes.WriteOwn(
            Path.Combine(_folder, $"{name}.key"), Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        return $"file:{name}.key";
    }

    private static void SetKeys(SwitchProcess server, string cards, string? old)
    {
        JsonNode root = JsonNode.Parse(File.ReadAllText(server.ConfigFile))!;
        JsonNode keys = root["Switch"]!["Keys"]!;
        keys["Cards"] = cards;
        keys["CardsOld"] = old;
        File.WriteAllText(server.ConfigFile, root.ToJsonString());
    }
}
