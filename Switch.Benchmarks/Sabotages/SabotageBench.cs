using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Switch.Benchmarks.Sabotages;

/// <summary>What became of one sabotage.</summary>
/// <param name="Sabotage">It.</param>
/// <param name="IsCaught">By what must catch it.</param>
/// <param name="By">The invariant, or the test; empty when nothing has.</param>
/// <param name="After">Payments that were simulated until then; 0: none.</param>
/// <param name="Details">What was printed.</param>
internal sealed record SabotageVerdict(
    Sabotage Sabotage, bool IsCaught, string By, long After, TimeSpan Took, string Details);

/// <summary>
/// A copy of what was built, in which one library at a time is compiled anew with a defect in it, and run.
/// </summary>
internal sealed class SabotageBench : IDisposable
{
    private const string Tests = "Switch.Tests";
    private readonly string _root;
    private readonly string _built;
    private readonly string _folder = Directory.CreateTempSubdirectory("switch-sabotages-").FullName;
    private readonly string _copy;
    private readonly SourceBuild _build;

    /// <param name="root">The repository.</param>
    /// <param name="configuration">Release or Debug: which build of it.</param>
    /// <exception cref="SabotageException">The tests are not built, or there is no SDK.</exception>
    public SabotageBench(string root, string configuration)
    {
        _root = root;
        _built = Path.Combine(root, Tests, "bin", configuration, "net10.0");
        _copy = Path.Combine(_folder, "built");
        _build = new SourceBuild(root, _built);
        if (!File.Exists(Path.Combine(_built, $"{Tests}.dll")) || SourceBuild.Compiler is null)
        {
            throw new SabotageException($"{_built} is not there, or the SDK is not: build the solution first.");
        }

        CopyBuilt(_built, _copy);
    }

    /// <summary>The sabotages that a seed picks, for a run that has no time for all.</summary>
    public static IReadOnlyList<Sabotage> Sample(IReadOnlyList<Sabotage> all, int count, long seed)
    {
        int start = (int)(seed % all.Count * count % all.Count); // The next seed goes on where this one ends.
        return [.. Enumerable.Range(0, Math.Min(count, all.Count)).Select(i => all[(start + i) % all.Count])];
    }

    /// <summary>Plants a sabotage, runs what must catch it, and takes it out again.</summary>
    /// <param name="sabotage">It.</param>
    /// <param name="seed">Of the simulation.</param>
    /// <param name="transactions">Payments that the simulation may take.</param>
    public SabotageVerdict Run(Sabotage sabotage, long seed, int transactions)
    {
        var watch = Stopwatch.StartNew();
        IReadOnlyDictionary<string, string> changed =
            sabotage.Apply(file => File.ReadAllText(Path.Combine(_root, file)));
        string[] projects = [.. changed.Keys.Select(static file => file.Split('/')[0]).Distinct()];
        try
        {
            foreach (string project in projects)
            {
                string library = Path.Combine(_copy, $"{project}.dll");
                _build.Compile(project, changed, library, Path.Combine(_folder, "source"));
            }

            SabotageVerdict verdict = sabotage.Test.Length > 0
                ? RunTest(sabotage)
                : Simulate(sabotage, seed, transactions);
            return verdict with { Took = watch.Elapsed };
        }
        finally
        {
            foreach (string project in projects)
            {
                File.Copy(
                    Path.Combine(_built, $"{project}.dll"), Path.Combine(_copy, $"{project}.dll"), overwrite: true);
            }
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private SabotageVerdict Simulate(Sabotage sabotage, long seed, int transactions)
    {
        (_, string printed) = SourceBuild.Run(
        [
            Path.Combine(_copy, "Switch.Host.dll"), "simulate", "world",
            "--seed", seed.ToString(CultureInfo.InvariantCulture),
            "--transactions", transactions.ToString(CultureInfo.InvariantCulture),
            "--until", string.Join(',', sabotage.Invariants), "--json",
        ]);
        string line = printed.Split('\n').LastOrDefault(static line => line.StartsWith('{')) ?? "{}";
        JsonNode report = JsonNode.Parse(line)!;
        string found = (string?)report["found"] ?? "";
        return new SabotageVerdict(
            sabotage, found.Length > 0, found, (long?)report["transactions"] ?? 0, default, printed);
    }

    private SabotageVerdict RunTest(Sabotage sabotage)
    {
        (_, string printed) = SourceBuild.Run(
        [
            "vstest", Path.Combine(_copy, $"{Tests}.dll"),
            $"--TestCaseFilter:FullyQualifiedName~.{sabotage.Test}",
        ]);
        bool isCaught = printed.Split('\n').Any(line => line.StartsWith("  Failed ", StringComparison.Ordinal)
            && line.Contains($".{sabotage.Test}", StringComparison.Ordinal));
        return new SabotageVerdict(sabotage, isCaught, isCaught ? sabotage.Test : "", After: 0, default, printed);
    }

    // All but other platforms' libraries.
    private static void CopyBuilt(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string relative = Path.GetRelativePath(from, path);
            if (Path.GetExtension(path) is not (".pdb" or ".xml"))
            {
                string copy = Path.Combine(to, relative);
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(path, copy);
            }
        }
    }
}
