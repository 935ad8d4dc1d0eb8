using System.Text.RegularExpressions;

namespace Switch.Tests.House;

/// <summary>
/// Links between documents, and mentions of documents in code, as functions from a file to complaints. The folder of
/// the tree is given, so that the rules can be shown to fail on a small tree of their own.
/// </summary>
internal static partial class DocumentLinks
{
    /// <summary>Links in a Markdown file that lead to no file, or to no heading of their file.</summary>
    public static IEnumerable<string> BrokenLinks(string root, SourceFile file) => Link().Matches(ProseOf(file.Text))
        .Select(static link => link.Groups["target"].Value)
        .Where(static target => !target.Contains("://", StringComparison.Ordinal))
        .Select(target => Complaint(root, file, Path.GetDirectoryName(file.Path)!, target))
        .OfType<string>();

    /// <summary>Mentions like <c>docs/concepts/money.md</c> in any text that name no document, or no heading.</summary>
    public static IEnumerable<string> BrokenMentions(string root, SourceFile file) => Mention().Matches(file.Text)
        .Select(static mention => mention.Value)
        .Distinct()
        .Select(target => Complaint(root, file, "", target))
        .OfType<string>();

    /// <summary>The anchors that a page's headings get, by the rule of GitHub.</summary>
    public static ISet<string> AnchorsOf(string page)
    {
        HashSet<string> anchors = [];
        foreach (Match heading in Heading().Matches(ProseOf(page)))
        {
            string text = Link().Replace(heading.Groups["text"].Value, static link => link.Groups["text"].Value);
            string slug = NotInAnchor().Replace(text.Trim().ToLowerInvariant(), "").Replace(' ', '-');
            string anchor = slug;
            for (int copy = 1; !anchors.Add(anchor); copy++)
            {
                anchor = $"{slug}-{copy}";
            }
        }

        return anchors;
    }

    private static string? Complaint(string root, SourceFile file, string folder, string target)
    {
        string[] parts = target.Split('#', 2);
        string path = parts[0].Length == 0
            ? Path.Combine(root, file.Path)
            : Path.GetFullPath(Path.Combine(root, folder, parts[0]));
        if (IsPrefixOfDecision().IsMatch(parts[0]))
        {
            return Directory.GetFiles(Path.GetDirectoryName(path)!, $"{Path.GetFileName(path)}-*.md").Length == 1
                ? null
                : $"{file.Path}: {target} names no decision.";
        }

        if (!Path.Exists(path))
        {
            return $"{file.Path}: {target} leads to no file.";
        }

        return parts.Length == 1 || AnchorsOf(File.ReadAllText(path)).Contains(parts[1])
            ? null
            : $"{file.Path}: {target} leads to no heading of {Path.GetFileName(path)}.";
    }

    // Without the blocks of code, whose lines may look like links and headings.
    private static string ProseOf(string text) => Block().Replace(text, "");

    [GeneratedRegex(@"\[(?<text>[^\]\[]*)\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?<![\w/.-])docs/(?:decisions/\d{4}(?!\d|-)|[\w./-]*\w\.md(?:#[\w-]+)?)")]
    private static partial Regex Mention();

    [GeneratedRegex(@"^#{1,6} (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"docs/decisions/\d{4}$")]
    private static partial Regex IsPrefixOfDecision();
}
