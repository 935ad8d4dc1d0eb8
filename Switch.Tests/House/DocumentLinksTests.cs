namespace Switch.Tests.House;

/// <summary>
/// Goal: a reader who follows a link or a mention of a document arrives. Method: every link of every Markdown file and
/// every mention <c>docs/....md</c> in code, against the files and their headings.
/// </summary>
public sealed class DocumentLinksTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("switch-links-").FullName;

    private static readonly string[] Readable =
        [".cs", ".csproj", ".json", ".md", ".props", ".py", ".service", ".sh", ".sql", ".txt", ".yml", ""];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Pages_EveryLink_LeadsToAFileAndAHeading()
    {
        SourceFile[] pages = [.. SourceTree.Files(".md")];

        Assert.True(pages.Length > 20, $"{pages.Length} pages were found.");
        Assert.Equal([], pages.SelectMany(static page => DocumentLinks.BrokenLinks(SourceTree.Root, page)));
        Assert.Equal([], pages.Where(static page => page.Path != "CHANGELOG.md")
            .SelectMany(static page => DocumentLinks.MissingPaths(SourceTree.Root, page)));
    }

    /// <summary>Not in the changelog, which has earlier names, and not in this file, which has false ones.</summary>
    [Fact]
    public void Files_EveryDocumentThatTheyName_IsThere()
    {
        SourceFile[] files = [.. SourceTree.Files(Readable)
            .Where(static file => file.Path != "CHANGELOG.md" && !file.Path.EndsWith(
                $"{nameof(DocumentLinksTests)}.cs", StringComparison.Ordinal))];

        Assert.Contains(files, static file => file.Text.Contains("docs/reference/", StringComparison.Ordinal));
        Assert.Equal([], files.SelectMany(static file => DocumentLinks.BrokenMentions(SourceTree.Root, file)));
    }

    /// <summary>What code relies on is said in this repository, or in the comment itself.</summary>
    [Fact]
    public void Files_EveryCitation_IsOfADocumentAndASectionThatAreHere()
    {
        SourceFile[] files = [.. SourceTree.Files(Readable)
            .Where(static file => file.Path is not ("CHANGELOG.md" or "THIRD-PARTY-NOTICES.md")
                && !file.Path.EndsWith($"{nameof(DocumentLinksTests)}.cs", StringComparison.Ordinal))];

        Assert.Contains(
            files, static file => file.Text.Contains("docs/domain.md section 3.3", StringComparison.Ordinal));
        Assert.Equal([], files.SelectMany(static file => DocumentLinks.UnknownDocuments(SourceTree.Root, file)));
        Assert.Equal([], files.SelectMany(static file => DocumentLinks.UnknownSections(SourceTree.Root, file)));
    }

    [Fact]
    public void Index_OfTheDocuments_ListsEachPageOnce()
    {
        string folder = Path.Combine(SourceTree.Root, "docs");
        string index = File.ReadAllText(Path.Combine(folder, "README.md"));
        string[] pages = [.. Directory.EnumerateFiles(folder, "*.md", SearchOption.AllDirectories)
            .Select(page => Path.GetRelativePath(folder, page).Replace('\\', '/'))
            .Where(static page => page != "README.md"
                && !page.StartsWith("decisions/", StringComparison.Ordinal))];

        Assert.True(pages.Length > 10, $"{pages.Length} pages were found.");
        Assert.All(pages, page => Assert.Equal(2, index.Split($"]({page})").Length));
    }

    [Fact]
    public void Rules_GivenUnknownCitations_Complain()
    {
        string root = _folder;
        Directory.CreateDirectory(Path.Combine(root, "docs"));
        File.WriteAllText(Path.Combine(root, "docs", "a.md"), "# A\n\n## 1 One\n\n### 1.2 Two\n");
        SourceFile Code(string text) => new(Path.Combine("Room", "Code.cs"), text);

        Assert.Empty(DocumentLinks.UnknownDocuments(root, Code("// a.md, docs/a.md, https://host/b.md")));
        Assert.Single(DocumentLinks.UnknownDocuments(root, Code("// (b.md 2.6)")));
        Assert.Empty(DocumentLinks.UnknownSections(root, Code("// docs/a.md section 1, docs/a.md sections 1 and 1.2")));
        Assert.Single(DocumentLinks.UnknownSections(root, Code("// docs/a.md\n    // section 1.3")));
        Assert.Single(DocumentLinks.UnknownSections(root, Code("// docs/a.md section 1 and 2")));
        Assert.Single(DocumentLinks.UnknownSections(root, Code("// docs/b.md section 1")));
        Assert.Single(DocumentLinks.UnknownSections(root, Code("// docs/a.md 1.2")));
        Assert.Single(DocumentLinks.UnknownSections(root, Code("// as said (R15)")));
    }

    /// <summary>Each rule on a tree of two files, of which one link or mention is broken in each way.</summary>
    [Fact]
    public void Rules_GivenBrokenLinks_Complain()
    {
        string root = _folder;
        Directory.CreateDirectory(Path.Combine(root, "docs", "decisions"));
        File.WriteAllText(
            Path.Combine(root, "docs", "a.md"), "# A `b`, c\n\n## Twice\n\n## Twice\n\n```\n# not one\n```\n");
        File.WriteAllText(Path.Combine(root, "docs", "decisions", "0001-one.md"), "# 1\n");
        SourceFile Page(string text) => new(Path.Combine("docs", "page.md"), text);
        SourceFile Code(string text) => new("Code.cs", text);

        Assert.Empty(DocumentLinks.BrokenLinks(
            root, Page("[a](a.md) [b](a.md#a-b-c) [c](a.md#twice-1) [d](https://x)")));
        Assert.Single(DocumentLinks.BrokenLinks(root, Page("[a](b.md)")));
        Assert.Single(DocumentLinks.BrokenLinks(root, Page("[a](a.md#not-one)")));
        Assert.Single(DocumentLinks.BrokenLinks(root, Page("[a](a.md#twice-2)")));
        Assert.Empty(DocumentLinks.MissingPaths(root, Page("`bin/Switch.Host/x.dll`, `Switch.Host.dll`")));
        Assert.Single(DocumentLinks.MissingPaths(root, Page("`Switch.Host/Core/Gone.cs`")));
        Assert.Empty(DocumentLinks.BrokenMentions(root, Code("// docs/a.md, docs/a.md#twice. docs/decisions/0001")));
        Assert.Single(DocumentLinks.BrokenMentions(root, Code("// docs/b.md.")));
        Assert.Single(DocumentLinks.BrokenMentions(root, Code("// docs/a.md#thrice")));
        Assert.Single(DocumentLinks.BrokenMentions(root, Code("// docs/decisions/0002")));
    }
}
