namespace Switch.Host.Simulators;

/// <summary>Where a transaction stands for the acquirer.</summary>
internal enum AcquirerTransactionState
{
    /// <summary>Sent, not answered, still patient.</summary>
    Pending,

    Approved,

    Declined,

    /// <summary>Its reversal is sent, and sent again until it is answered. Whether money moved is not known.</summary>
    Reversing,

    /// <summary>The reversal was accepted: no money moved.</summary>
    Reversed,
}

/// <summary>One transaction in the acquirer's books.</summary>
internal sealed class AcquirerTransaction
{
    public required int Mti { get; init; }

    public required string Pan { get; init; }

    public required long Amount { get; init; }

    public required int Stan { get; init; }

    /// <summary>DE 7, ten digits, the same in every copy.</summary>
    public required string SentAt { get; init; }

    /// <summary>DE 12 and 13 in one text: hhmmss and MMDD.</summary>
    public required string LocalTime { get; init; }

    public required string Rrn { get; init; }

    public required string Terminal { get; init; }

    /// <summary>When the schedule wanted it sent: latency counts from here.</summary>
    public required TimeSpan IntendedAt { get; init; }

    /// <summary>When its first answer came, by the same clock; null: none has.</summary>
    public TimeSpan? AnsweredAt { get; set; }

    public AcquirerTransactionState State { get; set; }

    /// <summary>Copies sent, the first included: each may have one answer.</summary>
    public int Copies { get; set; }

    public int Answers { get; set; }

    /// <summary>DE 39 of the first answer.</summary>
    public string? ResponseCode { get; set; }

    /// <summary>DE 38 of the first answer.</summary>
    public string? ApprovalCode { get; set; }

    /// <summary>The customer will change his mind after an approval.</summary>
    public bool WillCancel { get; init; }

    public RepeatPlan Repeat { get; init; }

    /// <summary>DE 52, the same in every copy; null: it has no PIN.</summary>
    public string? PinBlock { get; init; }

    /// <summary>Its PIN is not the card's.</summary>
    public bool HasWrongPin { get; init; }

    public ReversalExchange? Reversal { get; set; }

    public LegKey Key => new(Mti, Stan, PlainMessage.ToInt64(SentAt));

    /// <summary>0120 and 0220: told, not asked.</summary>
    public bool IsAdvice => Mti / 10 % 10 == 2;

    /// <summary>What the card owes for it once everything is settled.</summary>
    public long Net => State == AcquirerTransactionState.Approved ? Amount : 0;

    /// <summary>The acquirer still waits for something that decides about money.</summary>
    public bool IsOpen => State is AcquirerTransactionState.Pending or AcquirerTransactionState.Reversing;

    public override string ToString() => $"{Mti:D4}/{Stan:D6} {State} {ResponseCode ?? "-"}";
}

/// <summary>Whether and when a second copy is sent.</summary>
internal enum RepeatPlan
{
    Never,

    /// <summary>A few milliseconds after the first: the switch should join the two.</summary>
    AtOnce,

    /// <summary>After the answer: the switch should give the same again.</summary>
    AfterAnswer,
}

/// <summary>The reversal of a transaction: one STAN and DE 7 however often it is sent.</summary>
internal sealed class ReversalExchange
{
    /// <summary>400 or 420.</summary>
    public required int Mti { get; init; }

    public required int Stan { get; init; }

    public required string SentAt { get; init; }

    public int Sendings { get; set; }

    public LegKey Key => new(Mti, Stan, PlainMessage.ToInt64(SentAt));
}
