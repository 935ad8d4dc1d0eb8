using System.Globalization;

namespace Switch.Benchmarks.Load;

/// <summary>
/// Less than a whole processor for one process, by a control group of the kernel (version 1 or 2, whichever is there),
/// so that a generator on the same machine can offer many times what that process can do. Needs root.
/// </summary>
internal sealed class CpuQuota : IDisposable
{
    private const int PeriodUs = 10_000;

    // Against what runs beside it, so that the quota alone is its limit: the most that either version takes.
    private const int Shares = 262_144;
    private const int Weight = 10_000;

    private readonly string _folder;
    private readonly string _parent;

    /// <param name="process">Its id.</param>
    /// <param name="percent">Of one processor: 1 to 1000.</param>
    /// <exception cref="IOException">There is no such group, or it may not be made.</exception>
    public CpuQuota(int process, int percent)
    {
        bool isFirst = Directory.Exists("/sys/fs/cgroup/cpu");
        _parent = isFirst ? "/sys/fs/cgroup/cpu" : "/sys/fs/cgroup";
        _folder = Path.Combine(_parent, $"switch-load-{Environment.ProcessId}");
        Directory.CreateDirectory(_folder);
        int quota = PeriodUs * percent / 100;
        if (isFirst)
        {
            Write("cpu.cfs_period_us", PeriodUs);
            Write("cpu.cfs_quota_us", quota);
            Write("cpu.shares", Shares);
        }
        else
        {
            File.WriteAllText(Path.Combine(_folder, "cpu.max"), $"{quota} {PeriodUs}");
            Write("cpu.weight", Weight);
        }

        Write("cgroup.procs", process);
    }

    /// <summary>The process has whole processors again, if it still runs.</summary>
    public void Dispose()
    {
        foreach (string process in File.ReadAllLines(Path.Combine(_folder, "cgroup.procs")))
        {
            File.WriteAllText(Path.Combine(_parent, "cgroup.procs"), process);
        }

        Directory.Delete(_folder);
    }

    private void Write(string file, int value) =>
        File.WriteAllText(Path.Combine(_folder, file), value.ToString(CultureInfo.InvariantCulture));
}
