using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Switch.Host.Commands.Common;

namespace Switch.Host.Commands;

/// <summary><c>demo</c>: an outage of both issuers, survived, in one command.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var command = new Command(
            "demo",
            "Run the switch with two issuers and an acquirer in one process: the primary goes silent, then both, then "
                + "they return. PINs and MACs go through the software security module. Compares the books at the end.");
        Option<double> seconds = SimulatorOptions.Number("--seconds", "Seconds to send requests.", 20, 3, 86_400);
        Option<double> rate = SimulatorOptions.Number("--rate", "Requests per second.", 500, 1, 100_000);
        var keep = new Option<bool>("--keep") { Description = "Keep the journal, and print its folder." };
        Option<bool> json = CommonOptions.Json();
        foreach (Option option in (Option[])[seconds, rate, keep, json])
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, stop) =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            string folder = Directory.CreateTempSubdirectory("switch-demo-").FullName;
            try
            {
                Demo demo = await Demo.StartAsync(
                    DemoWire.Usual, folder, parsed.GetValue(rate), NullLoggerFactory.Instance, stop)
                    .ConfigureAwait(false);
                await using ConfiguredAsyncDisposable closing = demo.ConfigureAwait(false);
                TimeSpan duration = TimeSpan.FromSeconds(parsed.GetValue(seconds));
                int code = parsed.GetValue(json)
                    ? await RunJsonAsync(demo, duration, output, stop).ConfigureAwait(false)
                    : await RunAsync(demo, duration, output, stop).ConfigureAwait(false);
                return CommonOptions.UnlessInterrupted(code, parsed, stop);
            }
            finally
            {
                Leave(folder, parsed.GetValue(keep), parsed.InvocationConfiguration.Error);
            }
        });
        return command;
    }

    private static async Task<int> RunJsonAsync(Demo demo, TimeSpan duration, TextWriter output, CancellationToken stop)
    {
        await demo.PlayAsync(duration, static _ => { }, stop).ConfigureAwait(false);
        DemoFigures figures = demo.Figures();
        await output.WriteLineAsync(JsonSerializer.Serialize(figures, CommonOptions.JsonFormat)).ConfigureAwait(false);
        return figures.IsClean ? ExitCode.Done : ExitCode.Problems;
    }

    private static async Task<int> RunAsync(Demo demo, TimeSpan duration, TextWriter output, CancellationToken stop)
    {
        IAnsiConsole console = CommonOptions.ConsoleOn(output);
        if (CommonOptions.IsTerminal(output))
        {
            await AnsiConsole.Live(DemoView.Table(demo)).StartAsync(
                live => demo.PlayAsync(duration, world => live.UpdateTarget(DemoView.Table(world)), stop))
                .ConfigureAwait(false);
        }
        else
        {
            await PlayAsLinesAsync(demo, duration, output, stop).ConfigureAwait(false);
        }

        DemoFigures figures = demo.Figures();
        DemoView.WriteSummary(console, figures, demo);
        return figures.IsClean ? ExitCode.Done : ExitCode.Problems;
    }

    /// <summary>Without a terminal there is nothing to redraw: one line for each act.</summary>
    private static async Task PlayAsLinesAsync(Demo demo, TimeSpan duration, TextWriter output, CancellationToken stop)
    {
        DemoPhase? shown = null;
        await demo.PlayAsync(
            duration,
            world =>
            {
                if (world.Phase != shown)
                {
                    shown = world.Phase;
                    output.WriteLine($"{world.Elapsed:mm\\:ss}  {DemoView.Title(world.Phase)}");
                }
            },
            stop).ConfigureAwait(false);
    }

    private static void Leave(string folder, bool keep, TextWriter error)
    {
        if (!keep)
        {
            Directory.Delete(folder, recursive: true);
        }
        else
        {
            error.WriteLine($"The journal is in {folder}.");
        }
    }
}
