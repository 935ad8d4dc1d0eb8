namespace Switch.Host.Simulators.World;

/// <summary>
/// Names a message on an issuer's leg: type without repeat digit, STAN, DE 7, and the payment, by its ticket.
/// </summary>
internal readonly record struct PostingKey(int Mti, int Stan, long Time, long Payment);

internal enum PostingState
{
    Declined,

    Posted,

    /// <summary>An advice of what had been posted already, or a request that an advice had told of.</summary>
    Covered,

    Reversed,

    /// <summary>A hold that its completion has ended.</summary>
    Completed,

    /// <summary>Its reversal came first.</summary>
    Tombstone,

    /// <summary>A reversal itself.</summary>
    Reversal,

    /// <summary>Refused so far: not taken into the book.</summary>
    Refused,
}

/// <summary>One message in an issuer's book.</summary>
internal sealed class IssuerPosting(PostingKey key)
{
    public PostingKey Key { get; } = key;

    public PostingState State { get; set; }

    public int Code { get; set; }

    /// <summary>DE 38 as a number; 0: none.</summary>
    public int Approval { get; set; }

    /// <summary>The amount that the answer states.</summary>
    public long Told { get; set; }

    /// <summary>What it moved, or holds, while it stands.</summary>
    public long Amount { get; set; }

    public Payment? Payment { get; set; }

    /// <summary>The posting that carries the money of a covered one.</summary>
    public IssuerPosting? CoveredBy { get; set; }

    /// <summary>The reversal that named it and took it back.</summary>
    public PostingKey? ReversedBy { get; set; }

    /// <summary>It was taken back by a reversal that named nothing here.</summary>
    public bool IsReversedUnnamed { get; set; }

    /// <summary>A copy of it came that does not say that it is one.</summary>
    public bool HasComeUnmarked { get; set; }

    /// <summary>What this message moved, with the sign of the cardholder's debt.</summary>
    public long Effect { get; set; }
}

/// <summary>A reversal as an issuer reads it.</summary>
/// <param name="Payment">What it is about, by its ticket.</param>
/// <param name="Reversal">The acquirer's message that was forwarded; null: the switch's own.</param>
/// <param name="Original">What it names; null: nothing.</param>
/// <param name="Amount">DE 4.</param>
/// <param name="Remaining">DE 95; 0: all is taken back.</param>
internal sealed record HeardReversal(
    Payment Payment, Reversal? Reversal, PostingKey? Original, long Amount, long Remaining)
{
    /// <summary>
    /// It names no one payment, and came as its acquirer wrote it: in the acquirer's numbers. Its issuer's people go by
    /// card and place.
    /// </summary>
    public bool IsUnnamed => Reversal is { } sent && (sent.Allowed & ReversalFate.Unmatched) != 0
        && (Original is not { } named || named.Stan == sent.Name.Stan);
}

/// <summary>
/// One issuer's book: every message once, money per payment. Repeats change nothing. Written from the table of
/// docs/domain.md section 3.3 alone; it knows nothing of how the switch works.
/// </summary>
internal sealed class IssuerBook(WorldContext context, int index)
{
    private readonly Dictionary<PostingKey, IssuerPosting> _byKey = [];
    private readonly Dictionary<long, IssuerPosting> _standing = []; // By payment.
    private readonly bool _needsMark = context.Plan.Issuers[index].NeedsRepeatDigit;

    /// <summary>Advices and reversals in the order in which their first copies came.</summary>
    public List<PostingKey> Arrivals { get; } = [];

    /// <summary>
    /// Debits less credits of financial messages (class 2): what reconciliation must show at the end.
    /// </summary>
    public long Net { get; private set; }

    /// <summary>What of that reversals that named nothing took back, and stays in the switch's totals.</summary>
    public long NetUnnamed { get; private set; }

    public IssuerPosting? Find(in PostingKey key) => _byKey.GetValueOrDefault(key);

    /// <summary>
    /// A request. <paramref name="code"/>, <paramref name="approval"/> and <paramref name="amount"/>, which is less
    /// than was asked for in a partial approval, are used if it is new.
    /// </summary>
    public IssuerPosting Request(in PostingKey key, Payment payment, int code, int approval, long amount)
    {
        if (_byKey.TryGetValue(key, out IssuerPosting? known))
        {
            return known;
        }

        var posting = new IssuerPosting(key) { Code = code, State = PostingState.Declined, Told = amount };
        _byKey.Add(key, posting);
        if (Kinds.IsApproval(code))
        {
            posting.Approval = approval;
            Post(posting, payment, amount);
        }

        return posting;
    }

