using Switch.Protocol.Fields;
using Switch.Routing.Context;
using Switch.Routing.Issuers;
using Switch.Routing.Journal;
using Switch.Routing.Owed;
using Switch.Routing.Records;
using Switch.Routing.StoreAndForward;
using Switch.Routing.Totals;
using Switch.Routing.Values;

namespace Switch.Routing.Recovery;

/// <summary>What issuers are owed, and what is in doubt, in a checkpoint.</summary>
internal sealed class OwedSnapshot(
    CoreContext context, OwedTable table, SafDelivery forward, BacklogMoves moves, CoreReplay recovery)
{
    private const int OwedSize = 104;
    private const int InDoubtSize = 48;
    private const int LegSize = 8;

    /// <summary>
    /// Issuer by issuer in the order in which the messages would go, so that they stand in it again when they are put
    /// in line one after another, the backlog last; then those that are parked.
    /// </summary>
    public void Save(StateWriter writer)
    {
        foreach (IssuerState issuer in context.Issuers)
        {
            int count = 0;
            foreach (OwedItem item in issuer.Queue.InOrder())
            {
                Save(writer, item, ReadyLines.IsInFront(item) ? OwedPlace.InFront : OwedPlace.InLine);
                count++;
            }

            foreach (OwedItem item in moves.Resting(issuer.Queue))
            {
                Save(writer, item, OwedPlace.InBacklog);
                count++;
            }

            if (count != issuer.Queue.Count)
            {
                throw new InvalidOperationException("A message is under way: state is saved in recovery only.");
            }
        }

        foreach (OwedItem item in forward.ParkedInOrder())
        {
            Save(writer, item, OwedPlace.Parked);
        }

        foreach ((ulong id, InDoubt doubt) in recovery.InDoubt.InOrder())
        {
            RecordWriter row = writer.Row(StateType.InDoubt, InDoubtSize + (doubt.Legs.Count * LegSize));
            row.Number64(id);
            row.Number64(doubt.Key);
            row.Token(doubt.Card);
            row.Number64(doubt.Time);
            row.Byte(doubt.IsReversedByAcquirer ? (byte)1 : (byte)0);
            row.Byte((byte)doubt.Legs.Count);
            foreach ((int issuer, int stan, Mti sentAs) in doubt.Legs)
            {
                row.Number16(issuer);
                row.Number32((uint)stan);
                row.Number16(sentAs.Value);
            }

            writer.End(row, doubt.Image.Span);
        }
    }

    public void RestoreOwed(ref RecordReader reader, ReadOnlySpan<byte> image, int[] issuers)
    {
        ulong id = reader.Number64();
        ulong transaction = reader.Number64();
        var kind = (OwedKind)reader.Byte();
        int issuer = CoreState.IndexOf(issuers, reader.Number16());
        if (issuer < 0)
        {
            throw new RecordFormatException(
                context.DurableLsn, $"an issuer is owed message {id} and is not configured any more");
        }

        var mti = new Mti(reader.Number16() % 10_000);
        int stan = (int)reader.Number32();
        long time = (long)reader.Number64();
        int originalStan = (int)reader.Number32();
        var reason = (Reason)reader.Number16();
        OwedItem item = table.Take(id, kind, issuer, mti, reader.Token(), reason);
        item.Transaction = transaction;
        item.Stan = stan;
        item.Time = time;
        item.OriginalStan = originalStan;
        item.Attempts = (int)reader.Number32();
        long lsn = (long)reader.Number64();
        item.CountAs((TotalKind)(reader.Byte() % TotalKinds.Count), (long)reader.Number64(), reader.Number16());
        item.Keep(image);
        context.Issuers[issuer].Stans.Bear(stan);
        var place = (OwedPlace)reader.Byte();
        item.FormerCard = reader.IsAtEnd ? 0 : reader.Number64();
        forward.Restore(item, lsn, isResting: place == OwedPlace.InBacklog);
        if (place == OwedPlace.Parked)
        {
            forward.ParkRecovered(context.Issuers[issuer], item);
        }
        else if (place == OwedPlace.InFront)
        {
            context.Issuers[issuer].Queue.RestoreInFront(item);
        }
    }

    public void RestoreInDoubt(ref RecordReader reader, ReadOnlySpan<byte> image, int[] issuers)
    {
        ulong id = reader.Number64();
        ulong key = reader.Number64();
        CardToken card = reader.Token();
        InDoubt doubt = recovery.InDoubt.Put(id, key, card, (long)reader.Number64(), image);
        doubt.IsReversedByAcquirer = reader.Byte() != 0;
        int legs = reader.Byte();
        for (int i = 0; i < legs && !reader.IsShort; i++)
        {
            int issuer = CoreState.IndexOf(issuers, reader.Number16());
            doubt.Legs.Add((issuer, (int)reader.Number32(), new Mti(reader.Number16() % 10_000)));
        }
    }

    private static void Save(StateWriter writer, OwedItem item, OwedPlace place)
    {
        RecordWriter row = writer.Row(StateType.Owed, OwedSize);
        row.Number64(item.Id);
        row.Number64(item.Transaction);
        row.Byte((byte)item.Kind);
        row.Number16(item.Issuer);
        row.Number16(item.Mti.Value);
        row.Number32((uint)item.Stan);
        row.Number64(item.Time);
        row.Number32((uint)item.OriginalStan);
        row.Number16((int)item.Reason);
        row.Token(item.Card);
        row.Number32((uint)item.Attempts);
        row.Number64(item.Lsn);
        row.Byte((byte)item.Counts);
        row.Number64(item.Amount);
        row.Number16(item.Currency);
        row.Byte((byte)place);
        if (item.FormerCard != 0)
        {
            row.Number64(item.FormerCard);
        }

        writer.End(row, item.Image.AsSpan(0, item.ImageSize));
    }

    // Where a message stands. Values are written to checkpoints.
    private enum OwedPlace : byte
    {
        InLine = 0,
        Parked = 1,
        InFront = 2,

        /// <summary>In line, behind what is in memory. Version 0.1 reads it as in line, which it is.</summary>
        InBacklog = 3,
    }
}
