using System.Globalization;
using System.Text.Json;
using Switch.Protocol.Dialects;

namespace Switch.Host.Commands.Dialects;

/// <summary>One thing that two dialects state differently.</summary>
/// <param name="Place">Its path in a dialect's JSON: fields.41.format.</param>
/// <param name="From">What the first has; null: nothing.</param>
/// <param name="To">What the second has; null: nothing.</param>
internal sealed record StatedDifference(string Place, string? From, string? To);

/// <summary>What two dialects state differently, and what becomes of fields on the way between them.</summary>
/// <param name="From">The first one's name.</param>
/// <param name="To">The second one's name.</param>
/// <param name="Layout">Empty when both make the same bytes of the same message.</param>
/// <param name="There">What becomes of each field of the first on its way to the second.</param>
/// <param name="Back">The same from the second to the first.</param>
internal sealed record DialectDifference(
    string From, string To, IReadOnlyList<StatedDifference> Layout, IReadOnlyList<FieldTranslation> There,
    IReadOnlyList<FieldTranslation> Back)
{
    public bool IsEmpty => Layout.Count == 0;

    public static DialectDifference Between(Dialect from, Dialect to) => new(
        from.Name, to.Name, LayoutOf(from, to), DialectTranslation.Describe(from, to),
        DialectTranslation.Describe(to, from));

    private static List<StatedDifference> LayoutOf(Dialect from, Dialect to)
    {
        SortedDictionary<string, string> first = StatementsOf(from);
        SortedDictionary<string, string> second = StatementsOf(to);
        var differences = new List<StatedDifference>();
        foreach (string place in first.Keys.Union(second.Keys).Order(first.Comparer))
        {
            string? left = first.GetValueOrDefault(place);
            string? right = second.GetValueOrDefault(place);
            if (left != right)
            {
                differences.Add(new StatedDifference(place, left, right));
            }
        }

        return differences;
    }

    /// <summary>Everything that a dialect states, its name aside.</summary>
    private static SortedDictionary<string, string> StatementsOf(Dialect dialect)
    {
        using var document = JsonDocument.Parse(dialect.ToJson());
        var statements = new SortedDictionary<string, string>(PlaceOrder);
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            if (property.Name != "name")
            {
                Add(statements, property.Name, property.Value);
            }
        }

        return statements;
    }

    private static void Add(SortedDictionary<string, string> statements, string place, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            statements[place] = value.ToString();
            return;
        }

        foreach (JsonProperty property in value.EnumerateObject())
        {
            Add(statements, $"{place}.{property.Name}", property.Value);
        }
    }

    /// <summary>What concerns all fields first, then field by field; numbers by their size.</summary>
    private static readonly Comparer<string> PlaceOrder = Comparer<string>.Create((left, right) =>
    {
        string[] lefts = left.Split('.');
        string[] rights = right.Split('.');
        int order = (lefts[0] == "fields").CompareTo(rights[0] == "fields");
        for (int part = 0; order == 0 && part < Math.Min(lefts.Length, rights.Length); part++)
        {
            bool areNumbers = TryNumber(lefts[part], out int first) & TryNumber(rights[part], out int second);
            order = areNumbers ? first.CompareTo(second) : 0;
            order = order == 0 ? string.CompareOrdinal(lefts[part], rights[part]) : order;
        }

        return order == 0 ? lefts.Length.CompareTo(rights.Length) : order;
    });

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
