using System.Text;
using Switch.Routing.Routes;
using Switch.Routing.StandIn;

namespace Switch.Host.Simulators.World;

/// <summary>
/// Keeps stand-in's counters a second time, from the journal's decisions in their order, and says when one of them was
/// beyond the issuer's limits (I11).
/// </summary>
internal sealed class StandInAudit
{
    private readonly WorldContext _context;
    private readonly Dictionary<UInt128, Account> _cards = [];
    private readonly Dictionary<ulong, Approval> _byTransaction = [];
    private readonly long[] _exposure;
    private long _latestMs;

    public StandInAudit(WorldContext context)
    {
        _context = context;
        _exposure = new long[context.Plan.Issuers.Length];
    }

    /// <summary>Sum over all issuers of what they have not acknowledged.</summary>
    public long Exposure => _exposure.Sum();

    public void Approve(JournalDecision decision)
    {
        StandInProfile profile = ProfileOf(decision.Payment);
        CheckPin(decision.Payment, profile);
        Account account = AccountOf(decision.Card);
        _latestMs = Math.Max(_latestMs, decision.WallMs);
        long window = (long)profile.PerCardWindow.TotalMilliseconds;
        int count = 1;
        long amount = decision.Amount;
        for (int i = account.Approvals.Count - 1; i >= 0; i--)
        {
            Approval earlier = account.Approvals[i];
            if (decision.WallMs - earlier.TimeMs < window && !earlier.IsGivenBack)
            {
                count++;
                amount += earlier.Amount;
            }
        }

        _exposure[decision.Issuer] += decision.Amount;
        long exposed = _exposure[decision.Issuer];

        // A clock that jumps ahead and back ends windows early: they are counted by the calendar (docs/domain.md
        // section 4.3).
        bool isOverCard = (count > profile.PerCardCount || amount > profile.PerCardAmount)
            && _context.Faults[(int)Fault.ClockJump] == 0;
        if (isOverCard || exposed > profile.IssuerExposure
            || decision.Amount > profile.PerTransaction)
        {
            _context.Report(
                "I11", decision.Payment,
                $"stand-in approval number {count} of its card (at most {profile.PerCardCount}), sum {amount} (at most "
                + $"{profile.PerCardAmount}), exposure {exposed} (at most {profile.IssuerExposure})");
        }

        var approval = new Approval(decision.Issuer, decision.Stan, decision.Amount, _latestMs);
        account.Approvals.Add(approval);
        _byTransaction[decision.Transaction] = approval;
    }

    private void CheckPin(long id, StandInProfile profile)
    {
        Payment payment = _context.Payments[(int)id - 1];
        bool hasPin = PinPlan.HasPin(_context.Plan.Acquirers[payment.Acquirer], payment);
        if (hasPin && profile.Pin == StandInPin.Decline)
        {
            _context.Report("I11", id, "stand-in approved a request with a PIN");
        }
    }

    /// <summary>The transaction was reversed, or its decision replaced.</summary>
    public void GiveBack(ulong transaction)
    {
        if (_byTransaction.TryGetValue(transaction, out Approval? approval))
        {
            EndExposure(approval);
            approval.IsGivenBack = true;
        }
    }

    /// <summary>A part was reversed, or it was completed for less: what stays counts.</summary>
    public void Reduce(ulong transaction, long remaining)
    {
        if (_byTransaction.TryGetValue(transaction, out Approval? approval) && !approval.IsGivenBack
            && remaining < approval.Amount)
        {
            _exposure[approval.Issuer] -= approval.IsExposed ? approval.Amount - remaining : 0;
            approval.Amount = remaining;
        }
    }

    public void Acknowledge(int issuer, int stan, UInt128 card)
    {
        Approval? approval = AccountOf(card).Approvals.FindLast(one => one.Issuer == issuer && one.Stan == stan);
        if (approval is not null)
        {
            EndExposure(approval);
        }
    }

    private void EndExposure(Approval approval)
    {
        _exposure[approval.Issuer] -= approval.IsExposed ? approval.Amount : 0;
        approval.IsExposed = false;
    }

    private Account AccountOf(UInt128 card)
    {
        if (!_cards.TryGetValue(card, out Account? account))
        {
            account = new Account();
            _cards.Add(card, account);
        }

        return account;
    }

    private StandInProfile ProfileOf(long payment)
    {
        string number = Encoding.ASCII.GetString(_context.Find(payment)!.Card.Number);
        Route route = _context.Plan.Core.Routes.Routes.First(
            one => number.StartsWith(one.Prefix, StringComparison.Ordinal));
        return _context.Plan.Core.StandInProfiles[Math.Max(0, route.StandIn)];
    }

    private sealed class Account
    {
        public List<Approval> Approvals { get; } = [];
    }

    private sealed class Approval(int issuer, int stan, long amount, long timeMs)
    {
        public int Issuer { get; } = issuer;

        public int Stan { get; } = stan;

        public long Amount { get; set; } = amount;

        public long TimeMs { get; } = timeMs;

        public bool IsExposed { get; set; } = true;

        public bool IsGivenBack { get; set; }
    }
}
