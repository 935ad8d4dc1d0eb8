using Switch.Protocol.Fields;

namespace Switch.Routing.StandIn;

/// <summary>One approval as the ledger takes it in.</summary>
internal readonly record struct StandInApproval
{
    public CardToken Card { get; init; }

    public int Issuer { get; init; }

    /// <summary>DE 11 of the advice that the issuer is owed.</summary>
    public int Stan { get; init; }

    /// <summary>The transaction's key: trace numbers come round within the time that an approval is kept.</summary>
    public ulong Key { get; init; }

    public long Amount { get; init; }

    /// <summary>
    /// Wall-clock milliseconds of the decision: windows outlive a restart, so they are not monotonic.
    /// </summary>
    public long TimeMs { get; init; }

    /// <summary>The profile that approved it; -1: one that is no longer configured.</summary>
    public int Profile { get; init; }

    /// <summary>Recovery's number for the profile and prefix that the record names; 0 outside recovery.</summary>
    public int Origin { get; init; }

    public ScopeKeys Keys { get; init; }
}

/// <summary>One approval of the ledger as a checkpoint keeps it.</summary>
internal readonly record struct SavedApproval(StandInApproval Approval, long Outage, bool IsExposed, bool IsGivenBack);
