using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Switch.Host.Commands.Common;

namespace Switch.Host.Commands.Drills;

/// <summary>A person makes a mistake: a wrong configuration, a wrong key, a file that is lost.</summary>
internal static class HumanErrorDrills
{
    /// <summary>From the correction of the mistake on. The node is down before, so some have no answer.</summary>
    private static readonly DrillTargets Targets = new() { RecoveredWithinMs = 15_000 };

    public static IReadOnlyList<Drill> All { get; } =
    [
        new(
            "wrong-configuration", DrillCause.HumanError,
            "A second node is started with a configuration of five mistakes while the first runs.",
            "It is refused with 2 and lists all five; the running node and its customers notice nothing.",
            WrongConfigurationAsync)
        {
            Targets = new DrillTargets
            {
                DeclinedMax = 0, UnansweredMax = 0, NeighboursHurtMax = 0, NeighboursP99Percent = 300,
            },
        },
        new(
            "wrong-key", DrillCause.HumanError,
            "The node is stopped and started with another journal key, then with another card key, then as before.",
            "Both are refused and change no byte of the journal; then it goes on. Books agree.", WrongKeyAsync)
        {
            Targets = Targets,
        },
        new(
            "lost-file", DrillCause.HumanError,
            "The negative list is lost and reloaded; then the node is stopped and its journal's folder is lost.",
            "It says that stand-in is off, and is well when the list is back; it refuses to begin an empty journal, "
            + "and goes on when the folder is back. Books agree.", LostFileAsync)
        {
            Targets = Targets,
        },
    ];

    private static async Task WrongConfigurationAsync(DrillContext context, DrillReport report)
    {
        DrillWorld world = await DrillWorld.StartAsync(context, report, new DrillNeeds()).ConfigureAwait(false);
        await using (world.ConfigureAwait(false))
        {
            await world.BeginFaultAsync().ConfigureAwait(false);
            string file = Path.Combine(context.Folder, "wrong.json");
            world.Configuration.SaveAs(file, static root =>
            {
                root["Acquirers"]![0]!["Listen"] = "nowhere";
                root["Issuers"]![0]!["Timeout"] = "3";
                root["Routes"]![0]!["Primary"] = "unknown-issuer";
                root["Journal"]!["Path"] = "other-journal";
                root["Journal"]!["SegmentSize"] = 1;
                root["Jurnal"] = new JsonObject();
            });
            (int code, string printed) = await TryStartAsync(world, file, context.Stop).ConfigureAwait(false);
            report.Require(code == ExitCode.Usage, "it was refused with 2", $"exit code {code}");
            foreach (string path in (string[])[
                "Switch:Acquirers:0:Listen", "Switch:Issuers:0:Timeout", "Switch:Routes:0:Primary",
                "Switch:Journal:SegmentSize", "Switch:Jurnal"])
            {
                report.Require(printed.Contains(path, StringComparison.Ordinal), $"it named {path}");
            }

            report.Require(
                !Directory.Exists(Path.Combine(context.Folder, "other-journal")), "it made no journal");
            await world.WaitAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
            world.EndFault();
            await world.SettleAsync(report, static _ => false, isOfIssuer: false).ConfigureAwait(false);
        }
    }

    private static async Task WrongKeyAsync(DrillContext context, DrillReport report)
    {
        DrillWorld world = await DrillWorld.StartAsync(context, report, new DrillNeeds { NamesKeys = true })
            .ConfigureAwait(false);
        await using (world.ConfigureAwait(false))
        {
            await world.BeginFaultAsync().ConfigureAwait(false);
            int stopped = await world.Node.StopAsync().ConfigureAwait(false);
            report.Require(stopped == ExitCode.Done, "it stopped in good order", $"exit code {stopped}");
            string before = HashOf(world.Configuration.Journal);
            foreach (string key in (string[])["Journal", "Cards"])
            {
                string wrong = world.Configuration.KeyIn($"wrong-{key}.key");
                string file = Path.Combine(context.Folder, $"wrong-{key}.json");
                world.Configuration.SaveAs(file, root => root["Keys"]![key] = wrong);
                (int code, _) = await TryStartAsync(world, file, context.Stop).ConfigureAwait(false);
                report.Require(
                    code is ExitCode.Journal or ExitCode.Usage, $"another key under Keys:{key} was refused",
                    $"exit code {code}");
                report.Require(HashOf(world.Configuration.Journal) == before, "no byte of the journal was changed");
            }

            world.EndFault();
            await world.Node.StartAsync(context.Stop).ConfigureAwait(false);
            await EndAsync(world, report).ConfigureAwait(false);
        }
    }

