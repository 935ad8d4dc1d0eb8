using Switch.Host.Commands;
using Switch.Host.Files;

namespace Switch.Host;

/// <summary>The entry point: hands the command line to <see cref="CommandLine"/>.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        OwnFiles.KeepOthersOut();
        using var signals = new Signals();
        return await CommandLine.InvokeAsync(arguments, Console.Out, Console.Error, signals.Stop).ConfigureAwait(false);
    }
}
