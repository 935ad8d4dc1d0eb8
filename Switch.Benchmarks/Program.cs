using BenchmarkDotNet.Running;
using Switch.Benchmarks.Host;

namespace Switch.Benchmarks;

/// <summary>
/// Runs the micro-benchmarks named on the command line; <c>journal [FOLDER]</c> measures the journal on a real disk.
/// </summary>
internal static class Program
{
    private static void Main(string[] arguments)
    {
        if (arguments is ["journal", ..])
        {
            JournalLoad.Run(arguments.ElementAtOrDefault(1), Console.Out);
            return;
        }

        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(arguments);
    }
}
