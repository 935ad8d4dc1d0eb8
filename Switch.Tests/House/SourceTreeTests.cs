namespace Switch.Tests.House;

/// <summary>Goal: a rule about a section reads that section and no other.</summary>
public class SourceTreeTests
{
    private const string Page = "# P\n\n## A\n\none\n\n### A.1\n\ntwo\n\n## B\n\nthree\n";

    [Theory]
    [InlineData("## A\n", "## A\n\none\n\n### A.1\n\ntwo\n\n")]
    [InlineData("### A.1", "### A.1\n\ntwo\n\n")]
    [InlineData("## B", "## B\n\nthree\n")]
    public void Section_OfAHeading_EndsAtTheNextOfItsLevelOrAbove(string heading, string text) =>
        Assert.Equal(text, SourceTree.Section(Page, heading));

    [Fact]
    public void Section_HeadingThatIsNotThere_Throws() =>
        Assert.Throws<InvalidOperationException>(() => SourceTree.Section(Page, "## C"));
}
