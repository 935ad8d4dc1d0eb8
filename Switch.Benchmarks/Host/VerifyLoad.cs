using System.Diagnostics;
using System.Globalization;
using Switch.Host.Configuration;
using Switch.Host.Journal;

namespace Switch.Benchmarks.Host;

/// <summary>
/// Goal: <c>journal verify</c> against what the page cache gives. Method: a journal of the real core's payments, warm;
/// <c>cat</c> of its segments to nowhere, then a verification, then one that opens every secret part; in turn, several
/// times.
/// </summary>
internal static class VerifyLoad
{
    private const int Runs = 5;

    public static void Run(int payments, string folder, TextWriter output)
    {
        string place = Path.Combine(folder, $"switch-verify-{Environment.ProcessId}");
        try
        {
            JournalSettings settings = JournalPayments.Settings(place);
            JournalPayments.Write(settings, payments);
            string[] segments = Directory.GetFiles(place, "*.segment");
            double megabytes = segments.Sum(static path => new FileInfo(path).Length) / 1e6;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{segments.Length} segments, {megabytes:N0} MB, warm; MB/s"));
            output.WriteLine("     cat   verify   of cat   --secrets   of cat");
            Cat(segments);
            for (int run = 0; run < Runs; run++)
            {
                double cat = megabytes / Cat(segments);
                double plain = megabytes / Verify(place, opensAll: false);
                double opened = megabytes / Verify(place, opensAll: true);
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{cat,8:N0} {plain,8:N0} {plain / cat,8:P0} {opened,11:N0} {opened / cat,8:P0}"));
            }
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    private static double Verify(string folder, bool opensAll)
    {
        long started = Stopwatch.GetTimestamp();
        int code = JournalTool.Verify(
            folder, JournalPayments.Identity, JournalPayments.Keys, TextWriter.Null, opensAll: opensAll);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return code == JournalTool.Good ? seconds : throw new InvalidOperationException("The journal is not good.");
    }

    private static double Cat(string[] segments)
    {
        var start = new ProcessStartInfo("sh") { ArgumentList = { "-c", "cat \"$@\" > /dev/null", "cat" } };
        Array.ForEach(segments, start.ArgumentList.Add);
        long started = Stopwatch.GetTimestamp();
        using Process cat = Process.Start(start)!;
        cat.WaitForExit();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
