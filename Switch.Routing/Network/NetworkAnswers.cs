using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Values;

namespace Switch.Routing.Network;

/// <summary>What a network message (0800) asks for, and its answer.</summary>
internal sealed class NetworkAnswers(CoreContext context)
{
    private static readonly FieldSet Echoed = FieldSet.Of(
        Field.TransmissionDateTime, Field.Stan, Field.NetworkCode, Field.AcquirerId, Field.LocalTime,
        Field.LocalDate, LaterField.FunctionCode, LaterField.TransportData);

    /// <summary>DE 70, or what the dialect has in its place; 0: something without a meaning here.</summary>
    /// <remarks>Some partners say no more than that they are there.</remarks>
    public static int CodeOf(Message message) =>
        message.TryGetNumber(Field.NetworkCode, out long code) ? (int)code
        : message.Has(Field.NetworkCode) || message.Has(LaterField.FunctionCode) ? 0
        : message.Dialect.NetworkDefault;

    /// <summary>The answer; empty: it cannot be written.</summary>
    /// <param name="action">Of later editions: the action code, where the response code does not say it.</param>
    public ReadOnlySpan<byte> Compose(Message request, ResponseCode code, ReadOnlySpan<byte> action = default)
    {
        MessageComposer composer = context.Composer;
        composer.Start(request.Dialect, request.Mti.Response());
        composer.Take(request, Echoed & request.Fields);
        Span<byte> text = stackalloc byte[ResponseCode.Size];
        composer.Set(Field.ResponseCode, text[..code.CopyTo(text)]);
        if (!action.IsEmpty)
        {
            composer.Set(Field.ResponseCode, action);
        }

        return composer.TryWrite(out ReadOnlySpan<byte> bytes, out _) ? bytes : default;
    }
}
