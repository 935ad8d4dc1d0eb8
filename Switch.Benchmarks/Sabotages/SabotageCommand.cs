using System.CommandLine;
using System.Globalization;

namespace Switch.Benchmarks.Sabotages;

/// <summary>
/// <c>sabotages</c>: plants each defect of the lists, one at a time, and prints what caught it. Exit code 1 when
/// something was caught by nothing.
/// </summary>
internal static class SabotageCommand
{
    /// <summary>Within so many payments the simulation must have found it.</summary>
    public const int TransactionsMax = 300_000;

    /// <summary>Any will do: worlds differ enough within one run.</summary>
    public const long Seed = 11;

    public static Command Create()
    {
        var command = new Command("sabotages", "Plant defects in a copy of the switch, and show what catches each.");
        var names = new Argument<string[]>("names") { DefaultValueFactory = _ => [] };
        var seed = new Option<long>("--seed") { DefaultValueFactory = _ => Seed, Description = "Of the simulation." };
        var transactions = new Option<int>("--transactions")
        {
            DefaultValueFactory = _ => TransactionsMax, Description = "Payments that each may take to be found.",
        };
        var details = new Option<bool>("--details") { Description = "Show what was printed, where nothing caught it." };
        command.Add(names);
        command.Add(seed);
        command.Add(transactions);
        command.Add(details);
        command.SetAction(parsed => Run(
            parsed.GetValue(names)!, parsed.GetValue(seed), parsed.GetValue(transactions), parsed.GetValue(details),
            Console.Out));
        return command;
    }

    /// <summary>The folder that holds Switch.sln, above this program.</summary>
    /// <exception cref="SabotageException">It is in none.</exception>
    public static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Switch.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new SabotageException("Switch.sln is in no folder above this program.");
    }

    /// <summary>The configuration that this program was built in.</summary>
    public static string Configuration { get; } =
        Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)))!;

    private static int Run(string[] names, long seed, int transactions, bool showsDetails, TextWriter output)
    {
        string root = FindRoot();
        Sabotage[] chosen =
        [
            .. SabotageList.Read(root).Where(one => names.Length == 0 || names.Contains(one.Name)
                || names.Contains(one.Area)),
        ];
        using var bench = new SabotageBench(root, Configuration);
        output.WriteLine($"Seed {seed}, at most {transactions} payments each.");
        output.WriteLine("| sabotage | area | caught by | after payments | seconds |");
        output.WriteLine("| --- | --- | --- | --- | --- |");
        int missed = 0;
        foreach (Sabotage sabotage in chosen)
        {
            SabotageVerdict verdict = RunOne(bench, sabotage, seed, transactions);
            missed += verdict.IsCaught ? 0 : 1;
            output.WriteLine(LineOf(verdict));
            if (showsDetails && !verdict.IsCaught)
            {
                output.WriteLine(verdict.Details);
            }
        }

        output.WriteLine($"{chosen.Length} sabotages, {chosen.Length - missed} caught.");
        return missed == 0 ? 0 : 1;
    }

    private static SabotageVerdict RunOne(SabotageBench bench, Sabotage sabotage, long seed, int transactions)
    {
        try
        {
            return bench.Run(sabotage, seed, transactions);
        }
        catch (SabotageException refusal)
        {
            return new SabotageVerdict(sabotage, IsCaught: false, "", After: 0, default, refusal.Message);
        }
    }

    private static string LineOf(SabotageVerdict verdict)
    {
        string by = verdict.IsCaught ? verdict.By.Split(':')[0] : "**nothing**";
        string after = verdict.After == 0 ? "" : verdict.After.ToString(CultureInfo.InvariantCulture);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {verdict.Sabotage.Name} | {verdict.Sabotage.Area} | {by} | {after} | {verdict.Took.TotalSeconds:F0} |");
    }
}
