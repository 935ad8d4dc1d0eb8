using System.Text;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Routing.Context;
using Switch.Routing.Issuers;
using Switch.Routing.Records;
using Switch.Routing.Routes;
using Switch.Routing.StandIn;
using Switch.Routing.Values;

namespace Switch.Routing.Network;

/// <summary>
/// File actions (0300, 0302, 0304, 0320 and their repeats) of an issuer onto the negative file: one card each, and only
/// a card whose requests go to that issuer. Durable before answered. The card's response code is in the first two
/// characters of DE 120; without DE 120 it is 41, lost card, which keeps the card.
/// </summary>
internal sealed class FileActions(CoreContext context, TransactionLog log, AnswerWriter answers)
{
    private const int FileNameMax = 17;
    private const int RecordMax = 999;

    private static readonly FieldSet Echoed =
        CommonFields.Echoed.With(Field.FileUpdateCode).With(Field.FileName);

    private readonly byte[] _fileName = System.Text.Encoding.ASCII.GetBytes(context.Configuration.NegativeFileName);

    /// <summary>A file action came in on a link. The caller gives the message back.</summary>
    public void FromIssuer(LinkRecord link, Message message)
    {
        context.Counters.FileActions++;
        ResponseCode listed = default;
        int fault = 0;
        ResponseCode answer = context.JournalFailed
            ? ResponseCode.Malfunction
            : Act(link.Issuer, message, out listed, out fault);
        MessageComposer composer = answers.Begin(message, Echoed, answer, fault);
        if (!listed.IsNone)
        {
            Span<byte> text = stackalloc byte[ResponseCode.Size];
            composer.Set(Field.FileRecord, text[..listed.CopyTo(text)]);
        }

        if (composer.TryWrite(out ReadOnlySpan<byte> bytes, out _))
        {
            // What an earlier action did may not be durable yet either, and this answer rests on it.
            long afterLsn = context.JournalFailed ? 0 : log.LastLsn;
            context.Effects.SendToLink(link.Id, bytes, afterLsn, tag: 0, message.ReplyHeader);
        }
    }

    // 30 with the field at fault, 24 for what is not done here, else the outcome of the action.
    private ResponseCode Act(int issuer, Message message, out ResponseCode listed, out int fault)
    {
        listed = default;
        fault = FaultOf(message, out FileUpdate update, out ResponseCode code);
        if (fault != 0)
        {
            return ResponseCode.FormatError;
        }

        if (update == FileUpdate.None || !NamesThisFile(message) || RouteOf(message) is not { } route
            || route.Primary != issuer)
        {
            return ResponseCode.FileUpdateNotSupported;
        }

        NegativeList? configured = route.StandIn < 0 ? null : context.CardLists[route.StandIn].Negative;
        int day = ListPeriod.DayOf(context.Issuers[issuer].Settings.Clock.LocalMs(context.Now.WallMs));
        ResponseCode current = context.FileChanges.CodeOf(message.Card, configured, day);
        ResponseCode refusal = RefusalOf(update, message.Mti.IsRepeat, current, code);
        if (update == FileUpdate.Inquiry || !refusal.IsNone)
        {
            listed = update == FileUpdate.Inquiry ? current : default;
            return refusal.IsNone ? ResponseCode.Approved : refusal;
        }

        bool isConfigured = configured is not null && configured.Cards.TryFind(message.Card, day, out _);
        return Apply(issuer, message, update, code, isConfigured);
    }

    private ResponseCode Apply(
        int issuer, Message message, FileUpdate update, ResponseCode code, bool isConfigured)
    {
        if (!context.FileChanges.HasPlaceFor(message.Card))
        {
            return ResponseCode.FileUpdateFailed;
        }

        OverlayState state = OverlayState.Listed;
        if (update == FileUpdate.Delete)
        {
            code = default;
            state = isConfigured ? OverlayState.Struck : OverlayState.Unchanged;
        }

        Record(issuer, message, update, state, code);
        context.FileChanges.Put(message.Card, state, code);
        return ResponseCode.Approved;
    }

