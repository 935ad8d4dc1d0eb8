using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Routing.Values;

/// <summary>
/// Rules about fields that hold for every partner, by the numbers of 1987: what the core does, and what an interface
/// specification says of it.
/// </summary>
public static class CommonFields
{
    /// <summary>Present in every message that moves or undoes money.</summary>
    private static readonly FieldSet Money = FieldSet.Of(Field.ProcessingCode, Field.Amount);

    /// <summary>
    /// Present in every such message to an issuer, and from an acquirer whose dialect does not say otherwise.
    /// </summary>
    public static readonly FieldSet Mandatory =
        Money.With(Field.TransmissionDateTime).With(Field.Stan).With(Field.TerminalId);

    /// <summary>
    /// Present in every message of a dialect that moves or undoes money, besides a card number: what it is about, and
    /// what the dialect tells transactions apart by.
    /// </summary>
    public static FieldSet MandatoryIn(Dialect dialect)
    {
        ArgumentNullException.ThrowIfNull(dialect);
        return Money | dialect.MandatoryKey;
    }

    /// <summary>What a response repeats from its request (docs/domain.md section 2.2).</summary>
    public static readonly FieldSet Echoed = FieldSet.Of(
        Field.Pan, Field.ProcessingCode, Field.Amount, Field.TransmissionDateTime, Field.Stan, Field.LocalTime,
        Field.LocalDate, Field.CardSequence, Field.FunctionCode, Field.ConditionCode, Field.AcquirerId,
        Field.ForwarderId, Field.RetrievalReference, Field.TerminalId, Field.MerchantId, Field.Currency, 59,
        LaterField.FunctionCode, LaterField.TransportData);
}
