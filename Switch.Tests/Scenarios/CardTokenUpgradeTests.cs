using System.IO.Compression;
using Switch.Host.Configuration;
using Switch.Routing.StandIn;
using Switch.Tests.Host.Commands;
using Switch.Tests.House;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Goal: a card that version 0.1 knows to be blocked stays blocked, and a limit that is used up stays used up, in the
/// version that makes other tokens. Method: the journal of version 0.1 as its kill left it
/// (Switch.Tests/Journal/version-0.1-cards), and three lives of today's process on it: after the journal, after a kill,
/// and from a checkpoint. No issuer can be reached, so every answer is stand-in's.
/// </summary>
public sealed class CardTokenUpgradeTests : IDisposable
{
    private const string Blocked = "4000001234567899";
    private const string OtherBlocked = "4111111111111111";
    private const string UsedUp = "4000000000000002";
    private const string ThreeOfFive = "4012888888881881";
    private const string Fresh = "4000000000000010";
    private const string IsListed = "41";
    private const string IsOverLimit = "65";
    private const string Former = "switch_former_card_tokens";

    private static readonly string Kept =
        Path.Combine(SourceTree.Root, "Switch.Tests", "Journal", "version-0.1-cards");

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-tokens-").FullName;

    public CardTokenUpgradeTests()
    {
        ZipFile.ExtractToDirectory(Path.Combine(Kept, "node.zip"), _folder);
        foreach (string key in (string[])["journal.key", "cards.key"])
        {
            File.Copy(Path.Combine(Kept, key), Path.Combine(_folder, key));
            if (!OperatingSystem.IsWindows())
            {
                // A checkout makes it readable by others, and a switch refuses such a key.
                File.SetUnixFileMode(Path.Combine(_folder, key), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Journal_OfVersion01_BlocksAndLimitsHoldOverThreeLives()
    {
        await using StandInSwitch world = Make();
        SwitchProcess server = world.Process;
        await server.StartAsync();
        long atFirst = await server.MetricAsync(Former);
        string[] first = await AskAsync(world, Blocked, UsedUp, ThreeOfFive, Fresh);
        long left = await server.MetricAsync(Former);
        await server.KillAsync();

        await server.StartAsync();
        string[] second = await AskAsync(world, Blocked, UsedUp, ThreeOfFive, ThreeOfFive);
        await server.KillAsync();

        CommandRun checkpoint = await CommandRun.OfAsync("journal", "checkpoint", "--config", server.ConfigFile);
        await server.StartAsync();
        string[] third = await AskAsync(world, OtherBlocked, Blocked, UsedUp, ThreeOfFive, Fresh);
        long atLast = await server.MetricAsync(Former);
        int code = await server.StopAsync();
        CommandRun verified = await CommandRun.OfAsync("journal", "verify", "--config", server.ConfigFile);

        Assert.Equal([IsListed, IsOverLimit, "00", "00"], first);
        Assert.Equal([IsListed, IsOverLimit, "00", IsOverLimit], second);
        Assert.Equal([IsListed, IsListed, IsOverLimit, IsOverLimit, "00"], third);
        Assert.Equal((4, 1, 0), (atFirst, left, atLast));
        Assert.Equal((0, 0, 0), (checkpoint.Code, code, verified.Code));
        Assert.Contains("Journal started from the checkpoint", server.Printed, StringComparison.Ordinal);
        Assert.Matches("4 cards and [0-9]+ remembered payments bear former tokens", server.Printed);
    }

    /// <summary>The key is held against the journal as before, by the check that version 0.1 wrote.</summary>
    [Fact]
    public async Task Journal_OfVersion01WithAnotherKey_IsRefusedByName()
    {
        File.WriteAllText(Path.Combine(_folder, "cards.key"), new string('a', 64));
        await using StandInSwitch world = Make();
        SwitchProcess server = world.Process;

        Assert.False(await server.StartWithAsync());

        Assert.Contains("another key of card tokens", server.Printed, StringComparison.Ordinal);
    }

    private StandInSwitch Make() => new(
        _folder, new KeyOptions { Journal = "file:journal.key", Cards = "file:cards.key" },
        new PerCardOptions { Count = 100, Amount = 3_000_000 },
        static options =>
        {
            options.Node.Name = "rig";
            options.StandIn["rules"].Limits =
                [new StandInLimitOptions { Scope = LimitScope.Card, Window = LimitWindow.Outage, Count = 5 }];
        });

    private static Task<string[]> AskAsync(StandInSwitch world, params string[] cards) =>
        world.AskAsync([.. cards.Select(static card => Purchases.Authorization(1_000, card))]);
}
