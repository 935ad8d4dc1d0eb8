namespace Switch.Routing.Journal;

/// <summary>
/// What a journal record says. The values are on disk for ever: one is never renumbered or reused, and its payload is
/// described in docs/internals/journal.md. 0, <see cref="Group"/>, <see cref="Lost"/>, <see cref="Seal"/> and
/// <see cref="Padding"/> belong to the format itself.
/// </summary>
public enum RecordType : byte
{
    /// <summary>Unwritten disk. Never a record.</summary>
    None = 0,

    Intent = 1,
    Leg = 2,
    Decision = 3,
    Owed = 4,
    OwedProgress = 5,
    Late = 6,
    NodeStarted = 7,
    Incident = 8,
    Checkpoint = 9,

    /// <summary>An issuer changed the negative file (03xx).</summary>
    FileAction = 10,

    /// <summary>A person told the switch to do something.</summary>
    OperatorAction = 11,

    /// <summary>A party began its next settlement day (0800/201).</summary>
    Cutover = 12,

    /// <summary>What the store knew of a payment that memory had forgotten.</summary>
    Recalled = 13,

    /// <summary>A card that was known by its former token has its new one from here on.</summary>
    CardRetokened = 14,

    /// <summary>
    /// An issuer, a link or a route has another state of health. For people: recovery starts all as good.
    /// </summary>
    HealthChanged = 15,

    /// <summary>
    /// A command of a person, with all that an auditor asks. For people: what it changes has records of its own.
    /// </summary>
    Audit = 16,

    /// <summary>Several records under one seal and one checksum; readers see those records, never the group.</summary>
    Group = 252,

    /// <summary>Records that were lost to damage, written by a repair in their place.</summary>
    Lost = 253,

    /// <summary>The end of a segment that will never change again; written by the journal itself.</summary>
    Seal = 254,

    /// <summary>Reserved by the format; never written.</summary>
    Padding = 255,
}
