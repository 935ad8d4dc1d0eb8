namespace Switch.Host.Simulators;

/// <summary>What a simulated issuer counted. Written under its simulator's lock.</summary>
internal sealed class SimulatedIssuerCounters
{
    private const int ComplaintsMax = 100;

    private readonly List<string> _complaints = [];

    public long Requests { get; set; }

    public long Approved { get; set; }

    public long Declined { get; set; }

    public long Advices { get; set; }

    /// <summary>Advices that moved money.</summary>
    public long AdvicesPosted { get; set; }

    /// <summary>Advices for what the timed-out original had posted already.</summary>
    public long AdvicesCovered { get; set; }

    /// <summary>Advices whose reversal had come first.</summary>
    public long AdvicesAfterReversal { get; set; }

    public long ApprovedAgainstDecline { get; set; }

    public long Reversals { get; set; }

    /// <summary>Reversals that took money back.</summary>
    public long ReversalsEffective { get; set; }

    /// <summary>Reversals of something that had not moved money, or not any more.</summary>
    public long ReversalsWithoutEffect { get; set; }

    public long ReversalsUnknown { get; set; }

    /// <summary>Messages whose key was known: repeats, flagged or not.</summary>
    public long Repeats { get; set; }

    public long NetworkMessages { get; set; }

    /// <summary>Messages that were read and left without an answer in silent mode.</summary>
    public long Swallowed { get; set; }

    /// <summary>Answers that were lost on purpose after the message had taken effect.</summary>
    public long AnswersDropped { get; set; }

    /// <summary>Answers that were held while silent and sent late.</summary>
    public long AnswersLate { get; set; }

    public long FormatErrors { get; set; }

    /// <summary>PIN blocks that the issuer's key opened, with the card's PIN.</summary>
    public long PinsRight { get; set; }

    /// <summary>PIN blocks that the issuer's key opened, with another PIN: declined.</summary>
    public long PinsWrong { get; set; }

    /// <summary>PIN blocks that the issuer's key did not open: a mistake of the switch.</summary>
    public long PinsUnreadable { get; set; }

    /// <summary>Messages that came with a right MAC.</summary>
    public long MacsRight { get; set; }

    /// <summary>Mistakes in what the switch sent: a right switch leaves this at zero.</summary>
    public long Complaints { get; private set; }

    /// <summary>The first hundred of them. Holds no card numbers.</summary>
    public IReadOnlyList<string> ComplaintTexts => _complaints;

    public void Complain(string text)
    {
        Complaints++;
        if (_complaints.Count < ComplaintsMax)
        {
            _complaints.Add(text);
        }
    }
}
