namespace Switch.Benchmarks.Sabotages;

/// <summary>
/// Reads the sabotages of a repository, <c>Switch.Tests/Simulation/Sabotages/AREA.txt</c>. Each begins with its name
/// after <c># </c>; the next lines say what it does and, after <c>caught by </c>, what must catch it; then for each
/// change <c>in FILE</c>, <c>&lt;&lt;&lt;&lt;</c>, the lines to find, <c>====</c>, their replacement,
/// <c>&gt;&gt;&gt;&gt;</c>.
/// </summary>
internal static class SabotageList
{
    private const string NameMark = "# ";
    private const string CaughtByWorld = "caught by world: ";
    private const string CaughtByTest = "caught by test: ";
    private const string InMark = "in ";
    private const string FindMark = "<<<<";
    private const string ReplaceMark = "====";
    private const string EndMark = ">>>>";

    /// <summary>Where the lists are, from the repository's root.</summary>
    public static string Folder { get; } = Path.Combine("Switch.Tests", "Simulation", "Sabotages");

    /// <summary>All of them, by area and in the order of their lists.</summary>
    public static IReadOnlyList<Sabotage> Read(string root) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(root, Folder), "*.txt").Order(StringComparer.Ordinal)
            .SelectMany(path => Parse(Path.GetFileNameWithoutExtension(path), File.ReadAllText(path))),
    ];

    /// <summary>The sabotages of one list.</summary>
    /// <exception cref="SabotageException">It is not written as it should be.</exception>
    public static IReadOnlyList<Sabotage> Parse(string area, string text)
    {
        var found = new List<Sabotage>();
        var lines = new Queue<string>(text.Split('\n'));
        while (lines.TryDequeue(out string? line))
        {
            if (line.StartsWith(NameMark, StringComparison.Ordinal))
            {
                found.Add(ParseOne(area, line[NameMark.Length..], lines));
            }
            else if (line.Length > 0)
            {
                throw new SabotageException($"{area}: '{line}' stands outside a sabotage.");
            }
        }

        return found;
    }

    private static Sabotage ParseOne(string area, string name, Queue<string> lines)
    {
        var what = new List<string>();
        string[] invariants = [];
        string test = "";
        var hunks = new List<SabotageHunk>();
        while (lines.TryPeek(out string? line) && !line.StartsWith(NameMark, StringComparison.Ordinal))
        {
            lines.Dequeue();
            if (line.StartsWith(CaughtByWorld, StringComparison.Ordinal))
            {
                invariants = line[CaughtByWorld.Length..].Split(' ');
            }
            else if (line.StartsWith(CaughtByTest, StringComparison.Ordinal))
            {
                test = line[CaughtByTest.Length..];
            }
            else if (line.StartsWith(InMark, StringComparison.Ordinal))
            {
                hunks.Add(ParseHunk(name, line[InMark.Length..], lines));
            }
            else if (line.Length > 0)
            {
                what.Add(line);
            }
        }

        if (what.Count == 0 || hunks.Count == 0 || (invariants.Length == 0) == (test.Length == 0))
        {
            throw new SabotageException(
                $"{name} needs a sentence, a change, and either invariants or a test that catches it.");
        }

        return new Sabotage
        {
            Name = name, Area = area, What = string.Join(' ', what), Invariants = invariants, Test = test,
            Hunks = hunks,
        };
    }

    private static SabotageHunk ParseHunk(string name, string file, Queue<string> lines)
    {
        if (!lines.TryDequeue(out string? first) || first != FindMark)
        {
            throw new SabotageException($"{name}: {FindMark} must follow 'in {file}'.");
        }

        string find = TakeUntil(name, ReplaceMark, lines);
        string replacement = TakeUntil(name, EndMark, lines);
        return find.Length == 0 || find == replacement
            ? throw new SabotageException($"{name} changes nothing in {file}.")
            : new SabotageHunk(file, find, replacement);
    }

    private static string TakeUntil(string name, string mark, Queue<string> lines)
    {
        var taken = new List<string>();
        while (lines.TryDequeue(out string? line))
        {
            if (line == mark)
            {
                return string.Join('\n', taken);
            }

            taken.Add(line);
        }

        throw new SabotageException($"{name} ends before {mark}.");
    }
}
