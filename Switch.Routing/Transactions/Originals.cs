using System.Runtime.CompilerServices;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Duplicates;
using Switch.Routing.Effects;
using Switch.Routing.Payments;
using Switch.Routing.Routes;

namespace Switch.Routing.Transactions;

/// <summary>What came of looking for a message's original.</summary>
internal enum OriginalMatch : byte
{
    /// <summary>There is none that memory knows.</summary>
    Unknown,

    /// <summary>There is one, and it agrees with the message.</summary>
    Found,

    /// <summary>More than one fits: the message names none of them.</summary>
    Ambiguous,

    /// <summary>The message names a payment of another card or DE 37: that payment stays as it is.</summary>
    Disagrees,
}

/// <summary>The original of an advice or a reversal. Valid until an entry is added to the duplicate table.</summary>
internal ref struct Original
{
    public OriginalMatch Match { get; init; }

    /// <summary>Its entry; a null reference unless it was found.</summary>
    public ref Remembered Entry;

    /// <summary>How the message names it, completed by what is remembered.</summary>
    public OriginalElements Elements { get; init; }

    /// <summary>DE 90 or DE 56 names a message, known or not.</summary>
    public bool IsNamed { get; init; }

    public readonly bool IsFound => Match == OriginalMatch.Found;
}

/// <summary>
/// Finds what an advice or a reversal is about, and how the issuer knows it. Whatever it is named by, its acquirer and
/// its card must agree with the message's.
/// </summary>
/// <remarks>
/// In this order, and by one hit each: DE 90 or DE 56, when STAN and time in it are not zeros; DE 37 with terminal,
/// merchant and card; for reversals the message's own STAN and DE 7 with terminal and card. A message that names an
/// original that is not known may mean one that never came: what its DE 37 or its own STAN finds counts only when that
/// agrees with the name in STAN or in time.
/// </remarks>
internal sealed class Originals(CoreContext context)
{
    private static readonly Mti[] Types =
        [Mti.AuthorizationRequest, Mti.FinancialRequest, Mti.AuthorizationAdvice, Mti.FinancialAdvice];

    /// <summary>The original of a message.</summary>
    /// <param name="message">An advice or a reversal whose facts were read.</param>
    /// <param name="acquirer">Who sent it.</param>
    /// <param name="facts">Its facts.</param>
    public Original Find(Message message, int acquirer, scoped in RequestFacts facts)
    {
        bool isNamed = OriginalElements.Read(message, out OriginalElements name) == OriginalNaming.Named;
        if (isNamed)
        {
            Original named = ByName(message, acquirer, facts, name);
            if (named.Match != OriginalMatch.Unknown || name.Mti.IsReversal)
            {
                return named;
            }
        }

        Original referred = ByReference(message, facts, name, isNamed);
        if (referred.IsFound || !facts.Mti.IsReversal)
        {
            return referred;
        }

        Original own = ByOwn(message, acquirer, facts, name, isNamed);
        return own.Match == OriginalMatch.Unknown ? referred : own;
    }

    /// <summary>
    /// The keys that the original of an unknown name would have, or has in a store; 0 where there are fewer. By DE 90
    /// where that names one, else by the message's own STAN and DE 7.
    /// </summary>
    public OriginalKeys KeysOf(Message message, int acquirer, scoped in OriginalElements name, bool isNamed)
    {
        OriginalKeys keys = default;
        if (!isNamed)
        {
            message.TryGetNumber(Field.Stan, out long stan);
            var own = new OriginalElements(default, (int)stan, TransactionKey.TimeOf(message), 0, 0);
            keys[0] = KeyOf(message, acquirer, own, TransactionKey.ClassOf(Mti.AuthorizationRequest));
            keys[1] = KeyOf(message, acquirer, own, TransactionKey.ClassOf(Mti.FinancialRequest));
        }
        else if (name.HasType)
        {
            keys[0] = KeyOf(message, acquirer, name, TransactionKey.ClassOf(name.Mti));
        }
        else
        {
            keys[0] = KeyOf(message, acquirer, name, TransactionKey.ClassOf(Mti.AuthorizationRequest));
            keys[1] = KeyOf(message, acquirer, name, TransactionKey.ClassOf(Mti.FinancialRequest));
        }

        return keys;
    }

