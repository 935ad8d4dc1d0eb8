namespace Switch.Host.Stores.Schema;

/// <summary>What a column holds. Decides how it is bound in SQLite and copied to PostgreSQL.</summary>
internal enum ColumnType
{
    /// <summary>integer, bigint.</summary>
    Long,

    /// <summary>integer, integer.</summary>
    Int,

    /// <summary>integer, smallint.</summary>
    Short,

    /// <summary>text, text.</summary>
    Text,

    /// <summary>blob, bytea.</summary>
    Bytes,

    /// <summary>integer (Unix milliseconds), timestamptz.</summary>
    Time,
}

internal sealed record StoreColumn(string Name, ColumnType Type);

/// <summary>One table as the projection fills it, column by column.</summary>
internal sealed record StoreTable(string Name, params StoreColumn[] Columns)
{
    /// <summary>Every table has these first: the record's position, and when the core decided it.</summary>
    public const int TimeColumn = 1;

    public string ColumnList { get; } = string.Join(", ", Columns.Select(column => column.Name));
}

/// <summary>
/// The tables, in the order in which a batch writes them. docs/operating/store.md explains them to who queries them;
/// the migrations create them, and a test compares the two.
/// </summary>
internal static class StoreSchema
{
    /// <summary>Of the last migration that this program has.</summary>
    public const int Version = 2;

    public static readonly StoreTable Payment = new(
        "payment",
        Lsn, At, Long("id"), Text("acquirer"), Long("key"), Int("content"), Bytes("card"), Text("pan"), Short("mti"),
        Long("amount"), Text("currency"), Int("stan"), Long("sent"), Text("processing_code"), Text("institution"),
        Text("rrn"), Text("terminal"), Text("merchant"), Text("issuer"), Int("leg_stan"), Short("leg_mti"),
        Long("local_time"));

    public static readonly StoreTable Decision = new(
        "decision",
        Lsn, At, Long("id"), Short("source"), Short("cause"), Text("code"), Short("approved"), Text("approval"),
        Text("issuer"), Int("stan"), Long("amount"), Short("rule"), Short("limit_number"), Long("limit_use"),
        Long("limit_bound"), Time("outage"), Text("profile"), Text("outage_issuer"), Text("merchant_type"),
        Text("entry_mode"));

    public static readonly StoreTable Owed = new(
        "owed",
        Lsn, At, Long("owed"), Long("id"), Short("kind"), Text("issuer"), Short("mti"), Int("stan"), Long("sent"),
        Int("original_stan"), Short("reason"), Bytes("card"), Short("counts"), Long("amount"));

    public static readonly StoreTable Event = new(
        "event",
        Lsn, At, Short("type"), Long("id"), Short("kind"), Long("owed"), Text("issuer"), Int("stan"), Short("mti"),
        Text("code"), Long("key"), Long("number"), Bytes("card"), Text("pan"), Text("who"), Text("why"));

    public static readonly StoreTable[] Tables = [Payment, Decision, Owed, Event];

    private static StoreColumn Lsn => Long("lsn");

    private static StoreColumn At => Time("at");

    private static StoreColumn Long(string name) => new(name, ColumnType.Long);

    private static StoreColumn Int(string name) => new(name, ColumnType.Int);

    private static StoreColumn Short(string name) => new(name, ColumnType.Short);

    private static StoreColumn Text(string name) => new(name, ColumnType.Text);

    private static StoreColumn Bytes(string name) => new(name, ColumnType.Bytes);

    private static StoreColumn Time(string name) => new(name, ColumnType.Time);
}
