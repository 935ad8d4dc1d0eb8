using Switch.Benchmarks.Folders;

namespace Switch.Tests.House;

/// <summary>
/// Goal: folders import downward only, so each can be read and changed with what is below it in mind and nothing else.
/// Method: the graph of the compiled assemblies against the floors that the architecture page lists; planted knots show
/// that the graph sees them.
/// </summary>
public class FolderGraphTests
{
    private const string Planted = "Switch.Tests.House.Planted";

    private static readonly string ThisAssembly = typeof(FolderGraphTests).Assembly.Location;

    [Theory]
    [InlineData("Switch.Protocol")]
    [InlineData("Switch.Routing")]
    [InlineData("Switch.Host")]
    public void Page_FloorsOfAProject_AreWhatItsFoldersImport(string project)
    {
        FolderGraph graph = GraphOf(project);
        string[] lines = FolderRules.FloorsOnPage(project);
        string[] floors = FoldersOnPage(project);

        Assert.Empty(graph.Complaints(floors));
        Assert.Empty(graph.Knots());
        // When this fails: dotnet run --project Switch.Benchmarks -c Release -- folders --project NAME
        Assert.Equal(floors.Select(graph.Line), lines);
    }

    [Theory]
    [InlineData("Switch.Protocol")]
    [InlineData("Switch.Routing")]
    [InlineData("Switch.Host")]
    public void Sources_LinesOfUsing_PointDownward(string project)
    {
        SourceFile[] files =
        [
            .. SourceTree.Files(".cs")
                .Where(file => file.Path.StartsWith(project + Path.DirectorySeparatorChar, StringComparison.Ordinal)),
        ];
        IReadOnlyList<string> floors = FoldersOnPage(project);

        string[] complaints = [.. FolderRules.UpwardUsings(project, floors, files)];

        Assert.NotEmpty(files);
        Assert.Empty(complaints);
    }

    [Fact]
    public void Graph_KnotOfSignatures_IsFound() =>
        Assert.Contains(["Left", "Right"], FolderGraph.Read(ThisAssembly, Planted).Knots());

    /// <summary>A lambda of an async method is a type within a type that the compiler made.</summary>
    [Fact]
    public void Graph_KnotWithinABody_IsFoundAndExplained()
    {
        FolderGraph graph = FolderGraph.Read(ThisAssembly, Planted);

        Assert.Contains(["Lower", "Upper"], graph.Knots());
        Assert.Equal(2, graph.Knots().Count);
        Assert.Contains(new FolderUse("Lower", "Callee.CountAsync", "Upper", "Caller"), graph.Why("Lower", "Upper"));
    }

    [Fact]
    public void Complaints_OfAKnot_NameBothFoldersAndTheReason()
    {
        FolderGraph graph = FolderGraph.Read(ThisAssembly, Planted);

        string[] complaints = [.. graph.Complaints(["Upper", "Lower", "Left", "Right", "Bottom"])];

        Assert.Equal(
            [
                "Lower imports Upper, which stands above it: Callee.CountAsync -> Caller",
                "Right imports Left, which stands above it: RightHand..ctor -> LeftHand",
            ],
            complaints);
    }

    [Fact]
    public void Complaints_OfAListThatIsNotTheTree_NameTheFolders() =>
        Assert.Equal(
            ["Left is not in the list.", "Attic is in the list and has no types."],
            FolderGraph.Read(ThisAssembly, Planted)
                .Complaints(["Upper", "Attic", "Lower", "Right", "Bottom"])
                .Where(static complaint => !complaint.Contains("imports", StringComparison.Ordinal)));

    [Fact]
    public void Floors_WithoutAKnot_StandAboveWhatTheyImport()
    {
        var graph = new FolderGraph(
            ["A", "B", "C"], [new FolderUse("A", "One", "B", "Two"), new FolderUse("C", "Three", "A", "One")]);

        Assert.Equal(["C", "A", "B"], graph.Floors());
        Assert.Empty(graph.Knots());
        Assert.Empty(graph.Complaints(graph.Floors()));
    }

    /// <summary>A knot of constants is in no assembly; its lines are in the sources.</summary>
    [Fact]
    public void UpwardUsings_OfASourceThatPointsUpward_AreFound()
    {
        var file = new SourceFile("Lower/Callee.cs", "using Switch.Host.Upper;\n\nnamespace Switch.Host.Lower.Deep;\n");

        Assert.Single(FolderRules.UpwardUsings("Switch.Host", [".", "Upper", "Lower", "Lower/Deep"], [file]));
        Assert.Empty(FolderRules.UpwardUsings("Switch.Host", ["Lower/Deep", "Lower", "Upper"], [file]));
    }

    [Fact]
    public void Command_AboutAnEdge_PrintsItsReasons()
    {
        using var output = new StringWriter();

        int code = FoldersCommand.Run(["Switch.Protocol"], ["Framing", "Messages"], output);
        int listed = FoldersCommand.Run(["Switch.Protocol"], null, output);

        Assert.Equal(0, code);
        Assert.Equal(0, listed);
        Assert.StartsWith("Switch.Protocol", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("\nFraming:", output.ToString(), StringComparison.Ordinal);
    }

    private static string[] FoldersOnPage(string project) =>
        [.. FolderRules.FloorsOnPage(project).Select(static line => line.Split(':')[0])];

    private static FolderGraph GraphOf(string project) =>
        FolderGraph.Read(FoldersCommand.Projects[project], project);
}
