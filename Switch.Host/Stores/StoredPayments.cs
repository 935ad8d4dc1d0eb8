using Switch.Protocol.Fields;
using Switch.Routing.Effects;

namespace Switch.Host.Stores;

/// <summary>Finds messages of acquirers by key, with their outcome and what became of it.</summary>
internal sealed class StoredPayments(StoreReader store, string node, string terminal)
{
    private const string Columns =
        "lsn, id, mti, content, sent, key, card, amount, stan, rrn, terminal, merchant, acquirer, local_time";

    /// <summary>The first of these keys that is known.</summary>
    public StoredPayment? Find(int stan, IReadOnlyList<ulong> keys)
    {
        foreach (ulong key in keys)
        {
            List<object?[]> found = store.Rows(
                $"SELECT {Columns} FROM {Of("payment")} WHERE stan = @stan AND terminal = @terminal AND key = @key "
                + "ORDER BY lsn DESC LIMIT 1",
                ("@node", node), ("@stan", stan), ("@terminal", terminal), ("@key", (long)key));
            if (found.Count > 0 && PaymentOf(found[0]) is { } payment)
            {
                return payment;
            }
        }

        return null;
    }

    /// <summary>The one request or advice with this DE 37; null also where there are two.</summary>
    public StoredPayment? Find(ReferenceQuery query)
    {
        CardToken earlier = query.FormerCard.IsNone ? query.Card : query.FormerCard;
        List<object?[]> found = store.Rows(
            $"SELECT {Columns} FROM {Of("payment")} WHERE rrn = @rrn AND terminal = @terminal AND acquirer = @acquirer "
            + "AND card IN (@card, @former) AND COALESCE(merchant, '') = @merchant AND mti < 300 ORDER BY lsn LIMIT 2",
            ("@node", node), ("@rrn", query.RetrievalReference), ("@terminal", query.Terminal),
            ("@acquirer", query.Acquirer), ("@card", BytesOf(query.Card)), ("@former", BytesOf(earlier)),
            ("@merchant", query.Merchant));
        return found.Count == 1 ? PaymentOf(found[0]) : null;
    }

    private static byte[] BytesOf(in CardToken card)
    {
        byte[] bytes = new byte[CardToken.Size];
        card.Write(bytes);
        return bytes;
    }

    private StoredPayment? PaymentOf(object?[] row)
    {
        var mti = new Mti((int)(long)row[2]!);
        var payment = new StoredPayment
        {
            Id = (ulong)(row[1] as long? ?? 0),
            Mti = mti.Value,
            Content = (uint)(long)row[3]!,
            Time = (long)row[4]!,
            Key = (ulong)(long)row[5]!,
            Card = row[6] is byte[] { Length: CardToken.Size } card ? CardToken.Read(card) : default,
            Amount = (long)row[7]!,
            OwnStan = (int)(long)row[8]!,
            RetrievalReference = row[9] as string ?? "",
            Terminal = row[10] as string ?? "",
            Merchant = row[11] as string ?? "",
            Acquirer = row[12] as string ?? "",
            LocalTime = row[13] as long? ?? 0,
            IsAdvice = !mti.IsRequest || mti.IsReversal,
            Code = "00",
        };
        StoredPayment? decided = payment.IsAdvice ? Forwarded(payment, (long)row[0]!) : Decided(payment);
        return decided is null ? null : WithEffects(decided);
    }

    // Of several decisions the last counts.
    private StoredPayment? Decided(StoredPayment payment)
    {
        List<object?[]> found = store.Rows(
            $"SELECT source, code, approval, issuer, stan, amount FROM {Of("decision")} WHERE id = @id "
            + "ORDER BY lsn DESC LIMIT 1",
            ("@node", node), ("@id", (long)payment.Id));
        if (found.Count == 0)
        {
            return null;
        }

        object?[] row = found[0];
        string code = row[1] as string ?? "";
        return payment with
        {
            Source = (int)(long)row[0]!,
            Code = code,
            Approval = row[2] as string ?? "",
            Issuer = row[3] as string ?? "",
            Stan = (int)(row[4] as long? ?? 0),
            Approved = code == "10" ? (long)row[5]! : 0,
        };
    }

    // What its issuer knows an advice by: the message that became owed in the same record.
    private StoredPayment Forwarded(StoredPayment payment, long lsn)
    {
        List<object?[]> found = store.Rows(
            $"SELECT issuer, stan FROM {Of("owed")} WHERE lsn = @lsn AND kind = 3", ("@node", node), ("@lsn", lsn));
        return found.Count == 0
            ? payment
            : payment with { Issuer = (string)found[0][0]!, Stan = (int)(long)found[0][1]! };
    }

    private StoredPayment WithEffects(StoredPayment payment)
    {
        List<object?[]> effects = store.Rows(
            $"SELECT kind, number FROM {Of("event")} WHERE key = @key AND type = 4 ORDER BY lsn",
            ("@node", node), ("@key", (long)payment.Key));
        foreach (object?[] row in effects)
        {
            payment = (row[0] as long? ?? 0) switch
            {
                1 => payment with { IsReversed = true },
                3 => payment with { IsReversed = true, Code = "91" },
                4 => payment with { Remaining = (long)row[1]! },
                _ => payment,
            };
        }

        return payment;
    }

    private string Of(string table) => store.Of(table, "@node");
}
