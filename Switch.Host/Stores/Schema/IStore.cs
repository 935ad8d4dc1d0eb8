using Switch.Routing.Journal;

namespace Switch.Host.Stores.Schema;

/// <summary>
/// How far a store has got in a journal. Stands in the store, and moves in the transaction that holds the rows: so a
/// record is in the store once, whatever fails between.
/// </summary>
/// <param name="Lsn">The last record taken; 0: none yet.</param>
/// <param name="Crc">
/// Its <see cref="JournalRecord.OpenChecksum"/>, which repair and reseal keep: another journal has another one.
/// </param>
/// <param name="TimeMs">That record's time, Unix milliseconds.</param>
internal readonly record struct StorePosition(long Lsn, uint Crc, long TimeMs);

/// <summary>
/// A relational store as the projector sees it. One thread. Whatever fails is a <see cref="StoreException"/>; after one
/// nothing is known of the last write, and the store is opened anew: its position then says.
/// </summary>
internal interface IStore : IDisposable
{
    /// <summary>Connects, brings the schema up to date under a lock, and reads how far this journal has got.</summary>
    /// <exception cref="StoreRefusedException">A person must act: trying again is of no use.</exception>
    StorePosition Open(JournalIdentity identity);

    /// <summary>
    /// Writes the rows and moves the position, both or neither. Throws unless it is certain that both are durable by
    /// the store's own promise. An empty batch confirms what was written before.
    /// </summary>
    /// <param name="batch">The rows of the records after <paramref name="from"/>.</param>
    /// <param name="from">Where the position must stand: else another process projects too.</param>
    /// <param name="upTo">Where it stands afterwards.</param>
    void Write(StoreBatch batch, in StorePosition from, in StorePosition upTo);

    /// <summary>
    /// Removes everything of this node from a record on, so that it can be projected again, and gives the position from
    /// which that goes.
    /// </summary>
    StorePosition ForgetFrom(long firstLsn, in StorePosition position);

    /// <summary>
    /// Removes what is older than the store's retention, a bounded piece of it. True when there may be more.
    /// </summary>
    bool RemoveOld(DateTimeOffset now);
}

/// <summary>The store cannot be reached, is slow, locked or read-only: it is tried again.</summary>
internal class StoreException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>The store holds something that this switch must not touch.</summary>
internal sealed class StoreRefusedException(string message) : StoreException(message);
