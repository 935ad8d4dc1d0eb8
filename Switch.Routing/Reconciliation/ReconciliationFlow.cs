using System.Buffers.Text;
using System.Text;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Issuers;
using Switch.Routing.Records;
using Switch.Routing.Totals;
using Switch.Routing.Values;

namespace Switch.Routing.Reconciliation;

/// <summary>
/// Reconciliation (0500, 0520, 0502, 0522 and their repeats) and cutover (0800/201). A party's totals of one settlement
/// date (DE 15) and currency (DE 50) are compared with the switch's own, which the answer carries: DE 66 is 1 and
/// DE 39 00 in balance, 2 and 95 out of balance, 3 and 95 when the date is not kept any more.
/// </summary>
internal sealed class ReconciliationFlow(CoreContext context, TransactionLog log, AnswerWriter answers)
{
    private const int NetDigits = 16;
    private const int DaysOfHalfAYear = 183;

    private static readonly FieldSet Echoed = FieldSet.Of(
        Field.TransmissionDateTime, Field.Stan, Field.SettlementDate, Field.AcquirerId, Field.ForwarderId,
        Field.SettlementCurrency, Field.SettlementInstitution, Field.LocalTime, Field.LocalDate,
        LaterField.FunctionCode, LaterField.TransportData);

    // Which field says what. DE 74 to 79 and 86 to 89 come in pairs: the transactions, then their reversals.
    private static readonly (int Field, TotalKind Kind, bool IsReversal, bool IsAmount)[] Elements =
    [
        (74, TotalKind.Credit, false, false), (75, TotalKind.Credit, true, false),
        (76, TotalKind.Debit, false, false), (77, TotalKind.Debit, true, false),
        (78, TotalKind.Transfer, false, false), (79, TotalKind.Transfer, true, false),
        (80, TotalKind.Inquiry, false, false), (81, TotalKind.Authorization, false, false),
        (86, TotalKind.Credit, false, true), (87, TotalKind.Credit, true, true),
        (88, TotalKind.Debit, false, true), (89, TotalKind.Debit, true, true),
    ];

    private readonly TotalsRow _nothing = new(0, 0);

    /// <summary>A reconciliation came from an acquirer. It is given back here.</summary>
    public void FromAcquirer(int session, int acquirer, Message message)
    {
        ReadOnlySpan<byte> bytes = Answer(TotalsSide.Acquirer, acquirer, message);
        answers.Send(session, message, bytes, AfterLsn, tag: 0);
        context.Effects.Return(message);
    }

    /// <summary>A reconciliation came from an issuer. The caller gives it back.</summary>
    public void FromIssuer(LinkRecord link, Message message)
    {
        ReadOnlySpan<byte> bytes = Answer(TotalsSide.Issuer, link.Issuer, message);
        if (!bytes.IsEmpty)
        {
            context.Effects.SendToLink(link.Id, bytes, AfterLsn, tag: 0, message.ReplyHeader);
        }
    }

    /// <summary>
    /// A party begins its next settlement date: the one in DE 15, or without it the one after the clock's. Saying so
    /// again changes nothing. The answer may leave when <paramref name="lsn"/> is durable.
    /// </summary>
    public ResponseCode CutOver(TotalsSide side, int party, Message message, out long lsn)
    {
        lsn = 0;
        if (context.JournalFailed)
        {
            return ResponseCode.Malfunction;
        }

        int current = context.Totals.DayOf(side, party, context.Now.WallMs);
        int next = context.Totals.ClockDay(context.Now.WallMs) + 1;
        int wanted = Math.Max(current, next);
        if (message.Has(Field.SettlementDate) && !TryReadDay(message, current, out wanted))
        {
            return ResponseCode.FormatError;
        }

        lsn = log.LastLsn;
        if (wanted == current)
        {
            return ResponseCode.Approved;
        }

        if (wanted != current + 1 || wanted > next)
        {
            return ResponseCode.InvalidTransaction;
        }

        lsn = log.Append(transaction: 0, new CutoverRecord
        {
            Side = side, Party = Encoding.ASCII.GetBytes(TotalsRecords.NameOf(context, side, party)), Day = wanted,
        });
        context.Totals.CutOver(side, party, wanted);
        context.Effects.Raise(Incident.CutOver, PartyOf(side, party), DateOf(wanted));
        return ResponseCode.Approved;
    }

    // Its totals may rest on records that are not durable yet.
    private long AfterLsn => context.JournalFailed ? 0 : log.LastLsn;

    private ReadOnlySpan<byte> Answer(TotalsSide side, int party, Message message)
    {
        context.Counters.Reconciliations++;
        int current = context.Totals.DayOf(side, party, context.Now.WallMs);
        int fault = FaultOf(side, party, message, current, out int day, out int currency);
        if (fault != 0)
        {
            MessageComposer refusal = answers.Begin(message, Echoed, ResponseCode.FormatError, fault);
            return refusal.TryWrite(out ReadOnlySpan<byte> bytes, out _) ? bytes : default;
        }

        bool isKept = day >= current - SettlementTotals.DaysKept;
        TotalsRow row = context.Totals.Find(side, party, day, currency) ?? _nothing;
        bool isInBalance = isKept && Agrees(message, row);
        if (!isInBalance)
        {
            context.Counters.ReconciliationsOut++;
            context.Effects.Raise(Incident.TotalsDiffer, PartyOf(side, party), DateOf(day));
        }

        return Compose(message, row, isKept, isInBalance);
    }

