using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Duplicates;
using Switch.Routing.Owed;
using Switch.Routing.Payments;
using Switch.Routing.Values;

namespace Switch.Routing.Records;

/// <summary>What can happen to an owed message. Values are written to the journal.</summary>
internal enum OwedEvent : byte
{
    /// <summary>The issuer acknowledged it.</summary>
    Acknowledged = 1,

    /// <summary>Refused too often, or cannot be sent as it is: a person must look at it.</summary>
    Parked = 2,

    /// <summary>It and its reversal cancelled each other before either was sent.</summary>
    Netted = 3,

    /// <summary>The issuer refused it as business, finally: acknowledged, with an exception to look at.</summary>
    AcknowledgedWithException = 4,
}

/// <summary>
/// The identity block: which message of which acquirer a record is about. Stands in an intent, in a decision that had
/// no intent, and in an owed record about an acquirer's own advice or reversal.
/// </summary>
internal readonly ref struct IdentityBlock
{
    public ReadOnlySpan<byte> Acquirer { get; init; }

    public ulong Key { get; init; }

    public uint Content { get; init; }

    public CardToken Card { get; init; }

    public Mti Mti { get; init; }

    public long Amount { get; init; }

    public int Stan { get; init; }

    public long Time { get; init; }

    // For tools and stores, not for recovery: the masked card number, then DE 3, 49, 32, 37, 41 and 42 as received.

    public ReadOnlySpan<byte> MaskedPan { get; init; }

    public ReadOnlySpan<byte> ProcessingCode { get; init; }

    public ReadOnlySpan<byte> Currency { get; init; }

    public ReadOnlySpan<byte> Institution { get; init; }

    public ReadOnlySpan<byte> RetrievalReference { get; init; }

    public ReadOnlySpan<byte> Terminal { get; init; }

    public ReadOnlySpan<byte> Merchant { get; init; }

    /// <summary>What later messages may name it by: as <see cref="RequestFacts.Name"/> says.</summary>
    public PaymentName Name => new(
        Card.Short, Amount, Stan, (uint)Time, Mti.IsReversal ? 0 : PaymentName.RrnOf(RetrievalReference),
        PaymentName.PlaceOf(RequestKey.OfAcquirer(System.Text.Encoding.ASCII.GetString(Acquirer)), Terminal, Merchant));

    public static void Write(ref RecordWriter writer, ReadyName acquirer, Message message, in RequestFacts facts)
    {
        writer.Name(acquirer);
        writer.Number64(facts.Key);
        writer.Number32(facts.Content);
        writer.Token(facts.Card);
        writer.Number16(message.Mti.Value);
        writer.Number64(facts.Amount);
        writer.Number32((uint)facts.Stan);
        writer.Number64(facts.Time);
        writer.MaskedPan(message);
        writer.Field(message, Field.ProcessingCode);
        writer.Field(message, Field.Currency);
        writer.Field(message, Field.AcquirerId);
        writer.Field(message, Field.RetrievalReference);
        writer.Field(message, Field.TerminalId);
        writer.Field(message, Field.MerchantId);
    }

    public static IdentityBlock Read(ref RecordReader reader) => new()
    {
        Acquirer = reader.Text(),
        Key = reader.Number64(),
        Content = reader.Number32(),
        Card = reader.Token(),
        Mti = new Mti(reader.Number16() % 10_000),
        Amount = (long)reader.Number64(),
        Stan = (int)reader.Number32(),
        Time = (long)reader.Number64(),
        MaskedPan = reader.Text(),
        ProcessingCode = reader.Text(),
        Currency = reader.Text(),
        Institution = reader.Text(),
        RetrievalReference = reader.Text(),
        Terminal = reader.Text(),
        Merchant = reader.Text(),
    };
}

/// <summary>The leg block: one sending of a request to an issuer.</summary>
internal readonly ref struct LegBlock
{
    public ReadOnlySpan<byte> Issuer { get; init; }

    public int Stan { get; init; }

    public Mti Mti { get; init; }

    public static void Write(ref RecordWriter writer, ReadyName issuer, int stan, Mti mti)
    {
        writer.Name(issuer);
        writer.Number32((uint)stan);
        writer.Number16(mti.Value);
    }

    public static LegBlock Read(ref RecordReader reader) => new()
    {
        Issuer = reader.Text(),
        Stan = (int)reader.Number32(),
        Mti = new Mti(reader.Number16() % 10_000),
    };
}

/// <summary>
/// The owed block: one message that an issuer is owed from this record on. Its image is in the secret part.
/// </summary>
internal readonly ref struct OwedBlock
{
    public ulong Id { get; init; }

    public OwedKind Kind { get; init; }

    public ReadOnlySpan<byte> Issuer { get; init; }

    public Mti Mti { get; init; }

    public int Stan { get; init; }

    public long Time { get; init; }

    public int OriginalStan { get; init; }

    public Reason Reason { get; init; }

    public CardToken Card { get; init; }

    public int ImageSize { get; init; }

    public static void Write(ref RecordWriter writer, ReadyName issuer, OwedItem item)
    {
        writer.Number64(item.Id);
        writer.Byte((byte)item.Kind);
        writer.Name(issuer);
        writer.Number16(item.Mti.Value);
        writer.Number32((uint)item.Stan);
        writer.Number64(item.Time);
        writer.Number32((uint)item.OriginalStan);
        writer.Number16((int)item.Reason);
        writer.Token(item.Card);
        writer.Number16(item.ImageSize);
    }

    public static OwedBlock Read(scoped ref RecordReader reader) => new()
    {
        Id = reader.Number64(),
        Kind = (OwedKind)reader.Byte(),
        Issuer = reader.Text(),
        Mti = new Mti(reader.Number16() % 10_000),
        Stan = (int)reader.Number32(),
        Time = (long)reader.Number64(),
        OriginalStan = (int)reader.Number32(),
        Reason = (Reason)reader.Number16(),
        Card = reader.Token(),
        ImageSize = reader.Number16(),
    };
}

/// <summary>The outcome block of a decision.</summary>
internal readonly ref struct OutcomeBlock
{
    public DecisionSource Source { get; init; }

    public Reason Trigger { get; init; }

    public ResponseCode Response { get; init; }

    public ApprovalCode Approval { get; init; }

    /// <summary>The issuer that decided, or that is owed the stand-in advice; empty: none.</summary>
    public ReadOnlySpan<byte> Issuer { get; init; }

    /// <summary>STAN of the deciding leg, or of the stand-in advice.</summary>
    public int Stan { get; init; }

    public static void Write(
        ref RecordWriter writer, DecisionSource source, Reason trigger, ResponseCode response, ApprovalCode approval,
        ReadyName issuer, int stan)
    {
        writer.Byte((byte)source);
        writer.Number16((int)trigger);
        writer.Number16(response.Value);
        writer.Number64(approval.Value);
        writer.Name(issuer);
        writer.Number32((uint)stan);
    }

    public static OutcomeBlock Read(ref RecordReader reader) => new()
    {
        Source = (DecisionSource)reader.Byte(),
        Trigger = (Reason)reader.Number16(),
        Response = new ResponseCode(reader.Number16()),
        Approval = new ApprovalCode(reader.Number64()),
        Issuer = reader.Text(),
        Stan = (int)reader.Number32(),
    };
}
