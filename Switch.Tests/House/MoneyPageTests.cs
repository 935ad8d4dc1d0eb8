using System.Reflection;
using System.Text.RegularExpressions;

namespace Switch.Tests.House;

/// <summary>
/// Goal: docs/money.md points at tests that exist. Method: the names in its table of races and flows against the tests.
/// </summary>
public partial class MoneyPageTests
{
    private static readonly string[] Rows =
        [.. "ABCDEFGHIJ".Select(letter => $"{letter}"), .. Enumerable.Range(1, 12).Select(number => $"{number}")];

    [Fact]
    public void Page_EveryCaseAndFlow_NamesAScenarioThatExists()
    {
        string page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "money.md"));
        MethodInfo[] tests = [.. typeof(MoneyPageTests).Assembly.GetTypes().SelectMany(type => type.GetMethods())];
        ILookup<string, MethodInfo> byName = tests.ToLookup(test => $"{test.DeclaringType!.Name}.{test.Name}");
        foreach (string row in Rows)
        {
            Match line = Regex.Match(page, $@"^\| {row} \|.*$", RegexOptions.Multiline);
            Assert.True(line.Success, $"no row for {row}");
            string[] names = [.. TestName().Matches(line.Value).Select(match => match.Groups[1].Value)];
            Assert.All(names, name => Assert.True(byName.Contains(name), $"{row}: there is no test {name}"));
            Assert.True(
                names.Any(name => byName[name].First().DeclaringType!.Namespace == "Switch.Tests.Scenarios"),
                $"{row} names no scenario over sockets");
        }
    }

    [Fact]
    public void Page_EveryTestThatItNames_Exists()
    {
        string page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "money.md"));
        HashSet<string> tests =
        [
            .. typeof(MoneyPageTests).Assembly.GetTypes()
                .SelectMany(type => type.GetMethods().Select(method => $"{type.Name}.{method.Name}")),
        ];
        string[] names = [.. TestName().Matches(page).Select(match => match.Groups[1].Value)];
        Assert.True(names.Length > 40, $"{names.Length} names were found.");
        Assert.All(names, name => Assert.True(tests.Contains(name), $"There is no test {name}."));
    }

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex TestName();
}
