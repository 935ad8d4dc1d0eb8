using Switch.Benchmarks.Reference;

namespace Switch.Tests.House;

/// <summary>
/// Goal: the pages of docs/reference say what the program has. Method: they are made anew from the code and compared.
/// </summary>
public class ReferencePagesTests
{
    [Fact]
    public void Pages_MadeFromTheCode_AreThoseOfTheRepository() => Assert.All(ReferencePages.All(), static page =>
    {
        string path = Path.Combine(SourceTree.Root, page.Path);
        string text = File.Exists(path) ? File.ReadAllText(path) : "";

        Assert.True(text == page.Text, $"{page.Path} is not what the code says. Run: {ReferencePages.HowToMake}");
    });

    /// <summary>A page that lost its rows would still be equal to itself.</summary>
    [Theory]
    [InlineData("log-events.md", "| 3123 | Warning |")]
    [InlineData("metrics.md", "| `switch_breaker_open` | gauge | `issuer`: NAME |")]
    [InlineData("commands.md", "## switch journal verify")]
    [InlineData("commands.md", "| `--config`, `-c` |")]
    public void Pages_OfTheCode_HoldWhatIsKnownToBeThere(string page, string row) => Assert.Contains(
        row, ReferencePages.All().Single(one => one.Path.EndsWith(page, StringComparison.Ordinal)).Text);

    [Fact]
    public void Cell_OfTextWithBarsAndBreaks_IsOneCell() => Assert.Equal("a \\| b c", ReferencePages.Cell("a | b\nc"));
}
