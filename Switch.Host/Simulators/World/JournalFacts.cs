namespace Switch.Host.Simulators.World;

/// <summary>What became of something owed.</summary>
internal enum OwedEnd
{
    Pending,
    Acknowledged,
    Parked,
    Netted,
    WrittenOff,
}

/// <summary>Something an issuer is owed, as the journal tells it.</summary>
internal sealed class JournalOwedItem
{
    public required ulong Id { get; init; }

    public required int Kind { get; init; }

    public required int Issuer { get; init; }

    public required PostingKey Key { get; init; }

    public required int OriginalStan { get; init; }

    public required UInt128 Card { get; init; }

    public required ulong Transaction { get; init; }

    /// <summary>
    /// The reversal of an approval that came after stand-in had approved: it goes before the advice of its transaction.
    /// </summary>
    public required bool IsOfLateApproval { get; init; }

    public OwedEnd End { get; set; }

    /// <summary>A person had it in hand, if only for a while.</summary>
    public bool WasParked { get; set; }

    public bool IsReversal => Kind is 2 or 4;
}

/// <summary>A decision, as the journal tells it.</summary>
internal sealed record JournalDecision(
    long Lsn, long WallMs, long Payment, ulong Transaction, int Source, int Code, int Issuer, int Stan, long Amount,
    UInt128 Card);

/// <summary>One transaction of the switch.</summary>
internal sealed class JournalTransaction
{
    private int _late;

    public long Payment { get; set; }

    /// <summary>Issuer and STAN of the leg that was sent last; the issuer is -1 when none is open.</summary>
    public (int Issuer, int Stan) Open { get; set; } = (-1, 0);

    public long StandInAmount { get; set; }

    public JournalDecision? Decision { get; set; }

    /// <summary>A reply of this issuer came too late; false when one had come before.</summary>
    public bool TryBeLate(int issuer)
    {
        int bit = 1 << issuer;
        bool isFirst = (_late & bit) == 0;
        _late |= bit;
        return isFirst;
    }
}

/// <summary>
/// What the journal says, put together record by record by docs/internals/records.md, with the checks that need nothing
/// else: obligations (I9), trace numbers in use (N18), stand-in within its limits at every instant (I11).
/// </summary>
internal sealed class JournalFacts(WorldContext context, StandInAudit audit, ReversalAudit reversals)
{
    // docs/internals/records.md, rules: approved, and counted in the limits.
    private const int RuleApproved = 100;

    private readonly Dictionary<ulong, JournalTransaction> _transactions = [];
    private readonly Dictionary<long, ulong> _byKey = [];
    private readonly Dictionary<ulong, JournalOwedItem> _owed = [];
    private readonly Dictionary<(int Issuer, int Stan), ulong> _live = [];
    private readonly NumberBearers _bearers = new();
    private readonly Dictionary<string, int> _issuers = IndexOf(context.Plan.Issuers, static one => one.Settings.Name);
    private readonly Dictionary<string, int> _acquirers =
        IndexOf(context.Plan.Acquirers, static one => one.Settings.Name);
    private readonly LateAudit _late = new(context);
    private readonly TokenAudit _tokens = new(context); // Of a card's tokens one counts here.
    private long _wallMs;
    private ulong _transaction;
    private long _epoch;
    private long _epochLsn;

    /// <summary>Everything that was ever owed, in the order in which it became so.</summary>
    public List<JournalOwedItem> Owed { get; } = [];

    public List<JournalDecision> Decisions { get; } = [];

    /// <summary>Cards that issuers have blocked by file actions.</summary>
    public HashSet<UInt128> Blocked { get; } = [];

