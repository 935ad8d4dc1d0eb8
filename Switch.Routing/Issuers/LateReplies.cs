using System.Numerics;

namespace Switch.Routing.Issuers;

/// <summary>What had become of a request when its reply came too late.</summary>
internal enum LateFate : byte
{
    None,

    /// <summary>
    /// A 0420 is owed for it: a late approval is covered (docs/domain.md section 3.3, cases C and J).
    /// </summary>
    ReversalOwed,

    /// <summary>Stand-in approved it: the advice tells the issuer (case B).</summary>
    StandInApproved,

    /// <summary>It had its reply already.</summary>
    Answered,
}

/// <summary>
/// The latest ended requests of an issuer by STAN, so that a late reply is known as one and not taken for a stray.
/// Bounded: a request overwrites the one that had its place 65,536 requests before.
/// </summary>
internal sealed class LateReplies
{
    private readonly LateReply[] _entries;

    public LateReplies(int countMax) =>
        _entries = new LateReply[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, countMax))];

    /// <param name="adviceStan">Of a stand-in approval: DE 11 of the advice that tells the issuer.</param>
    public void Add(int stan, long time, ulong transaction, LateFate fate, int adviceStan = 0) =>
        _entries[stan & (_entries.Length - 1)] = new LateReply(stan, time, transaction, fate, adviceStan);

    /// <summary>The request with this STAN and DE 7; its fate is none when it is not among the latest.</summary>
    public LateReply Find(int stan, long time)
    {
        LateReply entry = _entries[stan & (_entries.Length - 1)];
        return entry.Stan == stan && entry.Time == time ? entry : default;
    }

    /// <summary>The late reply was dealt with: a second one changes nothing.</summary>
    public void Settle(in LateReply reply) => Add(reply.Stan, reply.Time, reply.Transaction, LateFate.Answered);
}

/// <summary>A request that has ended, by what its reply would bear.</summary>
internal readonly record struct LateReply(int Stan, long Time, ulong Transaction, LateFate Fate, int AdviceStan);
