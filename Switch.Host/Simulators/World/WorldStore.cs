using System.Text;
using Switch.Protocol.Fields;
using Switch.Routing.Effects;
using Switch.Routing.Journal;
using Switch.Routing.Records;

namespace Switch.Host.Simulators.World;

/// <summary>
/// The store of the simulated node: what its records say, by the decoder that fills the real one, kept in tables by the
/// keys that look-ups ask for.
/// </summary>
internal sealed class WorldStore : IRecordFacts
{
    private readonly Dictionary<ulong, StoredPayment> _byKey = [];
    private readonly Dictionary<ulong, ulong> _keys = []; // By transaction.
    private readonly HashSet<ulong> _decided = [];
    private ulong _keyInRecord;
    private long _lsnOfKey;

    /// <summary>The last record taken in.</summary>
    public long PositionLsn { get; private set; }

    public void Take(long lsn, RecordType type, ReadOnlySpan<byte> open)
    {
        RecordDecoder.Read(lsn, type, open, this);
        PositionLsn = lsn;
    }

    public LookUpAnswer Answer(OriginalQuery query) => PositionLsn < query.AfterLsn
        ? new LookUpAnswer(query.Id, LookUpOutcome.Unavailable)
        : new LookUpAnswer(
            query.Id, LookUpOutcome.Answered, Find(query.OwnKeys),
            (query.Reference is { } reference ? Find(reference) : null) ?? Find(query.Keys));

    public void Take(in RecordHead head, in PaymentFact payment)
    {
        var mti = new Mti(payment.Mti);
        _byKey[payment.Key] = new StoredPayment
        {
            Id = head.Transaction,
            Key = payment.Key,
            Content = payment.Content,
            Time = payment.Time,
            LocalTime = payment.LocalTime,
            Mti = payment.Mti,
            Card = payment.Card,
            Amount = payment.Amount,
            OwnStan = payment.Stan,
            RetrievalReference = Encoding.ASCII.GetString(payment.RetrievalReference),
            Terminal = Encoding.ASCII.GetString(payment.Terminal),
            Merchant = Encoding.ASCII.GetString(payment.Merchant),
            Acquirer = Encoding.ASCII.GetString(payment.Acquirer),
            IsAdvice = !mti.IsRequest || mti.IsReversal,
            Code = "00",
        };
        _keys[head.Transaction] = payment.Key;
        (_keyInRecord, _lsnOfKey) = (payment.Key, head.Lsn);
    }

    public void Take(in RecordHead head, in Routing.Records.DecisionFact decision)
    {
        if (_keys.TryGetValue(head.Transaction, out ulong key) && _byKey.TryGetValue(key, out StoredPayment? payment))
        {
            string code = Encoding.ASCII.GetString(decision.Code);
            _decided.Add(key);
            _byKey[key] = payment with
            {
                Source = decision.Source,
                Code = code,
                Approval = Encoding.ASCII.GetString(decision.Approval),
                Issuer = Encoding.ASCII.GetString(decision.Issuer),
                Stan = decision.Stan,
                Approved = code == "10" ? decision.Amount : 0,
            };
        }
    }

    public void Take(in RecordHead head, in Routing.Records.OwedFact owed)
    {
        if (owed.Kind == 3 && head.Lsn == _lsnOfKey)
        {
            _byKey[_keyInRecord] = _byKey[_keyInRecord] with
            {
                Issuer = Encoding.ASCII.GetString(owed.Issuer),
                Stan = owed.Stan,
            };
        }
    }

    public void Take(in RecordHead head, in EventFact happened)
    {
        if (happened.Type == RecordType.Owed && _byKey.TryGetValue(happened.Key, out StoredPayment? payment))
        {
            _byKey[happened.Key] = happened.Kind switch
            {
                1 => payment with { IsReversed = true },
                3 => payment with { IsReversed = true, Code = "91" },
                4 => payment with { Remaining = happened.Number },
                _ => payment,
            };
        }
    }

    private StoredPayment? Find(IReadOnlyList<ulong> keys)
    {
        foreach (ulong key in keys)
        {
            if (_byKey.TryGetValue(key, out StoredPayment? payment) && (payment.IsAdvice || _decided.Contains(key)))
            {
                return payment;
            }
        }

        return null;
    }

    private StoredPayment? Find(ReferenceQuery query)
    {
        List<StoredPayment> found =
        [
            .. _byKey.Values.Where(payment => payment.RetrievalReference == query.RetrievalReference
                && payment.Terminal == query.Terminal && payment.Merchant == query.Merchant
                && payment.Acquirer == query.Acquirer && payment.Mti < 300
                && (payment.Card == query.Card
                    || (!query.FormerCard.IsNone && payment.Card == query.FormerCard))),
        ];
        return found.Count == 1 && (found[0].IsAdvice || _decided.Contains(found[0].Key)) ? found[0] : null;
    }
}