    public void Take(long lsn, int type, ReadOnlySpan<byte> open)
    {
        var part = new OpenPart(open);
        if (part.Byte() != 1)
        {
            context.Report("I13", 0, $"LSN {lsn} has an unknown layout");
            return;
        }

        _transaction = (ulong)part.Number64();
        _wallMs = part.Number64();
        _late.Next(type, _transaction);
        switch (type)
        {
            case 1:
                TakeIntent(ref part);
                break;
            case 2:
                OpenLeg(_transactions[_transaction], ref part);
                break;
            case 3:
                TakeDecision(lsn, ref part);
                break;
            case 4:
                TakeOwed(ref part);
                break;
            case 5:
                TakeProgress(ref part);
                break;
            case 6:
                TakeLate(lsn, ref part);
                break;
            case 10:
                TakeFileAction(ref part);
                break;
            case 11:
                TakeOperatorAction(ref part);
                break;
            case 7:
                long epoch = part.Number64();
                if (epoch <= _epoch)
                {
                    context.Report("I16", 0, $"epoch {epoch} after {_epoch}");
                }

                _epoch = epoch;
                _epochLsn = lsn;
                _tokens.Started(lsn, part.Byte(), (ulong)part.Number64());
                break;
            case 8 or 12 or 13 or 15:
                break; // Incidents, cut-overs, recalled payments and states of health: nothing to compare.
            case 14:
                _tokens.Retokened(lsn, part.Token(), part.Token());
                break;
            default:
                context.Report("I13", 0, $"LSN {lsn} is of type {type}, which the checker does not know");
                break;
        }
    }

    private void TakeIntent(ref OpenPart part)
    {
        JournalTransaction transaction = TakeIdentity(ref part);
        OpenLeg(transaction, ref part);
    }

    // The identity block begins a transaction of the switch.
    private JournalTransaction TakeIdentity(ref OpenPart part)
    {
        MessageIdentity identity = ReadIdentity(ref part);
        if (!_transactions.TryGetValue(_transaction, out JournalTransaction? transaction))
        {
            transaction = new JournalTransaction();
            _transactions.Add(_transaction, transaction);
        }

        reversals.Recorded(identity);
        transaction.Payment = identity.Payment;
        _byKey[identity.Key] = _transaction;
        return transaction;
    }

    private MessageIdentity ReadIdentity(ref OpenPart part)
    {
        int acquirer = _acquirers[part.Text()];
        long key = part.Number64();
        part.Number32();
        _tokens.Came(part.Token());
        int mti = part.Number16();
        part.Number64();
        int stan = part.Number32();
        long time = part.Number64();
        for (int i = 0; i < 7; i++)
        {
            part.Skip(); // Masked PAN, DE 3, 49, 32, 37, 41, 42.
        }

        // DE 37 may be another's, or absent; within one world a STAN names one message of its acquirer.
        Payment? payment = mti >= 400
            ? context.FindReversal(acquirer, stan)?.Payment
            : context.FindPayment(acquirer, stan);
        return new MessageIdentity(acquirer, key, mti, stan, time, payment?.Id ?? 0);
    }

    private void OpenLeg(JournalTransaction transaction, ref OpenPart part)
    {
        int issuer = _issuers[part.Text()];
        int stan = part.Number32();

        // An earlier leg may have been answered, so that its number is free: not known from the journal.
        Release(transaction.Open, _transaction);
        transaction.Open = (issuer, stan);
        Claim((issuer, stan), _transaction, transaction.Payment);
    }

    private void TakeDecision(long lsn, ref OpenPart part)
    {
        JournalTransaction transaction = part.Byte() != 0 ? TakeIdentity(ref part) : _transactions[_transaction];
        int source = part.Byte();
        part.Number16();
        int code = CodeOf(part.Number16());
        part.Number64();
        string name = part.Text();
        int issuer = name.Length == 0 ? -1 : _issuers[name];
        int stan = part.Number32();
        int rule = SkipStandIn(ref part);
        long amount = part.Number64();
        UInt128 card = _tokens.CardOf(part.Token());
        part.Number64();
        var netted = (ulong)part.Number64();
        Release(transaction.Open, _transaction);
        transaction.Open = (-1, 0);
        audit.GiveBack(_transaction);
        transaction.Decision = new JournalDecision(
            lsn, _wallMs, transaction.Payment, _transaction, source, code, issuer, stan, amount, card);
        Decisions.Add(transaction.Decision);
        if (source == 3 && rule == RuleApproved)
        {
            audit.Approve(transaction.Decision);
            if (Blocked.Contains(card))
            {
                context.Report("I11", transaction.Payment, "stand-in approved a card that its issuer had blocked");
            }
        }

        Net(netted);
        TakeOwedBlocks(ref part, transaction.Payment);
    }

