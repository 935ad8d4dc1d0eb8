using System.CommandLine;
using Switch.Benchmarks.Load;

namespace Switch.Benchmarks.Micro;

/// <summary>
/// <c>bench</c>: every operation that has a budget, measured shortly and held against it; without <c>--quick</c> the
/// switch under load too. Exit code 1 when one is over.
/// </summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var command = new Command("bench", "Hold bytes and times, in copies of a message, against budgets.json.");
        var quick = new Option<bool>("--quick") { Description = "Operations only: about a minute." };
        var only = new Option<string?>("--only")
        {
            Description = "Nothing but the operations with this in their name, for 20 seconds each: for a profiler.",
        };
        command.Add(quick);
        command.Add(only);
        command.SetAction(async (parsed, _) => parsed.GetValue(only) is { } name
            ? Profile(name) : await RunAsync(!parsed.GetValue(quick)).ConfigureAwait(false));
        return command;
    }

    private static int Profile(string part)
    {
        foreach ((string operation, Action<int> run) in Operations.All())
        {
            if (operation.Contains(part, StringComparison.Ordinal))
            {
                Print(operation, QuickMeasure.Of(run, TimeSpan.FromSeconds(10)));
            }
        }

        foreach ((string name, Difference difference) in Operations.Differences())
        {
            if (name.Contains(part, StringComparison.Ordinal))
            {
                Print(name, QuickMeasure.Between(difference));
            }
        }

        return 0;
    }

    private static void Print(string name, in QuickResult result) =>
        Console.WriteLine($"{name,-46} {result.Ns,9:N1} ns {result.Bytes,7:N1} bytes");

    private static async Task<int> RunAsync(bool hasLoad)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "budgets.json");
        Budgets budgets = Budgets.Read(await File.ReadAllTextAsync(path).ConfigureAwait(false));
        Dictionary<string, QuickResult> results = Measure(budgets);
        List<string> complaints =
            [.. budgets.Check(results, Operations.Copy), .. budgets.CheckDifferences(MeasureDifferences())];
        if (hasLoad)
        {
            complaints.AddRange(await CheckLoadAsync(budgets.Load).ConfigureAwait(false));
        }

        foreach (string complaint in complaints)
        {
            Console.WriteLine($"OVER: {complaint}");
        }

        Console.WriteLine(complaints.Count == 0 ? "All within budget." : $"{complaints.Count} over budget.");
        return complaints.Count == 0 ? 0 : 1;
    }

    private static Dictionary<string, QuickResult> Measure(Budgets budgets)
    {
        var results = new Dictionary<string, QuickResult>(StringComparer.Ordinal);
        Console.WriteLine($"{"operation",-46} {"ns",9} {"copies",7} {"of",5} {"bytes",7} {"of",4}");
        foreach ((string name, Action<int> operation) in Operations.All())
        {
            QuickResult result = QuickMeasure.Of(operation);
            results[name] = result;
            budgets.Operations.TryGetValue(name, out OperationBudget? budget);
            double copies = result.Ns / results[Operations.Copy].Ns;
            Console.WriteLine(
                $"{name,-46} {result.Ns,9:N1} {copies,7:N1} {budget?.Copies,5:N0} {result.Bytes,7:N1}"
                + $" {budget?.Bytes,4:N0}");
        }

        return results;
    }

    private static Dictionary<string, QuickResult> MeasureDifferences()
    {
        var results = new Dictionary<string, QuickResult>(StringComparer.Ordinal);
        foreach ((string name, Difference difference) in Operations.Differences())
        {
            results[name] = QuickMeasure.Between(difference);
            Print(name, results[name]);
        }

        return results;
    }

    private static async Task<IReadOnlyList<string>> CheckLoadAsync(LoadBudget budget)
    {
        var options = new LoadOptions
        {
            Folder = Path.Combine(Path.GetTempPath(), $"switch-bench-{Environment.ProcessId}"), Rounds = 1, Seconds = 6,
        };
        try
        {
            Console.WriteLine(LoadTable.Head);
            LoadReport report = await LoadRun.RunAsync(options, Console.WriteLine).ConfigureAwait(false);
            return
            [
                .. report.IsSound ? [] : (string[])["The run's books, journal or answers are not right."],
                .. Over("switchAllocBytesPerTxn", report.SwitchAllocBytesPerTxn, budget.SwitchAllocBytesPerTxn),
                .. Over("switchToProxyCpu", report.SwitchToProxyCpu, budget.SwitchToProxyCpu),
                .. Over("proxyToSwitchTps", report.ProxyTps / report.SwitchTps, budget.ProxyToSwitchTps),
            ];
        }
        finally
        {
            Directory.Delete(options.Folder, recursive: true);
        }
    }

    private static string[] Over(string name, double value, double budget) =>
        value <= budget ? [] : [$"{name} is {value:N2}; its budget is {budget:N2}."];
}
