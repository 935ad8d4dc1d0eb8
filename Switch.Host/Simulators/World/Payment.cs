namespace Switch.Host.Simulators.World;

/// <summary>Where a payment stands for its acquirer.</summary>
internal enum PaymentState
{
    /// <summary>A request that is not answered yet.</summary>
    Open,

    Approved,

    Declined,

    /// <summary>Its reversal is repeated until it is answered. Whether money moved is not known.</summary>
    Reversing,

    Reversed,

    /// <summary>A part of it is being reversed: repeated until it is answered.</summary>
    Reducing,

    /// <summary>
    /// It was never answered and nothing of an answer was lost on the way: left to the switch, which reverses what it
    /// could not deliver.
    /// </summary>
    Abandoned,

    /// <summary>An advice that is repeated until it is answered: the money has moved already.</summary>
    Advising,

    Advised,
}

/// <summary>Why a payment must be refused.</summary>
internal enum Flaw
{
    None,

    /// <summary>Its DE 7 is too old, too far ahead, or no time at all.</summary>
    Stale,

    /// <summary>Its type is of another edition than its acquirer's dialect.</summary>
    OtherEdition,
}

/// <summary>Types of payment, as DE 3 has them (docs/domain.md section 1.8).</summary>
internal static class Kinds
{
    public const int Purchase = 0;
    public const int CashBack = 90_000;
    public const int Refund = 200_000;
    public const int Inquiry = 310_000;

    /// <summary>DE 39 that approves.</summary>
    public static bool IsApproval(int code) => code is 0 or PartialApproval;

    public const int PartialApproval = 10;
}

/// <summary>A card of the simulated world.</summary>
internal sealed record Card(int Index, byte[] Number, byte[] Track);

/// <summary>One payment in its acquirer's book, and beside it what all issuers' books say of it.</summary>
internal sealed class Payment
{
    /// <summary>A copy of it came to the node as it was sent, as its MAC says.</summary>
    public bool IsBelieved { get; private set; }

    /// <summary>Notes that.</summary>
    public void NoteBelieved() => IsBelieved = true;

    public required long Id { get; init; }

    public required int Acquirer { get; init; }

    /// <summary>100, 200, 120 or 220.</summary>
    public required int Mti { get; init; }

    public required Card Card { get; init; }

    /// <summary>DE 4.</summary>
    public required long Amount { get; init; }

    /// <summary>DE 3 as a number: purchase 0, cash-back 90000, refund 200000, balance inquiry 310000.</summary>
    public int Processing { get; init; }

    /// <summary>What stays of the amount: less after a partial approval or a partial reversal.</summary>
    public long Held { get; set; }

    /// <summary>Of a partial approval: the amount that was approved; 0: none.</summary>
    public long ApprovedPart { get; set; }

    /// <summary>A refund gives the cardholder money.</summary>
    public int Sign => Processing == Kinds.Refund ? -1 : 1;

    /// <summary>A pre-authorization: what it holds is taken, or given up, by a completion.</summary>
    public bool IsPreAuthorization { get; init; }

    /// <summary>Of a completion: the pre-authorization that it completes.</summary>
    public Payment? Completes { get; init; }

    /// <summary>Its completion was accepted: it holds nothing any more.</summary>
    public bool IsCompleted { get; set; }

    /// <summary>Of a completion: whose numbers stand in it, where they name nothing or name it wrongly.</summary>
    public Payment? Misnames { get; init; }

    /// <summary>Its DE 90 is zeros.</summary>
    public bool IsNamedByZeros { get; init; }

    /// <summary>A part of it is given back after the approval.</summary>
    public bool WillReduce { get; set; }

    public required int Terminal { get; init; }

    /// <summary>DE 37: its number, or for some completions that of what they complete.</summary>
    public long Reference { get; init; }

    /// <summary>Goes through every party in DE 103, where nothing looks: it joins the books.</summary>
    public long Ticket => Id * Reversal.TicketBase;

    /// <summary>What is wrong with it: it must be refused, and no issuer may see it.</summary>
    public Flaw Flaw { get; set; }

