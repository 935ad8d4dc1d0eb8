using Switch.Protocol.Fields;
using Switch.Routing.Journal;
using Switch.Routing.StandIn;
using Switch.Routing.Totals;
using Switch.Routing.Values;

namespace Switch.Routing.Records;

/// <summary>
/// Takes each record in its own layout. Recovery, and what explains, projects and exports, both implement it: a new
/// record type does not compile before each has said what it does with it.
/// </summary>
internal interface IRecordVisitor
{
    void Intent(in RecordHead head, in IntentRecord record, ReadOnlySpan<byte> secret);

    void Leg(in RecordHead head, in LegBlock record);

    void Decision(in RecordHead head, in DecisionRecord record, ReadOnlySpan<byte> secret);

    void Owed(in RecordHead head, in OwedRecord record, ReadOnlySpan<byte> secret);

    void Progress(in RecordHead head, in ProgressRecord record);

    void Late(in RecordHead head, in LateRecord record);

    void NodeStarted(in RecordHead head, in NodeStartedRecord record);

    void FileAction(in RecordHead head, in FileActionRecord record);

    void OperatorAction(in RecordHead head, in OperatorActionRecord record);

    void Cutover(in RecordHead head, in CutoverRecord record);

    void Recalled(in RecordHead head, in RecalledBlock record);

    void CardRetokened(in RecordHead head, in CardRetokenedRecord record);

    void Health(in RecordHead head, in HealthRecord record);

    void Audit(in RecordHead head, in AuditRecord record);

    void Lost(in RecordHead head, in LostRecord record);
}

/// <summary>What became of reading a record.</summary>
internal enum RecordParse
{
    Done,

    /// <summary>Of a type that this version does not know.</summary>
    UnknownType,

    /// <summary>Of a known type, in a layout that this version does not know.</summary>
    UnknownLayout,

    /// <summary>It ends too soon.</summary>
    TooShort,
}

/// <summary>The one place where a record's type leads to its layout.</summary>
internal static class RecordParser
{
    /// <summary>First byte of every payload of the core: the version of these layouts.</summary>
    public const byte Version = 1;

    /// <summary>
    /// Reads a record whole before the visitor sees any of it: one that is refused has changed nothing.
    /// </summary>
    public static RecordParse Parse<TVisitor>(
        long lsn, RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret, TVisitor visitor)
        where TVisitor : IRecordVisitor
    {
        var reader = new RecordReader(open);
        if (type == RecordType.Lost)
        {
            LostRecord lost = LostRecord.Read(ref reader);
            if (reader.IsShort)
            {
                return RecordParse.TooShort;
            }

            visitor.Lost(new RecordHead(lsn, type, 0, lost.RepairedMs), lost);
            return RecordParse.Done;
        }

        if (reader.Byte() != Version)
        {
            return reader.IsShort ? RecordParse.TooShort : RecordParse.UnknownLayout;
        }

        var head = new RecordHead(lsn, type, reader.Number64(), (long)reader.Number64());
        switch (type)
        {
            case RecordType.Intent when IntentRecord.Read(ref reader) is var intent && !reader.IsShort:
                visitor.Intent(head, intent, secret);
                break;
            case RecordType.Leg when LegBlock.Read(ref reader) is var leg && !reader.IsShort:
                visitor.Leg(head, leg);
                break;
            case RecordType.Decision when DecisionRecord.Read(ref reader) is var decision && !reader.IsShort:
                visitor.Decision(head, decision, secret);
                break;
            case RecordType.Owed when OwedRecord.Read(ref reader) is var owed && !reader.IsShort:
                visitor.Owed(head, owed, secret);
                break;
            case RecordType.OwedProgress when ProgressRecord.Read(ref reader) is var progress && !reader.IsShort:
                visitor.Progress(head, progress);
                break;
            case RecordType.Late when LateRecord.Read(ref reader) is var late && !reader.IsShort:
                visitor.Late(head, late);
                break;
            case RecordType.NodeStarted when NodeStartedRecord.Read(ref reader) is var started && !reader.IsShort:
                visitor.NodeStarted(head, started);
                break;
            case RecordType.FileAction when FileActionRecord.Read(ref reader) is var file && !reader.IsShort:
                visitor.FileAction(head, file);
                break;
            case RecordType.OperatorAction when OperatorActionRecord.Read(ref reader) is var action && !reader.IsShort:
                visitor.OperatorAction(head, action);
                break;
            case RecordType.Cutover when CutoverRecord.Read(ref reader) is var cutover && !reader.IsShort:
                visitor.Cutover(head, cutover);
                break;
            case RecordType.Recalled when RecalledBlock.Read(ref reader) is var recalled && !reader.IsShort:
                visitor.Recalled(head, recalled);
                break;
            case RecordType.CardRetokened when CardRetokenedRecord.Read(ref reader) is var card && !reader.IsShort:
                visitor.CardRetokened(head, card);
                break;
            case RecordType.HealthChanged when HealthRecord.Read(ref reader) is var health && !reader.IsShort:
                visitor.Health(head, health);
                break;
            case RecordType.Audit when AuditRecord.Read(ref reader) is var audit && !reader.IsShort:
                visitor.Audit(head, audit);
                break;
            default:
                return reader.IsShort ? RecordParse.TooShort : RecordParse.UnknownType;
        }

        return RecordParse.Done;
    }
}

/// <summary>A record that a caller builds and <see cref="TransactionLog.Append"/> writes.</summary>
internal interface IRecordLayout
{
    static abstract RecordType Type { get; }

