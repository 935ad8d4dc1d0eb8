using Switch.Routing.Context;

namespace Switch.Host.Simulators.World;

/// <summary>
/// Lays the three books side by side when a world has ended: what acquirers were told, what issuers posted, and what
/// the journal says, read by a reader of its own. It shares no code with the core.
/// </summary>
internal sealed class Checker(
    WorldContext context, Node node, IReadOnlyList<IssuerActor> issuers, IReadOnlyList<AcquirerActor> acquirers)
{
    private readonly StandInAudit _audit = new(context);

    /// <summary>Differences between the books that an obligation parked for a person explains.</summary>
    public int Explained { get; private set; }

    /// <param name="isReconciled">Every party has asked for its totals, and was answered.</param>
    public void Check(bool isReconciled)
    {
        var reversals = new ReversalAudit(context);
        var facts = new JournalFacts(context, _audit, reversals);
        var reader = new JournalReader(node.Disk, facts);
        reader.Read();
        if (reader.Complaint.Length > 0 || reader.LastLsn < node.Journal.DurableLsn)
        {
            context.Report("I13", 0, $"journal read to LSN {reader.LastLsn}: {reader.Complaint}");
            return;
        }

        reversals.End();
        CheckApprovals(facts);
        CheckObligations(facts);
        CheckOrder(facts);
        CheckMoney(facts);
        CheckFiles(facts);
        if (isReconciled)
        {
            CheckTotals(facts);
        }
    }

    /// <summary>After the node was killed at rest and came back: it knows what it knew.</summary>
    public void CheckRecovered(in CoreCounters before, in CoreCounters after)
    {
        if (after.OwedNow != before.OwedNow || after.ParkedNow != before.ParkedNow
            || after.StandInExposure != before.StandInExposure)
        {
            context.Report(
                "I13", 0,
                $"at rest {before.OwedNow} owed, {before.ParkedNow} parked, exposure {before.StandInExposure}; "
                + $"recovered {after.OwedNow}, {after.ParkedNow}, {after.StandInExposure}");
        }
    }

    // I2, I3: every approval that an acquirer saw was durable before it left, and somebody entitled to had decided it.
    private void CheckApprovals(JournalFacts facts)
    {
        var firstApproval = new Dictionary<long, JournalDecision>();
        foreach (JournalDecision decision in facts.Decisions)
        {
            if (Kinds.IsApproval(decision.Code))
            {
                firstApproval.TryAdd(decision.Payment, decision);
            }
        }

        foreach (Payment payment in context.Payments)
        {
            if (payment.ApprovalLeftAt == 0)
            {
                continue;
            }

            if (!firstApproval.TryGetValue(payment.Id, out JournalDecision? decision))
            {
                context.Report("I2", payment.Id, "an approval left that the journal does not have");
            }
            else if (node.Journal.DurableAt[(int)decision.Lsn - 1] > payment.ApprovalLeftAt)
            {
                context.Report(
                    "I2", payment.Id, $"the approval left before its record, LSN {decision.Lsn}, was durable");
            }
            else if (decision.Source is 1 or 2 && (payment.PostedBy & (1 << decision.Issuer)) == 0)
            {
                context.Report(
                    "I3", payment.Id, $"issuer {decision.Issuer} never approved what was approved in its name");
            }
        }
    }

    // I9, and no acknowledgement that no issuer gave.
    private void CheckObligations(JournalFacts facts)
    {
        long pending = 0;
        long parked = 0;
        foreach (JournalOwedItem fact in facts.Owed)
        {
            pending += fact.End == OwedEnd.Pending ? 1 : 0;
            parked += fact.End == OwedEnd.Parked ? 1 : 0;
            IssuerPosting? posting = issuers[fact.Issuer].Book.Find(fact.Key);
            if (fact.End == OwedEnd.Acknowledged && posting is null or { State: PostingState.Refused })
            {
                context.Report(
                    "I5", fact.Key.Payment,
                    $"issuer {fact.Issuer} never took the {fact.Key} that counts as acknowledged");
            }
        }

        CoreCounters counters = node.Counters;
        if (pending != counters.OwedNow || parked != counters.ParkedNow || counters.StandInExposure != _audit.Exposure)
        {
            long leak = counters.StandInExposure - _audit.Exposure;
            JournalDecision? suspect = facts.Decisions.Find(one => leak != 0 && one.Source == 3 && one.Amount == leak);
            context.Report(
                "I9", suspect?.Payment ?? 0,
                $"by the journal {pending} owed, {parked} parked, exposure {_audit.Exposure}; the core says "
                + $"{counters.OwedNow}, {counters.ParkedNow}, {counters.StandInExposure}");
        }
    }

    // I8: what one issuer is owed about one card came to it in the order in which it became owed.
    private void CheckOrder(JournalFacts facts)
    {
        Dictionary<(int Issuer, PostingKey Key), int> place = PlacesOf(facts);

        for (int issuer = 0; issuer < issuers.Count; issuer++)
        {
            var latest = new Dictionary<UInt128, int>();
            foreach (PostingKey key in issuers[issuer].Book.Arrivals)
            {
                if (!place.TryGetValue((issuer, key), out int at))
                {
                    context.Report("I5", key.Payment, $"issuer {issuer} got {key}, which the journal does not owe it");
                    continue;
                }

                UInt128 card = facts.Owed[(at + 1) / 2].Card; // What goes before its advice stands one below that.
                if (latest.TryGetValue(card, out int before) && at < before)
                {
                    context.Report(
                        "I8", key.Payment,
                        $"issuer {issuer} got {key} after {facts.Owed[before / 2].Key} of the same card");
                }

                latest[card] = Math.Max(at, latest.GetValueOrDefault(card));
            }
        }
    }

    private static string OwedFor(JournalFacts facts, long payment) => string.Join(
        ", ",
        facts.Owed.Where(fact => fact.Key.Payment == payment)
            .Select(static fact => $"{fact.Key.Mti:D4}/{fact.Key.Stan} to {fact.Issuer} ({fact.End})"));

    // In steps of two, so that what goes before another has a place.
    private static Dictionary<(int Issuer, PostingKey Key), int> PlacesOf(JournalFacts facts)
    {
        var place = new Dictionary<(int Issuer, PostingKey Key), int>();
        var advices = new Dictionary<ulong, int>();
        for (int i = 0; i < facts.Owed.Count; i++)
        {
            JournalOwedItem fact = facts.Owed[i];
            bool isBefore = fact.IsOfLateApproval && advices.ContainsKey(fact.Transaction);
            place[(fact.Issuer, fact.Key)] = isBefore ? advices[fact.Transaction] - 1 : 2 * i;
            if (fact.Kind == 1)
            {
                advices[fact.Transaction] = 2 * i;
            }
        }

        return place;
    }

    // What an issuer was told is blocked is blocked, and nothing else.
    private void CheckFiles(JournalFacts facts)
    {
        int told = 0;
        foreach (IssuerActor issuer in issuers)
        {
            told += issuer.Files!.Blocked.Count;
        }

        if (told != facts.Blocked.Count)
        {
            context.Report("I5", 0, $"issuers were told {told} are blocked; the journal has {facts.Blocked.Count}");
        }
    }

    // The totals of financial messages over all settlement dates are those of each party's own book.
    private void CheckTotals(JournalFacts facts)
    {
        foreach (AcquirerActor acquirer in acquirers)
        {
            long own = 0;
            foreach (Payment payment in context.Payments)
            {
                // The switch does not know what was taken back in words that name nothing.
                long owed = payment.IsTakenBackUnmatched ? payment.Sign * payment.Held : payment.Owed;
                own += payment.IsFinancial && payment.Acquirer == acquirer.Index ? owed : 0;
            }

            if (own != acquirer.BackOffice!.Net)
            {
                context.Report(
                    "I10", 0, $"acquirer {acquirer.Index} has a net of {own}, and was told {acquirer.BackOffice.Net}");
            }
        }

        // What an issuer refused and has nevertheless a reversal of is for people to sort out.
        HashSet<int> disputed = [.. facts.Owed.Where(static fact => fact.WasParked).Select(static fact => fact.Issuer)];
        for (int i = 0; i < issuers.Count; i++)
        {
            long own = issuers[i].Book.Net + issuers[i].Book.NetUnnamed;
            if (!disputed.Contains(i) && !issuers[i].HasLied && own != issuers[i].BackOffice!.Net)
            {
                long difference = Math.Abs(own - issuers[i].BackOffice!.Net);
                Payment? suspect = context.Payments.Find(
                    one => one.IsFinancial && (one.Amount == difference || one.Held == difference));
                context.Report(
                    "I10", suspect?.Id ?? 0,
                    $"issuer {i} has a net of {own}, and was told {issuers[i].BackOffice!.Net}");
            }
        }
    }

    // I6, I7, I10, I12: after the drain both views of every payment's money agree to the unit.
    private void CheckMoney(JournalFacts facts)
    {
        // By payment: how many obligations a person had in hand, and how many of them are reversals.
        var parked = new Dictionary<long, (int All, int Reversals)>();
        foreach (JournalOwedItem fact in facts.Owed)
        {
            if (fact.WasParked)
            {
                long payment = fact.Key.Payment;
                Add(parked, payment, fact.IsReversal);
                if (context.Find(payment)?.Completes is { } hold)
                {
                    Add(parked, hold.Id, isReversal: false); // While its completion waits, the hold stays.
                }
            }
        }

        foreach (Payment payment in context.Payments)
        {
            bool isSame = payment.Posted == payment.Owed;
            if (isSame && payment.LivePostings <= 1)
            {
                continue;
            }

            if (parked.TryGetValue(payment.Id, out (int All, int Reversals) held)
                && payment.LivePostings <= 1 + held.Reversals)
            {
                Explained++; // A person has it: refused by the issuer, alerted, and counted.
                continue;
            }

            if (payment.LivePostings <= 1 && IsWithStandby(payment))
            {
                Explained++;
                continue;
            }

            context.Report(
                payment.LivePostings > 1 ? "I12" : "I10", payment.Id,
                $"{payment.State}: the acquirer's book says {payment.Owed}, the issuers' say {payment.Posted} in "
                + $"{payment.LivePostings} postings; owed were {OwedFor(facts, payment.Id)}");
        }
    }

    // Taken back by a message that names nothing, which goes to the card's primary: the switch cannot know that another
    // had approved it.
    private bool IsWithStandby(Payment payment)
    {
        int primary = context.Plan.PrimaryOf(payment.Card);
        return payment.IsTakenBackUnmatched && (payment.PostedBy & ~(1 << primary)) != 0;
    }

    private static void Add(Dictionary<long, (int All, int Reversals)> parked, long payment, bool isReversal)
    {
        (int all, int reversals) = parked.GetValueOrDefault(payment);
        parked[payment] = (all + 1, reversals + (isReversal ? 1 : 0));
    }
}
