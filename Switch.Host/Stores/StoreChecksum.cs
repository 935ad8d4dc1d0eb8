using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Switch.Host.Stores.Schema;

namespace Switch.Host.Stores;

/// <summary>
/// What a table holds between two positions, in two numbers that are equal in every store with the same rows, whatever
/// their order and whatever the database.
/// </summary>
internal readonly record struct StoreChecksum(string Table, long Rows, ulong Sum)
{
    public static StoreChecksum[] Of(StoreReader store, string node, long fromLsn, long toLsn) =>
        [.. StoreSchema.Tables.Select(table => Of(store, table, node, fromLsn, toLsn))];

    private static StoreChecksum Of(StoreReader store, StoreTable table, string node, long fromLsn, long toLsn)
    {
        long rows = 0;
        ulong sum = 0;
        var text = new StringBuilder();
        store.With("@node", node);
        store.With("@from", fromLsn);
        store.With("@to", toLsn);
        store.Visit(
            $"SELECT {table.ColumnList} FROM {store.Of(table.Name, "@node")} WHERE lsn BETWEEN @from AND @to",
            row =>
            {
                rows++;
                sum += HashOf(row, text);
            });
        return new StoreChecksum(table.Name, rows, sum);
    }

    private static ulong HashOf(object?[] row, StringBuilder text)
    {
        text.Clear();
        foreach (object? value in row)
        {
            text.Append(value switch
            {
                null => "",
                byte[] bytes => Convert.ToHexString(bytes),
                _ => Convert.ToString(value, CultureInfo.InvariantCulture),
            }).Append('\0');
        }

        return BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