    /// <summary>An advice: what was approved elsewhere. Posts, unless the request that it names was posted.</summary>
    /// <param name="isMarked">It says that it is a copy.</param>
    public IssuerPosting Advice(in PostingKey key, bool isMarked, Payment payment, PostingKey? original)
    {
        if (Known(key, isMarked) is { } known)
        {
            return known;
        }

        IssuerPosting posting = Add(key, isMarked);
        IssuerPosting? named = original is { } at ? _byKey.GetValueOrDefault(at) : null;
        if (payment.Completes is not null)
        {
            return Complete(posting, payment, original, named);
        }

        if (named is { State: PostingState.Posted })
        {
            posting.State = PostingState.Covered;
            posting.CoveredBy = named;
            posting.Payment = payment;
            posting.Effect = payment.Sign * payment.Amount;
            Move(named, payment.Amount); // What was told counts: all of it, also where the request had a part.
            return posting;
        }

        Post(posting, payment, payment.Amount);
        if (named is null && original is { } late)
        {
            // The request may still be on its way: it must then find this and move nothing.
            _byKey.Add(late, new IssuerPosting(late)
            {
                State = PostingState.Covered, CoveredBy = posting, Approval = 999_999,
            });
        }

        return posting;
    }

    /// <summary>
    /// A reversal: takes back what it names, once, but for what remains; remembers what it does not know.
    /// </summary>
    /// <param name="isMarked">It says that it is a copy.</param>
    public IssuerPosting Reverse(in PostingKey key, bool isMarked, HeardReversal heard)
    {
        if (Known(key, isMarked) is { } known)
        {
            return known;
        }

        IssuerPosting posting = Add(key, isMarked);
        posting.State = PostingState.Reversal;
        posting.Payment = heard.Payment;
        if (heard.IsUnnamed)
        {
            ReverseByTicket(posting, heard);
        }
        else if (heard.Original is { } at)
        {
            ReverseNamed(posting, heard, at);
        }

        return posting;
    }

    private void ReverseNamed(IssuerPosting posting, HeardReversal heard, in PostingKey at)
    {
        if (!_byKey.TryGetValue(at, out IssuerPosting? named))
        {
            if (at.Mti is 120 or 220)
            {
                context.Report(
                    "I8", heard.Payment.Id, $"issuer {index} got a reversal before the advice {at} that it names");
            }

            _byKey.Add(at, new IssuerPosting(at) { State = PostingState.Tombstone, Code = 94 });
            return;
        }

        named = named.CoveredBy ?? named;
        Examine(posting, heard, named);
        if (named.State == PostingState.Posted && heard.Remaining > 0)
        {
            TakeBack(posting, named, Math.Min(named.Amount, heard.Remaining));
        }
        else if (named.State == PostingState.Posted)
        {
            named.ReversedBy = posting.Key;
            TakeBack(posting, named, 0);
        }
        else if (named.IsReversedUnnamed)
        {
            named.IsReversedUnnamed = false; // Now the switch has told of it too.
            named.ReversedBy = posting.Key;
            NetUnnamed -= SignedNet(named.Payment!, named.Amount);
            named.Amount = 0;
        }
        else if (named.State == PostingState.Refused)
        {
            // It was here and is not in the book: should a person send it again, it is void.
            named.State = PostingState.Tombstone;
            named.Code = 94;
        }
    }

    // What a forwarded reversal says must be what stands here, unless something about the payment was refused.
    private void Examine(IssuerPosting posting, HeardReversal heard, IssuerPosting named)
    {
        if (heard.Payment.WasRefused)
        {
            return;
        }

        if (heard.Remaining == 0 && named.ReversedBy is { } before)
        {
            context.Report(
                "I7", heard.Payment.Id, $"issuer {index}: {posting.Key} takes back what {before} took back");
        }

        bool isExact = heard.Reversal is { IsOfOpen: false } && named.State == PostingState.Posted;
        if (isExact && heard.Remaining != heard.Reversal!.Stays)
        {
            context.Report(
                "I7", heard.Payment.Id,
                $"issuer {index}: {posting.Key} leaves {heard.Remaining} and not {heard.Reversal.Stays}");
        }
        else if (isExact && heard.Remaining == 0 && heard.Amount != named.Amount)
        {
            context.Report(
                "I7", heard.Payment.Id,
                $"issuer {index}: {posting.Key} takes back {heard.Amount} where {named.Amount} stands");
        }
    }

