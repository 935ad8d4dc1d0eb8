using Switch.Host.Configuration;

namespace Switch.Tests.Host.Configuration;

/// <summary>Framings, headers and partners' dialects in a configuration.</summary>
public sealed class WireRulesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("switch-dialects-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("etx", null)]
    [InlineData("stx-etx+tpdu", "6000010003")]
    [InlineData("len4-binary+tpdu", null)]
    [InlineData("len2", "ISO025000077")]
    [InlineData("vap", "hex:16010200")]
    public void Validate_FramingWithItsHeader_IsAccepted(string framing, string? header)
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.With(
            ("Acquirers:0:Framing", framing), ("Acquirers:0:Header", header));

        Assert.Empty(errors.All);
    }

    /// <summary>What the switch may compose must be what it can send.</summary>
    [Theory]
    [InlineData("len2", 65_535, true)]
    [InlineData("len2+tpdu", 65_535, false)]
    [InlineData("len4-ascii", 9_999, true)]
    [InlineData("len4-ascii", 10_000, false)]
    [InlineData("len2-bcd", 10_000, false)]
    public void Validate_MessageLongerThanTheLengthCanState_IsRefused(string framing, int sizeMax, bool isAccepted)
    {
        (_, ConfigurationErrors errors) = SampleConfiguration.With(
            ("Issuers:0:Framing", framing), ("Limits:MessageSizeMax", $"{sizeMax}"));

        Assert.Equal(isAccepted ? [] : ["Switch:Issuers:0:Framing"], errors.All.Select(error => error.Path));
    }

    [Fact]
    public void Build_DialectsOfFiles_AreSpoken()
    {
        string one = Write("one.json", """{ "name": "one", "extends": "iso87-binary", "fields": { "58": null } }""");
        string two = Write("two.json", """{ "name": "two", "extends": "one", "fields": { "59": null } }""");
        (SwitchOptions options, ConfigurationErrors errors) = SampleConfiguration.With(
            ("Dialects:0", one), ("Dialects:1", two), ("Issuers:0:Dialect", "two"), ("Acquirers:0:Dialect", "one"),
            ("Issuers:0:Framing", "len4-ascii+tpdu"));

        Assert.Empty(errors.All);
        CompiledConfiguration built = CoreConfigurationBuilder.Build(options, SampleConfiguration.Place);
        Assert.Equal("two", built.Core.Issuers[0].Dialect.Name);
        Assert.False(built.Core.Issuers[0].Dialect.Defined.Contains(58));
        Assert.Equal("one", built.Core.Acquirers[0].Dialect.Name);
    }

    /// <summary>Every mistake of every file, each with the path of its place.</summary>
    [Fact]
    public void Validate_DialectsWithMistakes_ListsThemAll()
    {
        string good = Write("good.json", """{ "name": "good", "extends": "iso87-ascii" }""");
        string bad = Write(
            "bad.json",
            """{ "name": "bad", "extends": "good", "colour": 1, "fields": { "4": { "format": "q 1" } } }""");
        string again = Write("again.json", """{ "name": "good", "extends": "iso87-ascii" }""");

        (_, ConfigurationErrors errors) = SampleConfiguration.With(
            ("Dialects:0", good), ("Dialects:1", bad), ("Dialects:2", again), ("Dialects:3", "nowhere.json"));

        Assert.Equal(
            ["Switch:Dialects:1", "Switch:Dialects:1", "Switch:Dialects:2", "Switch:Dialects:3"],
            errors.All.Select(error => error.Path));
        Assert.Contains("has a mistake at colour:", errors.All[0].Problem, StringComparison.Ordinal);
        Assert.Contains("has a mistake at fields.4.format:", errors.All[1].Problem, StringComparison.Ordinal);
        Assert.Contains("is taken", errors.All[2].Problem, StringComparison.Ordinal);
        Assert.Contains("cannot be read", errors.All[3].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_BuiltInFileOrNeither_FindsOrSaysWhy()
    {
        string file = Write("mine.json", """{ "name": "mine", "extends": "iso93-ascii" }""");
        string bad = Write("bad.json", """{ "name": "bad" }""");

        Assert.Equal("base24", DialectFiles.Find("base24").Name);
        Assert.Equal("mine", DialectFiles.Find(file).Name);
        Assert.Contains("iso87-ascii", Assert.Throws<ArgumentException>(() => DialectFiles.Find("x")).Message);
        Assert.Contains("version:", Assert.Throws<ArgumentException>(() => DialectFiles.Find(bad)).Message);
    }

    private string Write(string name, string json)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, json);
        return path;
    }
}
