using Switch.Host.Commands.Common;
using Switch.Protocol.Composites;
using Switch.Protocol.Fields;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Commands.Dialects;

/// <summary>
/// Goal: no attribute of a jPOS packager is passed over in silence. Method: descriptions in which one attribute is
/// unusual, and what becomes of it.
/// </summary>
public sealed class JposImportTests : IDisposable
{
    private const string Header = """
        <isofield id="0" length="4" name="MTI" class="org.jpos.iso.IFA_NUMERIC"/>
        <isofield id="1" length="16" name="Bitmap" class="org.jpos.iso.IFA_BITMAP"/>
        """;

    private const string Generic = "org.jpos.iso.packager.GenericPackager";

    private readonly ImportRig _rig = new();

    public void Dispose() => _rig.Dispose();

    /// <summary>A validating parser takes the spaces around names of classes away.</summary>
    [Fact]
    public async Task Import_ClassWithSpaces_IsKnown()
    {
        CommandRun run = await CommandRun.OfAsync(
            "dialect", "import", "jpos", Cases.PathOf("jpos-class-trailing-space.xml"));

        Assert.Empty(run.Error);
        Assert.Equal("n 6", ImportRig.Read(run)[11]!.Format);
    }

    [Fact]
    public async Task Import_NumberTwice_TakesTheLastAndSaysSo()
    {
        CommandRun same = await CommandRun.OfAsync(
            "dialect", "import", "jpos", Cases.PathOf("jpos-duplicate-id.xml"));
        CommandRun other = await _rig.RunAsync("jpos", $"""
            <isopackager>{Header}
              <isofield id="11" length="6" name="First" class="com.partner.Unknown"/>
              <isofield id="11" length="8" name="Last" class="org.jpos.iso.IF_CHAR"/>
            </isopackager>
            """);

        Assert.Equal("Warning: line 5, id 11: is given twice: the last one is used", same.Error.Trim());
        Assert.Equal("n 6", ImportRig.Read(same)[11]!.Format);
        Assert.Contains("id 11: is given twice: the last one is used", other.Error, StringComparison.Ordinal);
        Assert.Equal("ans 8", ImportRig.Read(other)[11]!.Format);
    }

    /// <summary>A field with a message of its own in it: the bitmap stands at 1, as wide as a message's.</summary>
    [Theory]
    [InlineData("8", "IFA_BITMAP", "")]
    [InlineData("16", "IFA_BITMAP", "")]
    [InlineData("16", "IFA_BITMAP", " emitBitmap=\"true\" bitmapField=\"1\" firstField=\"2\" maxValidField=\"64\"")]
    public async Task Import_NestedBitmapAtOne_Divides(string length, string type, string attributes)
    {
        CommandRun run = await _rig.RunAsync("jpos", $"""
            <isopackager>{Header}
              <isofieldpackager id="127" length="999" name="Private" class="org.jpos.iso.IFA_LLLCHAR"
                  packager="{Generic}"{attributes}>
                <isofield id="1" length="{length}" name="Bitmap" class="org.jpos.iso.{type}"/>
                <isofield id="2" length="3" name="Key" class="org.jpos.iso.IF_CHAR"/>
                <isofield id="3" length="2" name="Code" class="org.jpos.iso.IF_CHAR"/>
              </isofieldpackager>
            </isopackager>
            """);

        Assert.Empty(run.Error);
        CompositeSpec composite = ImportRig.Read(run)[127]!.Composite!;
        byte[] bytes = [.. "6000000000000000KEY42"u8];
        Assert.True(CompositeTree.TryRead(composite, bytes, isBytes: false, out IReadOnlyList<CompositePart> parts));
        Assert.Equal(["2=KEY", "3=42"], parts.Select(part => $"{part.Key}={part.Text}"));
    }

    /// <summary>An attribute by which other bytes would be read leaves the field whole.</summary>
    [Theory]
    [InlineData("emitBitmap=\"false\"", "a bitmap, with an emitBitmap of false")]
    [InlineData("bitmapField=\"0\"", "a bitmap, with a bitmapField of 0")]
    [InlineData("firstField=\"1\"", "a firstField of 1 behind a bitmap in sub-field 1")]
    [InlineData("thirdBitmapField=\"65\"", "a third bitmap in a field of its own")]
    [InlineData("headerLength=\"4\"", "a header of 4 bytes in front of its sub-fields")]
    [InlineData("params=\"x\"", "its packager is made with params")]
    public async Task Import_NestedAttributeThatCannotBeSaid_IsNamed(string attribute, string expected)
    {
        CommandRun run = await _rig.RunAsync("jpos", $"""
            <isopackager>{Header}
              <isofieldpackager id="127" length="999" class="org.jpos.iso.IFA_LLLCHAR"
                  packager="{Generic}" {attribute}>
                <isofield id="1" length="8" class="org.jpos.iso.IFA_BITMAP"/>
                <isofield id="2" length="3" class="org.jpos.iso.IF_CHAR"/>
              </isofieldpackager>
            </isopackager>
            """);

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Contains(expected, Assert.Single(ImportRig.WarningsOf(run)), StringComparison.Ordinal);
        Assert.Null(ImportRig.Read(run)[127]!.Composite);
    }