    /// <summary>Everything behind the head.</summary>
    void Write(ref RecordWriter writer);
}

/// <summary>The node starts: from here on ids bear its new epoch.</summary>
internal readonly ref struct NodeStartedRecord : IRecordLayout
{
    public static RecordType Type => RecordType.NodeStarted;

    public ulong Epoch { get; init; }

    /// <summary>Of the tokens in what follows; records of version 0.1 do not say it.</summary>
    public CardTokenKind Tokens { get; init; }

    /// <summary>The fingerprint of the key that makes them; 0: not stated.</summary>
    public ulong TokenCheck { get; init; }

    public void Write(ref RecordWriter writer)
    {
        writer.Number64(Epoch);
        writer.Byte((byte)Tokens);
        writer.Number64(TokenCheck);
    }

    public static NodeStartedRecord Read(ref RecordReader reader) => new()
    {
        Epoch = reader.Number64(),
        Tokens = reader.IsAtEnd ? CardTokenKind.Hmac : (CardTokenKind)reader.Byte(),
        TokenCheck = reader.IsAtEnd ? 0 : reader.Number64(),
    };
}

/// <summary>A card that was known by its former token has its new one from here on.</summary>
internal readonly ref struct CardRetokenedRecord : IRecordLayout
{
    public static RecordType Type => RecordType.CardRetokened;

    public CardToken Former { get; init; }

    public CardToken Current { get; init; }

    public void Write(ref RecordWriter writer)
    {
        writer.Token(Former);
        writer.Token(Current);
    }

    public static CardRetokenedRecord Read(ref RecordReader reader) =>
        new() { Former = reader.Token(), Current = reader.Token() };
}

/// <summary>An issuer changed the negative file.</summary>
internal readonly ref struct FileActionRecord : IRecordLayout
{
    public static RecordType Type => RecordType.FileAction;

    public ReadOnlySpan<byte> Issuer { get; init; }

    public CardToken Card { get; init; }

    public FileUpdate Update { get; init; }

    public OverlayState State { get; init; }

    public ResponseCode Code { get; init; }

    public int Stan { get; init; }

    /// <summary>DE 7 as a number.</summary>
    public long Time { get; init; }

    public ReadOnlySpan<byte> MaskedPan { get; init; }

    public void Write(ref RecordWriter writer)
    {
        writer.Text(Issuer);
        writer.Token(Card);
        writer.Byte((byte)Update);
        writer.Byte((byte)State);
        writer.Number16(Code.Value);
        writer.Number32((uint)Stan);
        writer.Number64(Time);
        writer.Text(MaskedPan);
    }

    public static FileActionRecord Read(ref RecordReader reader) => new()
    {
        Issuer = reader.Text(),
        Card = reader.Token(),
        Update = (FileUpdate)reader.Byte(),
        State = (OverlayState)reader.Byte(),
        Code = new ResponseCode(reader.Number16()),
        Stan = (int)reader.Number32(),
        Time = (long)reader.Number64(),
        MaskedPan = reader.Text(),
    };
}

/// <summary>A person told the switch to do something.</summary>
internal readonly ref struct OperatorActionRecord : IRecordLayout
{
    public static RecordType Type => RecordType.OperatorAction;

    public CoreCommandKind Kind { get; init; }

    /// <summary>Empty: the command concerns no issuer.</summary>
    public ReadOnlySpan<byte> Issuer { get; init; }

    /// <summary>The id of the owed message that it concerns; 0: none.</summary>
    public ulong Item { get; init; }

    /// <summary>UTF-8.</summary>
    public ReadOnlySpan<byte> Who { get; init; }

    /// <summary>UTF-8.</summary>
    public ReadOnlySpan<byte> Why { get; init; }

    public void Write(ref RecordWriter writer)
    {
        writer.Byte((byte)Kind);
        writer.Text(Issuer);
        writer.Number64(Item);
        writer.Text(Who);
        writer.Text(Why);
    }

    public static OperatorActionRecord Read(ref RecordReader reader) => new()
    {
        Kind = (CoreCommandKind)reader.Byte(),
        Issuer = reader.Text(),
        Item = reader.Number64(),
        Who = reader.Text(),
        Why = reader.Text(),
    };
}

/// <summary>A party begins a settlement date.</summary>
internal readonly ref struct CutoverRecord : IRecordLayout
{
    public static RecordType Type => RecordType.Cutover;

    public TotalsSide Side { get; init; }

    public ReadOnlySpan<byte> Party { get; init; }

    public int Day { get; init; }

    public void Write(ref RecordWriter writer)
    {
        writer.Byte((byte)Side);
        writer.Text(Party);
        writer.Number16(Day);
    }

    public static CutoverRecord Read(ref RecordReader reader) => new()
    {
        Side = (TotalsSide)reader.Byte(),
        Party = reader.Text(),
        Day = reader.Number16(),
    };
}

/// <summary>
/// Records that were lost to damage, written by a repair in their place, in a layout of the journal's own.
/// </summary>
internal readonly ref struct LostRecord
{
    /// <summary>The last position that is lost.</summary>
    public long Last { get; private init; }

    /// <summary>When the journal was repaired, Unix milliseconds; when the lost was decided is unknown.</summary>
    public long RepairedMs { get; private init; }

    public ReadOnlySpan<byte> Why { get; private init; }

    public static LostRecord Read(ref RecordReader reader)
    {
        long last = (long)reader.Number64();
        reader.Number64(); // Where in the damaged file.
        return new LostRecord { Last = last, RepairedMs = (long)reader.Number64(), Why = reader.Rest() };
    }
}
