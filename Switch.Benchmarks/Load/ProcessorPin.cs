using System.Globalization;
using System.Runtime.InteropServices;

namespace Switch.Benchmarks.Load;

/// <summary>
/// Gives a process processors of its own, so that a generator on the same machine can offer many times what the switch
/// can do and takes nothing from it. A quota of the kernel is no substitute: a process that has used it up stands still
/// for tens of milliseconds, which then look like the switch's.
/// </summary>
internal static partial class ProcessorPin
{
    /// <summary>The first processor for the one, all others for the rest.</summary>
    /// <exception cref="PlatformNotSupportedException">There is but one processor.</exception>
    public static void Part(int alone, params ReadOnlySpan<int> rest)
    {
        if (Environment.ProcessorCount is < 2 or > 64)
        {
            throw new PlatformNotSupportedException("The switch and the generator need a processor each.");
        }

        ulong all = ulong.MaxValue >> (64 - Environment.ProcessorCount);
        Put(alone, 1);
        foreach (int process in rest)
        {
            Put(process, all & ~1UL);
        }
    }

    /// <summary>Gives way to all others on its processors.</summary>
    public static void Yield(int process) => ForThreads(process, static thread => SetPriority(0, thread, 19));

    private static void Put(int process, ulong processors) =>
        ForThreads(process, thread => SetAffinity(thread, sizeof(ulong), in processors));

    // A thread that is made later has what its maker has.
    private static void ForThreads(int process, Func<int, int> set)
    {
        foreach (string task in Directory.EnumerateDirectories($"/proc/{process}/task"))
        {
            int thread = int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture);
            if (set(thread) != 0 && Directory.Exists(task))
            {
                throw new IOException(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    private static partial int SetPriority(int ofOneThread, int thread, int niceness);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static partial int SetAffinity(int thread, nuint size, in ulong processors);
}
