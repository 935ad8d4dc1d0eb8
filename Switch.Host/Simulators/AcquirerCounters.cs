namespace Switch.Host.Simulators;

/// <summary>What a simulated acquirer counted. Written under its simulator's lock.</summary>
internal sealed class AcquirerCounters
{
    private const int ViolationsMax = 100;

    private readonly List<string> _violations = [];

    /// <summary>Transactions sent; repeats and reversals are not among them.</summary>
    public long Sent { get; set; }

    /// <summary>Transactions that were answered, in time or late.</summary>
    public long Answered { get; set; }

    public long Approved { get; set; }

    public long Declined { get; set; }

    /// <summary>Answers after the acquirer's patience: the reversal stands.</summary>
    public long Late { get; set; }

    public long TimedOut { get; set; }

    /// <summary>The schedule wanted to send, and no connection was there.</summary>
    public long NotSent { get; set; }

    public long Repeats { get; set; }

    public long Cancelled { get; set; }

    public long Reversals { get; set; }

    public long ReversalRepeats { get; set; }

    public long ReversalsAcknowledged { get; set; }

    public long Reconnects { get; set; }

    /// <summary>Of the transactions sent, those with a PIN.</summary>
    public long PinsSent { get; set; }

    /// <summary>Of those, the ones with another PIN than the card's.</summary>
    public long WrongPinsSent { get; set; }

    /// <summary>Of those, the ones that were approved all the same.</summary>
    public long WrongPinsApproved { get; set; }

    /// <summary>Messages that came with a right MAC.</summary>
    public long MacsRight { get; set; }

    /// <summary>Transactions by DE 39 of their first answer.</summary>
    public SortedDictionary<string, long> ByResponseCode { get; } = new(StringComparer.Ordinal);

    /// <summary>From the intended moment of sending to the answer, of answers in time.</summary>
    public LatencyHistogram Latency { get; } = new();

    public long Unanswered => Sent - Answered;

    /// <summary>Answers that no right switch gives.</summary>
    public long Violations { get; private set; }

    /// <summary>The first hundred of them. Holds no card numbers.</summary>
    public IReadOnlyList<string> ViolationTexts => _violations;

    public void Violate(string text)
    {
        Violations++;
        if (_violations.Count < ViolationsMax)
        {
            _violations.Add(text);
        }
    }
}
