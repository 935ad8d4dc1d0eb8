using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Switch.Host.Commands.Common;
using Switch.Host.Simulators;

namespace Switch.Host.Commands;

/// <summary><c>simulate issuer</c>: an issuer's host with a ledger, until it is stopped.</summary>
internal static class SimulateIssuerCommand
{
    public static Command Create()
    {
        var command = new Command(
            "issuer",
            "Simulate an issuer: listen, answer, keep a ledger per card. Reads commands from standard input: normal, "
                + "silent, refuse, reset, decline N, drop N, latency TIME, signon, signoff, books FILE, totals, quit.");
        Option<IPEndPoint> listen = SimulatorOptions.EndPoint(
            "--listen", "Where to listen; port 0 takes a free one.", "127.0.0.1:9001");
        var name = new Option<string>("--name")
        {
            Description = "Name in reports.",
            HelpName = "NAME",
            DefaultValueFactory = static _ => "issuer",
        };
        Option<LatencyProfile> latency = SimulatorOptions.Latency();
        Option<double> decline = SimulatorOptions.Number("--decline", "Share of requests to decline.", 0, 0, 1);
        Option<double> drop = SimulatorOptions.Number(
            "--drop", "Share of answers to lose after the message took effect.", 0, 0, 1);
        Option<double> seconds = SimulatorOptions.Number(
            "--seconds", "Stop after this long; 0: run until stopped.", 0, 0, 1e6);
        var silent = new Option<bool>("--silent") { Description = "Start silent: read and never answer." };
        var refuse = new Option<bool>("--refuse") { Description = "Start refusing: reset every connection." };
        var common = new SimulatorOptions();
        foreach (Option option in (Option[])[listen, name, latency, decline, drop, silent, refuse, seconds])
        {
            command.Add(option);
        }

        common.AddTo(command);
        command.Add(common.ZoneKey);
        command.SetAction(async (parsed, stop) =>
        {
            var profile = new IssuerProfile
            {
                Name = parsed.GetValue(name)!,
                Listen = parsed.GetValue(listen)!,
                Dialect = parsed.GetValue(common.Dialect)!,
                Framing = parsed.GetValue(common.Framing)!,
                Header = parsed.GetValue(common.Header),
                Tls = common.TlsOf(parsed),
                Mac = common.MacOf(parsed),
                Pin = common.PinOf(parsed),
                ZoneKey = common.ZoneKeyOf(parsed),
                Latency = parsed.GetValue(latency)!,
                DeclineRatio = parsed.GetValue(decline),
                DropRatio = parsed.GetValue(drop),
                Seed = parsed.GetValue(common.Seed),
            };
            IssuerMode mode = parsed.GetValue(refuse) ? IssuerMode.Refuse
                : parsed.GetValue(silent) ? IssuerMode.Silent : IssuerMode.Normal;
            using EventLog? events = SimulatorOptions.OpenEvents(parsed.GetValue(common.Events));
            InvocationConfiguration console = parsed.InvocationConfiguration;
            var run = new IssuerRun(console.Output, console.Error, parsed.GetValue(common.Json));
            string? books = parsed.GetValue(common.Books);
            return await run.RunAsync(profile, mode, events, books, parsed.GetValue(seconds), stop)
                .ConfigureAwait(false);
        });
        return command;
    }

    /// <summary>One run of the command.</summary>
    private sealed class IssuerRun(TextWriter output, TextWriter error, bool isJson)
    {
        public async Task<int> RunAsync(
            IssuerProfile profile,
            IssuerMode mode,
            EventLog? events,
            string? books,
            double seconds,
            CancellationToken stop)
        {
            IssuerSimulator issuer = Start(profile, mode, events);
            await using ConfiguredAsyncDisposable closing = issuer.ConfigureAwait(false);
            await SayAsync(
                $"{profile.Name} listens on {issuer.EndPoint}, speaks {profile.Dialect} in {profile.Framing} frames.",
                new { listening = issuer.EndPoint.ToString() }).ConfigureAwait(false);

            using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
            if (seconds > 0)
            {
                end.CancelAfter(TimeSpan.FromSeconds(seconds));
            }

            await ObeyAsync(issuer, end.Token).ConfigureAwait(false);
            int code;
            try
            {
                SimulatorOptions.WriteBooks(books, () => issuer.Read(ledger => BooksFile.Of(profile.Name, ledger)));
            }
            finally
            {
                code = Report(issuer); // What was counted is not lost with the file.
            }

            return code;
        }

        /// <exception cref="UsageException">It cannot listen there, or does not know the dialect or
        /// framing.</exception>
        private IssuerSimulator Start(IssuerProfile profile, IssuerMode mode, EventLog? events)
        {
            try
            {
                var issuer = new IssuerSimulator(profile, events) { Mode = mode, OnUnreadable = error.WriteLine };
                issuer.Start();
                return issuer;
            }
            catch (Exception problem) when (problem is ArgumentException or SocketException)
            {
                throw new UsageException(problem.Message);
            }
        }

        /// <summary>Reads orders until there are no more; then waits for the end.</summary>
        private async Task ObeyAsync(IssuerSimulator issuer, CancellationToken end)
        {
            try
            {
                // A console read cannot be cancelled, so it sits on a thread of its own and is left behind at the end.
                while (await Task.Run(Console.In.ReadLine, end).WaitAsync(end).ConfigureAwait(false) is { } order)
                {
                    if (order.Trim() == "quit")
                    {
                        return;
                    }

                    if (order.Trim() == "totals")
                    {
                        Report(issuer);
                    }
                    else if (Obey(issuer, order) is { } complaint)
                    {
                        await output.WriteLineAsync(complaint).ConfigureAwait(false);
                    }
                }

                await Task.Delay(Timeout.Infinite, end).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Stopped, or the time is over.
            }
        }

        /// <summary>Null when it is done. An order that fails must not end the issuer.</summary>
        private static string? Obey(IssuerSimulator issuer, string order)
        {
            try
            {
                return IssuerOrders.TryObey(issuer, order) ? null : $"Not understood: {order}";
            }
            catch (UsageException problem)
            {
                return problem.Message;
            }
        }

        private int Report(IssuerSimulator issuer)
        {
            IssuerReport report = issuer.Read(ledger => IssuerReport.Of(issuer.Name, ledger));
            string[] complaints = issuer.Read(static ledger => ledger.Counters.ComplaintTexts.ToArray());
            if (isJson)
            {
                output.WriteLine(JsonSerializer.Serialize(report, CommonOptions.JsonFormat));
            }
            else
            {
                SimulatorReports.Write(CommonOptions.ConsoleOn(output), issuer.Name, report);
            }

            SimulatorReports.WriteMistakes(isJson ? error : output, issuer.Name, complaints, report.Complaints);
            return report.Complaints == 0 ? ExitCode.Done : ExitCode.Problems;
        }

        private async Task SayAsync(string text, object json)
        {
            await output.WriteLineAsync(isJson ? JsonSerializer.Serialize(json, CommonOptions.JsonFormat) : text)
                .ConfigureAwait(false);
            await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }
}