    private ReadOnlySpan<byte> Compose(Message message, TotalsRow row, bool isKept, bool isInBalance)
    {
        ResponseCode code = isInBalance ? ResponseCode.Approved : ResponseCode.TotalsDiffer;
        MessageComposer composer = answers.Begin(message, Echoed, code);
        FieldSet defined = message.Dialect.Edition.Defined;
        if (defined.Contains(Field.SettlementCode))
        {
            composer.SetNumber(Field.SettlementCode, isInBalance ? 1 : isKept ? 2 : 3);
        }

        foreach ((int field, TotalKind kind, bool isReversal, bool isAmount) in Elements)
        {
            if (isKept && defined.Contains(field))
            {
                composer.SetNumber(field, ValueOf(row, kind, isReversal, isAmount));
            }
        }

        if (isKept && defined.Contains(Field.NetSettlement))
        {
            Span<byte> net = stackalloc byte[1 + NetDigits];
            net[0] = row.Net > 0 ? (byte)'D' : (byte)'C';
            var digits = new System.Buffers.StandardFormat('D', NetDigits);
            Utf8Formatter.TryFormat(Math.Abs(row.Net), net[1..], out _, digits);
            composer.Set(Field.NetSettlement, net);
        }

        return composer.TryWrite(out ReadOnlySpan<byte> bytes, out _) ? bytes : default;
    }

    // DE 97 must be there, so that an empty message is not in balance; of the others those that are present count.
    private static bool Agrees(Message message, TotalsRow row)
    {
        foreach ((int field, TotalKind kind, bool isReversal, bool isAmount) in Elements)
        {
            if (message.Has(field) && (!message.TryGetNumber(field, out long value)
                || value != ValueOf(row, kind, isReversal, isAmount)))
            {
                return false;
            }
        }

        Span<byte> net = stackalloc byte[1 + NetDigits];
        return message.CopyText(Field.NetSettlement, net) == net.Length
            && Utf8Parser.TryParse(net[1..], out long amount, out int used) && used == NetDigits
            && (net[0] == (byte)'D' ? amount : -amount) == row.Net;
    }

    private static long ValueOf(TotalsRow row, TotalKind kind, bool isReversal, bool isAmount) =>
        isAmount ? row.AmountOf(kind, isReversal) : row.CountOf(kind, isReversal);

    private int FaultOf(
        TotalsSide side, int party, Message message, int current, out int day, out int currency)
    {
        day = 0;
        currency = 0;
        if (!message.Has(Field.Stan))
        {
            return Field.Stan;
        }

        if (!TryReadDay(message, current, out day) || day > current)
        {
            return Field.SettlementDate;
        }

        Span<byte> text = stackalloc byte[3];
        if (message.TextLength(Field.NetSettlement) != 1 + NetDigits)
        {
            return Field.NetSettlement;
        }

        if (!message.Has(Field.SettlementCurrency))
        {
            currency = context.Totals.CurrencyOf(side, party, day);
        }
        else if (message.TextLength(Field.SettlementCurrency) != text.Length
            || message.CopyText(Field.SettlementCurrency, text) != text.Length
            || !Utf8Parser.TryParse(text, out currency, out int used) || used != text.Length)
        {
            currency = -1;
        }

        return currency < 0 ? Field.SettlementCurrency : 0;
    }

    // MMDD has no year: the one that brings it nearest to the current date.
    private static bool TryReadDay(Message message, int current, out int day)
    {
        day = 0;
        if (!message.TryGetNumber(Field.SettlementDate, out long monthDay))
        {
            return false;
        }

        int today = current + DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
        int month = (int)(monthDay / 100);
        int dayOfMonth = (int)(monthDay % 100);
        int year = DateOnly.FromDayNumber(today).Year;
        for (int candidate = year - 1; candidate <= year + 1; candidate++)
        {
            if (month is >= 1 and <= 12 && dayOfMonth >= 1 && dayOfMonth <= DateTime.DaysInMonth(candidate, month))
            {
                int number = new DateOnly(candidate, month, dayOfMonth).DayNumber;
                if (Math.Abs(number - today) <= DaysOfHalfAYear)
                {
                    day = current + number - today;
                    return true;
                }
            }
        }

        return false;
    }

    private static int PartyOf(TotalsSide side, int party) => side == TotalsSide.Acquirer ? party : -1 - party;

    private static long DateOf(int day)
    {
        DateTime date = DateTime.UnixEpoch.AddDays(day);
        return (((date.Year * 100L) + date.Month) * 100) + date.Day;
    }
}
