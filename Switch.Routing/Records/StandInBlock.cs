using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.StandIn;
using Switch.Routing.Values;

namespace Switch.Routing.Records;

/// <summary>
/// The stand-in block of a decision: which rule decided, by what numbers, and what the limits count it by. Stands
/// behind the rule's byte when that is not None.
/// </summary>
internal readonly ref struct StandInBlock
{
    public byte Limit { get; init; }

    public long Use { get; init; }

    public long Bound { get; init; }

    /// <summary>When the issuer's outage began; 0: stand-in was not allowed.</summary>
    public long Outage { get; init; }

    /// <summary>The profile's name; empty: the route has none.</summary>
    public ReadOnlySpan<byte> Profile { get; init; }

    public ReadOnlySpan<byte> Prefix { get; init; }

    /// <summary>The primary issuer of the route, whose outage it is.</summary>
    public ReadOnlySpan<byte> Issuer { get; init; }

    public ReadOnlySpan<byte> Acquirer { get; init; }

    /// <summary>DE 3, 18, 22, 41 and 42.</summary>
    public ReadOnlySpan<byte> ProcessingCode { get; init; }

    public ReadOnlySpan<byte> MerchantType { get; init; }

    public ReadOnlySpan<byte> EntryMode { get; init; }

    public ReadOnlySpan<byte> Terminal { get; init; }

    public ReadOnlySpan<byte> Merchant { get; init; }

    public static void Write(
        ref RecordWriter writer, in StandInVerdict verdict, string profile, string prefix, ReadyName issuer,
        ReadyName acquirer, Message request)
    {
        writer.Byte(verdict.Limit);
        writer.Number64(verdict.Use);
        writer.Number64(verdict.Bound);
        writer.Number64(verdict.Outage);
        writer.Name(profile);
        writer.Name(prefix);
        writer.Name(issuer);
        writer.Name(acquirer);
        writer.Field(request, Field.ProcessingCode);
        writer.Field(request, Field.MerchantType);
        writer.Field(request, Field.EntryMode);
        writer.Field(request, Field.TerminalId);
        writer.Field(request, Field.MerchantId);
    }

    public static StandInBlock Read(ref RecordReader reader) => new()
    {
        Limit = reader.Byte(),
        Use = (long)reader.Number64(),
        Bound = (long)reader.Number64(),
        Outage = (long)reader.Number64(),
        Profile = reader.Text(),
        Prefix = reader.Text(),
        Issuer = reader.Text(),
        Acquirer = reader.Text(),
        ProcessingCode = reader.Text(),
        MerchantType = reader.Text(),
        EntryMode = reader.Text(),
        Terminal = reader.Text(),
        Merchant = reader.Text(),
    };
}
