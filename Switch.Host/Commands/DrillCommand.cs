using System.CommandLine;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Spectre.Console;
using Switch.Host.Commands.Common;
using Switch.Host.Commands.Drills;
using Switch.Host.Configuration;
using Switch.Host.Files;

namespace Switch.Host.Commands;

/// <summary><c>drill list|run|all</c>: plays failures against a node of its own, and prints a score card.</summary>
internal static class DrillCommand
{
    public static Command Create() => new(
        "drill", "Play failures against a test node with simulators, and print a score card.")
    {
        List(), Run(), PlayAll(),
    };

    private static Command List()
    {
        var command = new Command("list", "List the drills: what each breaks, and what it wants.");
        Option<bool> json = CommonOptions.Json();
        command.Add(json);
        command.SetAction(parsed =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                output.WriteLine(JsonSerializer.Serialize(
                    DrillCatalog.All.Select(static one => new
                    {
                        one.Name, Cause = one.CauseText, one.What, one.Wants, one.Targets,
                    }),
                    CommonOptions.JsonFormat));
                return;
            }

            var table = new Table { Border = TableBorder.Rounded };
            table.AddColumns("drill", "cause", "what it does", "what it wants");
            foreach (Drill one in DrillCatalog.All)
            {
                table.AddRow(new Text(one.Name), new Text(one.CauseText), new Text(one.What), new Text(one.Wants));
            }

            CommonOptions.ConsoleOn(output).Write(table);
        });
        return command;
    }

    private static Command Run()
    {
        var command = new Command("run", "Play one drill. Exit code 1 when something is not as wanted, or not run.");
        var name = new Argument<string>("NAME") { Description = "One of 'drill list'." };
        command.Add(name);
        var options = new DrillOptions(command);
        command.SetAction((parsed, stop) =>
        {
            string wanted = parsed.GetValue(name)!;
            Drill drill = DrillCatalog.All.FirstOrDefault(one => one.Name == wanted)
                ?? throw new UsageException(
                    $"There is no drill '{wanted}'. Known: {string.Join(", ", DrillCatalog.Names)}.");
            return options.PlayAsync([drill], parsed, stop);
        });
        return command;
    }

    private static Command PlayAll()
    {
        var command = new Command("all", "Play every drill. Exit code 1 when something is not as wanted.");
        var options = new DrillOptions(command);
        command.SetAction((parsed, stop) => options.PlayAsync(DrillCatalog.All, parsed, stop));
        return command;
    }

    /// <summary>What <c>run</c> and <c>all</c> take, and what they do with it.</summary>
    private sealed class DrillOptions
    {
        private readonly Option<string?> _config = CommonOptions.ConfigOrHere();
        private readonly Option<bool> _sample = CommonOptions.Sample();
        private readonly Option<bool> _json = CommonOptions.Json();

        private readonly Option<double> _rate = SimulatorOptions.Number(
            "--rate", "Requests per second, over all issuers' cards.", 90, 10, 1_000);

        private readonly Option<double> _before = SimulatorOptions.Number(
            "--before", "Seconds of load before the fault.", 3, 1, 600);

        private readonly Option<double> _fault = SimulatorOptions.Number(
            "--fault", "Seconds that the fault lasts.", 5, 2, 600);

        private readonly Option<double> _slowAfter = SimulatorOptions.Number(
            "--slow-after",
            "Seconds after which a customer counts as one who waited; 0: half of the issuer's time-out.", 0, 0, 60);

        private readonly Option<int> _seed = SimulatorOptions.Count(
            "--seed", "Seed of the load and the faults.", 1, 1, 1_000_000);

        private readonly Option<string?> _issuer = new("--issuer")
        {
            Description = "The issuer that gets sick. Without it: the primary of the first route with a standby and "
                + "stand-in.",
            HelpName = "NAME",
        };

        private readonly Option<string?> _targets = new("--targets")
        {
            Description = "What figures are held against, where it is not the default (docs/operating/drills.md).",
            HelpName = "FILE",
        };

        private readonly Option<string?> _html = new("--html")
        {
            Description = "Write the score card to this file too.", HelpName = "FILE",
        };

        private readonly Option<string?> _work = new("--work")
        {
            Description = "A folder that a drill made, or a new one, for journals and logs. Without it: a temporary "
                + "one.",
            HelpName = "DIR",
        };

        private readonly Option<bool> _keep = new("--keep")
        {
            Description = "Keep journals and logs, and print their folder.",
        };

        public DrillOptions(Command command)
        {
            foreach (Option option in (Option[])[
                _config, _sample, _rate, _before, _fault, _slowAfter, _seed, _issuer, _targets, _work, _keep, _json,
                _html])
            {
                command.Add(option);
            }
        }

        public async Task<int> PlayAsync(IReadOnlyList<Drill> drills, ParseResult parsed, CancellationToken stop)
        {
            DrillSettings settings = SettingsOf(parsed);
            IReadOnlyDictionary<string, DrillTargets> targets = parsed.GetValue(_targets) is { } file
                ? DrillTargets.Read(file, DrillCatalog.Names) : new Dictionary<string, DrillTargets>();
            LoadedConfiguration loaded = ConfigurationLoader.Validate(
                RunCommand.Find(parsed.GetValue(_config), parsed.GetValue(_sample)));
            DrillSafety.Require(loaded);
            using DrillFolder folder = DrillFolder.Open(parsed.GetValue(_work), loaded, parsed.GetValue(_keep));
            using FileStream? html = OpenHtml(parsed.GetValue(_html));
            var runner = new DrillRunner(loaded, settings, folder, targets);
            var results = new List<DrillResult>();
            TextWriter progress = parsed.InvocationConfiguration.Error;
            try
            {
                foreach (Drill drill in drills)
                {
                    progress.WriteLine($"{results.Count + 1} of {drills.Count}: {drill.Name}");
                    DrillResult result = await runner.PlayAsync(drill, stop).ConfigureAwait(false);
                    results.Add(result);
                    progress.WriteLine(FormattableString.Invariant(
                        $"  {ScoreCard.OutcomeOf(result)} in {result.Seconds:F0} s"));
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // What was played is shown below, and is not the exercise that was wanted.
            }

            var card = new ScoreCard(
                loaded.Options.Node.Name, loaded.IsSample ? "the shipped sample" : loaded.Source, Version,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{settings.RatePerSecond} requests/s; {settings.Before.TotalSeconds} s before each fault, "
                    + $"{settings.Fault.TotalSeconds} s of it."),
                results);
            Write(card, html, parsed);
            if (parsed.GetValue(_keep))
            {
                progress.WriteLine($"Journals and logs are in {folder.Path}.");
            }

            return CommonOptions.UnlessInterrupted(DrillRunner.CodeOf(results), parsed, stop);
        }

        private static string Version => typeof(DrillCommand).Assembly
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

        private static FileStream? OpenHtml(string? file)
        {
            try
            {
                // Before the drills: a place that cannot be written should not be found out after them.
                return file is null ? null : File.Create(file);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                throw new UsageException($"--html: {FileFault.Describe(file!, problem)}.");
            }
        }

        private void Write(ScoreCard card, FileStream? html, ParseResult parsed)
        {
            html?.Write(System.Text.Encoding.UTF8.GetBytes(ScoreCardHtml.Of(card)));
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(_json))
            {
                output.WriteLine(card.ToJson());
            }
            else
            {
                card.WriteText(output);
            }
        }

        private DrillSettings SettingsOf(ParseResult parsed) => new()
        {
            RatePerSecond = parsed.GetValue(_rate),
            Before = TimeSpan.FromSeconds(parsed.GetValue(_before)),
            Fault = TimeSpan.FromSeconds(parsed.GetValue(_fault)),
            SlowAfter = parsed.GetValue(_slowAfter) is > 0 and var slow ? TimeSpan.FromSeconds(slow) : null,
            Seed = parsed.GetValue(_seed),
            Issuer = parsed.GetValue(_issuer),
        };
    }
}
