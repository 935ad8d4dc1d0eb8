using System.Runtime.InteropServices;

namespace Switch.Host.Connections;

/// <summary>How many files and sockets this process may have open (RLIMIT_NOFILE). Linux.</summary>
internal static partial class Descriptors
{
    private const int OpenFiles = 7;

    /// <summary>
    /// Raises the soft limit to the hard one, and returns what holds then; <see cref="int.MaxValue"/> when there is no
    /// limit, or none that can be read.
    /// </summary>
    public static int RaiseLimit()
    {
        if (GetLimit(OpenFiles, out Limit limit) != 0)
        {
            return int.MaxValue;
        }

        Limit raised = limit with { Soft = limit.Hard };
        ulong allowed = limit.Soft < limit.Hard && SetLimit(OpenFiles, in raised) == 0 ? limit.Hard : limit.Soft;
        return (int)Math.Min(allowed, int.MaxValue);
    }

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, in Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private record struct Limit(ulong Soft, ulong Hard);
}