    /// <summary>An approval of it has come, or its advice was taken: the switch knows it for certain.</summary>
    public bool IsAnsweredWell { get; set; }

    /// <summary>Another payment bears its DE 37 as well.</summary>
    public bool IsReferenceShared { get; set; }

    /// <summary>It was sent once more after the switch had forgotten it.</summary>
    public bool IsReplayed { get; set; }

    /// <summary>The journal has it.</summary>
    public bool IsRecorded { get; set; }

    public int Stan { get; set; }

    /// <summary>DE 7 as a number; 0: not sent yet.</summary>
    public long Time { get; set; }

    /// <summary>DE 13 and 12 as one number; 0: it bears none.</summary>
    public long LocalTime { get; set; }

    public PaymentState State { get; set; }

    /// <summary>The customer changes his mind after the approval.</summary>
    public bool WillCancel { get; init; }

    /// <summary>How long the acquirer waits for the answer, in ticks.</summary>
    public long Patience { get; init; }

    public int Copies { get; set; }

    public int Answers { get; set; }

    /// <summary>When its first copy was sent; 0: none was.</summary>
    public long FirstSentAt { get; set; }

    /// <summary>An approval was lost on its way from the switch, which cannot know that.</summary>
    public bool WasApprovalLost { get; set; }

    /// <summary>DE 39 of the answer that counts; -1: none.</summary>
    public int Code { get; set; } = -1;

    /// <summary>DE 38 of the answer that counts, as bytes of a number.</summary>
    public ulong Approval { get; set; }

    /// <summary>When the answer that counts was given to the connection.</summary>
    public long OutcomeLeftAt { get; set; }

    /// <summary>When the first approval was given to the connection; 0: never.</summary>
    public long ApprovalLeftAt { get; set; }

    /// <summary>When a copy last came to the node; the deadline counts from there.</summary>
    public long ArrivedAt { get; set; }

    /// <summary>The life of the node that took a copy of it in last; -1: none has.</summary>
    public long TakenInLife { get; set; } = -1;

    /// <summary>Every message that takes it back or was meant to, in the order in which they were made.</summary>
    public List<Reversal> Reversals { get; } = [];

    /// <summary>The one that is repeated until it is answered; null: none is.</summary>
    public Reversal? Pending { get; set; }

    /// <summary>When the first answer left that says that it is taken back; 0: none has.</summary>
    public long TakenBackLeftAt { get; set; }

    /// <summary>It was taken back, and by nothing that the switch held against it.</summary>
    public bool IsTakenBackUnmatched => State == PaymentState.Reversed && IsAnsweredWell
        && !Reversals.Exists(static one => one is { Recorded: ReversalFate.Matched, IsPartial: false });

    /// <summary>An issuer has refused a message about it at some time.</summary>
    public bool WasRefused { get; set; }

    /// <summary>Class 2: it is in the money totals of reconciliation. An inquiry moves none.</summary>
    public bool IsFinancial => Mti >= 200 && Processing != Kinds.Inquiry;

    public bool IsAdvice => Mti is 120 or 220;

    /// <summary>A part was approved: the same part whenever it is said again. Else all.</summary>
    public bool IsRightAmount(int code, long amount) => code != Kinds.PartialApproval
        ? amount == Amount
        : amount > 0 && amount < Amount && (ApprovedPart == 0 || ApprovedPart == amount);

    public bool IsSettled => Pending is null
        && State is PaymentState.Approved or PaymentState.Declined or PaymentState.Reversed or PaymentState.Advised
            or PaymentState.Abandoned;

    /// <summary>What the card owes for it in the acquirer's book.</summary>
    public long Owed =>
        !IsCompleted && State is (PaymentState.Approved or PaymentState.Advised) ? Sign * Held : 0;

    /// <summary>What all issuers together have posted and not taken back.</summary>
    public long Posted { get; set; }

    /// <summary>How many postings of all issuers stand.</summary>
    public int LivePostings { get; set; }

    /// <summary>Issuers, as bits, that have ever approved it or had it advised.</summary>
    public int PostedBy { get; set; }
}
