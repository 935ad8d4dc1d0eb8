using System.Globalization;
using Switch.Host.Stores.Schema;

namespace Switch.Host.Stores;

/// <summary>One row of the store, by the names of its columns; what is null is left out.</summary>
internal sealed record StoreRow(StoreTable Table, long Lsn, IReadOnlyDictionary<string, object> Values)
{
    public long AtMs => Number("at");

    public long Number(string column) => Values.TryGetValue(column, out object? value) ? (long)value : 0;

    public string Text(string column) => Values.TryGetValue(column, out object? value) ? (string)value : "";
}

/// <summary>Everything that happened to one payment, found by what people know of it.</summary>
internal static class Timeline
{
    /// <summary>A payment leads to its decision, that to what is owed, that to its end.</summary>
    private const int StepsMax = 4;

    /// <summary>A key that many payments share is a mistake; the answer must stay readable.</summary>
    private const int PaymentsMax = 100;

    /// <summary>In the order of positions. Empty when nothing is known.</summary>
    public static List<StoreRow> Of(HistorySources books, TimelineKey key)
    {
        var rows = new Dictionary<(string Table, string Text), StoreRow>();
        Collect(books, rows, StoreSchema.Payment, key.Condition);
        if (key.Id is { } id)
        {
            Collect(books, rows, StoreSchema.Decision, $"id = {id}");
            Collect(books, rows, StoreSchema.Event, $"id = {id} OR owed = {id}");
            Collect(books, rows, StoreSchema.Owed, $"owed = {id}");
        }

        int before = -1;
        for (int step = 0; step < StepsMax && rows.Count > before; step++)
        {
            before = rows.Count;
            string ids = Numbers(rows.Values, "id");
            string lsns = Numbers(rows.Values, "lsn");
            string keys = Numbers(rows.Values.Where(row => row.Table == StoreSchema.Payment), "key");
            Collect(books, rows, StoreSchema.Payment, $"id IN ({ids}) OR lsn IN ({lsns})");
            Collect(books, rows, StoreSchema.Decision, $"id IN ({ids})");
            Collect(books, rows, StoreSchema.Owed, $"lsn IN ({lsns})");
            string owed = Numbers(rows.Values.Where(row => row.Table == StoreSchema.Owed), "owed");
            Collect(
                books, rows, StoreSchema.Event,
                $"id IN ({ids}) OR owed IN ({owed}) OR key IN ({keys}) OR lsn IN ({lsns})");
        }

        return [.. rows.Values.OrderBy(row => row.Lsn).ThenBy(row => Array.IndexOf(StoreSchema.Tables, row.Table))];
    }

    private static void Collect(
        HistorySources books, Dictionary<(string Table, string Text), StoreRow> rows, StoreTable table,
        string condition)
    {
        string columns = string.Join(", ", table.Columns.Select(column => column.Name));
        foreach (StoreReader reader in books.Readers)
        {
            List<object?[]> found = reader.Rows(
                $"SELECT {columns} FROM {reader.Of(table.Name, "@node")} WHERE {condition} "
                + $"ORDER BY lsn LIMIT {PaymentsMax * 10}",
                ("@node", books.Node));
            foreach (object?[] values in found)
            {
                StoreRow row = RowOf(table, values);
                rows.TryAdd((table.Name, string.Join('|', row.Values.Values)), row);
            }
        }
    }

    private static StoreRow RowOf(StoreTable table, object?[] values)
    {
        var named = new Dictionary<string, object>();
        for (int i = 0; i < values.Length; i++)
        {
            object? value = values[i] is byte[] bytes ? Convert.ToHexStringLower(bytes) : values[i];
            if (value is not null)
            {
                named.Add(table.Columns[i].Name, value);
            }
        }

        return new StoreRow(table, (long)named["lsn"], named);
    }

    private static string Numbers(IEnumerable<StoreRow> rows, string column)
    {
        IEnumerable<string> numbers = rows.Where(row => row.Values.ContainsKey(column))
            .Select(row => row.Number(column).ToString(CultureInfo.InvariantCulture)).Distinct();
        string list = string.Join(", ", numbers);
        return list.Length > 0 ? list : "NULL";
    }
}

/// <summary>What a person has in hand: a reference number, a STAN at a terminal, or the switch's own id.</summary>
internal sealed record TimelineKey(string Condition, long? Id)
{
    /// <summary>Ids have the node's start in their high bits: none is shorter.</summary>
    private const int IdDigitsMin = 15;

    /// <summary>Null when it is none of the three.</summary>
    public static TimelineKey? Parse(string text)
    {
        int at = text.IndexOf('@', StringComparison.Ordinal);
        if (at > 0)
        {
            return uint.TryParse(text.AsSpan(0, at), NumberStyles.None, CultureInfo.InvariantCulture, out uint stan)
                && IsPlain(text[(at + 1)..])
                    ? new TimelineKey($"stan = {stan} AND {Equal("terminal", text[(at + 1)..], 8)}", null)
                    : null;
        }

        bool isId = text.Length >= IdDigitsMin && text.All(char.IsAsciiDigit);
        if (isId)
        {
            return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong id)
                ? new TimelineKey($"id = {(long)id}", (long)id)
                : null;
        }

        return text.Length is > 0 and <= 12 && IsPlain(text) ? new TimelineKey(Equal("rrn", text, 12), null) : null;
    }

    // Fields of a fixed length come with spaces behind, which people do not type.
    private static string Equal(string column, string text, int length) =>
        $"{column} IN ('{text}', '{text.PadRight(length)}')";

    // What stands in the SQL is nothing but these; a quote is none of them.
    private static bool IsPlain(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-' or '.' or '_' or '/');
}