    private void Record(int issuer, Message message, FileUpdate update, OverlayState state, ResponseCode code)
    {
        message.TryGetNumber(Field.Stan, out long stan);
        message.TryGetNumber(Field.TransmissionDateTime, out long time);
        Span<byte> name = stackalloc byte[RecordWriter.NameMax];
        Span<byte> masked = stackalloc byte[Pan.LengthMax];
        log.Append(transaction: 0, new FileActionRecord
        {
            Issuer = name[..Encoding.ASCII.GetBytes(context.Configuration.Issuers[issuer].Name, name)],
            Card = message.Card,
            Update = update,
            State = state,
            Code = code,
            Stan = (int)stan,
            Time = time,
            MaskedPan = message.TryGetPan(out Pan pan) ? masked[..pan.CopyMasked(masked)] : default,
        });
    }

    // A flagged repeat that finds done what it asks for was done by its first copy.
    private static ResponseCode RefusalOf(FileUpdate update, bool isRepeat, ResponseCode current, ResponseCode code) =>
        update switch
        {
            FileUpdate.Add when !current.IsNone && !(isRepeat && current == code) => ResponseCode.DuplicateRecord,
            FileUpdate.Change or FileUpdate.Inquiry when current.IsNone => ResponseCode.RecordNotFound,
            FileUpdate.Delete when current.IsNone && !isRepeat => ResponseCode.RecordNotFound,
            _ => default,
        };

    private static int FaultOf(Message message, out FileUpdate update, out ResponseCode code)
    {
        update = default;
        code = ResponseCode.LostCard;
        Span<byte> text = stackalloc byte[RecordMax];
        if (!message.TryGetPan(out _) || message.Card.IsNone)
        {
            return Field.Pan;
        }

        if (!message.Has(Field.Stan))
        {
            return Field.Stan;
        }

        if (message.TextLength(Field.FileUpdateCode) != 1 || message.CopyText(Field.FileUpdateCode, text) != 1)
        {
            return Field.FileUpdateCode;
        }

        update = text[0] switch
        {
            (byte)'1' => FileUpdate.Add,
            (byte)'2' => FileUpdate.Change,
            (byte)'3' => FileUpdate.Delete,
            (byte)'5' => FileUpdate.Inquiry,
            _ => FileUpdate.None,
        };
        int length = message.TextLength(Field.FileRecord);
        if (length == 0 || update is FileUpdate.Delete or FileUpdate.Inquiry)
        {
            return 0;
        }

        code = length <= RecordMax ? ResponseCode.Read(text[..message.CopyText(Field.FileRecord, text)]) : default;
        bool isDecline = length >= ResponseCode.Size && char.IsAsciiLetterOrDigit((char)text[0])
            && char.IsAsciiLetterOrDigit((char)text[1]) && !code.IsApproval;
        text[..Math.Min(length, RecordMax)].Clear(); // Its layout is the issuer's: there may be anything in it.
        return isDecline ? 0 : Field.FileRecord;
    }

    private bool NamesThisFile(Message message)
    {
        int length = message.TextLength(Field.FileName);
        if (length == 0)
        {
            return true;
        }

        Span<byte> text = stackalloc byte[FileNameMax];
        return length <= FileNameMax
            && text[..message.CopyText(Field.FileName, text)].TrimEnd((byte)' ').SequenceEqual(_fileName);
    }

    private Route? RouteOf(Message message)
    {
        Span<byte> digits = stackalloc byte[Pan.LengthMax];
        message.TryGetPan(out Pan pan);
        bool isRouted = context.Configuration.Routes.TryFind(digits[..pan.CopyDigits(digits)], out Route route);
        digits.Clear();
        return isRouted ? route : null;
    }
}
