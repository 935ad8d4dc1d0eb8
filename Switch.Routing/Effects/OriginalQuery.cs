using Switch.Protocol.Fields;

namespace Switch.Routing.Effects;

/// <summary>
/// What memory does not know and the store may: whether a message is a repeat, and what it is about. Answered by
/// <see cref="Core.AuthorizationCore.LookedUp"/>, or not at all.
/// </summary>
public sealed record OriginalQuery
{
    /// <summary>How many may wait for their answer. One more is answered 96.</summary>
    public const int CountMax = 1_024;

    /// <summary>How many of them may be of one acquirer, so that none takes the places of all.</summary>
    public const int CountMaxOfAcquirer = CountMax / 4;

    /// <summary>By which the answer finds its message again. Never used twice, not even after a restart.</summary>
    public required ulong Id { get; init; }

    /// <summary>
    /// The store must have taken in everything up to here: what it did not know by then never happened.
    /// </summary>
    public required long AfterLsn { get; init; }

    /// <summary>DE 41 of the message and of its original, as received.</summary>
    public required string Terminal { get; init; }

    /// <summary>DE 11 of the message.</summary>
    public required int OwnStan { get; init; }

    /// <summary>The keys that the message itself may have; the first that is known counts.</summary>
    public required IReadOnlyList<ulong> OwnKeys { get; init; }

    /// <summary>DE 11 of the original; -1: it is about nothing.</summary>
    public required int Stan { get; init; }

    /// <summary>The keys that the original may have; the first that is known counts.</summary>
    public required IReadOnlyList<ulong> Keys { get; init; }

    /// <summary>By what else the original may be found, before its keys; null: by nothing.</summary>
    public ReferenceQuery? Reference { get; init; }
}

/// <summary>A payment by DE 37. It counts only when it is the one: of two that fit neither is meant.</summary>
/// <param name="Acquirer">The acquirer's name.</param>
/// <param name="RetrievalReference">DE 37, as received.</param>
/// <param name="Terminal">DE 41, as received.</param>
/// <param name="Merchant">DE 42, as received; empty: the message bears none.</param>
/// <param name="Card">The card's token.</param>
/// <param name="FormerCard">Its former token, which rows of then bear; none: there are no such rows.</param>
public sealed record ReferenceQuery(
    string Acquirer, string RetrievalReference, string Terminal, string Merchant, CardToken Card,
    CardToken FormerCard);

/// <summary>How a question to the store ended.</summary>
public enum LookUpOutcome : byte
{
    /// <summary>It was not asked.</summary>
    None = 0,

    /// <summary>The store has answered; what it does not name it does not have.</summary>
    Answered,

    /// <summary>It is down, behind or slow: nothing is known.</summary>
    Unavailable,
}

/// <summary>What the store says.</summary>
/// <param name="Id">Of the question.</param>
/// <param name="Outcome">Whether it could be asked.</param>
/// <param name="Own">The message itself, when it came before; null: it did not.</param>
/// <param name="Original">What it is about; null: the store does not have it, or it was never decided.</param>
public sealed record LookUpAnswer(
    ulong Id, LookUpOutcome Outcome, StoredPayment? Own = null, StoredPayment? Original = null);

/// <summary>A message of an acquirer as the store has it, with its outcome and what has become of that.</summary>
public sealed record StoredPayment
{
    /// <summary>The transaction's id; 0 for advices and reversals.</summary>
    public ulong Id { get; init; }

    public required ulong Key { get; init; }

    public required uint Content { get; init; }

    /// <summary>DE 7 as a number.</summary>
    public required long Time { get; init; }

    /// <summary>DE 13 and 12 as a number; 0: not known.</summary>
    public long LocalTime { get; init; }

    /// <summary>It is an advice or a reversal of the acquirer, not a request.</summary>
    public required bool IsAdvice { get; init; }

    /// <summary>Its type, as a number: 0200 is 200.</summary>
    public required int Mti { get; init; }

    /// <summary>Its card's token; none: the store does not have it, and nothing below up to the merchant.</summary>
    public CardToken Card { get; init; }

    /// <summary>DE 4, minor units.</summary>
    public long Amount { get; init; }

    /// <summary>DE 11 as the acquirer gave it.</summary>
    public int OwnStan { get; init; }

    /// <summary>DE 37, as received; empty: it bore none.</summary>
    public string RetrievalReference { get; init; } = "";

    /// <summary>DE 41, as received.</summary>
    public string Terminal { get; init; } = "";

    /// <summary>DE 42, as received; empty: it bore none.</summary>
    public string Merchant { get; init; } = "";

    /// <summary>The acquirer's name.</summary>
    public string Acquirer { get; init; } = "";

    /// <summary>DE 39 and 38 of its answer.</summary>
    public required string Code { get; init; }

    public string Approval { get; init; } = "";

    /// <summary>Who decided, as in the journal's records; 0: no party had to.</summary>
    public int Source { get; init; }

    /// <summary>The issuer that decided, or is owed the advice, and DE 11 towards it; empty: none.</summary>
    public string Issuer { get; init; } = "";

    public int Stan { get; init; }

    /// <summary>Of a partial approval: what was approved, in minor units; else 0.</summary>
    public long Approved { get; init; }

    /// <summary>What a partial reversal had left, in minor units; 0: there was none.</summary>
    public long Remaining { get; init; }

    /// <summary>It was reversed, or taken back undelivered.</summary>
    public bool IsReversed { get; init; }
}
