using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Switch.Protocol.Fields;
using Switch.Routing.Totals;
using Switch.Routing.Values;

namespace Switch.Routing.Owed;

/// <summary>
/// An owed message as it lies in a <see cref="IBacklogStore"/>: this, and then its image. Read by the process that
/// wrote it only, so it has no version.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BacklogEntry
{
    private ulong _id;
    private ulong _transaction;
    private long _time;
    private long _lsn;
    private long _amount;
    private CardToken _card;
    private int _issuer;
    private int _stan;
    private int _originalStan;
    private int _attempts;
    private int _acquirer;
    private int _currency;
    private int _imageSize;
    private ushort _reason;
    private Mti _mti;
    private OwedKind _kind;
    private TotalKind _counts;

    /// <summary>Bytes of the entry of a message.</summary>
    public static int SizeOf(OwedItem item) => Unsafe.SizeOf<BacklogEntry>() + item.ImageSize;

    /// <summary>Writes <see cref="SizeOf"/> bytes.</summary>
    public static void Write(Span<byte> destination, OwedItem item)
    {
        var entry = new BacklogEntry
        {
            _id = item.Id, _transaction = item.Transaction, _time = item.Time, _lsn = item.Lsn, _amount = item.Amount,
            _card = item.Card, _issuer = item.Issuer, _stan = item.Stan, _originalStan = item.OriginalStan,
            _attempts = item.Attempts, _acquirer = item.Acquirer, _currency = item.Currency,
            _imageSize = item.ImageSize, _reason = (ushort)item.Reason, _mti = item.Mti, _kind = item.Kind,
            _counts = item.Counts,
        };
        MemoryMarshal.Write(destination, in entry);
        item.Image.AsSpan(0, item.ImageSize).CopyTo(destination[Unsafe.SizeOf<BacklogEntry>()..]);
    }

    /// <summary>The transaction of an entry.</summary>
    public static ulong TransactionOf(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<BacklogEntry>(bytes)._transaction;

    /// <summary>Makes a place hold the message of an entry.</summary>
    public static void Read(ReadOnlySpan<byte> bytes, OwedItem item)
    {
        BacklogEntry entry = MemoryMarshal.Read<BacklogEntry>(bytes);
        item.Begin(entry._id, entry._kind, entry._issuer, entry._mti, entry._card, (Reason)entry._reason);
        item.Transaction = entry._transaction;
        item.Time = entry._time;
        item.Lsn = entry._lsn;
        item.Stan = entry._stan;
        item.OriginalStan = entry._originalStan;
        item.Attempts = entry._attempts;
        item.Acquirer = entry._acquirer;
        item.CountAs(entry._counts, entry._amount, entry._currency);
        item.Keep(bytes.Slice(Unsafe.SizeOf<BacklogEntry>(), entry._imageSize));
    }
}
