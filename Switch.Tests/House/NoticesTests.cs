using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Switch.Tests.House;

/// <summary>
/// Goal: THIRD-PARTY-NOTICES.md names what is really used. Method: its rows against every package of the lock files,
/// read here with a JSON parser and not as the tool does; and the tool's own output against the page.
/// </summary>
public partial class NoticesTests
{
    private const string HowToMake = "Run: tools/third-party-notices > THIRD-PARTY-NOTICES.md";

    private static string Page => File.ReadAllText(Path.Combine(SourceTree.Root, "THIRD-PARTY-NOTICES.md"));

    [Fact]
    public void Page_Rows_AreThePackagesOfTheLockFiles()
    {
        string[] locked = [.. LockFiles().SelectMany(PackagesOf).Distinct().Order(StringComparer.Ordinal)];
        string[] rows = [.. Row().Matches(Page).Select(RowOf).Order(StringComparer.Ordinal)];

        Assert.True(locked.Length > 30, $"The lock files name {locked.Length} packages only.");
        Assert.True(locked.SequenceEqual(rows), $"{HowToMake}\n{string.Join('\n', Differences(locked, rows))}");
    }

    [Fact]
    public void Page_WhatIsCopiedIntoThePrograms_StandsInTheFirstTable()
    {
        string first = Page[..Page.IndexOf("## For building and testing", StringComparison.Ordinal)];
        string[] rows = [.. Row().Matches(first).Select(RowOf).Order(StringComparer.Ordinal)];
        string[] host = [.. PackagesOf(Path.Combine(SourceTree.Root, "Switch.Host", "packages.lock.json"))
            .Where(static package => !package.StartsWith("Microsoft.CodeAnalysis.", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

        Assert.Equal(host, rows);
    }

    /// <summary>Every licence of the first table has its text on the page, or is the repository's own.</summary>
    [Fact]
    public void Page_LicencesInThePrograms_HaveTheirTexts()
    {
        string first = Page[..Page.IndexOf("## For building and testing", StringComparison.Ordinal)];

        Assert.All(
            Row().Matches(first).Select(static row => row.Groups["licence"].Value).Distinct(),
            licence => Assert.True(
                licence == "Apache-2.0" || Page.Contains($"\n### {licence}\n", StringComparison.Ordinal),
                $"The text of the licence {licence} is not on the page: add it to tools/third-party-notices."));
    }

    [Fact]
    public async Task Tool_RunAnew_PrintsThePage()
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, WorkingDirectory = SourceTree.Root };
        start.ArgumentList.Add("tools/third-party-notices");
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
        Assert.True(output == Page, HowToMake);
    }

    private static IEnumerable<string> LockFiles() =>
        SourceTree.Files(".csproj").Select(static project => Path.Combine(
            SourceTree.Root, Path.GetDirectoryName(project.Path)!, "packages.lock.json"));

    private static IEnumerable<string> PackagesOf(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
        foreach (JsonProperty framework in document.RootElement.GetProperty("dependencies").EnumerateObject())
        {
            foreach (JsonProperty package in framework.Value.EnumerateObject())
            {
                // Our own projects stand there too, without a version that was resolved.
                if (package.Value.TryGetProperty("resolved", out JsonElement version))
                {
                    yield return $"{package.Name} {version.GetString()}";
                }
            }
        }
    }

    private static string RowOf(Match row) => $"{row.Groups["name"].Value} {row.Groups["version"].Value}";

    private static IEnumerable<string> Differences(string[] locked, string[] rows) =>
    [
        .. locked.Except(rows).Select(static package => $"not on the page: {package}"),
        .. rows.Except(locked).Select(static package => $"in no lock file: {package}"),
        .. rows.GroupBy(static row => row).Where(static same => same.Count() > 1)
            .Select(static same => $"twice on the page: {same.Key}"),
    ];

    [GeneratedRegex(
        @"^\| (?<name>[\w.]+) \| (?<version>\d[^ ]*) \| (?<licence>[^|]+) \| [^|]* \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
