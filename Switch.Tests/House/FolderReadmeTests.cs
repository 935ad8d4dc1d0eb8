using System.Reflection;
using System.Text.RegularExpressions;

namespace Switch.Tests.House;

/// <summary>
/// Goal: the README of a folder that has an invariant names what really holds it. Method: each row of its table names a
/// test class with a test in it, or a test.
/// </summary>
public partial class FolderReadmeTests
{
    private static readonly string[] Folders =
    [
        "Switch.Host/Core", "Switch.Host/Journal", "Switch.Host/Simulators/World", "Switch.Protocol", "Switch.Routing",
        "Switch.Routing/Journal", "Switch.Routing/Records",
    ];

    private static readonly HashSet<string> Classes =
    [
        .. typeof(FolderReadmeTests).Assembly.GetTypes()
            .Where(static type => type.GetMethods().Any(
                static method => method.GetCustomAttribute<FactAttribute>() is not null))
            .Select(static type => type.Name),
    ];

    [Fact]
    public void Readmes_OfFoldersWithAnInvariant_NameTestsThatExist() => Assert.All(Folders, static folder =>
    {
        string text = File.ReadAllText(Path.Combine(SourceTree.Root, folder, "README.md"));
        string[] names = [.. TestClass().Matches(text).Select(static match => match.Groups["name"].Value)];

        Assert.NotEmpty(names);
        Assert.Equal([], names.Where(static name => !Classes.Contains(name)));
    });

    [Fact]
    public void Readmes_EachInvariant_HasWhatHoldsIt() => Assert.All(Folders, static folder =>
    {
        string text = File.ReadAllText(Path.Combine(SourceTree.Root, folder, "README.md"));
        string table = text[text.IndexOf("| Invariant | Held by |", StringComparison.Ordinal)..];
        string[] rows = [.. table.Split('\n').Skip(2)
            .TakeWhile(static line => line.StartsWith("| ", StringComparison.Ordinal))];

        Assert.True(rows.Length >= 3, $"{folder}: {rows.Length} invariants");
        Assert.Equal([], rows.Where(static row => !HeldBy().IsMatch(row)));
    });

    [GeneratedRegex(@"`(?<name>\w+Tests)`")]
    private static partial Regex TestClass();

    [GeneratedRegex(@"`\w+Tests`|\(the build\)")]
    private static partial Regex HeldBy();
}
