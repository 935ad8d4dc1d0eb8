using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Issuers;
using Switch.Routing.Owed;
using Switch.Routing.Payments;
using Switch.Routing.StoreAndForward;
using Switch.Routing.Values;

namespace Switch.Routing.Transactions;

/// <summary>
/// Composes what becomes owed, once and whole, so that recovery and every repeat send the same. Built from the stored
/// part of a message only: no track, no PIN block.
/// </summary>
internal sealed class OwedMessages(CoreContext context, OwedTable table, TransactionIds ids)
{
    /// <summary>What a reversal must say when the rest of its original does not fit the issuer's dialect.</summary>
    private static readonly FieldSet Essential = FieldSet.Of(
        Field.Pan, Field.ProcessingCode, Field.Amount, Field.TransmissionDateTime, Field.LocalTime, Field.LocalDate,
        Field.AcquirerId, Field.RetrievalReference, Field.TerminalId, Field.MerchantId, Field.Currency);

    private readonly byte[] _image = GC.AllocateArray<byte>(
        FieldImage.SizeMax(context.Configuration.MessageSizeMax), pinned: true);

    /// <summary>
    /// The advice of a stand-in decision to the issuer whose card it is (docs/domain.md section 5.1).
    /// </summary>
    /// <param name="timedOut">
    /// The leg to that issuer that may have reached it, or a null reference: then DE 90 names it.
    /// </param>
    public OwedItem StandInAdvice(Transaction transaction, OwedKind kind, int issuer, ref Leg timedOut)
    {
        Mti mti = AdviceOf(transaction.Facts.Mti);
        OwedItem item = table.Take(
            ids.Next(), kind, issuer, mti, transaction.Facts.Card, transaction.Trigger);
        item.Transaction = transaction.Id;
        item.Time = transaction.Facts.Time;
        item.Stan = OwedNumbers.Take(context.Issuers[issuer], item.Id, item.Time, item.Card);
        MessageComposer composer = Begin(item, transaction.Request, isWhole: true);
        SetCodes(composer, transaction);
        if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref timedOut))
        {
            item.OriginalStan = timedOut.Stan;
            SetOriginal(composer, transaction.Request, transaction.Facts.Mti, timedOut.Stan, transaction.Facts.Time);
        }

        Keep(item, transaction.Request, isForced: false);
        return item;
    }

    /// <summary>
    /// The switch's own reversal of what one leg may have approved and the acquirer does not hold as an approval.
    /// </summary>
    public OwedItem Reversal(Transaction transaction, in Leg leg, Reason reason) =>
        Reversal(transaction, leg, transaction.Facts.Mti, reason);

    private OwedItem Reversal(Transaction transaction, in Leg leg, Mti original, Reason reason)
    {
        OwedItem item = table.Take(
            ids.Next(), OwedKind.Reversal, leg.Issuer, ReversalMti, transaction.Facts.Card, reason);
        item.Transaction = transaction.Id;
        item.Time = context.TransmissionTimeNow;
        item.Stan = OwedNumbers.Take(context.Issuers[leg.Issuer], item.Id, item.Time, item.Card);
        item.OriginalStan = leg.Fate == LegFate.Unknown ? leg.Stan : 0; // Otherwise it is free again.
        if (leg.Fate == LegFate.Approved)
        {
            item.CountAs(transaction.Facts.Counts, transaction.ApprovedAmount, transaction.Facts.Currency);
        }

        MessageComposer composer = Begin(item, transaction.Request, isWhole: true);
        if (leg.Fate == LegFate.Approved && !transaction.Approval.IsNone)
        {
            SetApproval(composer, transaction.Approval);
        }

        SetOriginal(composer, transaction.Request, original, leg.Stan, transaction.Facts.Time);
        Keep(item, transaction.Request, isForced: true);
        return item;
    }

    /// <summary>
    /// The reversal of an undelivered stand-in approval whose advice has been sent: it names the advice.
    /// </summary>
    public OwedItem ReversalOfAdvice(Transaction transaction, int issuer, int adviceStan)
    {
        var leg = new Leg { Issuer = issuer, Stan = adviceStan, Fate = LegFate.Approved };
        return Reversal(transaction, leg, AdviceOf(transaction.Facts.Mti), Reason.UndeliverableResponse);
    }

    /// <summary>
    /// An acquirer's own advice or reversal, to be forwarded with DE 90 as the issuer knows the original.
    /// </summary>
    /// <param name="original">How the issuer knows the original; null: DE 90 stays as the acquirer gave it.</param>
    /// <param name="openStan">STAN of the original's open leg, which this keeps in use; 0: none is open.</param>
    /// <param name="amount">How much a reversal of a known original takes back; null: as the message says.</param>
    public OwedItem Forwarded(
        Message message, in RequestFacts facts, int issuer, OriginalElements? original, int openStan,
        ReversedAmount? amount = null)
    {
        bool isReversal = facts.Mti.IsReversal;
        OwedKind kind = isReversal ? OwedKind.ForwardedReversal : OwedKind.ForwardedAdvice;
        Mti mti = isReversal ? ReversalMti : facts.Mti;
        OwedItem item = table.Take(ids.Next(), kind, issuer, mti, facts.Card, Reason.None);
        item.Time = facts.Time;
        item.Stan = OwedNumbers.Take(context.Issuers[issuer], item.Id, item.Time, item.Card);
        item.OriginalStan = openStan;
        Complete(Begin(item, message, isWhole: true), item, message, original, amount);
        if (!TryKeep(item))
        {
            // The money fact matters more than its details: say the essential.
            Complete(Begin(item, message, isWhole: false), item, message, original, amount);
            if (!TryKeep(item))
            {
                Begin(item, message, isWhole: false);
                TryKeep(item);
            }
        }

        return item;
    }

    private void Complete(
        MessageComposer composer, OwedItem item, Message message, OriginalElements? original, ReversedAmount? amount)
    {
        Dialect target = context.Issuers[item.Issuer].Settings.Dialect;
        if (original is { } named)
        {
            SetOriginal(composer, named);
        }
        else if (target.IsoVersion != IsoVersion.Iso1987
            && OriginalElements.Read(message, out _) == OriginalNaming.None)
        {
            composer.Drop(Field.OriginalData); // Zeros are no date, so DE 56 cannot say them.
        }

        if (amount is { Amount: >= 0 } known)
        {
            composer.SetNumber(Field.Amount, known.Amount);
        }

        if (amount is { IsPartByAmount: true } part)
        {
            ReplacementAmount.Set(composer, part.Remaining);
        }

        if (target.IsoVersion == IsoVersion.Iso1987)
        {
            SetReason(composer, target, Reasons.Read(message));
        }
    }

    /// <summary>
    /// The reversal of an approval that came after stand-in had approved, made from the advice that is still owed.
    /// </summary>
    public OwedItem ReversalOfLate(int issuer, in LateReply late, OwedItem advice, Message reply)
    {
        OwedItem item = table.Take(
            ids.Next(), OwedKind.Reversal, issuer, ReversalMti, advice.Card, Reason.ResponseTooLate);
        item.Transaction = late.Transaction;
        item.Time = context.TransmissionTimeNow;
        item.Stan = OwedNumbers.Take(context.Issuers[issuer], item.Id, item.Time, item.Card);
        MessageComposer composer = context.Composer;
        composer.Start(context.Issuers[issuer].Settings.Dialect, ReversalMti);
        composer.Take(advice.Image.AsSpan(0, advice.ImageSize));
        composer.Drop(Field.ResponseCode);
        composer.Drop(Field.ApprovalCode);
        Identify(composer, item);
        long acquirer = TransactionKey.InstitutionOf(reply);
        Mti original = new(reply.Mti.Value - 10);
        SetOriginal(composer, new OriginalElements(original, late.Stan, late.Time, acquirer, 0));
        int size = composer.TryWriteImage(_image, out int written, out _) ? written : 0;
        item.Keep(_image.AsSpan(0, size));
        _image.AsSpan().Clear();
        return item;
    }

    /// <summary>The reversal that recovery owes for a send in doubt, from the image in its intent.</summary>
    public OwedItem RecoveredReversal(
        ulong transaction, in CardToken card, int issuer, int legStan, Mti sentAs, long time, ReadOnlySpan<byte> image)
    {
        OwedItem item = table.Take(ids.Next(), OwedKind.Reversal, issuer, ReversalMti, card, Reason.TimedOutWaiting);
        item.Transaction = transaction;
        item.Time = context.TransmissionTimeNow;
        item.Stan = OwedNumbers.Take(context.Issuers[issuer], item.Id, item.Time, item.Card);
        item.OriginalStan = legStan;
        var sent = new OriginalElements(
            sentAs.WithVersion(0), legStan, time, NumberOf(image, Field.AcquirerId),
            NumberOf(image, Field.ForwarderId));

        // What the issuer's dialect cannot say was never sent; but that the rest was is not known.
        FieldSet whole = FieldImage.FieldsOf(image);
        if (!TryReverse(item, image, whole, sent, out int size)
            && !TryReverse(item, image, whole & Essential, sent, out size))
        {
            throw new InvalidOperationException($"The image of transaction {transaction} does not make a reversal.");
        }

        item.Keep(_image.AsSpan(0, size));
        _image.AsSpan().Clear();
        return item;
    }

    private bool TryReverse(
        OwedItem item, ReadOnlySpan<byte> image, in FieldSet fields, in OriginalElements original, out int size)
    {
        MessageComposer composer = context.Composer;
        composer.Start(context.Issuers[item.Issuer].Settings.Dialect, item.Mti);
        composer.Take(image, fields);
        Identify(composer, item);
        SetOriginal(composer, original);
        return composer.TryWriteImage(_image, out size, out _);
    }

    /// <summary>The advice that tells of what a request of this type would have been told: 0100 gives 0120.</summary>
    public static Mti AdviceOf(Mti request) => new(request.WithoutRepeat().Value + 20);

    private static Mti ReversalMti => Mti.ReversalAdvice;

    private MessageComposer Begin(OwedItem item, Message source, bool isWhole)
    {
        MessageComposer composer = context.Composer;
        Dialect target = context.Issuers[item.Issuer].Settings.Dialect;
        composer.Start(target, item.Mti);
        if (isWhole)
        {
            RequestImage.Take(composer, source, target);
        }
        else
        {
            composer.Take(source, Essential & source.Fields);
            RequestImage.SetPan(composer, source);
        }

        Identify(composer, item);
        return composer;
    }

    private void Identify(MessageComposer composer, OwedItem item)
    {
        composer.SetNumber(Field.Stan, item.Stan);
        composer.SetNumber(Field.TransmissionDateTime, item.Time);
        SetReason(composer, context.Issuers[item.Issuer].Settings.Dialect, item.Reason);
    }

    private static void SetReason(MessageComposer composer, Dialect target, Reason reason)
    {
        if (reason == Reason.None)
        {
            return;
        }

        // A partner's dialect may lack the field of the reason: the money fact goes out without it.
        if (target.IsoVersion != IsoVersion.Iso1987)
        {
            if (target.Edition.Defined.Contains(LaterField.MessageReason))
            {
                composer.SetNumber(LaterField.MessageReason, Reasons.Later(reason));
            }
        }
        else if (Reasons.In1987(reason) is { IsEmpty: false } text)
        {
            composer.TrySet(Field.AdviceReason, text);
        }
    }

    private void Keep(OwedItem item, Message source, bool isForced)
    {
        if (!TryKeep(item) && isForced)
        {
            // The money fact matters more than its details: say the essential.
            Begin(item, source, isWhole: false);
            TryKeep(item);
        }
    }

    // An empty image parks at the first attempt, with an alert.
    private bool TryKeep(OwedItem item)
    {
        bool isKept = context.Composer.TryWriteImage(_image, out int size, out _);
        context.CountLeftOut();
        item.Keep(_image.AsSpan(0, isKept ? size : 0));
        (isKept ? _image.AsSpan(0, size) : _image).Clear(); // Of what could not be said whole, a part was written.
        return isKept;
    }

    private static void SetCodes(MessageComposer composer, Transaction transaction)
    {
        Span<byte> text = stackalloc byte[ResponseCode.Size];
        composer.Set(Field.ResponseCode, text[..transaction.Response.CopyTo(text)]);
        if (!transaction.Approval.IsNone)
        {
            SetApproval(composer, transaction.Approval);
        }
    }

    private static void SetApproval(MessageComposer composer, ApprovalCode approval)
    {
        Span<byte> text = stackalloc byte[ApprovalCode.Size];
        composer.TrySet(Field.ApprovalCode, text[..approval.CopyTo(text)]);
    }

    private static void SetOriginal(MessageComposer composer, Message source, Mti mti, int stan, long time)
    {
        long acquirer = TransactionKey.InstitutionOf(source);
        long forwarder = source.TryGetNumber(Field.ForwarderId, out long id) ? id : 0;
        SetOriginal(composer, new OriginalElements(mti, stan, time, acquirer, forwarder));
    }

    private static void SetOriginal(MessageComposer composer, in OriginalElements original)
    {
        Span<byte> text = stackalloc byte[OriginalElements.Size];
        original.Write(text);
        composer.Set(Field.OriginalData, text);
        if (original.LocalTime != 0)
        {
            original.WriteLocalTime(text);
            composer.TrySet(LaterField.OriginalLocalTime, text[..OriginalElements.LocalTimeSize]);
        }
    }

    private static long NumberOf(ReadOnlySpan<byte> image, int field) =>
        FieldImage.TryRead(image, field, out ReadOnlySpan<byte> text)
        && System.Buffers.Text.Utf8Parser.TryParse(text, out long value, out int used) && used == text.Length
            ? value
            : 0;
}

/// <summary>
/// Ids of transactions and owed messages: the node's start in the high 16 bits and a count in the other 48, so that ids
/// never repeat on a node, whatever a crash forgot.
/// </summary>
internal sealed class TransactionIds
{
    private const int CountBits = 48;

    private ulong _next = 1;

    /// <summary>Which start of the node this is, from 1.</summary>
    public ulong Epoch { get; private set; }

    public ulong Next() => _next++;

    public void Begin(ulong epoch)
    {
        Epoch = epoch;
        _next = (epoch << CountBits) + 1;
    }
}
