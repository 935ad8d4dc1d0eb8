using System.Globalization;
using System.Text;

namespace Switch.Benchmarks.Load;

/// <summary>A profile as people read it at a terminal.</summary>
internal static class ProfileTable
{
    public static string Write(LoadProfile profile)
    {
        var text = new StringBuilder();
        Append(text, "closed loop", profile.Closed);
        Append(text, "open loop", profile.Open);
        if (profile.HottestPercent.Count > 0)
        {
            text.Append("\nclosed loop, functions by their own time        % of samples\n");
            foreach ((string name, double percent) in profile.HottestPercent)
            {
                text.Append(CultureInfo.InvariantCulture, $"  {Cut(name, 44),-44} {percent,12:N2}\n");
            }
        }

        if (profile.FlameGraph is { } page)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nThe flame graph is in {page}.\n");
        }

        if (profile.Missing.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nNot measured: {profile.Missing}.\n");
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string name, ProfiledPhase phase)
    {
        text.Append(
            CultureInfo.InvariantCulture,
            $"\n{name}, {phase.Tps:N0}/s: for each answer {phase.CpuUs:N2} us, {phase.Switches:N3} context switches\n");
        text.Append("  thread             CPU us     waits  preempted\n");
        foreach (ThreadUse thread in phase.Threads)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"  {thread.Name,-16} {thread.CpuUs,8:N2} {thread.Waits,9:N3} {thread.Preemptions,10:N3}\n");
        }

        foreach ((string call, double count) in phase.SystemCalls)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {"call " + call,-16} {count,8:N3}\n");
        }
    }

    private static string Cut(string name, int length) => name.Length <= length ? name : name[..length];
}