    /// <summary>The keys under which the message itself may be remembered: its own, and that of an earlier version.
    /// </summary>
    public OriginalKeys OwnKeysOf(Message message, int acquirer, scoped in RequestFacts facts)
    {
        OriginalKeys keys = default;
        keys[0] = facts.Key;
        ulong earlier = EarlierKeyOf(message, acquirer, facts);
        keys[1] = earlier == facts.Key ? 0 : earlier;
        return keys;
    }

    /// <summary>
    /// An advice that an earlier version remembered: it gave advices the keys of the requests of their class.
    /// </summary>
    public ref Remembered FindEarlier(Message message, int acquirer, scoped in RequestFacts facts)
    {
        ref Remembered entry = ref context.Duplicates.Find(EarlierKeyOf(message, acquirer, facts));
        return ref Unsafe.IsNullRef(ref entry) || (entry.Flags & RememberedFlags.Advice) == 0
            || facts.Mti.IsReversal
                ? ref Unsafe.NullRef<Remembered>()
                : ref entry;
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

    /// <summary>Counts what a message that names no one payment is taken for, and tells people of a mix-up.</summary>
    public void Report(OriginalMatch match, int acquirer, scoped in RequestFacts facts)
    {
        if (match == OriginalMatch.Ambiguous)
        {
            context.Counters.OriginalsAmbiguous++;
        }
        else if (match == OriginalMatch.Disagrees)
        {
            context.Counters.OriginalsDisagreeing++;
            context.Effects.Raise(Incident.OriginalDisagrees, acquirer, facts.Stan);
        }
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

    private Original ByName(
        Message message, int acquirer, scoped in RequestFacts facts, scoped in OriginalElements name)
    {
        ref Remembered found = ref Unsafe.NullRef<Remembered>();
        Mti type = default;
        bool isAmbiguous = false;
        foreach (Mti mti in Types)
        {
            if (name.HasType && name.Mti.Class != mti.Class)
            {
                continue; // A type of zeros may be any.
            }

            ulong key = KeyOf(message, acquirer, name, TransactionKey.ClassOf(mti));
            ref Remembered entry = ref context.Duplicates.Find(key);
            if (!IsOriginal(ref entry))
            {
                continue;
            }

            // A request's type may be given where the message was an advice, and the reverse; but the type given counts
            // first.
            bool isExact = name.HasType && name.Mti.IsAdvice == mti.IsAdvice;
            isAmbiguous = !isExact && !name.HasType && (isAmbiguous || !Unsafe.IsNullRef(ref found));
            found = ref entry;
            type = mti;
            if (isExact)
            {
                break;
            }
        }

        if (Unsafe.IsNullRef(ref found) || isAmbiguous)
        {
            OriginalMatch none = isAmbiguous ? OriginalMatch.Ambiguous : OriginalMatch.Unknown;
            return new Original { Match = none, Elements = name, IsNamed = true };
        }

        return Agrees(found, message, facts)
            ? new Original
            {
                Match = OriginalMatch.Found,
                Entry = ref found,
                Elements = name with { Mti = found.IsNamed ? TypeOf(found) : name.HasType ? name.Mti : type },
                IsNamed = true,
            }
            : new Original { Match = OriginalMatch.Disagrees, Elements = name, IsNamed = true };
    }

    private Original ByReference(
        Message message, scoped in RequestFacts facts, scoped in OriginalElements name, bool isNamed)
    {
        ulong reference = PaymentName.HashOf(facts.Card.Short, facts.Rrn, facts.Place);
        ref Remembered entry = ref context.Duplicates.FindByReference(reference, out bool isAmbiguous);
        if (!message.FormerCard.IsNone)
        {
            ulong earlier = PaymentName.HashOf(message.FormerCard.Short, facts.Rrn, facts.Place);
            ref Remembered former = ref context.Duplicates.FindByReference(earlier, out bool isAmbiguousToo);
            isAmbiguous |= isAmbiguousToo || (!Unsafe.IsNullRef(ref former) && !Unsafe.IsNullRef(ref entry));
            entry = ref Unsafe.IsNullRef(ref former) ? ref entry : ref former;
        }

        if (isAmbiguous)
        {
            return new Original { Match = OriginalMatch.Ambiguous, Elements = name, IsNamed = isNamed };
        }

        return !Unsafe.IsNullRef(ref entry) && entry.Key != facts.Key && Fits(entry, name, isNamed)
            ? Complete(ref entry, TypeOf(entry), message, facts, isNamed)
            : new Original { Elements = name, IsNamed = isNamed };
    }

    private Original ByOwn(
        Message message, int acquirer, scoped in RequestFacts facts, scoped in OriginalElements name, bool isNamed)
    {
        var own = new OriginalElements(default, facts.Stan, TransactionKey.TimeOf(message), 0, 0);
        ref Remembered found = ref Unsafe.NullRef<Remembered>();
        Mti type = default;
        int count = 0;
        foreach (Mti mti in Types)
        {
            ulong key = KeyOf(message, acquirer, own, TransactionKey.ClassOf(mti));
            ref Remembered entry = ref context.Duplicates.Find(key);
            if (IsOriginal(ref entry) && Fits(entry, name, isNamed) && Agrees(entry, message, facts))
            {
                found = ref entry;
                type = mti;
                count++;
            }
        }

        if (count == 1)
        {
            return Complete(ref found, found.IsNamed ? TypeOf(found) : type, message, facts, isNamed);
        }

        OriginalMatch match = count > 1 ? OriginalMatch.Ambiguous : OriginalMatch.Unknown;
        return new Original { Match = match, Elements = name, IsNamed = isNamed };
    }

    private static Original Complete(
        ref Remembered entry, Mti type, Message message, scoped in RequestFacts facts, bool isNamed)
    {
        long forwarder = message.TryGetNumber(Field.ForwarderId, out long id) ? id : 0;
        int stan = entry.IsNamed ? entry.Stan : facts.Stan;
        long time = entry.Time == 0 ? facts.Time : entry.Time;
        return new Original
        {
            Match = OriginalMatch.Found,
            Entry = ref entry,
            Elements = new OriginalElements(type, stan, time, TransactionKey.InstitutionOf(message), forwarder),
            IsNamed = isNamed,
        };
    }

    private static bool IsOriginal(ref Remembered entry) =>
        !Unsafe.IsNullRef(ref entry) && entry.State != RememberedState.Tombstone;

    // Of an entry that an earlier version wrote only the key is known, in which acquirer and terminal are.
    private static bool Agrees(in Remembered entry, Message message, scoped in RequestFacts facts) =>
        !entry.IsNamed
        || ((facts.Card.IsNone || entry.Card == facts.Card.Short || IsFormer(entry, message))
            && (!message.Dialect.KeepsRrn || entry.Rrn == 0 || facts.Rrn == 0 || entry.Rrn == facts.Rrn));

    // It came with the card's former token.
    private static bool IsFormer(in Remembered entry, Message message) =>
        !message.FormerCard.IsNone && entry.Card == message.FormerCard.Short;

    // Whether what was found by other elements can be what DE 90 or DE 56 speaks of: by STAN or by time when it names a
    // message that is not known; by the part that is not zeros when it names none.
    private bool Fits(in Remembered entry, scoped in OriginalElements name, bool isNamed)
    {
        if (!entry.IsNamed)
        {
            return !isNamed;
        }

        OriginalTimes times = context.Duplicates.TimesOf(in entry);
        bool hasStan = entry.Stan == name.Stan;
        bool hasTime = times.Transmission == name.Time || (times.Local != 0 && times.Local == name.Time);
        return isNamed ? hasStan || hasTime : (name.Stan == 0 || hasStan) && (name.Time == 0 || hasTime);
    }

    private static Mti TypeOf(in Remembered entry) =>
        ((entry.Flags & RememberedFlags.Financial) != 0, (entry.Flags & RememberedFlags.Advice) != 0) switch
        {
            (false, false) => Mti.AuthorizationRequest,
            (false, true) => Mti.AuthorizationAdvice,
            (true, false) => Mti.FinancialRequest,
            (true, true) => Mti.FinancialAdvice,
        };

    private ulong EarlierKeyOf(Message message, int acquirer, scoped in RequestFacts facts)
    {
        var own = new OriginalElements(facts.Mti, facts.Stan, TransactionKey.TimeOf(message), 0, 0);
        return KeyOf(message, acquirer, own, facts.Mti.Class);
    }

    private ulong KeyOf(Message message, int acquirer, scoped in OriginalElements name, int messageClass)
    {
        long institution = message.Has(Field.AcquirerId) ? TransactionKey.InstitutionOf(message) : name.Acquirer;
        return TransactionKey.Of(
            context.AcquirerHashes[acquirer], messageClass, name.Stan, name.Time, message, institution);
    }
}

/// <summary>The keys under which an original may stand; 0: no more.</summary>
[InlineArray(Max)]
internal struct OriginalKeys
{
    public const int Max = 2;

    private ulong _first;
}
