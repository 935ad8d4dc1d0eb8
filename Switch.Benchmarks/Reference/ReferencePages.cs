using System.Text;

namespace Switch.Benchmarks.Reference;

/// <summary>The pages of docs/reference that are made from the code.</summary>
internal static class ReferencePages
{
    /// <summary>How to make the pages anew.</summary>
    public const string HowToMake = "tools/reference-pages";

    /// <summary>Each page: its path below the root, and its text.</summary>
    public static IReadOnlyList<(string Path, string Text)> All() =>
    [
        ("docs/reference/commands.md", CommandsPage.Text()),
        ("docs/reference/log-events.md", LogEventsPage.Text()),
        ("docs/reference/metrics.md", MetricsReference.Text()),
    ];

    public static StringBuilder Begin(string title, string introduction) => new StringBuilder()
        .Append("# ").Append(title).Append("\n\nMade from the code by `").Append(HowToMake)
        .Append("`; do not edit it by hand. A test compares it with the code.\n\n").Append(introduction)
        .Append("\n\n");

    /// <summary>The whole text, with one line break at its end.</summary>
    public static string End(StringBuilder page) => page.ToString().TrimEnd('\n') + "\n";

    /// <summary>A text as a cell of a table may hold it: one line, and no bar that would begin another cell.</summary>
    public static string Cell(string text) =>
        text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
}
