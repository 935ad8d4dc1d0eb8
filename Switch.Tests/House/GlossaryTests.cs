using System.Reflection;
using System.Text.RegularExpressions;

namespace Switch.Tests.House;

/// <summary>
/// Goal: docs/glossary.md explains each term once, where a reader looks for it, and names what is there. Method: its
/// rows by their order, and each name in backticks against the types, the metrics, the commands and the configuration
/// keys.
/// </summary>
public partial class GlossaryTests
{
    /// <summary>What people of the trade search for. Each must be found in the docs, in help texts, and here.</summary>
    private static readonly string[] WordsOfTheTrade =
        ["SAF", "STIP", "store-and-forward", "circuit breaker", "dead letter"];

    private static readonly (string Term, string Names)[] Rows =
    [
        .. RowOf().Matches(SourceTree.Read("docs/glossary.md"))
            .Select(static row => (row.Groups["term"].Value, row.Groups["names"].Value))
            .Where(static row => row.Item1 is not ("Term" or "---")),
    ];

    private static readonly HashSet<string> Types =
    [
        .. new[] { "Switch.Protocol", "Switch.Routing", "Switch.Host" }
            .SelectMany(static assembly => Assembly.Load(assembly).GetTypes())
            .Select(static type => type.Name.Split('`')[0]),
    ];

    [Fact]
    public void Terms_InTheirOrder_AreAlphabeticAndEachIsThereOnce()
    {
        string[] terms = [.. Rows.Select(static row => Sortable(row.Term))];

        Assert.True(terms.Length > 50, $"{terms.Length} terms were found.");
        Assert.Equal(terms.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), terms);
    }

    [Fact]
    public void Names_InBackticks_AreThere()
    {
        string configuration = SourceTree.Read("docs/reference/configuration.md");
        string commands = SourceTree.Read("docs/reference/commands.md");
        string metrics = SourceTree.Read("docs/reference/metrics.md");
        bool IsThere(string name) =>
            name.StartsWith("switch_", StringComparison.Ordinal)
                ? metrics.Contains($"\n| `{name}` |", StringComparison.Ordinal)
            : name.StartsWith("switch ", StringComparison.Ordinal)
                ? commands.Contains($"\n## {name}\n", StringComparison.Ordinal)
            : Types.Contains(name) || configuration.Contains($"\n| `{name}` |", StringComparison.Ordinal);

        Assert.All(Rows, static row => Assert.NotEmpty(Name().Matches(row.Names)));
        Assert.Equal([], Rows.SelectMany(static row => Name().Matches(row.Names))
            .Select(static name => name.Groups[1].Value).Where(name => !IsThere(name)));
    }

    [Fact]
    public void WordsOfTheTrade_InDocsAndHelpAndHere_AreFound()
    {
        string pages = string.Concat(SourceTree.Files(".md")
            .Where(static file => file.Path.StartsWith("docs", StringComparison.Ordinal)
                && file.Path != Path.Combine("docs", "glossary.md"))
            .Select(static file => file.Text));
        string help = SourceTree.Read("docs/reference/metrics.md");

        Assert.All(WordsOfTheTrade, word =>
        {
            Assert.Contains(word, pages, StringComparison.OrdinalIgnoreCase);
            Assert.Contains(word, help, StringComparison.OrdinalIgnoreCase);
            Assert.Contains(word, SourceTree.Read("docs/glossary.md"), StringComparison.OrdinalIgnoreCase);
        });
    }

    private static string Sortable(string term) => NotSortable().Replace(term.ToLowerInvariant(), " ").Trim();

    [GeneratedRegex(@"^\| (?<term>[^|]+) \| [^|]+ \| (?<names>[^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex RowOf();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();

    // What is in brackets is an abbreviation; hyphens count as spaces.
    [GeneratedRegex(@"\s*\([^)]*\)|[^a-z0-9]+")]
    private static partial Regex NotSortable();
}
