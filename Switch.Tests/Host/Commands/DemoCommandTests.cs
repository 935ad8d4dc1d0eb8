using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Switch.Host.Commands;
using Switch.Host.Commands.Common;

namespace Switch.Tests.Host.Commands;

public class DemoCommandTests
{
    [Fact]
    public async Task Demo_Json_ShowsAllThreePhasesAndEndsClean()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        int code = await CommandLine.InvokeAsync(
            ["demo", "--json", "--seconds", "5", "--rate", "200"], output, error, CancellationToken.None);

        string line = output.ToString().TrimEnd().Split('\n')[^1];
        JsonNode figures = JsonNode.Parse(line)!;
        Assert.True(code == 0, line + error);
        Assert.InRange(Number(figures, "sent"), 1_000, 10_000);
        Assert.Equal(0, Number(figures, "sent") % 200); // Whole seconds more, where an act was not seen in its time.
        Assert.Equal(Number(figures, "sent"), Number(figures, "answered"));
        Assert.All(
            ["approvedByPrimary", "approvedByStandby", "approvedByStandIn", "advicesOwed", "reversalsOwed"],
            name => Assert.True(Number(figures, name) > 0, line));
        Assert.Equal(Number(figures, "advicesOwed"), Number(figures, "advicesAcknowledged"));
        Assert.Equal(Number(figures, "reversalsOwed"), Number(figures, "reversalsAcknowledged"));
        Assert.Equal(0, Number(figures, "unanswered"));
        Assert.True(figures["booksAgree"]!.GetValue<bool>());
        Assert.Equal(Number(figures, "acquirerTotal"), Number(figures, "issuersTotal"));
        Assert.InRange(Number(figures, "pinsSent"), Number(figures, "sent") / 5, Number(figures, "sent") / 2);
        Assert.InRange(Number(figures, "pinsRight"), 1, Number(figures, "pinsSent"));
        Assert.Equal((0, 0), (Number(figures, "pinsWrong"), Number(figures, "macsWrong")));
        Assert.True(Number(figures, "macsVerified") > Number(figures, "sent"), line);
    }

    /// <summary>A script that stops it must not take half a demonstration for a good one.</summary>
    [Fact]
    public async Task Demo_Interrupted_IsNotDone()
    {
        using var stop = new CancellationTokenSource();
        using var output = new LineWriter();
        using var error = new StringWriter();
        Task<int> running = CommandLine.InvokeAsync(
            ["demo", "--seconds", "600", "--rate", "50"], output, error, stop.Token);
        await output.ReadLineAsync(); // It plays.
        await stop.CancelAsync();

        Assert.Equal(ExitCode.Problems, await running.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("Interrupted", error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>What a person sees: the table while it plays, and the summary at its end.</summary>
    [Fact]
    public async Task Demo_Text_ShowsThePhasesAndItsFigures()
    {
        using var output = new StringWriter();
        IAnsiConsole console = CommonOptions.ConsoleOn(output);
        var phases = new HashSet<string>();
        string folder = Directory.CreateTempSubdirectory("switch-demo-").FullName;
        try
        {
            Demo demo = await Demo.StartAsync(
                DemoWire.Usual, folder, ratePerSecond: 100, NullLoggerFactory.Instance, CancellationToken.None);
            await using (demo)
            {
                await demo.PlayAsync(
                    TimeSpan.FromSeconds(3),
                    world =>
                    {
                        if (phases.Add(DemoView.Title(world.Phase)))
                        {
                            console.Write(DemoView.Table(world));
                        }
                    },
                    CancellationToken.None);
                DemoView.WriteSummary(console, demo.Figures(), demo);
                Assert.True(demo.Figures().IsClean);
                Assert.All(
                    [demo.Figures() with { PinsWrong = 1 }, demo.Figures() with { MacsWrong = 1 }],
                    static figures => Assert.False(figures.IsClean)); // The command ends with 1.
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        string text = output.ToString();
        Assert.All(phases, phase => Assert.Contains(phase, text, StringComparison.Ordinal));
        Assert.Equal(6, phases.Count);
        Assert.Matches("│ sent +│ +[1-9][0-9]* │ advices owed +│", text);
        Assert.Matches("│ sent +│ +[0-9]+00 │\n", text);
        Assert.Matches("│ booksAgree +│ +True │\n", text);
        Assert.Matches("│ PINs read right +│ +[1-9][0-9]* │ MACs verified +│ +[1-9]", text);
        Assert.Contains("Every request was answered", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--seconds", "0")]
    [InlineData("--rate", "many")]
    public async Task Demo_BadNumber_IsWrongUsage(string option, string value)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        int code = await CommandLine.InvokeAsync(["demo", option, value], output, error, CancellationToken.None);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(option, error.ToString(), StringComparison.Ordinal);
    }

    private static long Number(JsonNode figures, string name) => figures[name]!.GetValue<long>();
}