    // The rule that decided; the numbers and texts behind it are for people and for the core's own limits.
    private static int SkipStandIn(ref OpenPart part)
    {
        int rule = part.Byte();
        if (rule != 0)
        {
            part.Byte();
            part.Number64();
            part.Number64();
            part.Number64();
            for (int i = 0; i < 9; i++)
            {
                part.Skip();
            }
        }

        return rule;
    }

    private void TakeOwed(ref OpenPart part)
    {
        long originalKey = part.Number64();
        int effect = part.Byte();
        long remaining = part.Number64();
        var netted = (ulong)part.Number64();
        bool hasMessage = part.Byte() != 0;
        MessageIdentity message = hasMessage ? ReadIdentity(ref part) : default;
        long payment = hasMessage ? message.Payment
            : _transactions.TryGetValue(_transaction, out JournalTransaction? own) ? own.Payment
            : 0;
        if (effect is 1 or 3 && _byKey.TryGetValue(originalKey, out ulong original))
        {
            audit.GiveBack(original);
        }
        else if (effect is 4 or 5 && _byKey.TryGetValue(originalKey, out ulong reduced))
        {
            audit.Reduce(reduced, remaining);
        }

        Net(netted);
        int count = TakeOwedBlocks(ref part, payment, isOfLateApproval: !hasMessage && effect == 0);
        if (hasMessage)
        {
            reversals.Taken(message, new TakenEffect(effect, originalKey, remaining, count));
        }
    }

    // Only the first reply that came too late is acted on.
    private void TakeLate(long lsn, ref OpenPart part)
    {
        int issuer = _issuers[part.Text()];
        part.Number32();
        part.Number16();
        int code = CodeOf(part.Number16());
        if (code >= 0 && _transactions.TryGetValue(_transaction, out JournalTransaction? transaction)
            && transaction.TryBeLate(issuer) && Kinds.IsApproval(code)
            && transaction.Decision is { Source: 3, Lsn: var decided } decision && decided > _epochLsn
            && decision.Issuer == issuer && Kinds.IsApproval(decision.Code))
        {
            JournalOwedItem? advice = Owed.FindLast(one => one.Transaction == _transaction && one.Kind == 1);
            _late.Came(lsn, _transaction, advice);
        }
    }

    private void TakeFileAction(ref OpenPart part)
    {
        part.Skip();
        UInt128 card = _tokens.CardOf(part.Token());
        part.Byte();
        if (part.Byte() == 1)
        {
            Blocked.Add(card);
        }
        else
        {
            Blocked.Remove(card);
        }
    }

    private void TakeOperatorAction(ref OpenPart part)
    {
        int command = part.Byte();
        part.Skip();
        var id = (ulong)part.Number64();
        if (command > 3)
        {
            return;
        }

        if (!_owed.TryGetValue(id, out JournalOwedItem? fact) || fact.End != OwedEnd.Parked)
        {
            context.Report("I9", 0, $"command {command} about obligation {id}, which is {fact?.End}");
            return;
        }

        End(fact, command == 3 ? OwedEnd.WrittenOff : OwedEnd.Pending);
    }

