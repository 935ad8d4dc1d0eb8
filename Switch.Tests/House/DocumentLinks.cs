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

    /// <summary>
    /// Documents that a text names by their file alone (<c>money.md</c>) and that are neither in the root, nor beside
    /// the text, nor anywhere in <c>docs</c>: most of all documents outside the repository.
    /// </summary>
    public static IEnumerable<string> UnknownDocuments(string root, SourceFile file) => FileName().Matches(file.Text)
        .Select(static name => name.Value)
        .Distinct()
        .Where(name => !File.Exists(Path.Combine(root, name))
            && !File.Exists(Path.Combine(root, Path.GetDirectoryName(file.Path)!, name))
            && !Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories)
                .Any(page => page.Replace('\\', '/').EndsWith($"/{name}", StringComparison.Ordinal)))
        .Select(name => $"{file.Path}: {name} is no document of this repository.");

    /// <summary>
    /// Citations like <c>docs/domain.md section 3.2</c> of sections that their document does not have, and numbers of
    /// requirements, which no document has.
    /// </summary>
    public static IEnumerable<string> UnknownSections(string root, SourceFile file)
    {
        string text = CommentBreak().Replace(file.Text, " ");
        foreach (Match citation in Citation().Matches(text))
        {
            string page = citation.Groups["page"].Value;
            string path = Path.Combine(root, page);
            HashSet<string> sections = File.Exists(path) ? SectionsOf(File.ReadAllText(path)) : [];
            foreach (Match number in SectionNumber().Matches(citation.Groups["numbers"].Value))
            {
                if (!sections.Contains(number.Value))
                {
                    yield return $"{file.Path}: {page} has no section {number.Value}.";
                }
            }
        }

        foreach (Match bare in BareCitation().Matches(text))
        {
            yield return $"{file.Path}: {bare.Value} cites a section without saying docs/... section.";
        }

        foreach (Match number in Requirement().Matches(text))
        {
            yield return $"{file.Path}: {number.Value.Trim()} is a number of no document here. Say the rule.";
        }
    }

    /// <summary>Paths below our projects that a page names and that are not there.</summary>
    public static IEnumerable<string> MissingPaths(string root, SourceFile file) => RepositoryPath().Matches(file.Text)
        .Select(static path => path.Groups[1].Value)
        .Distinct()
        .Where(path => !Path.Exists(Path.Combine(root, path)))
        .Select(path => $"{file.Path}: {path} is not there.");

    /// <summary>The anchors that a page's headings get, by the rule of GitHub.</summary>
    public static HashSet<string> AnchorsOf(string page)
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

    private static HashSet<string> SectionsOf(string page) =>
        [.. NumberedHeading().Matches(ProseOf(page)).Select(static heading => heading.Groups["number"].Value)];

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

    [GeneratedRegex(@"(?<![\w/.-])((?:Switch\.[A-Z]\w+|tools|packaging)/[\w./-]*\w)")]
    private static partial Regex RepositoryPath();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    // Not a part of an address, of a pattern or of a text that is put together.
    [GeneratedRegex(@"(?<![\w/.*{}:-])[A-Za-z][\w./-]*\.md\b")]
    private static partial Regex FileName();

    [GeneratedRegex(@"\s*\n\s*(?:///?|#|--|\*)\s+")]
    private static partial Regex CommentBreak();

    [GeneratedRegex(
        @"(?<page>docs/[\w./-]+\.md),? sections? (?<numbers>\d+(?:\.\d+)*(?:(?:,| and|, and) \d+(?:\.\d+)*)*)")]
    private static partial Regex Citation();

    [GeneratedRegex(@"\w+\.md,? \d+(?:\.\d+)*")]
    private static partial Regex BareCitation();

    [GeneratedRegex(@"\d+(?:\.\d+)*")]
    private static partial Regex SectionNumber();

    [GeneratedRegex(@"^#{1,6} (?<number>\d+(?:\.\d+)*)\.? ", RegexOptions.Multiline)]
    private static partial Regex NumberedHeading();

    [GeneratedRegex(@"[ (]R\d{1,2}\b(?!\d| ?=)|requirement R\d+")]
    private static partial Regex Requirement();

    [GeneratedRegex(@"docs/decisions/\d{4}$")]
    private static partial Regex IsPrefixOfDecision();
}
