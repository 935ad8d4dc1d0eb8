using System.Globalization;
using System.Runtime.InteropServices;

namespace Switch.Benchmarks.Load;

/// <summary>What the figures were taken on: without it they mean nothing.</summary>
internal sealed record Machine(
    string Processor, int Cores, double MemoryGb, string Kernel, string Runtime, string LoadAverage, string Taken)
{
    public static Machine Describe() => new(
        Field("/proc/cpuinfo", "model name"),
        Environment.ProcessorCount,
        Math.Round(Number(Field("/proc/meminfo", "MemTotal").Split(' ')[0]) / 1_048_576, 1),
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        RuntimeInformation.FrameworkDescription,
        File.ReadAllText("/proc/loadavg").Trim(),
        DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture));

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string Field(string file, string name)
    {
        string? line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line is null ? "unknown" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}

/// <summary>What the kernel says of a process.</summary>
internal static class ProcessMeter
{
    // USER_HZ: what /proc counts CPU time in, 100 on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>Seconds of CPU that the process has used, in itself and in the kernel.</summary>
    public static double CpuSeconds(int process)
    {
        // The name, in parentheses, may hold spaces; utime and stime are the 12th and 13th field after it.
        string text = File.ReadAllText($"/proc/{process}/stat");
        string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return (Number(fields[11]) + Number(fields[12])) / TicksPerSecond;
    }

    /// <summary>Megabytes (2^20) resident now, or at the peak.</summary>
    public static double ResidentMb(int process, bool isPeak = false)
    {
        string name = isPeak ? "VmHWM:" : "VmRSS:";
        string line = File.ReadLines($"/proc/{process}/status").First(
            line => line.StartsWith(name, StringComparison.Ordinal));
        return Number(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim()) / 1_024.0;
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