    private int TakeOwedBlocks(ref OpenPart part, long payment, bool isOfLateApproval = false)
    {
        int count = part.Byte();
        for (int i = 0; i < count; i++)
        {
            var id = (ulong)part.Number64();
            int kind = part.Byte();
            int issuer = _issuers[part.Text()];
            int mti = part.Number16();
            int stan = part.Number32();
            long time = part.Number64();
            int originalStan = part.Number32();
            part.Number16();
            UInt128 card = _tokens.CardOf(part.Token());
            part.Number16();
            var fact = new JournalOwedItem
            {
                Id = id,
                Kind = kind,
                Issuer = issuer,
                Key = new PostingKey(mti, stan, time, payment),
                OriginalStan = originalStan,
                Card = card,
                Transaction = _transaction,
                IsOfLateApproval = isOfLateApproval,
            };
            if (!_owed.TryAdd(id, fact))
            {
                context.Report("I9", payment, $"obligation {id} became owed twice");
            }

            Owed.Add(fact);
            Bear(fact, payment);
            if (originalStan != 0)
            {
                _live[(issuer, originalStan)] = id;
            }
        }

        return count;
    }

    private void TakeProgress(ref OpenPart part)
    {
        var id = (ulong)part.Number64();
        int what = part.Byte();
        if (!_owed.TryGetValue(id, out JournalOwedItem? fact) || fact.End is OwedEnd.Acknowledged or OwedEnd.Netted)
        {
            context.Report("I9", fact?.Key.Payment ?? 0, $"progress {what} of obligation {id}, which is {fact?.End}");
            return;
        }

        End(fact, what switch
        {
            2 => OwedEnd.Parked,
            3 => OwedEnd.Netted,
            _ => OwedEnd.Acknowledged,
        });
    }

    private void Net(ulong id)
    {
        if (id != 0 && _owed.TryGetValue(id, out JournalOwedItem? fact))
        {
            End(fact, OwedEnd.Netted);
        }
        else if (id != 0)
        {
            context.Report("I9", 0, $"obligation {id} is netted and was never owed");
        }
    }

    private void End(JournalOwedItem fact, OwedEnd end)
    {
        fact.End = end;
        if (end is OwedEnd.Parked or OwedEnd.Pending)
        {
            fact.WasParked = true;
            return; // It keeps its numbers.
        }

        _bearers.Release(fact);
        Release((fact.Issuer, fact.OriginalStan), fact.Id);
        if (end is (OwedEnd.Acknowledged or OwedEnd.WrittenOff) && fact.Kind == 1)
        {
            audit.Acknowledge(fact.Issuer, fact.Key.Stan, fact.Card);
        }
    }

    private void Claim((int Issuer, int Stan) number, ulong owner, long payment)
    {
        if (!_live.TryAdd(number, owner) || _bearers.Has(number))
        {
            context.Report(
                "N18", payment,
                $"STAN {number.Stan} of issuer {number.Issuer} is given out while another message has it");
            _live[number] = owner;
        }
    }

    private void Bear(JournalOwedItem fact, long payment)
    {
        (int, int) number = (fact.Issuer, fact.Key.Stan);
        if (_live.ContainsKey(number) || !_bearers.TryAdd(fact, out bool isShared))
        {
            context.Report(
                "N18", payment,
                $"STAN {fact.Key.Stan} of issuer {fact.Issuer} is given out while a message of the same DE 7 has it");
        }
        else if (isShared)
        {
            context.Count(Fault.TraceNumberShared);
        }
    }

    private void Release((int Issuer, int Stan) number, ulong owner)
    {
        if (_live.TryGetValue(number, out ulong holder) && holder == owner)
        {
            _live.Remove(number);
        }
    }

    private static int CodeOf(int packed) =>
        int.TryParse($"{(char)(packed & 0xFF)}{(char)(packed >> 8)}", out int code) ? code : -1;

    private static Dictionary<string, int> IndexOf<T>(IEnumerable<T> parties, Func<T, string> name) =>
        parties.Select((party, index) => (name(party), index)).ToDictionary();
}
