using Switch.Routing.Context;
using Switch.Routing.Issuers;
using Switch.Routing.Payments;

namespace Switch.Routing.Transactions;

/// <summary>
/// What was in flight on links that are gone: each payment's leg fails, a few in one turn of the core, because with
/// thousands in flight all other payments, and the sockets, would wait a fifth of a second for the last.
/// </summary>
/// <remarks>
/// Until its turn comes, a payment awaits the reply that cannot come, and anything else may end its leg as ever: its
/// time-out, a reversal. A link that comes back meanwhile has its walk finished first, so that what is sent on it from
/// then on is not taken for what was lost.
/// </remarks>
internal sealed class LostLinks(CoreContext context, TransactionTable transactions, RequestFlow requests)
{
    /// <summary>Legs that fail in one turn: 20 us each, so under a millisecond.</summary>
    public const int LegsPerTurn = 40;

    // Seats looked at in one turn: 50 ns each.
    private const int SeatsPerTurn = 4_000;

    // By link: the seat to look at next, and the one after the last.
    private readonly (int Next, int End)[] _walks = new (int, int)[context.Links.Length];
    private int _left;

    /// <summary>Whether some are left for the next turn.</summary>
    public bool HasMore => _left > 0;

    /// <summary>A link is gone. Its first legs fail at once.</summary>
    public void Begin(LinkRecord link)
    {
        _left += IsWalking(link.Id) ? 0 : 1;
        _walks[link.Id] = (0, transactions.SeatsMade);
        Walk(link.Id, LegsPerTurn, SeatsPerTurn);
    }

    /// <summary>Once in a turn: the next ones of one link.</summary>
    public void GoOn()
    {
        for (int link = 0; _left > 0 && link < _walks.Length; link++)
        {
            if (IsWalking(link))
            {
                Walk(link, LegsPerTurn, SeatsPerTurn);
                return;
            }
        }
    }

    /// <summary>Before the link takes anything again.</summary>
    public void Finish(LinkRecord link)
    {
        if (IsWalking(link.Id))
        {
            Walk(link.Id, int.MaxValue, int.MaxValue);
        }
    }

    private bool IsWalking(int link) => _walks[link].Next < _walks[link].End;

    private void Walk(int link, int legs, int seats)
    {
        (int next, int end) = _walks[link];
        for (; next < end && legs > 0 && seats > 0; next++, seats--)
        {
            Transaction transaction = transactions[next];
            if (transaction.State == TransactionState.AwaitingReply && transaction.TryTakeOpenLeg(link: link))
            {
                requests.LegFailed(transaction, LegFailure.LinkLost);
                legs--;
            }
        }

        _walks[link] = (next, end);
        _left -= next < end ? 0 : 1;
    }
}
