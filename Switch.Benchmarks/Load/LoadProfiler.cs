using System.Globalization;

namespace Switch.Benchmarks.Load;

/// <summary>
/// Measures where the switch spends its time: CPU and context switches of each thread from /proc, system calls and
/// stacks from Linux' <c>perf</c>. Without perf, or without the right to use it, the threads are all that is measured.
/// </summary>
internal static class LoadProfiler
{
    private const int SamplesPerSecond = 499;

    // Those that a payment needs, each by its own name; "all" counts every other too.
    private static readonly string[] Calls =
    [
        "recvfrom", "recvmsg", "read", "sendto", "sendmsg", "write", "writev", "pwrite64", "pwritev", "fdatasync",
        "epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_ctl", "futex", "poll", "ppoll", "sched_yield",
        "clock_nanosleep", "madvise",
    ];

    /// <summary>What the switch must be started with so that perf can name its functions.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        ["DOTNET_PerfMapEnabled"] = "1",
        ["DOTNET_EnableWriteXorExecute"] = "0", // Else the code is mapped twice, and perf sees the unnamed copy.
    };

    /// <param name="rig">With a switch that is warm.</param>
    /// <param name="closed">The phase that is profiled in full.</param>
    /// <param name="open">Profiled without stacks.</param>
    /// <param name="page">Where the flame graph is drawn.</param>
    public static async Task<LoadProfile> RunAsync(LoadRig rig, LoadPhase closed, LoadPhase open, string page)
    {
        int process = rig.Switch.Id;
        string missing = TryCalls(process, 0.1, rig.Folder) is null
            ? "system calls and stacks: perf is not installed (Debian: linux-perf), or may not watch this process"
            : "";
        bool hasPerf = missing.Length == 0;
        ProfiledPhase profiledClosed = await ProfileAsync(rig, closed, hasPerf).ConfigureAwait(false);
        ProfiledPhase profiledOpen = await ProfileAsync(rig, open, hasPerf).ConfigureAwait(false);
        StackTree? stacks = hasPerf ? await SampleAsync(rig, closed).ConfigureAwait(false) : null;
        if (stacks is not null)
        {
            await File.WriteAllTextAsync(page, FlameGraph.Draw(stacks, "switch, closed loop")).ConfigureAwait(false);
        }

        return new LoadProfile
        {
            Closed = profiledClosed,
            Open = profiledOpen,
            FlameGraph = stacks is null ? null : page,
            HottestPercent = stacks?.HottestPercent(countMax: 25) ?? new Dictionary<string, double>(),
            Missing = missing,
        };
    }

    private static async Task<ProfiledPhase> ProfileAsync(LoadRig rig, LoadPhase phase, bool hasPerf)
    {
        int process = rig.Switch.Id;

        // Counted over the middle of the phase: perf takes a moment to begin.
        Task<Dictionary<string, double>?> counting = hasPerf
            ? Task.Run(() => TryCalls(process, phase.Seconds / 2, rig.Folder))
            : Task.FromResult<Dictionary<string, double>?>(null);
        IReadOnlyDictionary<string, ThreadUse> before = ThreadMeter.Read(process);
        PhaseFigures figures = await rig.SwitchAsync(phase).ConfigureAwait(false);
        IReadOnlyList<ThreadUse> threads =
            ThreadMeter.Between(before, ThreadMeter.Read(process), Math.Max(figures.Answers, 1));
        Dictionary<string, double>? calls = await counting.ConfigureAwait(false);
        double counted = Math.Max(figures.Tps * phase.Seconds / 2, 1);
        return new ProfiledPhase
        {
            Tps = Math.Round(figures.Tps),
            Threads = threads,
            SystemCalls = (calls ?? []).Where(call => call.Value > 0).OrderByDescending(static call => call.Value)
                .ToDictionary(static call => call.Key, call => Math.Round(call.Value / counted, 3)),
        };
    }

    /// <summary>Counts over so many seconds; null when perf cannot.</summary>
    private static Dictionary<string, double>? TryCalls(int process, double seconds, string folder)
    {
        string output = Path.Combine(folder, "perf-stat.txt");
        string events = string.Join(',', Calls.Select(static name => $"syscalls:sys_enter_{name}"));
        bool isDone = TryPerf(
            folder, "stat", "-x,", "-o", output, "-e", $"raw_syscalls:sys_enter,{events}", "-p",
            Text(process), "--", "sleep", Text(seconds));
        return isDone ? ParseCalls(File.ReadLines(output)) : null;
    }

    /// <summary>Reads what <c>perf stat -x,</c> writes: count, unit, event, and more that is not needed.</summary>
    public static Dictionary<string, double> ParseCalls(IEnumerable<string> lines)
    {
        var calls = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (string[] fields in lines.Select(static line => line.Split(',')))
        {
            if (fields.Length > 2 && double.TryParse(fields[0], CultureInfo.InvariantCulture, out double count))
            {
                string name = fields[2].Replace("syscalls:sys_enter_", "", StringComparison.Ordinal);
                calls[name == "raw_syscalls:sys_enter" ? "all" : name] = count;
            }
        }

        return calls;
    }

    private static async Task<StackTree?> SampleAsync(LoadRig rig, LoadPhase phase)
    {
        string data = Path.Combine(rig.Folder, "perf.data");
        string script = Path.Combine(rig.Folder, "perf.txt");
        int process = rig.Switch.Id;
        Task<bool> sampling = Task.Run(() => TryPerf(
            rig.Folder, "record", "-q", "-F", Text(SamplesPerSecond), "-g", "-p", Text(process), "-o", data, "--",
            "sleep", Text(phase.Seconds * 0.8)));
        await rig.SwitchAsync(phase).ConfigureAwait(false);
        if (!await sampling.ConfigureAwait(false) || !TryPerf(script, "script", "-i", data, "-F", "comm,tid,ip,sym"))
        {
            return null;
        }

        return StackTree.Parse(File.ReadLines(script));
    }

    /// <param name="output">The file for what it prints, or a folder for one.</param>
    private static bool TryPerf(string output, params string[] arguments)
    {
        try
        {
            string file = Directory.Exists(output) ? Path.Combine(output, "perf.log") : output;
            using ChildProcess perf = ChildProcess.Start("perf", arguments, file);
            return perf.WaitForExit() == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // There is no such program.
        }
    }

    private static string Text<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
}
