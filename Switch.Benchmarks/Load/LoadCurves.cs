using System.Globalization;
using Switch.Benchmarks.Micro;

namespace Switch.Benchmarks.Load;

/// <summary>
/// How cost and latency change with one quantity at a time, each curve a table in Markdown. A point takes a few seconds
/// and starts from a fresh switch where the quantity is in the configuration.
/// </summary>
internal sealed class LoadCurves(LoadOptions options, TextWriter output)
{
    private const string LoadHead =
        "answers/s | p50 us | p99 us | CPU us/txn | B/txn | records/sync\n| --- | --- | --- | --- | --- | --- | --- |";

    // One more than a session may have open by default, over all sixteen: 100,000.
    private const int WaitingWindow = 6_250;

    private int _points;

    public static IReadOnlyList<string> Names { get; } =
        ["window", "connections", "issuers", "size", "routes", "remembered", "negative", "waiting", "start"];

    public static async Task<int> RunAsync(LoadOptions options, string which, TextWriter output)
    {
        var curves = new LoadCurves(options, output);
        foreach (string name in which == "all" ? Names : which.Split(','))
        {
            await curves.RunAsync(name).ConfigureAwait(false);
        }

        return 0;
    }

    private Task RunAsync(string name) => name switch
    {
        "window" => WindowAsync(),
        "connections" => ConnectionsAsync(),
        "issuers" => IssuersAsync(),
        "size" => SizeAsync(),
        "routes" => Task.Run(() => output.Write(TableCurves.Routes())),
        "remembered" => Task.Run(() => output.Write(TableCurves.Remembered())),
        "negative" => Task.Run(() => output.Write(TableCurves.Negative())),
        "waiting" => WaitingAsync(),
        "start" => StartAsync(),
        _ => throw new ArgumentException($"There is no curve called '{name}'; there are {string.Join(", ", Names)}."),
    };

    private async Task WindowAsync()
    {
        Head("in flight", LoadHead);
        using LoadRig rig = await StartAsync(options.Issuers, 16).ConfigureAwait(false);
        foreach ((int connections, int window) in
            ((int, int)[])[(1, 1), (1, 8), (4, 16), (16, 16), (16, 64), (16, 128)])
        {
            await PointAsync(rig, connections * window, Phase(connections, window)).ConfigureAwait(false);
        }
    }

    private async Task ConnectionsAsync()
    {
        Head("connections, at most 16 of them busy, 256 in flight", LoadHead);
        foreach (int connections in (int[])[1, 16, 100, 1_000, 10_000])
        {
            int active = Math.Min(connections, 16);
            using LoadRig rig = await StartAsync(options.Issuers, connections).ConfigureAwait(false);
            LoadPhase phase = Phase(connections, 256 / active) with { ActiveConnections = active };
            await PointAsync(rig, connections, phase).ConfigureAwait(false);
        }
    }

    private async Task IssuersAsync()
    {
        Head("issuers, two links each", LoadHead);
        foreach (int issuers in (int[])[1, 4, 20, 100])
        {
            using LoadRig rig = await StartAsync(issuers, 16).ConfigureAwait(false);
            await PointAsync(rig, issuers, Phase(16, 64)).ConfigureAwait(false);
        }
    }

    private async Task SizeAsync()
    {
        Head("bytes of a request", LoadHead);
        foreach (int padding in (int[])[0, 300, 1_000, 3_000])
        {
            using LoadRig rig = await StartAsync(options.Issuers, 16).ConfigureAwait(false);
            await PointAsync(rig, padding, Phase(16, 64) with { Padding = padding }).ConfigureAwait(false);
        }
    }

    /// <summary>Memory while a hundred thousand authorizations wait for issuers that say nothing.</summary>
    private async Task WaitingAsync()
    {
        output.WriteLine("\n| waiting | resident MB | peak MB |\n| --- | --- | --- |");
        using LoadRig rig = NewRig(options.Issuers);
        SwitchSetup setup = rig.Setup(options.Program, 16) with { Folder = Folder(), TimeoutSeconds = 40 };
        await rig.StartSwitchAsync(setup).ConfigureAwait(false);
        int id = rig.Switch.Id;
        output.WriteLine($"| 0 | {ProcessMeter.ResidentMb(id):N0} | {ProcessMeter.ResidentMb(id, isPeak: true):N0} |");
        rig.Silence(true);
        LoadPhase phase = Phase(16, WaitingWindow) with { PatienceSeconds = 0, Seconds = 30 };
        Task<PhaseFigures> run = rig.SwitchAsync(phase);
        double pending = 0;
        while (!run.IsCompleted && pending < 16 * WaitingWindow)
        {
            await Task.Delay(100).ConfigureAwait(false);
            pending = (await rig.Switch.MetricsAsync().ConfigureAwait(false))["switch_pending"];
        }

        output.WriteLine(
            $"| {pending:N0} | {ProcessMeter.ResidentMb(id):N0} | {ProcessMeter.ResidentMb(id, isPeak: true):N0} |");
        await run.ConfigureAwait(false);
    }

    /// <summary>From the start of the process to the first "ready", with an empty journal.</summary>
    private async Task StartAsync()
    {
        var times = new List<double>();
        double resident = 0;
        for (int i = 0; i < 7; i++)
        {
            using LoadRig rig = await StartAsync(options.Issuers, 16).ConfigureAwait(false);
            times.Add(rig.Switch.StartTime.TotalMilliseconds);
            resident = ProcessMeter.ResidentMb(rig.Switch.Id);
            rig.Switch.Stop();
        }

        output.WriteLine("\n| start to ready, ms: median | least | most | resident MB |\n| --- | --- | --- | --- |");
        output.WriteLine($"| {LoadRun.Median(times):N0} | {times.Min():N0} | {times.Max():N0} | {resident:N0} |");
    }

    private void Head(string quantity, string columns) => output.WriteLine($"\n| {quantity} | {columns}");

    private async Task PointAsync(LoadRig rig, int quantity, LoadPhase phase)
    {
        await rig.SwitchAsync(phase with { Name = "warm-up" }).ConfigureAwait(false);
        PhaseFigures figures = await rig.SwitchAsync(phase).ConfigureAwait(false);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {(phase.Padding > 0 ? figures.MessageSize : quantity):N0} | {figures.Tps:N0} | {figures.P50Us:N0}")
            + $" | {figures.P99Us:N0} | {figures.MiddleCpuUs:N2} | {figures.AllocatedBytes:N1}"
            + $" | {figures.RecordsPerSync:N0} |");
    }

    private LoadPhase Phase(int connections, int window) => new()
    {
        Name = "curve", Ports = [], Connections = connections, Window = window, Seconds = options.Seconds,
    };

    private async Task<LoadRig> StartAsync(int issuers, int connections)
    {
        LoadRig rig = NewRig(issuers);
        await rig.StartSwitchAsync(rig.Setup(options.Program, connections) with { Folder = Folder() })
            .ConfigureAwait(false);
        return rig;
    }

    private LoadRig NewRig(int issuers) =>
        new(options.Folder, options.IssuerDialects, issuers, options.AcquirerDialect);

    private string Folder() => Path.Combine(options.Folder, $"point-{++_points}");
}
