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

    /// <summary>An advice that is repeated until it is answered: the money has moved already.</summary>
    Advising,

    Advised,
}

/// <summary>A card of the simulated world.</summary>
internal sealed record Card(int Index, byte[] Number, byte[] Track);

/// <summary>
/// One payment in its acquirer's book, and beside it what all issuers' books say of it. Its number travels as DE 37
/// through every party, so the books can be laid side by side.
/// </summary>
internal sealed class Payment
{
    public required long Id { get; init; }

    public required int Acquirer { get; init; }

    /// <summary>100, 200, 120 or 220.</summary>
    public required int Mti { get; init; }

    public required Card Card { get; init; }

    public required long Amount { get; init; }

    public required int Terminal { get; init; }

    public int Stan { get; set; }

    /// <summary>DE 7 as a number; 0: not sent yet.</summary>
    public long Time { get; set; }

    public PaymentState State { get; set; }

    /// <summary>The customer changes his mind after the approval.</summary>
    public bool WillCancel { get; init; }

    /// <summary>How long the acquirer waits for the answer, in ticks.</summary>
    public long Patience { get; init; }

    public int Copies { get; set; }

    public int Answers { get; set; }

    /// <summary>DE 39 of the answer that counts; -1: none.</summary>
    public int Code { get; set; } = -1;

    /// <summary>DE 38 of the answer that counts, as bytes of a number.</summary>
    public ulong Approval { get; set; }

    /// <summary>When the first approval was given to the connection; 0: never.</summary>
    public long ApprovalLeftAt { get; set; }

    /// <summary>When a copy last came to the node; the deadline counts from there.</summary>
    public long ArrivedAt { get; set; }

    public int ReversalMti { get; set; }

    public int ReversalStan { get; set; }

    public long ReversalTime { get; set; }

    public int ReversalCopies { get; set; }

    public int ReversalAnswers { get; set; }

    public bool IsAdvice => Mti is 120 or 220;

    public bool IsSettled => State is PaymentState.Approved or PaymentState.Declined or PaymentState.Reversed
        or PaymentState.Advised;

    /// <summary>What the card owes for it in the acquirer's book.</summary>
    public long Owed => State is PaymentState.Approved or PaymentState.Advised ? Amount : 0;

    /// <summary>What all issuers together have posted and not taken back.</summary>
    public long Posted { get; set; }

    /// <summary>How many postings of all issuers stand.</summary>
    public int LivePostings { get; set; }

    /// <summary>Issuers, as bits, that have ever approved it or had it advised.</summary>
    public int PostedBy { get; set; }
}
