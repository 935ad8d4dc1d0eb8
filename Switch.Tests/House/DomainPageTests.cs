using System.Reflection;
using Switch.Protocol.Fields;

namespace Switch.Tests.House;

/// <summary>
/// Goal: docs/domain.md has the codes that the core uses. Method: the values of the code's own vocabularies, by the
/// names of their types wherever these stand, against the page's sections.
/// </summary>
public class DomainPageTests
{
    private static readonly string Page = SourceTree.Read("docs/domain.md");

    [Fact]
    public void ResponseCodes_OfTheCore_AreInTheirSection()
    {
        string section = Section("### 1.5 ");
        string[] codes = [.. RoutingType("ResponseCode").GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(static field => !field.IsLiteral)
            .Select(static field => field.GetValue(null)!.ToString()!)];

        Assert.True(codes.Length > 15, $"{codes.Length} codes were found.");
        Assert.Equal([], codes.Where(code => !HasCell(section, code)));
    }

    [Fact]
    public void Reasons_OfTheCore_AreInTheirSection()
    {
        string section = Section("### 1.6 ");
        int[] reasons = [.. Enum.GetValues(RoutingType("Reason")).Cast<object>().Select(Convert.ToInt32)
            .Where(static reason => reason != 0)];

        Assert.True(reasons.Length > 6, $"{reasons.Length} reasons were found.");
        Assert.Equal([], reasons.Where(reason => !section.Contains($"{reason}", StringComparison.Ordinal)));
    }

    [Fact]
    public void Triggers_OfStandIn_AreInTheirSection()
    {
        string section = Section("### 4.1 ");
        string[] triggers = [.. Enum.GetNames(RoutingType("StandInTriggers"))
            .Where(static name => name is not ("None" or "All"))];

        Assert.Equal(5, triggers.Length);
        Assert.Equal([], triggers.Where(name => !section.Contains($"| `{name}` |", StringComparison.Ordinal)));
    }

    /// <summary>Numbers of rules are written to the journal: docs/internals/records.md has each.</summary>
    [Fact]
    public void RulesOfStandIn_InTheJournal_AreOnTheirPage()
    {
        string records = SourceTree.Read("docs/internals/records.md");
        int[] rules = [.. Enum.GetValues(RoutingType("StandInRule")).Cast<object>().Select(Convert.ToInt32)
            .Where(static rule => rule != 0)];

        Assert.True(rules.Length > 25, $"{rules.Length} rules were found.");
        Assert.Equal([], rules.Where(rule => !records.Contains($"\n| {rule} | ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("0101", "0110")]
    [InlineData("0421", "0430")]
    [InlineData("0805", "0814")]
    public void Responses_OfThePage_AreThoseOfTheCode(string request, string response)
    {
        Assert.Contains($"{request} gives {response}", Section("### 1.2 "), StringComparison.Ordinal);
        Assert.Equal(response, $"{new Mti(int.Parse(request, null)).Response().Value:D4}");
    }

    private static bool HasCell(string section, string code) => section.Split('\n')
        .Where(static line => line.StartsWith("| ", StringComparison.Ordinal))
        .Any(line => line.Split('|')[1].Split(", ").Any(cell => cell.Trim() == code));

    private static Type RoutingType(string name) =>
        Assembly.Load("Switch.Routing").GetTypes().Single(type => type.Name == name);

    private static string Section(string title) => SourceTree.Section(Page, title);
}
