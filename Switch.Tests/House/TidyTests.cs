using System.Reflection;
using Microsoft.Extensions.Logging;
using Switch.Host.Configuration;

namespace Switch.Tests.House;

/// <summary>
/// Goal: what the house asks of every file is asked by a machine. Method: each rule runs over the tree; and over one
/// file made to break it, because a rule that cannot fail is not a rule.
/// </summary>
public class TidyTests
{
    /// <summary>The two files that must name what they forbid.</summary>
    private static readonly string[] RuleFiles =
        [Path.Combine("Switch.Tests", "House", "TidyRules.cs"), Path.Combine("Switch.Tests", "House", "TidyTests.cs")];

    [Fact]
    public void Tree_WhereItIsRead_HoldsAllProjects()
    {
        string[] projects = [.. SourceTree.Files(".csproj").Select(file => file.Path)];

        Assert.Equal(5, projects.Length);
        Assert.True(SourceTree.Files(".cs").Count() > 100, "The tree has lost most of its files, or is read wrongly.");
    }

    [Fact]
    public void Lines_OfCode_FitTheScreen() => AssertTidy(TidyRules.LongLines, ".cs");

    [Fact]
    public void Lines_OfAnyText_HaveNoTrailingSpaces() =>
        AssertTidy(TidyRules.TrailingSpaces, ".cs", ".csproj", ".props", ".json", ".md", ".sh");

    [Fact]
    public void Files_OfCode_FitOneMind() => AssertTidy(TidyRules.LongFiles, ".cs");

    [Fact]
    public void Files_OfAnyText_HaveNoOpenEnds() => AssertTidy(TidyRules.OpenEnds, ".cs", ".md", ".sh", ".props");

    [Fact]
    public void Files_OfAnyText_SayWhoIsMeant()
    {
        string[] complaints =
        [
            .. SourceTree.Files(".cs", ".csproj", ".json", ".md", ".props", ".sh", ".sql", ".txt", ".yml", "")
                .SelectMany(TidyRules.UnclearWords),
        ];

        Assert.True(complaints.Length == 0, string.Join(Environment.NewLine, complaints));
    }

    [Fact]
    public void Tests_Never_Sleep() => AssertTidy(TidyRules.Sleeps, ".cs");

    [Fact]
    public void Pointers_OfTheCoreAndTheCodec_AreInOneFile() => AssertTidy(TidyRules.UnsafeCode, ".cs");

    [Fact]
    public void Namespaces_Always_AreTheFolder() => AssertTidy(TidyRules.Namespaces, ".cs");

    [Fact]
    public void Packages_Always_HaveAReason() => AssertTidy(TidyRules.PackagesWithoutReason, ".props");

    [Fact]
    public void LogEvents_InAllRooms_HaveUniqueIds()
    {
        int[] ids = [.. LogEventIds(typeof(SwitchOptions).Assembly)];

        Assert.NotEmpty(ids);
        Assert.Equal([], ids.GroupBy(id => id).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    /// <summary>Each rule, given a file that breaks it and nothing else, complains once.</summary>
    [Fact]
    public void Rules_GivenWhatTheyForbid_Complain()
    {
        static SourceFile Test(string text) => new(Path.Combine("Switch.Tests", "House", "Broken.cs"), text);

        Assert.Single(TidyRules.LongLines(Test(new string('x', 121))));
        Assert.Empty(TidyRules.LongLines(Test(new string('x', 120))));
        Assert.Single(TidyRules.TrailingSpaces(Test("a \nb")));
        Assert.Single(TidyRules.TrailingSpaces(Test("a\r\nb")));
        Assert.Single(TidyRules.LongFiles(Test(new string('\n', 500))));
        Assert.Empty(TidyRules.LongFiles(Test(new string('\n', 499))));
        Assert.Single(TidyRules.OpenEnds(Test("// TODO: later")));
        Assert.Single(TidyRules.OpenEnds(Test("throw new NotImplementedException();")));
        Assert.Single(TidyRules.UnclearWords(Test("// No" + "body waits.")));
        Assert.Single(TidyRules.UnclearWords(Test("// for who" + "ever asks")));
        Assert.Empty(TidyRules.UnclearWords(Test("// The body of no one who waits, ever.")));
        Assert.Single(TidyRules.Sleeps(Test("await Task.Delay(10);")));
        Assert.Single(TidyRules.Sleeps(Test("Thread.Sleep(10);")));
        Assert.Empty(TidyRules.Sleeps(new SourceFile(Path.Combine("Switch.Host", "Link.cs"), "await Task.Delay(10);")));
        Assert.Empty(TidyRules.Sleeps(
            new SourceFile(Path.Combine("Switch.Tests", "Support", "Rig.cs"), "await Task.Delay(10);")));
        Assert.Single(TidyRules.UnsafeCode(Test("private uns" + "afe int Read() => 1;")));
        Assert.Single(TidyRules.Namespaces(Test("namespace Switch.Tests;")));
        Assert.Empty(TidyRules.Namespaces(Test("namespace Switch.Tests.House;")));
        Assert.Single(TidyRules.PackagesWithoutReason(Test("<ItemGroup>\n<PackageVersion Include=\"x\" />")));
        Assert.Empty(TidyRules.PackagesWithoutReason(Test("<!-- why -->\n<PackageVersion Include=\"x\" />")));
    }

    private static IEnumerable<int> LogEventIds(Assembly assembly) => assembly.GetTypes()
        .SelectMany(type => type.GetMethods(
            BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId)
        .OfType<int>();

    private static void AssertTidy(Func<SourceFile, IEnumerable<string>> rule, params string[] extensions)
    {
        string[] complaints = [.. SourceTree.Files(extensions)
            .Where(file => !RuleFiles.Contains(file.Path))
            .SelectMany(rule)];

        Assert.True(complaints.Length == 0, string.Join(Environment.NewLine, complaints));
    }
}
