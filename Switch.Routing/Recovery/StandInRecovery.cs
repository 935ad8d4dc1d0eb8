using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Switch.Protocol.Fields;
using Switch.Routing.Context;
using Switch.Routing.Journal;
using Switch.Routing.Records;
using Switch.Routing.Routes;
using Switch.Routing.StandIn;
using Switch.Routing.Values;

namespace Switch.Routing.Recovery;

/// <summary>
/// Rebuilds outages and limits from decisions, in their order. Profiles and routes may have changed since: an approval
/// counts under the profile of its name, or else under the one that its prefix leads to now, in the limits of today.
/// </summary>
internal sealed class StandInRecovery(CoreContext context)
{
    private const int ApprovalSize = 120;
    private const byte Exposed = 1;
    private const byte GivenBack = 2;

    // Profile and prefix as records name them, which is few pairs for many approvals. Number 0 is not used.
    private readonly List<Origin> _origins = [new Origin("", "", -1)];
    private readonly Dictionary<(string Profile, string Prefix), int> _numbers = [];

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
        while (context.Ledger.IsFull && context.Ledger.Expire(approval.TimeMs))
        {
            // In the life before, ticks did this between decisions.
        }

        RequireRoom(lsn);
        int origin = NumberOf(Encoding.ASCII.GetString(block.Profile), Encoding.ASCII.GetString(block.Prefix));
        context.Ledger.Add(approval with
        {
            Profile = _origins[origin].Index,
            Origin = origin,
            Keys = KeysOf(block),
        });
    }

    /// <summary>Writes the approvals that still count, or are still the switch's risk, oldest first.</summary>
    public void Save(StateWriter writer)
    {
        StandInLedger ledger = context.Ledger;
        ledger.Compact();
        foreach ((string profile, string prefix, _) in CollectionsMarshal.AsSpan(_origins)[1..])
        {
            RecordWriter row = writer.Row(StateType.Origin, profile.Length + prefix.Length + 2);
            row.Name(profile);
            row.Name(prefix);
            writer.End(row);
        }

        for (int i = 0; i < ledger.Count; i++)
        {
            Save(writer, ledger.FromOldest(i));
        }
    }

    /// <summary>Takes an origin back in; they come in the order of their numbers.</summary>
    public void RestoreOrigin(ref RecordReader reader) =>
        NumberOf(Encoding.ASCII.GetString(reader.Text()), Encoding.ASCII.GetString(reader.Text()));

    /// <summary>Takes an approval back in, in the limits of today.</summary>
    /// <param name="issuers">Today's position of each issuer by its saved one.</param>
    public void RestoreApproval(ref RecordReader reader, int[] issuers)
    {
        CardToken card = reader.Token();
        int issuer = CoreState.IndexOf(issuers, reader.Number16());
        int stan = (int)reader.Number32();
        ulong key = reader.Number64();
        long amount = (long)reader.Number64();
        long timeMs = (long)reader.Number64();
        long outage = (long)reader.Number64();
        int origin = (int)reader.Number32();
        byte flags = reader.Byte();
        var keys = new ScopeKeys
        {
            Merchant = reader.Number64(), Terminal = reader.Number64(), Acquirer = reader.Number64(),
            Range = reader.Number64(), Mcc = (short)reader.Number16(), ProcessingCode = (short)reader.Number16(),
            EntryMode = (short)reader.Number16(),
        };
        if (issuer < 0 || (uint)origin >= (uint)_origins.Count)
        {
            throw new RecordFormatException(
                context.DurableLsn, "an issuer that stand-in approved for is not configured any more");
        }

        RequireRoom(context.DurableLsn);
        var approval = new StandInApproval
        {
            Card = card, Issuer = issuer, Stan = stan, Key = key, Amount = amount, TimeMs = timeMs,
            Profile = _origins[origin].Index, Origin = origin, Keys = keys,
        };
        context.Ledger.Restore(
            new SavedApproval(approval, outage, (flags & Exposed) != 0, (flags & GivenBack) != 0));
    }

    private static void Save(StateWriter writer, in SavedApproval saved)
    {
        StandInApproval approval = saved.Approval;
        RecordWriter row = writer.Row(StateType.Approval, ApprovalSize);
        row.Token(approval.Card);
        row.Number16(approval.Issuer);
        row.Number32((uint)approval.Stan);
        row.Number64(approval.Key);
        row.Number64(approval.Amount);
        row.Number64(approval.TimeMs);
        row.Number64(saved.Outage);
        row.Number32((uint)approval.Origin);
        row.Byte((byte)((saved.IsExposed ? Exposed : 0) | (saved.IsGivenBack ? GivenBack : 0)));
        row.Number64(approval.Keys.Merchant);
        row.Number64(approval.Keys.Terminal);
        row.Number64(approval.Keys.Acquirer);
        row.Number64(approval.Keys.Range);
        row.Number16(approval.Keys.Mcc);
        row.Number16(approval.Keys.ProcessingCode);
        row.Number16(approval.Keys.EntryMode);
        writer.End(row);
    }

    private void RequireRoom(long lsn)
    {
        if (context.Ledger.IsFull)
        {
            throw new RecordFormatException(
                lsn,
                "more stand-in approvals still count than StandInMax "
                + context.Configuration.StandInMax.ToString(CultureInfo.InvariantCulture) + " allows; raise it");
        }
    }

    private int NumberOf(string profile, string prefix)
    {
        if (!_numbers.TryGetValue((profile, prefix), out int number))
        {
            number = _origins.Count;
            _numbers.Add((profile, prefix), number);
            _origins.Add(new Origin(profile, prefix, ProfileOf(profile, prefix)));
        }

        return number;
    }

    private int ProfileOf(string name, string prefix)
    {
        IReadOnlyList<StandInProfile> profiles = context.Configuration.StandInProfiles;
        for (int i = 0; i < profiles.Count; i++)
        {
            if (profiles[i].Name == name)
            {
                return i;
            }
        }

        return context.Configuration.Routes.TryFind(Encoding.ASCII.GetBytes(prefix), out Route route)
            ? route.StandIn
            : -1;
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

    /// <param name="Index">The profile's position today; -1: none.</param>
    private readonly record struct Origin(string Profile, string Prefix, int Index);
}
