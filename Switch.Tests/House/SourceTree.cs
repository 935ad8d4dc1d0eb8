using System.Text.RegularExpressions;

namespace Switch.Tests.House;

/// <summary>The repository's own files, as they lie on disk: what the tidy tests read.</summary>
internal static class SourceTree
{
    /// <summary>The folder that holds Switch.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every file that people write, as (path relative to the root, lines).</summary>
    public static IEnumerable<SourceFile> Files(params string[] extensions) =>
        Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
            .Where(path => extensions.Contains(Path.GetExtension(path)) && !IsGenerated(path))
            .Order(StringComparer.Ordinal)
            .Select(path => new SourceFile(Path.GetRelativePath(Root, path), File.ReadAllText(path)));

    /// <summary>One file's text, by its path from the root with slashes.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>
    /// A page's text from a heading to the next one of its level or above. Throws when the heading is not there: all of
    /// the page in its place would hold anything.
    /// </summary>
    /// <param name="heading">How the line begins: <c>## Policies</c>.</param>
    public static string Section(string page, string heading)
    {
        int start = page.IndexOf($"\n{heading}", StringComparison.Ordinal) + 1;
        if (start == 0)
        {
            throw new InvalidOperationException($"No heading begins with '{heading}'.");
        }

        int level = heading.IndexOf(' ', StringComparison.Ordinal);
        string rest = page[start..];
        Match next = Regex.Match(rest, $@"(?<=\n)#{{1,{level}}} ");
        return next.Success ? rest[..next.Index] : rest;
    }

    private static bool IsGenerated(string path) => Path.GetRelativePath(Root, path)
        .Split(Path.DirectorySeparatorChar)
        .Any(part => part is "bin" or "obj" or ".git" or "TestResults" or "BenchmarkDotNet.Artifacts");

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Switch.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("Switch.sln is in no folder above the tests.");
    }
}

/// <summary>One file of the repository.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    public string[] Lines { get; } = Text.Split('\n');

    public bool IsSupport =>
        Path.StartsWith(System.IO.Path.Combine("Switch.Tests", "Support"), StringComparison.Ordinal);

    public bool IsTest => Path.StartsWith("Switch.Tests", StringComparison.Ordinal);
}
