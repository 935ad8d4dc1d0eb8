using System.Text;
using Switch.Routing.Context;
using Switch.Routing.Owed;
using Switch.Routing.Totals;

namespace Switch.Routing.Records;

/// <summary>The totals block of records: what owed messages will count as, and the entries made.</summary>
internal sealed class TotalsRecords(CoreContext context)
{
    private const byte ReversalFlag = 1;
    private const byte TakenBackFlag = 2;

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

    public static void Read(ref RecordReader reader, ReadOnlySpan<OwedItem> owed)
    {
        foreach (OwedItem item in owed)
        {
            item.CountAs((TotalKind)(reader.Byte() % TotalKinds.Count), (long)reader.Number64(), reader.Number16());
        }
    }

    /// <summary>The entries made since the last record that could take them.</summary>
    public static void WritePostings(ref RecordWriter writer, CoreContext context)
    {
        ReadOnlySpan<Posting> postings = context.Totals.Unrecorded;
        writer.Byte((byte)postings.Length);
        foreach (Posting posting in postings)
        {
            writer.Byte((byte)posting.Side);
            writer.Name(NameOf(context, posting.Side, posting.Party));
            writer.Number16(posting.Day);
            writer.Byte((byte)posting.Kind);
            int reversal = posting.IsReversal ? ReversalFlag : 0;
            writer.Byte((byte)(reversal | (posting.IsTakenBack ? TakenBackFlag : 0)));
            writer.Number64(posting.Amount);
            writer.Number16(posting.Currency);
        }

        context.Totals.Recorded();
    }

    /// <summary>Reads over a record's entries.</summary>
    public static void SkipPostings(ref RecordReader reader)
    {
        int count = reader.Byte();
        for (int i = 0; i < count && !reader.IsShort; i++)
        {
            ReadPosting(ref reader, out _);
        }
    }

    /// <summary>Adds a record's entries up; those of parties that are no longer configured are left out.</summary>
    public void Apply(ref RecordReader reader)
    {
        int count = reader.Byte();
        for (int i = 0; i < count && !reader.IsShort; i++)
        {
            Posting posting = ReadPosting(ref reader, out ReadOnlySpan<byte> name);
            int party = PartyOf(posting.Side, name);
            if (party >= 0)
            {
                context.Totals.Apply(posting with { Party = party });
            }
        }
    }

    // Whose it is stands there by name: its position is the reader's to find.
    private static Posting ReadPosting(ref RecordReader reader, out ReadOnlySpan<byte> party)
    {
        var side = (TotalsSide)reader.Byte();
        party = reader.Text();
        int day = reader.Number16();
        var kind = (TotalKind)(reader.Byte() % TotalKinds.Count);
        byte flags = reader.Byte();
        return new Posting
        {
            Side = side,
            Party = -1,
            Day = day,
            Kind = kind,
            IsReversal = (flags & ReversalFlag) != 0,
            IsTakenBack = (flags & TakenBackFlag) != 0,
            Amount = (long)reader.Number64(),
            Currency = reader.Number16(),
        };
    }

    /// <summary>A party had begun a settlement date.</summary>
    public void ApplyCutover(ref RecordReader reader)
    {
        var side = (TotalsSide)reader.Byte();
        int party = PartyOf(side, reader.Text());
        int day = reader.Number16();
        if (party >= 0)
        {
            context.Totals.CutOver(side, party, day);
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
