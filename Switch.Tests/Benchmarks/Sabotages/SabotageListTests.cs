using System.Reflection;
using Switch.Benchmarks.Sabotages;
using Switch.Tests.House;

namespace Switch.Tests.Benchmarks.Sabotages;

/// <summary>
/// Goal: the lists of sabotages do not rot. Method: every patch is applied to the source as it stands, and every test
/// that is to catch one is looked up; and the reader is shown what it must refuse.
/// </summary>
public sealed class SabotageListTests
{
    private const string Whole = """
        # forget-it
        It is forgotten.
        caught by world: I10 I12
        in a.cs
        <<<<
        two
        ====
        zwei
        >>>>
        """;

    private static readonly IReadOnlyList<Sabotage> All = SabotageList.Read(SourceTree.Root);

    [Fact]
    public void Lists_AsTheyStand_ApplyToTheSource()
    {
        var complaints = new List<string>();
        foreach (Sabotage sabotage in All)
        {
            try
            {
                sabotage.Apply(file => File.ReadAllText(Path.Combine(SourceTree.Root, file)));
            }
            catch (SabotageException complaint)
            {
                complaints.Add(complaint.Message);
            }
        }

        Assert.Empty(complaints);
    }

    [Fact]
    public void Lists_AsTheyStand_NameEachSabotageOnce() =>
        Assert.Empty(All.GroupBy(static one => one.Name).Where(static group => group.Count() > 1)
            .Select(static group => group.Key));

    [Fact]
    public void Lists_AsTheyStand_NameTestsThatThereAre()
    {
        string[] tests =
        [
            .. typeof(SabotageListTests).Assembly.GetTypes()
                .SelectMany(static type => type.GetMethods(
                    BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
                .Where(static method => method.GetCustomAttribute<FactAttribute>() is not null)
                .Select(static method => $"{method.DeclaringType!.Name}.{method.Name}"),
        ];

        Assert.DoesNotContain(All.Select(static one => one.Test), test => test.Length > 0 && !tests.Contains(test));
    }

    [Fact]
    public void Sample_OfAllDays_HoldsAll()
    {
        IEnumerable<Sabotage> drawn = Enumerable.Range(20_000, All.Count)
            .SelectMany(static day => SabotageBench.Sample(All, 2, day));

        Assert.Equal(All.Count, drawn.Distinct().Count());
    }

    [Fact]
    public void Parse_Whole_GivesAllOfIt()
    {
        Sabotage sabotage = Assert.Single(SabotageList.Parse("area", Whole));

        Assert.Equal(("forget-it", "area", "It is forgotten."), (sabotage.Name, sabotage.Area, sabotage.What));
        Assert.Equal(["I10", "I12"], sabotage.Invariants);
        Assert.Equal("one\nzwei\nthree\n", sabotage.Apply(static _ => "one\ntwo\nthree\n")["a.cs"]);
    }

    [Theory]
    [InlineData("one\nthree\n", "not in a.cs any more")]
    [InlineData("one\ntwo x\n", "not in a.cs any more")]
    [InlineData("two\none\ntwo\n", "more than once")]
    public void Apply_TextNotThereOnce_IsRefused(string source, string complaint)
    {
        Sabotage sabotage = SabotageList.Parse("area", Whole)[0];

        SabotageException refusal = Assert.Throws<SabotageException>(() => sabotage.Apply(_ => source));

        Assert.Contains(complaint, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("It is forgotten.\n", "")]
    [InlineData("caught by world: I10 I12\n", "")]
    [InlineData("caught by world", "caught by test: A.B\ncaught by world")]
    [InlineData("zwei", "two")]
    [InlineData(">>>>", "")]
    [InlineData("====\n", "")]
    [InlineData("# forget-it", "forget it")]
    public void Parse_NotWhole_IsRefused(string there, string instead)
    {
        string text = Whole.Replace(there, instead, StringComparison.Ordinal);

        Assert.Throws<SabotageException>(() => SabotageList.Parse("area", text));
    }
}
