using System.CommandLine;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Switch.Host.Commands.Common;
using Switch.Host.Simulators;

namespace Switch.Host.Commands;

/// <summary>
/// <c>simulate acquirer</c>: load by a schedule, every answer checked, everything open drained at the end.
/// </summary>
internal static class SimulateAcquirerCommand
{
    public static Command Create()
    {
        var command = new Command(
            "acquirer",
            "Simulate an acquirer: send on a schedule, check every answer, and reverse requests that time out.");
        Option<IPEndPoint> connect = SimulatorOptions.EndPoint("--connect", "The switch's listener.", "127.0.0.1:8583");
        Option<double> rate = SimulatorOptions.Number(
            "--rate", "Requests per second, independent of the answers.", 100, 0.1, 1e6);
        Option<double> seconds = SimulatorOptions.Number("--seconds", "How long to send.", 10, 0.1, 1e6);
        Option<double> drain = SimulatorOptions.Number(
            "--drain", "Seconds to wait at the end for open transactions.", 60, 0, 1e6);
        Option<double> timeout = SimulatorOptions.Number(
            "--timeout", "Seconds to wait for each answer.", 12, 0.01, 3600);
        Option<int> connections = SimulatorOptions.Count("--connections", "Connections to the switch.", 4, 1, 1024);
        Option<int> window = SimulatorOptions.Count("--window", "Most unanswered requests.", 10_000, 1, 10_000_000);
        Option<int> cards = SimulatorOptions.Count("--cards", "Different cards.", 500, 1, 10_000_000);
        var prefix = new Option<string[]>("--prefix")
        {
            Description = "Leading digits of the card numbers; may be given more than once.",
            HelpName = "DIGITS",
            DefaultValueFactory = static _ => ["4"],
        };
        Option<int> amount = SimulatorOptions.Count(
            "--amount-max", "Largest amount, in minor units.", 5_000, 100, int.MaxValue);
        Option<double> financial = SimulatorOptions.Number("--financial", "Share sent as 0200.", 0.1, 0, 1);
        Option<double> cancel = SimulatorOptions.Number("--cancel", "Share cancelled after approval.", 0.03, 0, 1);
        Option<double> repeat = SimulatorOptions.Number("--repeat", "Share sent twice (0101, 0201).", 0.02, 0, 1);
        Option<double> advise = SimulatorOptions.Number(
            "--advise", "Share approved at the terminal and sent as an advice (0120).", 0, 0, 1);
        Option<double> pins = SimulatorOptions.Number("--pins", "Share with a PIN, with --pin-key.", 1, 0, 1);
        Option<double> wrongPins = SimulatorOptions.Number(
            "--wrong-pins", "Of those, the share with another PIN than the card's.", 0, 0, 1);
        var common = new SimulatorOptions();
        foreach (Option option in (Option[])[connect, rate, seconds, drain, timeout, connections, window, cards, prefix,
            amount, financial, cancel, repeat, advise, pins, wrongPins])
        {
            command.Add(option);
        }

        common.AddTo(command);
        command.SetAction(async (parsed, stop) =>
        {
            var profile = new AcquirerProfile
            {
                Target = parsed.GetValue(connect)!,
                Dialect = parsed.GetValue(common.Dialect)!,
                Framing = parsed.GetValue(common.Framing)!,
                Header = parsed.GetValue(common.Header),
                Tls = common.TlsOf(parsed),
                Mac = common.MacOf(parsed),
                Pins = common.PinOf(parsed) is { } pin
                    ? new AcquirerPins(pin, parsed.GetValue(pins), parsed.GetValue(wrongPins)) : null,
                Connections = parsed.GetValue(connections),
                RatePerSecond = parsed.GetValue(rate),
                Window = parsed.GetValue(window),
                Prefixes = parsed.GetValue(prefix)!,
                Cards = parsed.GetValue(cards),
                AmountMax = parsed.GetValue(amount),
                Timeout = TimeSpan.FromSeconds(parsed.GetValue(timeout)),
                Seed = parsed.GetValue(common.Seed),
                Mix = new AcquirerMix
                {
                    Financial = parsed.GetValue(financial),
                    Cancelled = parsed.GetValue(cancel),
                    Repeated = parsed.GetValue(repeat),
                    Advised = parsed.GetValue(advise),
                },
            };
            using EventLog? events = SimulatorOptions.OpenEvents(parsed.GetValue(common.Events));
            AcquirerSimulator acquirer = Make(profile, events, parsed.InvocationConfiguration.Error);
            await using ConfiguredAsyncDisposable closing = acquirer.ConfigureAwait(false);
            await acquirer.StartAsync(stop).ConfigureAwait(false);
            await acquirer.RunAsync(TimeSpan.FromSeconds(parsed.GetValue(seconds)), stop).ConfigureAwait(false);
            await acquirer.DrainAsync(TimeSpan.FromSeconds(parsed.GetValue(drain))).ConfigureAwait(false);
            int code;
            try
            {
                SimulatorOptions.WriteBooks(
                    parsed.GetValue(common.Books), () => acquirer.Read(desk => BooksFile.Of(profile.Name, desk)));
            }
            finally
            {
                code = Report(acquirer, parsed.InvocationConfiguration, parsed.GetValue(common.Json));
            }

            return CommonOptions.UnlessInterrupted(code, parsed, stop);
        });
        return command;
    }

    /// <exception cref="UsageException">A dialect, a framing or a prefix cannot be used.</exception>
    private static AcquirerSimulator Make(AcquirerProfile profile, EventLog? events, TextWriter error)
    {
        try
        {
            return new AcquirerSimulator(profile, events) { OnUnreadable = error.WriteLine };
        }
        catch (ArgumentException problem)
        {
            throw new UsageException(problem.Message);
        }
    }

    /// <summary>Problems are answers that no right switch gives, and transactions that did not settle.</summary>
    private static int Report(AcquirerSimulator acquirer, InvocationConfiguration console, bool isJson)
    {
        AcquirerReport report = acquirer.Read(AcquirerReport.Of);
        if (isJson)
        {
            console.Output.WriteLine(JsonSerializer.Serialize(report, CommonOptions.JsonFormat));
        }
        else
        {
            SimulatorReports.Write(CommonOptions.ConsoleOn(console.Output), "acquirer", report);
        }

        string[] texts = acquirer.Read(static desk => desk.Counters.ViolationTexts.ToArray());
        SimulatorReports.WriteMistakes(isJson ? console.Error : console.Output, "acquirer", texts, report.Violations);

        return report is { Violations: 0, Open: 0 } ? ExitCode.Done : ExitCode.Problems;
    }
}
