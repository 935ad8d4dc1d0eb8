using System.Text.RegularExpressions;

namespace Switch.Tests.House;

/// <summary>
/// Goal: a reader who follows the architecture page into the code arrives. Method: each file that it names is in the
/// tree, once.
/// </summary>
public partial class ArchitecturePageTests
{
    private static readonly ILookup<string, string> Files = SourceTree.Files(".cs")
        .Where(static file => !file.IsTest && !file.Path.StartsWith("Switch.Benchmarks", StringComparison.Ordinal))
        .ToLookup(static file => Path.GetFileName(file.Path), static file => file.Path);

    private static string Page => SourceTree.Read(FolderRules.Page);

    [Fact]
    public void Page_EveryFileThatItNames_IsThereOnce()
    {
        string[] names = [.. FileName().Matches(Page).Select(static name => name.Groups[1].Value).Distinct()];

        Assert.True(names.Length > 40, $"{names.Length} files are named.");
        Assert.Equal([], names.Where(static name => Files[name].Count() != 1)
            .Select(static name => $"{name} is {Files[name].Count()} times in the tree."));
    }

    [Fact]
    public void Page_WayOfAPaymentAndChanges_AreWhole()
    {
        string way = SourceTree.Section(Page, "## The way of one payment, with files\n");
        string changes = SourceTree.Section(Page, "## To change something, open this\n");

        Assert.Equal(12, Step().Count(way));
        Assert.True(Row().Count(changes) >= 20, $"{Row().Count(changes)} rows");
    }

    [GeneratedRegex(@"`(\w+\.cs)`")]
    private static partial Regex FileName();

    [GeneratedRegex(@"^\d+\. .*`\w+\.cs`", RegexOptions.Multiline)]
    private static partial Regex Step();

    [GeneratedRegex(@"^\| [^|]+ \| `\w+\.cs`", RegexOptions.Multiline)]
    private static partial Regex Row();
}
