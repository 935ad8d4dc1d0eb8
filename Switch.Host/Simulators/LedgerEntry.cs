namespace Switch.Host.Simulators;

/// <summary>Names one message on a leg: its first MTI, its STAN and its DE 7. A repeat has the same key.</summary>
internal readonly record struct LegKey(int Mti, int Stan, long Time)
{
    public static LegKey Of(PlainMessage message) =>
        new(message.FirstMti, message.Stan, message.NamingTime);
}

/// <summary>Where an entry of an issuer's ledger stands.</summary>
internal enum EntryState
{
    /// <summary>The issuer refused it: no money moved.</summary>
    Declined,

    /// <summary>It moved money.</summary>
    Posted,

    /// <summary>An advice for something that another entry had posted: moved nothing more.</summary>
    Covered,

    /// <summary>It moved money, and a reversal took it back, wholly or in part.</summary>
    Reversed,

    /// <summary>Its reversal came first: it will move nothing when it comes.</summary>
    Tombstone,

    /// <summary>A reversal itself.</summary>
    Reversal,
}

/// <summary>One message in an issuer's ledger.</summary>
internal sealed class LedgerEntry(LegKey key, CardAccount account)
{
    public LegKey Key => key;

    public CardAccount Account => account;

    /// <summary>DE 37, the reference that follows a transaction through every party.</summary>
    public string Rrn { get; init; } = "";

    /// <summary>DE 41.</summary>
    public string Terminal { get; init; } = "";

    /// <summary>DE 4; negative for a credit.</summary>
    public long Amount { get; init; }

    /// <summary>What of the amount counts in the card's balance now.</summary>
    public long Posted { get; set; }

    public EntryState State { get; set; }

    public string ResponseCode { get; set; } = SimulatorResponseCodes.Approved;

    public string? ApprovalCode { get; set; }

    /// <summary>The entry that had posted this advice's transaction before it came.</summary>
    public LedgerEntry? CoveredBy { get; set; }

    public override string ToString() => $"{key.Mti:D4}/{key.Stan:D6} {State} {Posted}";
}

/// <summary>One card at one issuer.</summary>
internal sealed class CardAccount(string pan)
{
    public string Pan => pan;

    /// <summary>Debits less credits and reversals, in minor units.</summary>
    public long Balance { get; set; }

    /// <summary>Everything that was said about the card, in order of arrival.</summary>
    public List<LedgerEntry> Entries { get; } = [];
}
