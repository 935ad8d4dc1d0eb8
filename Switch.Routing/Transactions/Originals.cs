using System.Runtime.CompilerServices;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Advices;
using Switch.Routing.Core;
using Switch.Routing.Duplicates;
using Switch.Routing.Routes;

namespace Switch.Routing.Transactions;

/// <summary>
/// Finds what an advice or a reversal is about, in the match order of domain.md 1.7.3, and how the issuer knows it.
/// </summary>
internal sealed class Originals(CoreContext context)
{
    /// <summary>
    /// By DE 90; without it by the message's own STAN and DE 7, which most senders of reversals reuse.
    /// </summary>
    /// <param name="key">The original's key; of an unknown one that DE 90 does not name, as if it were an 0100.</param>
    public ref Remembered Find(Message message, int acquirer, out ulong key, scoped out OriginalElements original)
    {
        if (OriginalElements.TryRead(message, out original))
        {
            return ref Find(message, acquirer, original, out key);
        }

        message.TryGetNumber(Field.Stan, out long stan);
        long time = TransactionKey.TimeOf(message);
        long forwarder = message.TryGetNumber(Field.ForwarderId, out long id) ? id : 0;
        foreach (Mti mti in (ReadOnlySpan<Mti>)[Mti.AuthorizationRequest, Mti.FinancialRequest])
        {
            original = new OriginalElements(mti, (int)stan, time, TransactionKey.InstitutionOf(message), forwarder);
            ref Remembered entry = ref Find(message, acquirer, original, out key);
            if (!Unsafe.IsNullRef(ref entry))
            {
                return ref entry;
            }
        }

        key = KeyOf(message, acquirer, Mti.AuthorizationRequest);
        return ref Unsafe.NullRef<Remembered>();
    }

    /// <summary>The key of an original that has the message's own STAN and DE 7.</summary>
    public ulong KeyOf(Message message, int acquirer, Mti mti)
    {
        message.TryGetNumber(Field.Stan, out long stan);
        return TransactionKey.Of(
            context.AcquirerHashes[acquirer], mti.Class, (int)stan, TransactionKey.TimeOf(message), message,
            TransactionKey.InstitutionOf(message));
    }

    /// <summary>
    /// The original as its issuer knows it: one that the issuer decided by the request, one that was stood in for, or
    /// that was itself an advice, by that advice.
    /// </summary>
    public OriginalElements NameAtIssuer(ref readonly Remembered entry, in OriginalElements original, int stan)
    {
        OriginalTimes times = context.Duplicates.TimesOf(in entry);
        long time = times.Transmission == 0 ? original.Time : times.Transmission;
        Mti mti = original.Mti.WithoutRepeat();
        bool isByAdvice = entry.Source == DecisionSource.StandIn || (entry.Flags & RememberedFlags.Advice) != 0;
        mti = isByAdvice && mti.IsRequest ? OwedMessages.AdviceOf(mti) : mti;
        return original with { Mti = mti, Stan = stan, Time = time, LocalTime = times.Local };
    }

    /// <summary>The primary issuer of the message's card, or -1.</summary>
    public int RoutedIssuerOf(Message message)
    {
        Span<byte> digits = stackalloc byte[Pan.LengthMax];
        message.TryGetPan(out Pan pan);
        bool isRouted = context.Configuration.Routes.TryFind(digits[..pan.CopyDigits(digits)], out Route route);
        digits.Clear();
        return isRouted ? route.Primary : -1;
    }

    private ref Remembered Find(
        Message message, int acquirer, scoped in OriginalElements original, out ulong key)
    {
        long institution = message.Has(Field.AcquirerId)
            ? TransactionKey.InstitutionOf(message)
            : original.Acquirer;
        key = TransactionKey.Of(
            context.AcquirerHashes[acquirer], original.Mti.Class, original.Stan, original.Time, message, institution);
        return ref context.Duplicates.Find(key);
    }
}
