using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Switch.Protocol.Editions;

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

    private static void WriteWay(TextWriter output, string from, string to, IReadOnlyList<FieldPassage> passages)
    {
        FieldPassage[] dropped = [.. passages.Where(passage => !passage.IsCarried)];
        FieldPassage[] changed =
            [.. passages.Where(passage => passage.IsCarried && (passage.Rule != AsItIs || passage.From != passage.To))];
        int same = passages.Count - dropped.Length - changed.Length;
        output.WriteLine();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"From {from} to {to}: {same} fields as they are, {changed.Length} by a rule, {dropped.Length} dropped."));
        WritePassages(output, "by rule", changed);
        WritePassages(output, "dropped", dropped);
    }

    private static void WritePassages(TextWriter output, string title, FieldPassage[] passages)
    {
        if (passages.Length == 0)
        {
            return;
        }

        // Fields that share a rule share a line: most of what is dropped is so for one of few reasons.
        Table table = Columns(title, "rule");
        foreach (IGrouping<string, FieldPassage> group in passages.GroupBy(passage => passage.Rule))
        {
            string fields = string.Join(", ", group.Select(static passage =>
                passage.IsCarried && passage.From != passage.To
                    ? string.Create(CultureInfo.InvariantCulture, $"{passage.From} as {passage.To}")
                    : passage.From.ToString(CultureInfo.InvariantCulture)));
            table.AddRow(Cell.Of(fields), Cell.Of(group.Key));
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
