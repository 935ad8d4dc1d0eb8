using System.CommandLine;
using System.Text.Json;

namespace Switch.Benchmarks.Load;

/// <summary>
/// <c>load</c>: the real switch in its own process under load, beside its yardsticks. Exit code 1 when the books do not
/// agree, the journal is damaged, or something was answered with another code than the issuers gave.
/// </summary>
internal static class LoadCommand
{
    private static readonly JsonSerializerOptions JsonFormat = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };

    public static Command Create()
    {
        var command = new Command("load", "Measure the switch beside a byte proxy, the bare issuer and the disk.");
        var quick = new Option<bool>("--quick") { Description = "One short round: under two minutes." };
        var json = new Option<bool>("--json") { Description = "One line of JSON at the end." };
        var against = new Option<string?>("--against")
        {
            Description = "Alternate with another build and print the ratios of each pair: a Switch.Host.dll, or a "
                + "folder that has one, or a built checkout.",
        };
        var profile = new Option<string?>("--profile")
        {
            Description = "Add CPU, system calls and context switches of each thread, and draw a flame graph to this "
                + "SVG file.",
        };
        var report = new Option<string?>("--report") { Description = "Draw the run to this HTML file." };
        var curves = new Option<string?>("--curves")
        {
            Description = "Measure scaling instead: all, or names from " + string.Join(", ", LoadCurves.Names) + ".",
        };
        var folder = new Option<string?>("--folder") { Description = "Where the journal is written; else temporary." };
        var program = new Option<string?>("--switch") { Description = "Another build of Switch.Host to measure." };
        var overload = new Option<bool>("--overload")
        {
            Description = "Measure overload instead: at multiples of the capacity, and one acquirer that floods.",
        };
        var tls = new Option<bool>("--tls")
        {
            Description = "Measure TLS on both legs instead, beside plain text in the same run.",
        };
        var pins = new Option<bool>("--pins")
        {
            Description = "Measure PINs through a security module that fails instead, beside payments without a PIN "
                + "(--rate of them a second).",
        };
        var exchange = new Option<bool>("--key-exchange")
        {
            Description = "Change an acquirer's keys under load instead, kill the switch meanwhile, and replay old "
                + "keys (1,000 payments a second, or --rate where that is less).",
        };
        var crowd = new Option<bool>("--crowd")
        {
            Description = "Measure good sessions instead, beside handshakes that stop half-way and frames that come "
                + "byte by byte. Exit code 1 also when their p99 is more than 1.5 times that without.",
        };
        Option<int> issuerRate = Number(
            "--issuer-rate", 0,
            "With --overload: requests a second of each issuer, which are the limit; 0: the switch's processor is it.");
        Option<int> issuerLatency = Number("--issuer-latency", 20, "With --issuer-rate: milliseconds of each answer.");
        Option<int> maxInFlight = Number("--max-in-flight", 20_000, "With --issuer-rate: the issuers' MaxInFlight.");
        Option<int> connections = Number("--connections", 16, "Acquirer connections.");
        Option<int> window = Number("--window", 64, "Messages in flight on each, closed loop.");
        Option<int> rate = Number("--rate", 20_000, "Messages a second, open loop.");
        Option<int> rounds = Number("--rounds", 3, "Rounds; medians are shown.");
        Option<int> seconds = Number("--seconds", 10, "Of each phase of the switch.");
        var durability = new Option<string>("--durability") { DefaultValueFactory = _ => "Fsync" };
        var store = new Option<string>("--store")
        {
            DefaultValueFactory = _ => "None",
            Description = "None, or Sqlite: the journal is projected meanwhile, on the same processors.",
        };
        var transport = new Option<string?>("--transport")
        {
            Description = "Epoll or Sockets: what carries the switch's connections; else its default.",
        };
        var dialect = new Option<string>("--dialect")
        {
            DefaultValueFactory = _ => "mixed",
            Description = "ascii or binary on both sides, or mixed: ASCII acquirer, issuers of both kinds.",
        };
        foreach (Option option in (ReadOnlySpan<Option>)
            [
                quick, json, against, profile, report, curves, overload, tls, crowd, pins, exchange,
                issuerRate, issuerLatency,
                maxInFlight, folder, program, connections, window,
                rate, rounds, seconds, durability, store, transport, dialect,
            ])
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, _) =>
        {
            string name = parsed.GetValue(dialect)!;
            var options = new LoadOptions
            {
                Folder = parsed.GetValue(folder)
                    ?? Path.Combine(Path.GetTempPath(), $"switch-load-{Environment.ProcessId}"),
                Program = Path.GetFullPath(parsed.GetValue(program) ?? SwitchProcess.DefaultProgram),
                Connections = parsed.GetValue(connections),
                Window = parsed.GetValue(window),
                Rate = parsed.GetValue(rate),
                Rounds = parsed.GetValue(quick) ? 1 : parsed.GetValue(rounds),
                Seconds = parsed.GetValue(quick) ? Math.Min(6, parsed.GetValue(seconds)) : parsed.GetValue(seconds),
                Profile = parsed.GetValue(profile),
                Durability = parsed.GetValue(durability)!,
                Store = parsed.GetValue(store)!,
                Transport = parsed.GetValue(transport),
                AcquirerDialect = name == "binary" ? "iso87-binary" : "iso87-ascii",
                IssuerDialects = name == "mixed" ? ["iso87-ascii", "iso87-binary"] : [$"iso87-{name}"],
            };
            try
            {
                if (parsed.GetValue(against) is { } other)
                {
                    return await CompareAsync(options, other, parsed.GetValue(json)).ConfigureAwait(false);
                }

                if (parsed.GetValue(overload))
                {
                    var limit = new OverloadLimit(
                        parsed.GetValue(issuerRate), parsed.GetValue(issuerLatency), parsed.GetValue(maxInFlight));
                    return await OverloadRun.RunAsync(options, limit, Console.Out).ConfigureAwait(false);
                }

                if (parsed.GetValue(tls))
                {
                    return await TlsRun.RunAsync(options, Console.Out).ConfigureAwait(false);
                }

                if (parsed.GetValue(pins))
                {
                    return await PinRun.RunAsync(options, Console.Out).ConfigureAwait(false);
                }

                if (parsed.GetValue(exchange))
                {
                    return await KeyExchangeRun.RunAsync(options, Console.Out).ConfigureAwait(false);
                }

                if (parsed.GetValue(crowd))
                {
                    return await CrowdRun.RunAsync(options, Console.Out).ConfigureAwait(false);
                }

                return parsed.GetValue(curves) is { } which
                    ? await LoadCurves.RunAsync(options, which, Console.Out).ConfigureAwait(false)
                    : await RunAsync(options, parsed.GetValue(json), parsed.GetValue(report)).ConfigureAwait(false);
            }
            finally
            {
                if (parsed.GetValue(folder) is null && Directory.Exists(options.Folder))
                {
                    Directory.Delete(options.Folder, recursive: true);
                }
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(LoadOptions options, bool isJson, string? page)
    {
        Console.WriteLine(LoadTable.Head);
        LoadReport report = await LoadRun.RunAsync(options, Console.WriteLine).ConfigureAwait(false);
        Console.WriteLine();
        Console.Write(LoadTable.Summary(report));
        if (page is not null)
        {
            await File.WriteAllTextAsync(page, ReportPage.Write(report)).ConfigureAwait(false);
        }

        if (isJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, JsonFormat));
        }

        return report.IsSound ? 0 : 1;
    }

    private static async Task<int> CompareAsync(LoadOptions options, string against, bool isJson)
    {
        Console.WriteLine(LoadTable.Head);
        ComparisonReport report =
            await LoadComparison.RunAsync(options, against, Console.WriteLine).ConfigureAwait(false);
        Console.Write(LoadComparison.Table(report));
        Console.WriteLine($"\nthis build\n{LoadTable.Summary(report.This)}");
        Console.WriteLine($"against\n{LoadTable.Summary(report.Against)}");
        if (isJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, JsonFormat));
        }

        return report.IsSound ? 0 : 1;
    }

    private static Option<int> Number(string name, int value, string description) =>
        new(name) { DefaultValueFactory = _ => value, Description = description };
}
