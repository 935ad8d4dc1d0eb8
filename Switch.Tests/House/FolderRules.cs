using System.Text.RegularExpressions;
using Switch.Benchmarks.Folders;

namespace Switch.Tests.House;

/// <summary>The floors of a project, as the architecture page lists them, and what goes against them.</summary>
internal static partial class FolderRules
{
    public const string Page = "docs/internals/architecture.md";

    /// <summary>A project's lines <c>Folder: imports</c>, from top to bottom; none when the page has no list.</summary>
    public static string[] FloorsOnPage(string project)
    {
        string page = SourceTree.Read(Page);
        Match block = Block().Matches(page).FirstOrDefault(match => match.Groups[1].Value == project) ?? Match.Empty;
        return block.Groups[2].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>
    /// Lines <c>using</c> that point upward. They see what the assembly does not hold: a constant of another folder.
    /// </summary>
    public static IEnumerable<string> UpwardUsings(
        string project, IReadOnlyList<string> floors, IEnumerable<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            int from = PlaceOf(Namespace().Match(file.Text).Groups[1].Value, project, floors);
            foreach (Match match in Using().Matches(file.Text))
            {
                int to = PlaceOf(match.Groups[1].Value, project, floors);
                if (from >= 0 && to >= 0 && to < from)
                {
                    yield return $"{file.Path} ({floors[from]}) uses {match.Groups[1].Value}, which stands above it.";
                }
            }
        }
    }

    /// <summary>The floor of a namespace, or of a type in it; -1 when it is of another project.</summary>
    private static int PlaceOf(string name, string project, IReadOnlyList<string> floors)
    {
        if (name != project && !name.StartsWith(project + ".", StringComparison.Ordinal))
        {
            return -1;
        }

        string folder = name.Length == project.Length ? AssemblyUses.RootFolder
            : name[(project.Length + 1)..].Replace('.', '/');
        string? found = floors
            .Where(floor => folder == floor || folder.StartsWith(floor + "/", StringComparison.Ordinal))
            .MaxBy(static floor => floor.Length);
        return found is null ? -1 : floors.IndexOf(found);
    }

    private static int IndexOf(this IReadOnlyList<string> floors, string floor) =>
        Enumerable.Range(0, floors.Count).First(place => floors[place] == floor);

    [GeneratedRegex(@"^```text\n(Switch\.\w+)\n((?:\S+:.*\n)+)```", RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Using();
}
