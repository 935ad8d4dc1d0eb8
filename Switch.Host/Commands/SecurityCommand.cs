using System.CommandLine;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Switch.Host.Commands.Common;
using Switch.Host.Security.HostCommands;
using Switch.Host.Security.SelfTest;
using Switch.Host.Simulators.Hsm;

namespace Switch.Host.Commands;

/// <summary><c>security</c>: tries what PINs, MACs and keys rest on.</summary>
internal static class SecurityCommand
{
    private static readonly TimeSpan SelfTestLimit = TimeSpan.FromSeconds(30);

    public static Command Create() => new("security", "Try what PINs, MACs and keys rest on.") { SelfTest() };

    private static Command SelfTest()
    {
        var command = new Command(
            "self-test",
            "Compute published test vectors with the software security module. Exit code 1 when any is different.");
        var vectors = new Option<string?>("--vectors")
        {
            Description = "Take the vectors of this file instead of the program's own.", HelpName = "FILE",
        };
        Option<bool> json = CommonOptions.Json();
        command.Add(vectors);
        command.Add(json);
        command.SetAction((parsed, stop) => RunAsync(
            parsed.GetValue(vectors), parsed.GetValue(json), parsed.InvocationConfiguration.Output, stop));
        return command;
    }

    private static async Task<int> RunAsync(string? file, bool isJson, TextWriter output, CancellationToken stop)
    {
        (string Name, string Text)[] files = file is null
            ? [.. SecuritySelfTest.OwnFiles()]
            : [(Path.GetFileName(file), ToolFile.ReadText(file))];
        var outcomes = new List<VectorOutcome>();
        foreach ((string name, string text) in files)
        {
            try
            {
                outcomes.AddRange(await SecuritySelfTest.RunAsync(name, text, stop).ConfigureAwait(false));
            }
            catch (FormatException e)
            {
                throw new UsageException($"{name}: {e.Message}");
            }
        }

        if (file is null)
        {
            outcomes.AddRange(await HostCommandsAsync(files, stop).ConfigureAwait(false));
        }

        int failed = outcomes.Count(static outcome => !outcome.Passed);
        bool isPassed = failed == 0 && outcomes.Count > 0;
        if (isJson)
        {
            output.WriteLine(JsonSerializer.Serialize(
                new { passed = isPassed, failed, vectors = outcomes }, CommonOptions.JsonFormat));
        }
        else
        {
            Write(outcomes, output);
            output.WriteLine($"{outcomes.Count - failed} of {outcomes.Count} vectors passed.");
        }

        return isPassed ? ExitCode.Done : ExitCode.Problems;
    }

    /// <summary>The same through the client of host commands and a simulated module, on this machine.</summary>
    private static async Task<IReadOnlyList<VectorOutcome>> HostCommandsAsync(
        (string Name, string Text)[] files, CancellationToken stop)
    {
        const int HeaderLength = 4;
        var outcomes = new List<VectorOutcome>();
        var hsm = new HsmSimulator(new IPEndPoint(IPAddress.Loopback, 0), HeaderLength);
        await using (hsm.ConfigureAwait(false))
        {
            hsm.Start();
            var settings = new HsmSettings("127.0.0.1", hsm.EndPoint.Port, HeaderLength);
            var module = new HostCommandModule([settings], SelfTestLimit, TimeProvider.System, NullLogger.Instance);
            await using (module.ConfigureAwait(false))
            {
                try
                {
                    await module.WhenInUseAsync(stop).WaitAsync(SelfTestLimit, stop).ConfigureAwait(false);
                }
                catch (TimeoutException)
                {
                    throw new NoAnswerException("The simulated security module on this machine does not answer.");
                }

                foreach ((string name, string text) in files)
                {
                    outcomes.AddRange(await SecuritySelfTest.RunModuleAsync(name, text, module, stop)
                        .ConfigureAwait(false));
                }
            }
        }

        return outcomes;
    }

    private static void Write(List<VectorOutcome> outcomes, TextWriter output)
    {
        var table = new Table { Border = TableBorder.None };
        table.AddColumns("file", "vector", "passed", "instead of what is expected");
        foreach (VectorOutcome outcome in outcomes)
        {
            table.AddRow(
                Cell.Of(outcome.File), Cell.Of(outcome.Name), Cell.Of(outcome.Passed ? "yes" : "NO"),
                Cell.Of(outcome.Passed ? "" : outcome.Actual));
        }

        CommonOptions.ConsoleOn(output).Write(table);
    }
}
