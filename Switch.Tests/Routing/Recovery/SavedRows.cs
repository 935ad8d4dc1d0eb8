using System.Buffers.Binary;
using Switch.Routing.Journal;
using Switch.Routing.Recovery;
using Switch.Routing.Settings;
using Switch.Routing.Totals;

namespace Switch.Tests.Routing.Recovery;

/// <summary>
/// The rows of a saved state with the names of issuers in place of their positions, read by
/// docs/internals/checkpoints.md and not by the core's own reader: two states that mean the same have the same rows,
/// whatever the order of the issuers.
/// </summary>
internal static class SavedRows
{
    private const int CardTokenSize = 16;
    private const int InDoubtHeadSize = (3 * sizeof(ulong)) + CardTokenSize + 2;
    private const int LegSize = 8;

    // Size of a row, and where in it the issuer's position is. Size 0: one row a record.
    private static readonly Dictionary<StateType, (int Size, int At)> Layouts = new()
    {
        [StateType.RememberedWithName] = (68, 28),
        [StateType.Approval] = (97, CardTokenSize),
        [StateType.Owed] = (0, 17),
        [StateType.LiveStan] = (6, 0),
        [StateType.Issuer] = (24, 0),
    };

    public static IEnumerable<string> ByName(
        StateType type, byte[] open, string secret, IReadOnlyList<IssuerSettings> issuers)
    {
        switch (type)
        {
            case StateType.Beginning or StateType.End:
                return [];
            case StateType.InDoubt:
                int[] places = [.. Enumerable.Range(0, (open.Length - InDoubtHeadSize) / LegSize)
                    .Select(static leg => InDoubtHeadSize + (leg * LegSize))];
                return [Row(type, open, secret, issuers, places)];
            case StateType.Totals or StateType.SettlementDay:
                int size = type == StateType.SettlementDay ? 5 : 199;
                return Cut(open, size).Select(row =>
                    Row(type, row, secret, issuers, (TotalsSide)row[0] == TotalsSide.Issuer ? [1] : []));
            default:
                return Layouts.TryGetValue(type, out (int Size, int At) layout)
                    ? Cut(open, layout.Size == 0 ? open.Length : layout.Size)
                        .Select(row => Row(type, row, secret, issuers, layout.At))
                    : [Row(type, open, secret, issuers)];
        }
    }

    private static IEnumerable<byte[]> Cut(byte[] open, int size)
    {
        Assert.Equal(0, open.Length % size);
        return open.Chunk(size);
    }

    private static string Row(
        StateType type, byte[] row, string secret, IReadOnlyList<IssuerSettings> issuers, params int[] places)
    {
        byte[] rest = [.. row];
        var names = new List<string>();
        foreach (int at in places)
        {
            short position = BinaryPrimitives.ReadInt16LittleEndian(row.AsSpan(at));
            names.Add(position < 0 ? "none" : issuers[position].Name);
            rest.AsSpan(at, sizeof(short)).Clear();
        }

        return $"{type} [{string.Join(' ', names)}] {Convert.ToHexString(rest)} {secret}";
    }
}
