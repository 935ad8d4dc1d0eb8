using System.Globalization;
using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Tests.House;

namespace Switch.Tests.Protocol.Editions;

/// <summary>The tables of docs/connecting/translation.md are those of the code, row by row.</summary>
public class TranslationPageTests
{
    private static readonly string[] Page =
        File.ReadAllLines(Path.Combine(SourceTree.Root, "docs", "connecting", "translation.md"));

    [Fact]
    public void Reading_OfActionCodes_IsTheCodes() =>
        Assert.Equal(ResponseCodes.Reading.Select(row => $"{row.Action}={row.Code}"), Block("action codes read"));

    [Fact]
    public void Writing_OfActionCodes_IsTheCodes() =>
        Assert.Equal(ResponseCodes.Writing.Select(row => $"{row.Code}={row.Action}"), Block("action codes written"));

    [Fact]
    public void NetworkCodes_AreTheCodes() => Assert.Equal(
        NetworkCodes.Functions.Select(row => string.Create(
            CultureInfo.InvariantCulture, $"{row.Function}={row.Code:D3}")),
        Block("network codes"));

    [Fact]
    public void EntryModes_AreTheCodes() => Assert.Equal(
        PosData.Entries.Select(row => $"{row.Code}={row.Mode}/{(uint)row.Reading:X}"), Block("entry modes"));

    [Fact]
    public void Conditions_AreTheCodes() => Assert.Equal(
        PosData.Conditions.Select(row =>
            $"{row.Code}={row.Environment}{row.Cardholder}{row.Card}/{(uint)row.Place:X}"),
        Block("conditions"));

    [Theory]
    [InlineData("iso87-ascii", "iso93-ascii")]
    [InlineData("iso93-ascii", "iso87-ascii")]
    [InlineData("iso87-ascii", "iso03-ascii")]
    [InlineData("iso03-ascii", "iso87-ascii")]
    public void Dropped_FromOneEditionToAnother_IsWhatTheCodeDrops(string from, string to)
    {
        IEnumerable<string> dropped = DialectTranslation.Describe(Dialect.Get(from), Dialect.Get(to))
            .Where(field => !field.IsCarried)
            .Select(field => field.From.ToString(CultureInfo.InvariantCulture));

        Assert.Equal(dropped, Block($"dropped {from} {to}"));
    }

    private static string[] Block(string name)
    {
        int start = Array.IndexOf(Page, $"```{name}");
        Assert.True(start >= 0, name);
        int end = Array.IndexOf(Page, "```", start);
        return string.Join(' ', Page[(start + 1)..end]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }
}