    private static async Task LostFileAsync(DrillContext context, DrillReport report)
    {
        DrillWorld world = await DrillWorld.StartAsync(context, report, new DrillNeeds { HasNegativeFile = true })
            .ConfigureAwait(false);
        await using (world.ConfigureAwait(false))
        {
            await world.BeginFaultAsync().ConfigureAwait(false);
            await LoseListAsync(world, report, context.Stop).ConfigureAwait(false);
            string journal = world.Configuration.Journal;
            int stopped = await world.Node.StopAsync().ConfigureAwait(false);
            report.Require(stopped == ExitCode.Done, "it stopped in good order", $"exit code {stopped}");
            Directory.Move(journal, journal + ".lost");
            (int code, _) = await TryStartAsync(world, world.Configuration.File, context.Stop).ConfigureAwait(false);
            report.Require(
                code == ExitCode.Journal, "without its journal it refused to start, with 70", $"exit code {code}");
            world.EndFault();
            if (report.Require(!Directory.Exists(journal), "it made no empty journal"))
            {
                Directory.Move(journal + ".lost", journal);
                await world.Node.StartAsync(context.Stop).ConfigureAwait(false);
            }

            await EndAsync(world, report).ConfigureAwait(false);
        }
    }

    private static async Task LoseListAsync(DrillWorld world, DrillReport report, CancellationToken stop)
    {
        string? name = world.Configuration.Options.StandIn.Values
            .Select(static profile => profile.NegativeFile).FirstOrDefault(static file => file is not null);
        if (name is null)
        {
            report.Note("No stand-in profile has a list, because the sick issuer's route has no stand-in.");
            return;
        }

        string list = Path.Combine(Path.GetDirectoryName(world.Configuration.File)!, name);
        File.Move(list, list + ".lost");
        (int status, string said) = await ReloadAsync(world, stop).ConfigureAwait(false);
        report.Require(
            status == 200 && said.Contains("stand-in is off", StringComparison.Ordinal),
            "without its list it said that stand-in is off", said);
        File.Move(list + ".lost", list);
        (status, said) = await ReloadAsync(world, stop).ConfigureAwait(false);
        report.Require(
            status == 200 && !said.Contains("stand-in is off", StringComparison.Ordinal),
            "with its list back it was well", said);
    }

    private static Task<(int Status, string Text)> ReloadAsync(DrillWorld world, CancellationToken stop) =>
        world.Node.CommandAsync("replace-card-lists", new { who = "drill", why = "a list is lost in a drill" }, stop);

    // A node of its own process beside or in place of the world's; the exit code is what it ended with.
    private static async Task<(int Code, string Printed)> TryStartAsync(
        DrillWorld world, string file, CancellationToken stop)
    {
        var node = new DrillNode(world.Configuration, new DrillNeeds());
        await using (node.ConfigureAwait(false))
        {
            bool isUp = await node.TryStartAsync(file, stop).ConfigureAwait(false);
            int code = isUp ? await node.StopAsync().ConfigureAwait(false)
                : await node.EndAsync(TimeSpan.FromSeconds(60)).ConfigureAwait(false);
            return (isUp ? -1 : code, node.Printed);
        }
    }

    private static async Task EndAsync(DrillWorld world, DrillReport report)
    {
        await world.RecoverAsync(static _ => true, isOfIssuer: false).ConfigureAwait(false);
        await world.SettleAsync(report, static _ => true, isOfIssuer: false).ConfigureAwait(false);
        report.Figures = report.Figures with { DetectedMs = null, IsDetected = null };
    }

    private static string HashOf(string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(file)));
            hash.AppendData(File.ReadAllBytes(file));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