    // Names nothing here: people find what it is about by its card and where it came from.
    private void ReverseByTicket(IssuerPosting posting, HeardReversal heard)
    {
        if (heard.Reversal!.Card == heard.Payment.Card
            && _standing.TryGetValue(heard.Payment.Id, out IssuerPosting? standing)
            && standing.State == PostingState.Posted)
        {
            standing.IsReversedUnnamed = true;
            long amount = standing.Amount;
            TakeBack(posting, standing, 0);
            standing.Amount = amount; // Remembered for the totals; the state says that it stands no more.
            NetUnnamed += SignedNet(heard.Payment, amount);
        }
    }

    private void TakeBack(IssuerPosting reversal, IssuerPosting named, long remaining)
    {
        reversal.Effect = named.Payment!.Sign * (remaining - named.Amount);
        if (remaining > 0)
        {
            Move(named, remaining);
        }
        else
        {
            End(named, PostingState.Reversed);
        }
    }

    private static long SignedNet(Payment payment, long amount) => payment.IsFinancial ? payment.Sign * amount : 0;

    /// <summary>It came and was refused: it is not in the book, but it was here.</summary>
    public void Refuse(in PostingKey key, Payment payment)
    {
        payment.WasRefused = true;
        if (_byKey.TryAdd(key, new IssuerPosting(key) { State = PostingState.Refused, Payment = payment }))
        {
            Arrivals.Add(key);
        }
    }

    // The completion takes the place of the hold, whether that has come already or is still on its way.
    private IssuerPosting Complete(IssuerPosting posting, Payment payment, PostingKey? original, IssuerPosting? named)
    {
        IssuerPosting? hold = named?.CoveredBy ?? named;
        if (hold is { State: PostingState.Posted })
        {
            End(hold, PostingState.Completed);
        }
        else if (original is { } at && named is null or { State: PostingState.Refused })
        {
            _byKey[at] = new IssuerPosting(at) { State = PostingState.Completed };
        }

        Post(posting, payment, payment.Amount);
        return posting;
    }

    // One that knows a copy by its mark alone books what bears none again.
    private IssuerPosting? Known(in PostingKey key, bool isMarked)
    {
        if (!_byKey.TryGetValue(key, out IssuerPosting? known) || known.State == PostingState.Refused)
        {
            return null;
        }

        bool isNews = !isMarked && known.HasComeUnmarked; // Else its first copy was overtaken by another.
        known.HasComeUnmarked |= !isMarked;
        if (_needsMark && isNews && known.Payment is { } payment && known.Effect != 0)
        {
            payment.Posted += known.Effect;
            payment.LivePostings += known.State is PostingState.Posted or PostingState.Covered ? 1 : 0;
            Net += payment.IsFinancial ? known.Effect : 0;
        }

        return known;
    }

    private IssuerPosting Add(in PostingKey key, bool isMarked)
    {
        if (!_byKey.TryGetValue(key, out IssuerPosting? posting))
        {
            posting = new IssuerPosting(key);
            _byKey.Add(key, posting);
            Arrivals.Add(key);
        }

        posting.HasComeUnmarked |= !isMarked;
        return posting;
    }

    private void Post(IssuerPosting posting, Payment payment, long amount)
    {
        posting.State = PostingState.Posted;
        posting.Payment = payment;
        payment.LivePostings++;
        payment.PostedBy |= 1 << index;
        posting.Effect = payment.Sign * amount;
        _standing[payment.Id] = posting;
        Move(posting, amount);
    }

    private void End(IssuerPosting posting, PostingState state)
    {
        Move(posting, 0);
        posting.State = state;
        posting.Payment!.LivePostings--;
    }

    private void Move(IssuerPosting posting, long amount)
    {
        Payment payment = posting.Payment!;
        long by = payment.Sign * (amount - posting.Amount);
        posting.Amount = amount;
        payment.Posted += by;
        Net += payment.IsFinancial ? by : 0;
    }
}
