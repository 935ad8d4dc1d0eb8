using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Switch.Host.Commands.Common;
using Switch.Protocol.Dialects;

namespace Switch.Host.Commands.Dialects;

/// <summary>Prints a <see cref="DialectDifference"/>: tables for people, one line of JSON for scripts.</summary>
internal static class DialectDifferenceReport
{
    private const string AsItIs = "as it is";

    public static void Write(TextWriter output, DialectDifference difference, bool json)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(difference, CommonOptions.JsonFormat));
            return;
        }

        WriteLayout(output, difference);
        WriteWay(output, difference.From, difference.To, difference.There);
        WriteWay(output, difference.To, difference.From, difference.Back);
    }

    private static void WriteLayout(TextWriter output, DialectDifference difference)
    {
        if (difference.IsEmpty)
        {
            output.WriteLine($"{difference.From} and {difference.To} state the same.");
            return;
        }

        output.WriteLine($"{difference.Layout.Count} differences:");
        Table table = Columns("place", difference.From, difference.To);
        foreach (StatedDifference one in difference.Layout)
        {
            string place = one.Place.StartsWith("fields.", StringComparison.Ordinal)
                ? one.Place["fields.".Length..]
                : one.Place;
            table.AddRow(Cell.Of(place), Cell.Of(Shown(one.From)), Cell.Of(Shown(one.To)));
        }

        CommonOptions.ConsoleOn(output).Write(table);
    }

    private static string Shown(string? stated) => stated switch
    {
        null => "-",
        " " => "space",
        _ => stated,
    };

    private static void WriteWay(TextWriter output, string from, string to, IReadOnlyList<FieldTranslation> fields)
    {
        FieldTranslation[] dropped = [.. fields.Where(field => !field.IsCarried)];
        FieldTranslation[] changed =
            [.. fields.Where(field => field.IsCarried && (field.Rule != AsItIs || field.From != field.To))];
        int same = fields.Count - dropped.Length - changed.Length;
        output.WriteLine();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"From {from} to {to}: {same} fields as they are, {changed.Length} by a rule, {dropped.Length} dropped."));
        WriteFields(output, "by rule", changed);
        WriteFields(output, "dropped", dropped);
    }

    private static void WriteFields(TextWriter output, string title, FieldTranslation[] fields)
    {
        if (fields.Length == 0)
        {
            return;
        }

        // Fields that share a rule share a line: most of what is dropped is so for one of few reasons.
        Table table = Columns(title, "rule");
        foreach (IGrouping<string, FieldTranslation> group in fields.GroupBy(field => field.Rule))
        {
            string numbers = string.Join(", ", group.Select(static field =>
                field.IsCarried && field.From != field.To
                    ? string.Create(CultureInfo.InvariantCulture, $"{field.From} as {field.To}")
                    : field.From.ToString(CultureInfo.InvariantCulture)));
            table.AddRow(Cell.Of(numbers), Cell.Of(group.Key));
        }

        CommonOptions.ConsoleOn(output).Write(table);
    }

    private static Table Columns(params string[] titles)
    {
        var table = new Table { Border = TableBorder.None };
        foreach (string title in titles)
        {
            table.AddColumn(new TableColumn(Cell.Of(title)));
        }

        return table;
    }
}
