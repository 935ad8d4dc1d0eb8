namespace Switch.Routing.Duplicates;

/// <summary>How a remembered transaction stands.</summary>
internal enum RememberedState : byte
{
    /// <summary>Open: <see cref="Remembered.Reference"/> is its seat.</summary>
    Pending,

    /// <summary>Ended: response and approval code are its answer.</summary>
    Done,

    /// <summary>
    /// A reversal came for it before it came itself: it will be declined (docs/domain.md section 3.3, case H).
    /// </summary>
    Tombstone,
}

/// <summary>Who gave a transaction its outcome. Values are written to the journal.</summary>
internal enum DecisionSource : byte
{
    None = 0,
    Primary = 1,
    Standby = 2,
    StandIn = 3,
    Switch = 4,

    /// <summary>A restart found the request sent and undecided, and reversed it.</summary>
    Recovery = 5,

    /// <summary>The acquirer reversed it before it was decided.</summary>
    ReversedByAcquirer = 6,
}

[Flags]
internal enum RememberedFlags : byte
{
    None = 0,

    /// <summary>A reversal of it has been accepted: a second one changes nothing.</summary>
    Reversed = 1,

    /// <summary>It is an advice or a reversal of the acquirer, not a request.</summary>
    Advice = 2,

    /// <summary>It is of the class 02xx; of 01xx or 04xx without this flag.</summary>
    Financial = 4,
}

/// <summary>
/// When a transaction was, as 1987 names it (DE 7) and as later editions do (DE 12 and 13): MMDDhhmmss as numbers; 0:
/// not known. An acquirer may name it by the one where its issuer knows it by the other.
/// </summary>
internal readonly record struct OriginalTimes(long Transmission, long Local);

/// <summary>
/// One transaction in the duplicate window: what a repeat is answered with, and what a reversal of it needs to know.
/// Kept small, because there may be tens of millions of them: one cache line.
/// </summary>
internal struct Remembered
{
    /// <summary>The key (see TransactionKey).</summary>
    public ulong Key;

    /// <summary>DE 38 as six ASCII bytes in the low 48 bits, 0 for none; DE 39 as two in the high 16.</summary>
    public ulong Answer;

    /// <summary>
    /// Low half of the hash over amount, card and processing code: same key and other content is a conflict.
    /// </summary>
    public uint Content;

    /// <summary>Seconds since the epoch at which it came.</summary>
    public uint Second;

    /// <summary>Pending: its seat. Done: the STAN of the leg that decided, or of the stand-in advice.</summary>
    public int Reference;

    /// <summary>The issuer of that leg or advice, or -1.</summary>
    public short Issuer;

    public byte Bits;

    public RememberedFlags Flags;

    /// <summary>
    /// The first eight bytes of its card's token. 0: a version that did not keep it wrote the entry, or it is a
    /// tombstone; then amount, STAN and the rest are not known either.
    /// </summary>
    public ulong Card;

    /// <summary>DE 4, minor units.</summary>
    public long Amount;

    /// <summary>DE 11 as its sender gave it.</summary>
    public int Stan;

    /// <summary>DE 7 as a number, MMDDhhmmss; 0: not known.</summary>
    public uint Time;

    /// <summary>A hash of DE 37; 0: none, or it cannot be an original.</summary>
    public uint Rrn;

    /// <summary>A hash of acquirer, terminal and merchant.</summary>
    public uint Place;

    /// <summary>Whether card, amount and the elements that name it are known.</summary>
    public readonly bool IsNamed => Card != 0;

    public RememberedState State
    {
        readonly get => (RememberedState)(Bits & 3);
        set => Bits = (byte)((Bits & ~3) | (byte)value);
    }

    public DecisionSource Source
    {
        readonly get => (DecisionSource)(Bits >> 2);
        set => Bits = (byte)((Bits & 3) | ((byte)value << 2));
    }
}
