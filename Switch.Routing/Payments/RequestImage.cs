using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Routing.Payments;

/// <summary>
/// What of an acquirer's message may go into what: one place for every rule about fields that travel.
/// </summary>
internal static class RequestImage
{
    /// <summary>Never in a response: expiry, tracks, PIN.</summary>
    private static readonly FieldSet NeverAnswered = FieldSet.Of(
        Field.Expiry, Field.Track1, Field.Track2, Field.Track3, Field.PinData, Field.SecurityControl,
        LaterField.SecurityControl);

    /// <summary>
    /// A message authentication code belongs to the bytes it was made over; those change on every leg.
    /// </summary>
    private static readonly FieldSet Macs = FieldSet.Of(Field.Mac, Field.Mac2);

    /// <summary>
    /// What of a request goes to an issuer at once: all of it, but private fields only within one dialect.
    /// </summary>
    public static FieldSet ForIssuer(Message request, Dialect target)
    {
        FieldSet fields = request.Fields.Except(Macs);
        return fields.Except(NotFor(target, request.Dialect));
    }

    /// <summary>What of an issuer's reply goes to the acquirer.</summary>
    public static FieldSet ForAcquirer(Message reply, Dialect target)
    {
        FieldSet fields = reply.Fields.Except(NeverAnswered).Except(Macs);
        return fields.Except(NotFor(target, reply.Dialect));
    }

    /// <summary>
    /// Takes what may be stored of a request: nothing sensitive, no field whose layout is unknown. The card number is
    /// set when the request bore it in the track only.
    /// </summary>
    public static void Take(MessageComposer composer, Message request, Dialect target)
    {
        composer.Take(request, Storable(request, target));
        SetPan(composer, request);
    }

    /// <summary>Writes what may be stored of a request, in its own dialect. False: nothing; the size is 0.</summary>
    /// <param name="composer">Makes it where the request's own fields are not the canonical ones.</param>
    /// <param name="request">The request.</param>
    /// <param name="mti">Its type without the repeat digit.</param>
    /// <param name="destination">Room for <see cref="FieldImage.SizeMax"/>.</param>
    /// <param name="size">Bytes of the image.</param>
    public static bool TryWrite(
        MessageComposer composer, Message request, Mti mti, Span<byte> destination, out int size)
    {
        Dialect dialect = request.Dialect;
        if (dialect.Edition.IsIdentity && request.Mti == mti)
        {
            size = FieldImage.Write(request, Storable(request, dialect).With(Field.Pan), destination);
            return true;
        }

        composer.Start(dialect, mti);
        Take(composer, request, dialect);
        return composer.TryWriteImage(destination, out size, out _);
    }

    /// <summary>Sets DE 2 of the message being made when the source has no DE 2 of its own.</summary>
    public static void SetPan(MessageComposer composer, Message source)
    {
        if (!source.Has(Field.Pan) && source.TryGetPan(out Pan pan))
        {
            Span<byte> digits = stackalloc byte[Pan.LengthMax];
            composer.Set(Field.Pan, digits[..pan.CopyDigits(digits)]);
            digits.Clear();
        }
    }

    private static FieldSet Storable(Message message, Dialect target)
    {
        FieldSet storable = message.Mti.IsRequest && !message.Mti.IsReversal
            ? Retention.StorableFromRequest(message.Dialect)
            : Retention.StorableFromAdvice(message.Dialect);
        storable = (storable & message.Fields).Except(Macs);
        return storable.Except(NotFor(target, message.Dialect));
    }

    // Only its own dialect knows the layout of a private field, or one that says which it takes over.
    private static FieldSet NotFor(Dialect target, Dialect source) => ReferenceEquals(source, target)
        ? default
        : source.Edition.Private.Except(target.Edition.CarriedFrom(source.Edition));
}
