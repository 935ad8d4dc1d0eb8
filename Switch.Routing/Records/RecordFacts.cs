using Switch.Protocol.Fields;
using Switch.Routing.Journal;

namespace Switch.Routing.Records;

/// <summary>
/// Takes what records say, for stores and tools. Spans are views into the record, valid until the call returns; a
/// record may say several things, in the order in which docs/internals/records.md draws them.
/// </summary>
public interface IRecordFacts
{
    /// <summary>A message of an acquirer came: a request, an advice or a reversal.</summary>
    void Take(in RecordHead head, in PaymentFact payment);

    /// <summary>A request has its outcome.</summary>
    void Take(in RecordHead head, in DecisionFact decision);

    /// <summary>An issuer is owed a message.</summary>
    void Take(in RecordHead head, in OwedFact owed);

    /// <summary>Anything else.</summary>
    void Take(in RecordHead head, in EventFact happened);
}

/// <summary>What every record says about itself.</summary>
/// <param name="Lsn">Its position.</param>
/// <param name="Type">Of the record in the journal.</param>
/// <param name="Transaction">The id; 0 when it concerns none.</param>
/// <param name="WallMs">When the core decided it, Unix milliseconds.</param>
public readonly record struct RecordHead(long Lsn, RecordType Type, ulong Transaction, long WallMs);

/// <summary>Who sent what, and where it went first. Texts are the fields as received.</summary>
public readonly ref struct PaymentFact
{
    public ReadOnlySpan<byte> Acquirer { get; init; }

    /// <summary>The key in the duplicate window.</summary>
    public ulong Key { get; init; }

    /// <summary>A hash of what must not differ between a message and its repeat.</summary>
    public uint Content { get; init; }

    public CardToken Card { get; init; }

    /// <summary>As a number: 0101 is 101.</summary>
    public int Mti { get; init; }

    /// <summary>DE 4, minor units.</summary>
    public long Amount { get; init; }

    /// <summary>DE 11.</summary>
    public int Stan { get; init; }

    /// <summary>DE 7 as a number, MMDDhhmmss.</summary>
    public long Time { get; init; }

    /// <summary>DE 13 and 12 as a number, MMDDhhmmss; 0: not both there, or not recorded.</summary>
    public long LocalTime { get; init; }

    /// <summary>First six, last four.</summary>
    public ReadOnlySpan<byte> MaskedPan { get; init; }

    /// <summary>DE 3.</summary>
    public ReadOnlySpan<byte> ProcessingCode { get; init; }

    /// <summary>DE 49.</summary>
    public ReadOnlySpan<byte> Currency { get; init; }

    /// <summary>DE 32.</summary>
    public ReadOnlySpan<byte> Institution { get; init; }

    /// <summary>DE 37.</summary>
    public ReadOnlySpan<byte> RetrievalReference { get; init; }

    /// <summary>DE 41.</summary>
    public ReadOnlySpan<byte> Terminal { get; init; }

    /// <summary>DE 42.</summary>
    public ReadOnlySpan<byte> Merchant { get; init; }

    /// <summary>Of the first leg; empty: it was not sent.</summary>
    public ReadOnlySpan<byte> Issuer { get; init; }

    /// <summary>The switch's own DE 11 on that leg.</summary>
    public int LegStan { get; init; }

    /// <summary>As sent on that leg.</summary>
    public int LegMti { get; init; }
}

