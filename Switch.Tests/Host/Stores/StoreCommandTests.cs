using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.Data.Sqlite;
using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Routing.Settings;
using Switch.Tests.Host.Commands;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Stores;

/// <summary>
/// Goal: people find what happened, and are told when the books do not agree. Method: the commands, beside a switch
/// that runs, after it has stopped, and over a store that was tampered with.
/// </summary>
public sealed class StoreCommandTests
{
    private static readonly JsonSerializerOptions Style = new() { Converters = { new JsonStringEnumConverter() } };

    [Fact]
    public async Task Explain_ByReferenceStanOrId_TellsTheWholeStoryWithoutTheCard()
    {
        SwitchOptions? options = null;
        await using Rig rig = await Rig.StartAsync(
            StoreRig.Hasty with { Change = made => options = made });
        string config = Write(rig, options!);
        PlainMessage request = await StandInAsync(rig);
        await rig.UntilSettledAsync();

        CommandRun byReference = await CommandRun.OfAsync("explain", request[37]!, "-c", config);
        CommandRun byStan = await CommandRun.OfAsync("explain", $"{request[11]}@{request[41]}", "-c", config);
        CommandRun asJson = await CommandRun.OfAsync("explain", request[37]!, "-c", config, "--json");
        JsonNode decision =
            JsonNode.Parse(asJson.Output)!.AsArray().Single(row => (string?)row!["what"] == "decision")!;
        CommandRun byId = await CommandRun.OfAsync("explain", $"{decision["values"]!["id"]}", "-c", config);
        CommandRun unknown = await CommandRun.OfAsync("explain", "NOTTHERE", "-c", config);
        CommandRun noKey = await CommandRun.OfAsync("explain", "it's", "-c", config);

        foreach (CommandRun run in (CommandRun[])[byReference, byStan, byId])
        {
            Assert.Equal(0, run.Code);
            Assert.Contains("400000******0002", run.Output, StringComparison.Ordinal);
            Assert.Contains("approved with 00 by stand-in (primary)", run.Output, StringComparison.Ordinal);
            Assert.Contains("is owed the advice", run.Output, StringComparison.Ordinal);
            Assert.Contains("acknowledged with 00", run.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(Purchases.Card, run.Output, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(Purchases.Card, asJson.Output, StringComparison.Ordinal);
        Assert.Equal((1, 2), (unknown.Code, noKey.Code));
    }

    [Fact]
    public async Task Explain_OfACardTest_NamesTheRuleAndWhatItHadCounted()
    {
        SwitchOptions? options = null;
        await using Rig rig = await Rig.StartAsync(new RigSettings
        {
            Change = made =>
            {
                options = made;
                made.Velocity.Rules =
                [
                    new VelocityRuleOptions
                    {
                        Name = "testers", Per = VelocityScope.Terminal, DistinctCards = 3,
                        Action = VelocityAction.Decline, Window = TimeSpan.FromHours(4), KeysMax = 64,
                    },
                ];
            },
        });
        string config = Write(rig, options!);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage request = Purchases.Authorization();
        for (int card = 0; card < 4; card++)
        {
            request = Purchases.Authorization(card: TestCards.Make("4", card));
            request[35] = null;
            acquirer.Send(request);
            if (card < 2)
            {
                (await rig.Primary.NextAsync()).Answer("00");
            }

            await acquirer.NextAsync();
        }

        CommandRun explained = await CommandRun.OfAsync("explain", request[37]!, "-c", config);

        string text = string.Join(' ', explained.Output.Split(
            ['\n', ' ', '\u2502'], StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(
            "declined with 59 by the switch; velocity rule testers: 4 different cards, limit 3", text,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_WithoutAStore_ReadsTheJournal()
    {
        SwitchOptions? options = null;
        await using Rig rig = await Rig.StartAsync(StoreRig.Hasty with
        {
            Change = made =>
            {
                options = made;
                made.Store.Provider = "None";
            },
        });
        string config = Write(rig, options!);
        PlainMessage request = await StandInAsync(rig);
        await rig.UntilSettledAsync();

        CommandRun explained = await CommandRun.OfAsync("explain", request[37]!, "-c", config);
        CommandRun reconciled = await CommandRun.OfAsync("reconcile", "-c", config);
        CommandRun status = await CommandRun.OfAsync("store", "status", "-c", config);

        Assert.Equal(0, explained.Code);
        Assert.Contains("approved with 00 by stand-in", explained.Output, StringComparison.Ordinal);
        Assert.Contains("comes from the journal", explained.Error, StringComparison.Ordinal);
        Assert.Equal(0, reconciled.Code);
        Assert.Equal(1, status.Code);
    }

    [Fact]
    public async Task Reconcile_CleanAndThenTamperedWith_SaysWhatDiffers()
    {
        SwitchOptions? options = null;
        await using Rig rig = await Rig.StartAsync(StoreRig.Hasty with { Change = made => options = made });
        string config = Write(rig, options!);
        await rig.BuyAsync(5);
        await rig.RestartAsync(); // What was open before a start must have been decided by it.
        await StandInAsync(rig);
        await DeclineAfterSilenceAsync(rig);
        await ReverseAsync(rig);
        await rig.UntilSettledAsync();
        await rig.UntilProjectedAsync();
        await rig.Server.StopAsync(TimeSpan.FromSeconds(5));

        CommandRun clean = await CommandRun.OfAsync("reconcile", "-c", config);
        CommandRun equal = await CommandRun.OfAsync("store", "rebuild", "--compare", "-c", config);
        CommandRun report = await CommandRun.OfAsync("report", "stand-in", "--json", "-c", config);
        CommandRun csv = await CommandRun.OfAsync("report", "stand-in", "--csv", "--issuer", "primary", "-c", config);
        CommandRun table = await CommandRun.OfAsync("report", "stand-in", "-c", config);
        Assert.Equal(0, table.Code);
        Assert.Matches("advices acknowledged +. 1, with an exception 0", table.Output);
        Assert.True(clean.Code == 0, clean.Output + clean.Error);
        Assert.Contains("The books agree.", clean.Output, StringComparison.Ordinal);
        Assert.True(equal.Code == 0, equal.Output + equal.Error);
        JsonNode outage = Assert.Single(JsonNode.Parse(report.Output)!["outages"]!.AsArray())!;
        Assert.Equal((1, 1), ((int)outage["approved"]!, (int)outage["acknowledged"]!));
        Assert.Equal((1, 1500), ((int)outage["declined"]!, (int)outage["approvedAmount"]!));
        string[] lines = csv.Output.Trim().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("issuer,beganMs,", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("\"primary\",", lines[1], StringComparison.Ordinal);

        foreach ((string tampering, string rule) in ((string, string)[])
        [
            ("DELETE FROM owed WHERE kind = 1", "advice missing"),
            ("DELETE FROM owed WHERE kind = 4", "reversal missing"),
            ("DELETE FROM owed WHERE kind = 2", "time-out"),
            ("UPDATE decision SET approved = 0, code = '05' WHERE source = 3", "advice unfounded"),
            ("INSERT INTO event SELECT * FROM event WHERE type = 5", "ended twice"),
            ("UPDATE event SET owed = owed + 1000000 WHERE type = 5", "never owed"),
            ("INSERT INTO owed SELECT lsn, at, owed + 1000000, id, kind, issuer, mti, stan, sent, original_stan, "
                + "reason, card, counts, amount FROM owed WHERE kind = 2", "reversed twice"),
            ("DELETE FROM decision WHERE source = 1", "undecided"),
            ("INSERT INTO decision SELECT lsn + 1, at, id, source, cause, code, approved, approval, issuer, stan, "
                + "amount, rule, limit_number, limit_use, limit_bound, outage, profile, outage_issuer, merchant_type, "
                + "entry_mode FROM decision WHERE source = 1", "outcomes"),
        ])
        {
            Change(rig.Folder, tampering);

            CommandRun found = await CommandRun.OfAsync("reconcile", "-c", config);
            CommandRun different = await CommandRun.OfAsync("store", "rebuild", "--compare", "-c", config);
            CommandRun rebuilt = await CommandRun.OfAsync("store", "rebuild", "-c", config);

            Assert.True(found.Code == 1 && found.Output.Contains(rule, StringComparison.Ordinal), rule + found.Output);
            Assert.Equal((1, 0), (different.Code, rebuilt.Code));
        }

        CommandRun status = await CommandRun.OfAsync("store", "status", "--json", "-c", config);
        Assert.Equal((0, 0), (status.Code, (int)JsonNode.Parse(status.Output)!["lagRecords"]!));
        Assert.Equal(0, (await CommandRun.OfAsync("reconcile", "--from", "2020-01-01", "-c", config)).Code);
        Assert.Equal(2, (await CommandRun.OfAsync("reconcile", "--from", "yesterday", "-c", config)).Code);
    }

    private static async Task<PlainMessage> StandInAsync(Rig rig, long amount = 1_500, string expected = "00")
    {
        rig.Primary.AcknowledgesOwed = true;
        rig.Standby.AcknowledgesOwed = true;
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage request = Purchases.Authorization(amount);
        acquirer.Send(request);
        await StoreRig.NextRequestAsync(rig); // It gets no answer.
        PlainMessage answer = await acquirer.NextAsync();
        Assert.Equal(expected, answer[39]);
        await rig.UntilSettledAsync();
        return request;
    }

    // Over the limit of stand-in: declined, so each issuer that was asked is owed a reversal.
    private static Task<PlainMessage> DeclineAfterSilenceAsync(Rig rig) =>
        StandInAsync(rig, amount: 10_001, expected: "61");

    private static async Task ReverseAsync(Rig rig)
    {
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage request = Purchases.Authorization();
        acquirer.Send(request);
        (await StoreRig.NextRequestAsync(rig)).Answer();
        PlainMessage answer = await acquirer.NextAsync();
        PlainMessage reversed = await acquirer.AskAsync(Purchases.Reversal(request, answer));
        Assert.Equal("00", reversed[39]);
    }

    private static void Change(string folder, string sql)
    {
        using var connection = new SqliteConnection(StoreRig.SqliteOf(folder).ConnectionString + ";Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.True(command.ExecuteNonQuery() > 0, sql);
    }

    private static string Write(Rig rig, SwitchOptions options)
    {
        string file = Path.Combine(rig.Folder, "switch.json");
        var root = new JsonObject { ["Switch"] = JsonSerializer.SerializeToNode(options, Style) };
        File.WriteAllText(file, root.ToJsonString());
        return file;
    }
}
