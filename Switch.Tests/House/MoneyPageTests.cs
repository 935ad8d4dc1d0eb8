using System.Reflection;
using System.Text.RegularExpressions;

namespace Switch.Tests.House;

/// <summary>
/// Goal: docs/concepts/money.md says what the tests hold and what the program does. Method: every name on it is a test
/// that runs; every test that is named after a case or a flow stands in that one's row; defaults are those of
/// docs/reference/configuration.md.
/// </summary>
public partial class MoneyPageTests
{
    private static readonly string[] Cases = [.. "ABCDEFGHIJ".Select(letter => $"{letter}")];
    private static readonly string[] Rows = [.. Cases, .. Enumerable.Range(1, 12).Select(number => $"{number}")];

    // Of the assembly, only what the runner runs: a method without [Fact] proves nothing, whatever its name.
    private static readonly ILookup<string, MethodInfo> Tests = typeof(MoneyPageTests).Assembly.GetTypes()
        .SelectMany(static type => type.GetMethods())
        .Where(static method => method.GetCustomAttribute<FactAttribute>() is not null)
        .ToLookup(static test => $"{test.DeclaringType!.Name}.{test.Name}");

    private static string Page => Read("concepts/money.md");

    [Fact]
    public void Page_EveryCaseAndFlow_NamesAScenarioThatRuns()
    {
        foreach (string row in Rows)
        {
            string[] names = [.. NamesIn(row)];
            Assert.True(names.Length > 0, $"no row for {row}, or no test in it");
            Assert.True(
                names.SelectMany(static name => Tests[name])
                    .Any(static test => test.DeclaringType!.Namespace == "Switch.Tests.Scenarios"
                        && test.GetCustomAttribute<FactAttribute>()!.Skip is null),
                $"{row} names no scenario over sockets that runs");
        }
    }

    /// <summary>Each case has a test of its own in the core: one that bears its letter.</summary>
    [Fact]
    public void Page_EveryCase_NamesATestOfTheCoreThatBearsItsLetter() => Assert.All(Cases, letter => Assert.True(
        NamesIn(letter).Any(name => name.Contains($".Case{letter}_", StringComparison.Ordinal)
            && Tests[name].Any(static test => IsOfRouting(test.DeclaringType!))),
        $"{letter} names no test Case{letter}_... of the core"));

    /// <summary>A test that is written for a case and not listed would be missed by who asks what holds it.</summary>
    [Fact]
    public void Tests_NamedAfterACaseOrFlow_StandInItsRow()
    {
        (string Test, string Row)[] named = [.. Tests.Select(static group => group.Key)
            .SelectMany(static test => NamedAfter().Matches(test)
                .Select(match => (test, match.Groups["row"].Value)))];

        Assert.True(named.Length > 25, $"{named.Length} tests are named after cases and flows.");
        Assert.Equal([], named.Where(pair => !NamesIn(pair.Row).Contains(pair.Test)));
    }

    [Fact]
    public void Page_EveryTestThatItNames_Runs()
    {
        string[] names = [.. TestName().Matches(Page).Select(static match => match.Groups[1].Value)];

        Assert.True(names.Length > 40, $"{names.Length} names were found.");
        Assert.Equal([], names.Where(static name => !Tests.Contains(name)));
    }

    [Fact]
    public void Page_DefaultsOfPolicies_AreThoseOfTheConfiguration()
    {
        Dictionary<string, string> defaults = KeyRow().Matches(Read("reference/configuration.md"))
            .GroupBy(static row => row.Groups["key"].Value)
            .ToDictionary(static rows => rows.Key, static rows => rows.First().Groups["default"].Value);
        string policies = SourceTree.Section(Page, "## Policies\n");
        (string Key, string Default)[] rows = [.. KeyRow().Matches(policies)
            .Select(static row => (row.Groups["key"].Value, row.Groups["default"].Value))
            .Where(row => defaults.ContainsKey(row.Item1))];

        Assert.True(rows.Length >= 8, $"{rows.Length} policies are keys of the configuration.");
        Assert.Equal([], rows.Where(row => defaults[row.Key] != row.Default));
    }

    // A row may have a second line of tests further down: all lines that begin with its name.
    private static IEnumerable<string> NamesIn(string row) =>
        Regex.Matches(Page, $@"^\| {row} \|.*$", RegexOptions.Multiline)
            .SelectMany(static line => TestName().Matches(line.Value)).Select(static match => match.Groups[1].Value);

    private static bool IsOfRouting(Type type) =>
        type.Namespace!.StartsWith("Switch.Tests.Routing.", StringComparison.Ordinal);

    private static string Read(string page) => SourceTree.Read($"docs/{page}");

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"(?<=[._])(?:Case(?<row>[A-J])|Flow(?<row>\d+))_")]
    private static partial Regex NamedAfter();

    [GeneratedRegex(@"^\| `(?<key>[A-Z][\w:]+)` \| (?<default>[^|]+?) \|", RegexOptions.Multiline)]
    private static partial Regex KeyRow();
}
