using Switch.Routing.Health;
using Switch.Routing.Journal;

namespace Switch.Routing.Records;

/// <summary>An issuer, one of its links, or a route to it has another state of health.</summary>
internal readonly ref struct HealthRecord : IRecordLayout
{
    public static RecordType Type => RecordType.HealthChanged;

    public ReadOnlySpan<byte> Issuer { get; init; }

    /// <summary>A route's prefix; empty where the change is not of a route.</summary>
    public ReadOnlySpan<byte> Prefix { get; init; }

    /// <summary>Its issuer's index means nothing outside of the process: see <see cref="Issuer"/>.</summary>
    public HealthChange Change { get; init; }

    public void Write(ref RecordWriter writer)
    {
        writer.Byte((byte)Change.Scope);
        writer.Text(Issuer);
        writer.Text(Prefix);
        writer.Number32((uint)Change.Place);
        writer.Byte((byte)Change.From);
        writer.Byte((byte)Change.To);
        writer.Byte((byte)Change.Percent);
        writer.Byte((byte)Change.Cause);
        writer.Number32((uint)Change.Bad);
        writer.Number32((uint)Change.Total);
        writer.Number32((uint)Change.WindowMs);
        writer.Number16(Change.UsualPerMille);
        writer.Number32((uint)Change.UsualMs);
    }

    public static HealthRecord Read(ref RecordReader reader)
    {
        var scope = (HealthScope)reader.Byte();
        ReadOnlySpan<byte> issuer = reader.Text();
        ReadOnlySpan<byte> prefix = reader.Text();
        return new HealthRecord
        {
            Issuer = issuer,
            Prefix = prefix,
            Change = new HealthChange(
                scope, -1, (int)reader.Number32(), (HealthState)reader.Byte(), (HealthState)reader.Byte(),
                reader.Byte(), (HealthCause)reader.Byte(), (int)reader.Number32(), (int)reader.Number32(),
                (int)reader.Number32(), reader.Number16(), (int)reader.Number32()),
        };
    }
}