/// <summary>An outcome. A second one of the same transaction replaces the first.</summary>
public readonly ref struct DecisionFact
{
    /// <summary>1 primary, 2 standby, 3 stand-in, 4 the switch, 5 recovery, 6 reversed by its acquirer.</summary>
    public int Source { get; init; }

    /// <summary>Why the primary did not decide: 1000 to 1900; 0: it did.</summary>
    public int Trigger { get; init; }

    /// <summary>DE 39, two bytes.</summary>
    public ReadOnlySpan<byte> Code { get; init; }

    public bool IsApproval { get; init; }

    /// <summary>DE 38; empty: none.</summary>
    public ReadOnlySpan<byte> Approval { get; init; }

    /// <summary>Who decided, or is owed the stand-in advice; empty: no issuer.</summary>
    public ReadOnlySpan<byte> Issuer { get; init; }

    /// <summary>Of the deciding leg, or of the advice.</summary>
    public int Stan { get; init; }

    /// <summary>DE 4, minor units.</summary>
    public long Amount { get; init; }

    /// <summary>The stand-in rule that decided; 0: stand-in was not asked, and the fields below are empty.</summary>
    public int Rule { get; init; }

    /// <summary>Position of the limit that decided; 255: none.</summary>
    public int Limit { get; init; }

    /// <summary>What that limit had counted before.</summary>
    public long LimitUse { get; init; }

    public long LimitBound { get; init; }

    /// <summary>Unix milliseconds at which the issuer's outage began; 0: none.</summary>
    public long Outage { get; init; }

    public ReadOnlySpan<byte> Profile { get; init; }

    /// <summary>The route's primary, whose outage it is.</summary>
    public ReadOnlySpan<byte> OutageIssuer { get; init; }

    /// <summary>DE 18.</summary>
    public ReadOnlySpan<byte> MerchantType { get; init; }

    /// <summary>DE 22.</summary>
    public ReadOnlySpan<byte> EntryMode { get; init; }
}

/// <summary>A message that an issuer is owed from this record on.</summary>
public readonly ref struct OwedFact
{
    public ulong Id { get; init; }

    /// <summary>1 stand-in advice, 2 reversal, 3 forwarded advice, 4 forwarded reversal, 5 decline advice.</summary>
    public int Kind { get; init; }

    public ReadOnlySpan<byte> Issuer { get; init; }

    public int Mti { get; init; }

    /// <summary>Its DE 11.</summary>
    public int Stan { get; init; }

    /// <summary>Its DE 7.</summary>
    public long Time { get; init; }

    /// <summary>The leg's STAN that it takes back; 0: none.</summary>
    public int OriginalStan { get; init; }

    /// <summary>1000 to 4021.</summary>
    public int Reason { get; init; }

    public CardToken Card { get; init; }

    /// <summary>What it counts as in totals once acknowledged; 0: nothing.</summary>
    public int Counts { get; init; }

    /// <summary>Minor units; 0 when it counts as nothing.</summary>
    public long Amount { get; init; }
}

/// <summary>
/// What no other fact tells. Which fields mean something follows from the record's type: docs/operating/store.md has
/// the table.
/// </summary>
public readonly ref struct EventFact
{
    /// <summary>
    /// Usually the record's; <see cref="RecordType.OwedProgress"/> also for what another record nets.
    /// </summary>
    public RecordType Type { get; init; }

    /// <summary>The effect on an original, what happened to an owed message, a command, an update, a side.</summary>
    public int Kind { get; init; }

    /// <summary>Id of the owed message; 0: none.</summary>
    public ulong Owed { get; init; }

    /// <summary>The issuer, or the party.</summary>
    public ReadOnlySpan<byte> Issuer { get; init; }

    public int Stan { get; init; }

    public int Mti { get; init; }

    /// <summary>DE 39; empty: none.</summary>
    public ReadOnlySpan<byte> Code { get; init; }

    /// <summary>The original's key; 0: none.</summary>
    public ulong Key { get; init; }

    /// <summary>The amount that stays, attempts, an epoch, a state or a settlement day.</summary>
    public long Number { get; init; }

    public CardToken Card { get; init; }

    public ReadOnlySpan<byte> MaskedPan { get; init; }

    /// <summary>UTF-8.</summary>
    public ReadOnlySpan<byte> Who { get; init; }

    /// <summary>UTF-8.</summary>
    public ReadOnlySpan<byte> Why { get; init; }
}
