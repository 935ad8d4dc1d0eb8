using System.Globalization;

namespace Switch.Host.Stores;

/// <summary>An owed message that was taken out of its line: it waits for a person, or a person gave it up.</summary>
/// <param name="Id">As <c>advices</c> shows it.</param>
/// <param name="Issuer">Who is owed it.</param>
/// <param name="Kind">What it is, as <see cref="StoreNames.Owed"/> says it.</param>
/// <param name="Amount">Minor units.</param>
/// <param name="OwedMs">Since when it is owed, Unix milliseconds.</param>
/// <param name="Who">Who gave it up; empty while it waits.</param>
/// <param name="Why">And why.</param>
internal sealed record OwedAside(
    string Id, string Issuer, string Kind, long Amount, long OwedMs, string Who, string Why)
{
    // Ids are unsigned where they are made; a store keeps their bits.
    public static OwedAside Of(object?[] row) => new(
        unchecked((ulong)(row[0] as long? ?? 0)).ToString(CultureInfo.InvariantCulture), row[1] as string ?? "",
        StoreNames.Owed(row[2] as long? ?? 0), row[3] as long? ?? 0, row[4] as long? ?? 0, row[5] as string ?? "",
        row[6] as string ?? "");
}
