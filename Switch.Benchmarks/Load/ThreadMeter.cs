using System.Globalization;

namespace Switch.Benchmarks.Load;

/// <summary>What the threads of one name have used, from Linux' /proc.</summary>
/// <param name="Name">As the thread calls itself, at most 15 characters.</param>
/// <param name="CpuUs">Time on a processor, microseconds.</param>
/// <param name="Waits">How often it gave up the processor to wait.</param>
/// <param name="Preemptions">How often the processor was taken from it.</param>
internal readonly record struct ThreadUse(string Name, double CpuUs, double Waits, double Preemptions);

/// <summary>Reads what each thread of a process has used. Threads of one name count as one.</summary>
internal static class ThreadMeter
{
    public static IReadOnlyDictionary<string, ThreadUse> Read(int process)
    {
        var uses = new Dictionary<string, ThreadUse>(StringComparer.Ordinal);
        foreach (string folder in Directory.EnumerateDirectories($"/proc/{process}/task"))
        {
            try
            {
                ThreadUse use = ReadThread(folder);
                ThreadUse sum = uses.GetValueOrDefault(use.Name);
                uses[use.Name] = new ThreadUse(
                    use.Name, sum.CpuUs + use.CpuUs, sum.Waits + use.Waits, sum.Preemptions + use.Preemptions);
            }
            catch (IOException)
            {
                // It has ended since the folder was listed.
            }
        }

        return uses;
    }

    /// <summary>What was used in between, for each answer, the busiest first.</summary>
    public static IReadOnlyList<ThreadUse> Between(
        IReadOnlyDictionary<string, ThreadUse> before, IReadOnlyDictionary<string, ThreadUse> after, double answers) =>
    [
        .. after.Values.Select(use =>
        {
            ThreadUse then = before.GetValueOrDefault(use.Name);
            return new ThreadUse(
                use.Name, (use.CpuUs - then.CpuUs) / answers, (use.Waits - then.Waits) / answers,
                (use.Preemptions - then.Preemptions) / answers);
        }).Where(static use => use.CpuUs > 0.005).OrderByDescending(static use => use.CpuUs),
    ];

    private static ThreadUse ReadThread(string folder)
    {
        string name = File.ReadAllText(Path.Combine(folder, "comm")).TrimEnd('\n');

        // Nanoseconds on a processor, nanoseconds in its queue, and how often it got one.
        string time = File.ReadAllText(Path.Combine(folder, "schedstat")).Split(' ')[0];
        double waits = 0;
        double preemptions = 0;
        foreach (string line in File.ReadLines(Path.Combine(folder, "status")))
        {
            waits = line.StartsWith("voluntary_ctxt_switches:", StringComparison.Ordinal) ? Number(line) : waits;
            preemptions = line.StartsWith("nonvoluntary_ctxt_switches:", StringComparison.Ordinal)
                ? Number(line)
                : preemptions;
        }

        return new ThreadUse(name, double.Parse(time, CultureInfo.InvariantCulture) / 1_000, waits, preemptions);
    }

    private static double Number(string line) =>
        double.Parse(line.AsSpan(line.IndexOf(':') + 1), CultureInfo.InvariantCulture);
}
