using System.Runtime.CompilerServices;
using System.Text;
using Switch.Protocol.Fields;
using Switch.Routing.Context;
using Switch.Routing.Duplicates;
using Switch.Routing.Effects;
using Switch.Routing.Journal;
using Switch.Routing.Payments;
using Switch.Routing.Values;

namespace Switch.Routing.Records;

/// <summary>
/// Puts what the store knew back into memory, as if it had never been forgotten. Recorded, so that a restart remembers
/// it too: what follows from it is recorded by its key only.
/// </summary>
internal readonly ref struct RecalledBlock : IRecordLayout
{
    public static RecordType Type => RecordType.Recalled;

    public ulong Key { get; init; }

    public uint Content { get; init; }

    public long Time { get; init; }

    public RememberedFlags Flags { get; init; }

    public ulong Answer { get; init; }

    public DecisionSource Source { get; init; }

    /// <summary>Empty: no issuer.</summary>
    public ReadOnlySpan<byte> Issuer { get; init; }

    public int Stan { get; init; }

    public long Approved { get; init; }

    public long Remaining { get; init; }

    /// <summary>What it is named by; default in records of version 0.1.</summary>
    public PaymentName Name { get; init; }

    /// <summary>DE 13 and 12, by which an issuer of a later edition knows it; 0: not known.</summary>
    public uint LocalTime { get; init; }

    public void Write(ref RecordWriter writer)
    {
        writer.Number64(Key);
        writer.Number32(Content);
        writer.Number64(Time);
        writer.Byte((byte)Flags);
        writer.Number64(Answer);
        writer.Byte((byte)Source);
        writer.Text(Issuer);
        writer.Number32((uint)Stan);
        writer.Number64(Approved);
        writer.Number64(Remaining);
        writer.Number64(Name.Card);
        writer.Number64(Name.Amount);
        writer.Number32((uint)Name.Stan);
        writer.Number32(Name.Rrn);
        writer.Number32(Name.Place);
        writer.Number32(LocalTime);
    }

    public static RecalledBlock Read(ref RecordReader reader)
    {
        var block = new RecalledBlock
        {
            Key = reader.Number64(),
            Content = reader.Number32(),
            Time = (long)reader.Number64(),
            Flags = (RememberedFlags)reader.Byte(),
            Answer = reader.Number64(),
            Source = (DecisionSource)reader.Byte(),
            Issuer = reader.Text(),
            Stan = (int)reader.Number32(),
            Approved = (long)reader.Number64(),
            Remaining = (long)reader.Number64(),
        };
        return reader.IsAtEnd
            ? block
            : block with
            {
                Name = new PaymentName(
                    Card: reader.Number64(), Amount: (long)reader.Number64(), Stan: (int)reader.Number32(),
                    Time: (uint)block.Time, Rrn: reader.Number32(), Place: reader.Number32()),
                LocalTime = reader.IsAtEnd ? 0 : reader.Number32(),
            };
    }

    /// <param name="issuer">The bytes of its name.</param>
    public static RecalledBlock Of(StoredPayment stored, ReadOnlySpan<byte> issuer)
    {
        var mti = new Mti(stored.Mti);
        RememberedFlags flags = (stored.IsReversed ? RememberedFlags.Reversed : RememberedFlags.None)
            | (stored.IsAdvice ? RememberedFlags.Advice : RememberedFlags.None)
            | Remembering.ClassOf(mti);
        ResponseCode code = stored.Code.Length == ResponseCode.Size ? ResponseCode.Of(stored.Code) : default;
        ApprovalCode approval = stored.Approval.Length == ApprovalCode.Size
            ? ApprovalCode.Read(Encoding.ASCII.GetBytes(stored.Approval))
            : default;
        return new RecalledBlock
        {
            Key = stored.Key,
            Content = stored.Content,
            Time = stored.Time,
            Flags = flags,
            Answer = Remembering.Pack(code, approval),
            Source = (DecisionSource)stored.Source,
            Issuer = issuer,
            Stan = stored.Stan,
            Approved = stored.Approved,
            Remaining = stored.Remaining,
            LocalTime = (uint)stored.LocalTime,
            Name = stored.Card.IsNone ? default : NameOf(stored, mti),
        };
    }

    private static PaymentName NameOf(StoredPayment stored, Mti mti) => new(
        stored.Card.Short, stored.Amount, stored.OwnStan, (uint)stored.Time,
        mti.IsReversal ? 0 : PaymentName.RrnOf(Encoding.ASCII.GetBytes(stored.RetrievalReference)),
        PaymentName.PlaceOf(
            StableHash.Of(stored.Acquirer), Encoding.ASCII.GetBytes(stored.Terminal),
            Encoding.ASCII.GetBytes(stored.Merchant)));

    /// <summary>Remembers it from this second on.</summary>
    /// <param name="issuer">Its position in the configuration, or -1.</param>
    public void Remember(CoreContext context, int issuer, uint second)
    {
        PaymentName name = Name with { Time = (uint)Time };
        ref Remembered known = ref context.Duplicates.Find(Key);
        if (!Unsafe.IsNullRef(ref known))
        {
            if (known.State == RememberedState.Done && !Name.Equals(default))
            {
                known.Flags |= Flags & RememberedFlags.Financial;
                context.Duplicates.GiveName(Key, name);
            }

            return;
        }

        ref Remembered entry = ref context.Duplicates.Add(Key, second, name);
        entry.Content = Content;
        entry.State = RememberedState.Done;
        entry.Flags = Flags;
        entry.Answer = Answer;
        entry.Source = Source;
        entry.Issuer = (short)issuer;
        entry.Reference = Stan;
        context.Duplicates.SetLocalTime(in entry, LocalTime);
        if (Approved > 0)
        {
            context.PartialApprovals.Set(Key, Approved);
        }

        if (Remaining > 0)
        {
            context.Partials.Set(Key, Remaining);
        }
    }
}
