using System.Globalization;
using System.Text;
using Switch.Routing.Core;
using Switch.Routing.Records;
using Switch.Routing.Routes;

namespace Switch.Routing.StandIn;

/// <summary>
/// Rebuilds outages and limits from decisions, in their order. Profiles and routes may have changed since: an approval
/// counts under the profile of its name, or else under the one that its prefix leads to now, in the limits of today.
/// </summary>
internal sealed class StandInRecovery(CoreContext context)
{
    /// <summary>The issuer decided a request itself.</summary>
    /// <param name="issuer">-1: one that is no longer configured.</param>
    public void Answered(int issuer)
    {
        if (issuer >= 0)
        {
            context.Ledger.EndOutage(issuer);
        }
    }

    /// <summary>Stand-in decided for the issuer, in an outage that began then.</summary>
    public void Began(int issuer, long outage)
    {
        if (issuer >= 0 && outage != 0)
        {
            context.Ledger.BeginOutage(issuer, outage);
        }
    }

    /// <summary>
    /// Stand-in approved; the card, amount, time, issuer and STAN are in <paramref name="approval"/>.
    /// </summary>
    /// <exception cref="RecordFormatException">There are more live approvals than the ledger may hold.</exception>
    public void Approved(long lsn, in StandInBlock block, in StandInApproval approval)
    {
        StandInLedger ledger = context.Ledger;
        while (ledger.IsFull && ledger.Expire(approval.TimeMs))
        {
            // In the life before, ticks did this between decisions.
        }

        if (ledger.IsFull)
        {
            throw new RecordFormatException(
                lsn,
                "more stand-in approvals still count than StandInMax "
                + context.Configuration.StandInMax.ToString(CultureInfo.InvariantCulture) + " allows; raise it");
        }

        ledger.Add(approval with { Profile = ProfileOf(block), Keys = KeysOf(block) });
    }

    private int ProfileOf(in StandInBlock block)
    {
        IReadOnlyList<StandInProfile> profiles = context.Configuration.StandInProfiles;
        string name = Encoding.ASCII.GetString(block.Profile);
        for (int i = 0; i < profiles.Count; i++)
        {
            if (profiles[i].Name == name)
            {
                return i;
            }
        }

        return context.Configuration.Routes.TryFind(block.Prefix, out Route route) ? route.StandIn : -1;
    }

    private static ScopeKeys KeysOf(in StandInBlock block) => new()
    {
        Merchant = ScopeKeys.HashOf(block.Merchant),
        Terminal = ScopeKeys.HashOf(block.Terminal),
        Acquirer = StableHash.Of(Encoding.ASCII.GetString(block.Acquirer)),
        Range = StableHash.Of(Encoding.ASCII.GetString(block.Prefix)),
        Mcc = ScopeKeys.Leading(block.MerchantType, 4),
        ProcessingCode = ScopeKeys.Leading(block.ProcessingCode, 2),
        EntryMode = ScopeKeys.Leading(block.EntryMode, 2),
    };
}
