namespace Switch.Routing.Journal;

/// <summary>
/// What a record of a checkpoint holds: rows of one kind, one after another in its open part. The values are on disk
/// for ever; the rows are drawn in docs/internals/checkpoints.md.
/// </summary>
internal enum StateType : byte
{
    None = 0,

    /// <summary>First: the layout's version, what is covered, and the names that rows refer to by position.</summary>
    Beginning = 1,

    Remembered = 2,
    Partial = 3,
    Origin = 4,
    Approval = 5,

    /// <summary>One message that an issuer is owed; its image is in the secret part.</summary>
    Owed = 6,

    /// <summary>One request sent and not decided; its image is in the secret part.</summary>
    InDoubt = 7,

    LiveStan = 8,
    Issuer = 9,
    FileChange = 10,
    Totals = 11,
    SettlementDay = 12,

    /// <summary>Last: how many records came before, so that a checkpoint cut short is none.</summary>
    End = 13,

    /// <summary>What was approved of requests that were approved in part.</summary>
    PartialApproval = 14,

    /// <summary>As Remembered, with the times by which partners of different editions know a transaction.</summary>
    RememberedWithTimes = 15,

    /// <summary>
    /// As Remembered, with what a payment is named by and its local time. What is written now; the two others are read
    /// from checkpoints of version 0.1.
    /// </summary>
    RememberedWithName = 16,

    /// <summary>
    /// By which function tokens are made, and how much still bears former ones. Checkpoints of version 0.1 have none.
    /// </summary>
    Tokens = 17,

    /// <summary>A card that is known by its former token only.</summary>
    FormerCard = 18,

    /// <summary>
    /// Which key tokens are made with, which one before, and since when. Checkpoints of earlier versions have none.
    /// </summary>
    TokenKeys = 19,
}

/// <summary>The version of the rows. Another one is not read: the start falls back to a replay.</summary>
internal static class StateLayout
{
    public const byte Version = 2;
}

/// <summary>
/// Takes, or gives, one record of a core's state. The spans are valid until it returns. A secret part holds card
/// numbers: it is encrypted before it touches a disk.
/// </summary>
public delegate void StateSink(byte type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret);
