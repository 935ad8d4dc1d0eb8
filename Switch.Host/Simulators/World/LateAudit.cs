namespace Switch.Host.Simulators.World;

/// <summary>
/// Holds the switch to what an issuer's policy says of an approval that comes after stand-in has approved: while the
/// advice has not been sent, the very next record makes its reversal owed.
/// </summary>
internal sealed class LateAudit(WorldContext context)
{
    private const int OwedType = 4;
    private const int NodeStartedType = 7;

    private ulong _expected;
    private long _payment;

    /// <summary>Another record begins.</summary>
    public void Next(int type, ulong transaction)
    {
        // A crash may have torn the one off the other: then recovery decides.
        if (_expected != 0 && type != NodeStartedType && (type != OwedType || transaction != _expected))
        {
            context.Report("I6", _payment, "an approval that came after stand-in's was not reversed before its advice");
        }

        _expected = 0;
    }

    /// <summary>A late approval was recorded; <paramref name="advice"/> tells its issuer of stand-in's.</summary>
    public void Came(long lsn, ulong transaction, JournalOwedItem? advice)
    {
        if (advice is { End: OwedEnd.Pending, WasParked: false }
            && context.Plan.Issuers[advice.Issuer].WantsLateReversals
            && !context.AdviceSends.WasSentBefore(advice.Issuer, advice.Key, lsn))
        {
            _expected = transaction;
            _payment = advice.Key.Payment;
            context.Count(Fault.LateApprovalReversed);
        }
    }
}