    [Theory]
    [InlineData("emitBitmap=\"true\"", "12", "emitBitmap is not false, and no bitmap is described")]
    [InlineData("", "12", "emitBitmap is not false, and no bitmap is described")]
    [InlineData("emitBitmap=\"false\" firstField=\"2\"", "12", "a firstField of 2, where 1 is the first")]
    [InlineData("emitBitmap=\"false\"", "9999", "a sub-field beyond 512")]
    public async Task Import_NestedWithoutBitmap_IsNamedWhereItCannotBe(
        string attributes, string last, string expected)
    {
        CommandRun run = await _rig.RunAsync("jpos", $"""
            <isopackager>{Header}
              <isofieldpackager id="48" length="99" class="org.jpos.iso.IFA_LLCHAR" packager="{Generic}" {attributes}>
                <isofield id="1" length="3" class="org.jpos.iso.IF_CHAR"/>
                <isofield id="{last}" length="3" class="org.jpos.iso.IF_CHAR"/>
              </isofieldpackager>
            </isopackager>
            """);

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Contains(expected, Assert.Single(ImportRig.WarningsOf(run)), StringComparison.Ordinal);
    }

    /// <summary>What changes no byte is warned of; what may change them is refused.</summary>
    [Theory]
    [InlineData("trim=\"true\"", "trim is not used", false)]
    [InlineData("token=\"AB\"", "the attribute token is not supported, or has no meaning", false)]
    [InlineData("emitBitmap=\"true\"", "the attribute emitBitmap is not supported, or has no meaning", false)]
    [InlineData("colour=\"red\"", "the attribute colour is not supported", false)]
    [InlineData("pad=\"yes\"", "pad is neither true nor false", false)]
    [InlineData("params=\"x\"", "its class is made with params", true)]
    [InlineData("encoding=\"ASCII\"", "its class is made with params, or has an encoding", true)]
    public async Task Import_AttributeOfAField_IsNamed(string attribute, string expected, bool isRefused)
    {
        CommandRun run = await _rig.RunAsync("jpos", $"""
            <isopackager>{Header}
              <isofield id="41" length="8" class="org.jpos.iso.IF_CHAR" {attribute}/>
            </isopackager>
            """);

        Assert.Equal(isRefused ? ExitCode.Usage : ExitCode.Done, run.Code);
        Assert.Contains($"id 41: {expected}", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bitmapField=\"2\"", "a message without a bitmap in field 1", true)]
    [InlineData("firstField=\"1\"", "or fields before the second", true)]
    [InlineData("thirdBitmapField=\"65\"", "a third bitmap that stands as field 65", true)]
    [InlineData("headerLength=\"12\"", "the header of 12 bytes", false)]
    [InlineData("maxValidField=\"40\"", "is beyond the maxValidField of 40", false)]
    [InlineData("colour=\"red\"", "the attribute colour is not supported", false)]
    public async Task Import_AttributeOfTheWhole_IsNamed(string attribute, string expected, bool isRefused)
    {
        CommandRun run = await _rig.RunAsync("jpos", $"""
            <isopackager {attribute}>{Header}
              <isofield id="41" length="8" class="org.jpos.iso.IF_CHAR"/>
            </isopackager>
            """);

        Assert.Equal(isRefused ? ExitCode.Usage : ExitCode.Done, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("8", "fields.90: beyond a bitmap of 8 bytes that announces no other")]
    [InlineData("32", "a bitmap of 32 bytes")]
    public async Task Import_BitmapOfOtherLength_IsRefused(string length, string expected)
    {
        CommandRun run = await _rig.RunAsync("jpos", $"""
            <isopackager>
              {Header.Replace("length=\"16\"", $"length=\"{length}\"", StringComparison.Ordinal)}
              <isofield id="90" length="42" class="org.jpos.iso.IFA_NUMERIC"/>
            </isopackager>
            """);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    /// <summary>What stands inside a field that is not divided would be lost.</summary>
    [Fact]
    public async Task Import_ElementsInsideAField_AreRefused()
    {
        CommandRun run = await _rig.RunAsync("jpos", $"""
            <isopackager>{Header}
              <isofield id="41" length="8" class="org.jpos.iso.IF_CHAR"><isofield id="1"/></isofield>
            </isopackager>
            """);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("id 41: an isofield with elements inside", run.Error, StringComparison.Ordinal);
    }

    /// <summary>A file of nothing but mistakes is not printed to its end.</summary>
    [Fact]
    public async Task Import_ManyMistakes_AreCounted()
    {
        string fields = string.Concat(Enumerable.Range(2, 60_000).Select(id => $"<isofield id=\"{id}\"/>\n"));

        CommandRun run = await _rig.RunAsync("jpos", $"<isopackager>{Header}{fields}</isopackager>");

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.InRange(run.Error.Split('\n').Length, 200, 210);
        Assert.Contains("and 59800 more", run.Error, StringComparison.Ordinal);
    }
}
