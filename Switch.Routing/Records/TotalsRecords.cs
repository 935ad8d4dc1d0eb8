using System.Text;
using Switch.Routing.Context;
using Switch.Routing.Owed;
using Switch.Routing.Totals;
using Switch.Routing.Values;

namespace Switch.Routing.Records;

/// <summary>The totals block of records: what owed messages will count as, and the entries made.</summary>
internal sealed class TotalsRecords(CoreContext context)
{
    private readonly Dictionary<string, int> _acquirers = IndexOf(context.Configuration.Acquirers, item => item.Name);
    private readonly Dictionary<string, int> _issuers = IndexOf(context.Configuration.Issuers, item => item.Name);

    /// <summary>What each owed message of the record counts as once it is acknowledged, in their order.</summary>
    public static void Write(ref RecordWriter writer, ReadOnlySpan<OwedItem> owed)
    {
        foreach (OwedItem item in owed)
        {
            writer.Byte((byte)item.Counts);
            writer.Number64(item.Amount);
            writer.Number16(item.Currency);
        }
    }

    /// <summary>The entries made since the last record that could take them.</summary>
    public static void WritePostings(ref RecordWriter writer, CoreContext context)
    {
        ReadOnlySpan<Posting> postings = context.Totals.Unrecorded;
        writer.Byte((byte)postings.Length);
        foreach (ref readonly Posting posting in postings)
        {
            ReadyName party = posting.Side == TotalsSide.Acquirer
                ? context.AcquirerNames[posting.Party]
                : context.IssuerNames[posting.Party];
            PostingList.Write(ref writer, posting, party);
        }

        context.Totals.Recorded();
    }

    /// <summary>Adds a record's entries up; those of parties that are no longer configured are left out.</summary>
    public void Apply(PostingList postings)
    {
        while (postings.MoveNext())
        {
            int party = PartyOf(postings.Posting.Side, postings.Party);
            if (party >= 0)
            {
                context.Totals.Apply(postings.Posting with { Party = party });
            }
        }
    }

    /// <summary>A party had begun a settlement date.</summary>
    public void Apply(in CutoverRecord cutover)
    {
        int party = PartyOf(cutover.Side, cutover.Party);
        if (party >= 0)
        {
            context.Totals.CutOver(cutover.Side, party, cutover.Day);
        }
    }

    public static string NameOf(CoreContext context, TotalsSide side, int party) => side == TotalsSide.Acquirer
        ? context.Configuration.Acquirers[party].Name
        : context.Configuration.Issuers[party].Name;

    private int PartyOf(TotalsSide side, ReadOnlySpan<byte> name)
    {
        Dictionary<string, int> parties = side == TotalsSide.Acquirer ? _acquirers : _issuers;
        return parties.GetValueOrDefault(Encoding.ASCII.GetString(name), -1);
    }

    /// <summary>Positions by name.</summary>
    public static Dictionary<string, int> IndexOf<T>(IReadOnlyList<T> parties, Func<T, string> nameOf)
    {
        var index = new Dictionary<string, int>();
        for (int i = 0; i < parties.Count; i++)
        {
            index.Add(nameOf(parties[i]), i);
        }

        return index;
    }
}
