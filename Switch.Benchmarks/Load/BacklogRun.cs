using System.CommandLine;
using System.Diagnostics;
using System.Globalization;

namespace Switch.Benchmarks.Load;

/// <summary>
/// <c>backlog</c>: an issuer is silent until so many messages are owed to it, and then takes them all, while the switch
/// is killed twice. Shows the memory that the switch takes, and that each message had its effect once. Exit code 1 when
/// one had none, or more than one, or the journal is damaged.
/// </summary>
internal sealed class BacklogRun(string folder, string program, int count, TextWriter output)
{
    private const string Dialect = "iso87-ascii";
    private const int Kills = 2;

    private double _peakMb;

    public static Command Create()
    {
        var command = new Command("backlog", "Measure millions of owed messages: memory, and a drain over two kills.");
        var messages = new Option<int>("--messages") { DefaultValueFactory = _ => 5_000_000 };
        var place = new Option<string?>("--folder") { Description = "Where the journal is written; else temporary." };
        var program = new Option<string?>("--switch") { Description = "Another build of Switch.Host to measure." };
        command.Add(messages);
        command.Add(place);
        command.Add(program);
        command.SetAction(parsed =>
        {
            string parent = parsed.GetValue(place) ?? Path.GetTempPath();
            string folder = Path.Combine(parent, $"switch-backlog-{Environment.ProcessId}");
            return new BacklogRun(
                folder, parsed.GetValue(program) ?? SwitchProcess.DefaultProgram, parsed.GetValue(messages),
                Console.Out).RunAsync();
        });
        return command;
    }

    private async Task<int> RunAsync()
    {
        Directory.CreateDirectory(folder);
        try
        {
            using ChildProcess issuer = ChildProcess.StartSelf([IssuerResponder.Command, Dialect, Dialect]);
            int port = issuer.ReadPorts()[0];
            issuer.Order("silent");
            SwitchProcess node = await StartAsync(port).ConfigureAwait(false);
            await FillAsync(node).ConfigureAwait(false);
            issuer.Order("speak");
            for (int kill = 1; kill <= Kills; kill++)
            {
                await DrainAsync(node, count - ((long)count * kill / (Kills + 1))).ConfigureAwait(false);
                node.Kill();
                node = await StartAsync(port).ConfigureAwait(false);
            }

            await DrainAsync(node, 0).ConfigureAwait(false);
            node.Stop();
            string journal = node.VerifyJournal();
            node.Dispose();
            string file = Path.Combine(folder, "issuer-book");
            issuer.Order($"save {file}");
            ResponderBook book = ResponderBook.Load(file);
            int wrong = Enumerable.Range(0, count).Count(number => book[number].Approvals != 1);
            output.WriteLine(
                Text($"{count:N0} messages, {wrong:N0} without an effect or with more than one; journal {journal}; ")
                + Text($"the most memory {_peakMb:N0} MB"));
            return wrong == 0 && journal == "verified" ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<SwitchProcess> StartAsync(int issuerPort)
    {
        var setup = new SwitchSetup
        {
            Folder = folder, Program = program, IssuerPorts = [issuerPort], IssuerDialects = [Dialect],
            PatienceSeconds = 600, TimeoutSeconds = 2,
            More = new Dictionary<string, object>
            {
                // What a repeat is known by is memory of its own, and not what is measured.
                ["Duplicates"] = new { Window = "02:00:00", MaxEntries = 100_000 },
                ["Limits"] = new { OwedMax = count + 1_000_000 },
            },
        };
        SwitchProcess node = await SwitchProcess.StartAsync(setup).ConfigureAwait(false);
        Dictionary<string, double> metrics = await node.MetricsAsync().ConfigureAwait(false);
        output.WriteLine(Text($"start {node.StartTime.TotalSeconds:N1} s, {metrics["switch_owed_now"]:N0} owed")
            + MemoryOf(node));
        return node;
    }

    private async Task FillAsync(SwitchProcess node)
    {
        var feeder = new AdviceFeeder(Dialect, node.Port, count);
        long started = Stopwatch.GetTimestamp();
        Task feeding = Task.Run(() => feeder.Run(connections: 8));
        while (await Task.WhenAny(feeding, Task.Delay(5_000)).ConfigureAwait(false) != feeding)
        {
            MemoryOf(node);
        }

        await feeding.ConfigureAwait(false);
        Dictionary<string, double> metrics = await node.MetricsAsync().ConfigureAwait(false);
        double onDisk = metrics["switch_owed_on_disk_by_issuer{issuer=\"issuer-0\"}"];
        output.WriteLine(Text(
            $"taken in {Stopwatch.GetElapsedTime(started).TotalSeconds:N0} s: {metrics["switch_owed_now"]:N0} owed, ")
            + Text($"{onDisk:N0} on the disk, {metrics["switch_journal_checkpoints_total"]:N0} checkpoints")
            + MemoryOf(node));
    }

    private async Task DrainAsync(SwitchProcess node, long until)
    {
        long started = Stopwatch.GetTimestamp();
        double first = (await node.MetricsAsync().ConfigureAwait(false))["switch_owed_now"];
        double left = first;
        while (left > until)
        {
            await Task.Delay(500).ConfigureAwait(false);
            left = (await node.MetricsAsync().ConfigureAwait(false))["switch_owed_now"];
            MemoryOf(node);
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        output.WriteLine(Text($"drained {first - left:N0} in {seconds:N0} s, {left:N0} left") + MemoryOf(node));
    }

    // Resident now, and the most since the process began.
    private string MemoryOf(SwitchProcess node)
    {
        double now = 0;
        double most = 0;
        foreach (string line in File.ReadLines($"/proc/{node.Id}/status"))
        {
            now = line.StartsWith("VmRSS:", StringComparison.Ordinal) ? MegabytesOf(line) : now;
            most = line.StartsWith("VmHWM:", StringComparison.Ordinal) ? MegabytesOf(line) : most;
        }

        _peakMb = Math.Max(_peakMb, most);
        return Text($"; memory {now:N0} MB, at most {most:N0} MB");
    }

    private static double MegabytesOf(string line) =>
        double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1_024;

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
