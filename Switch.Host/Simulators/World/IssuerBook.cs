namespace Switch.Host.Simulators.World;

/// <summary>
/// Names a message on an issuer's leg: type without repeat digit, STAN, DE 7, and the payment (DE 37).
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
internal sealed class Posting(PostingKey key)
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
    public Posting? CoveredBy { get; set; }
}

/// <summary>
/// One issuer's book: every message once, money per payment. Repeats change nothing. Written from the table of
/// domain.md 2.6 alone; it knows nothing of how the switch works.
/// </summary>
internal sealed class IssuerBook(Ground ground, int index)
{
    private readonly Dictionary<PostingKey, Posting> _byKey = [];

    /// <summary>Advices and reversals in the order in which their first copies came.</summary>
    public List<PostingKey> Arrivals { get; } = [];

    /// <summary>
    /// Debits less credits of financial messages (class 2): what reconciliation must show at the end.
    /// </summary>
    public long Net { get; private set; }

    public Posting? Find(in PostingKey key) => _byKey.GetValueOrDefault(key);

    /// <summary>
    /// A request. <paramref name="code"/>, <paramref name="approval"/> and <paramref name="amount"/>, which is less
    /// than was asked for in a partial approval, are used if it is new.
    /// </summary>
    public Posting Request(in PostingKey key, Payment payment, int code, int approval, long amount)
    {
        if (_byKey.TryGetValue(key, out Posting? known))
        {
            return known;
        }

        var posting = new Posting(key) { Code = code, State = PostingState.Declined, Told = amount };
        _byKey.Add(key, posting);
        if (Kinds.IsApproval(code))
        {
            posting.Approval = approval;
            Post(posting, payment, amount);
        }

        return posting;
    }

    /// <summary>An advice: what was approved elsewhere. Posts, unless the request that it names was posted.</summary>
    public Posting Advice(in PostingKey key, Payment payment, PostingKey? original)
    {
        if (Known(key) is { } known)
        {
            return known;
        }

        Posting posting = Add(key);
        Posting? named = original is { } at ? _byKey.GetValueOrDefault(at) : null;
        if (payment.Completes is not null)
        {
            return Complete(posting, payment, original, named);
        }

        if (named is { State: PostingState.Posted })
        {
            posting.State = PostingState.Covered;
            posting.CoveredBy = named;
            Move(named, payment.Amount); // What was told counts: all of it, also where the request had a part.
            return posting;
        }

        Post(posting, payment, payment.Amount);
        if (named is null && original is { } late)
        {
            // The request may still be on its way: it must then find this and move nothing.
            _byKey.Add(late, new Posting(late)
            {
                State = PostingState.Covered, CoveredBy = posting, Approval = 999_999,
            });
        }

        return posting;
    }

    /// <summary>
    /// A reversal: takes back what it names, once, but for <paramref name="remaining"/>; remembers what it does not
    /// know.
    /// </summary>
    public Posting Reverse(in PostingKey key, PostingKey? original, long remaining)
    {
        if (Known(key) is { } known)
        {
            return known;
        }

        Posting posting = Add(key);
        posting.State = PostingState.Reversal;
        if (original is not { } at)
        {
            return posting;
        }

        if (!_byKey.TryGetValue(at, out Posting? named))
        {
            if (at.Mti is 120 or 220)
            {
                ground.Report("I8", key.Payment, $"issuer {index} got a reversal before the advice {at} that it names");
            }

            _byKey.Add(at, new Posting(at) { State = PostingState.Tombstone, Code = 94 });
            return posting;
        }

        named = named.CoveredBy ?? named;
        if (named.State == PostingState.Posted && remaining > 0)
        {
            Move(named, Math.Min(named.Amount, remaining));
        }
        else if (named.State == PostingState.Posted)
        {
            End(named, PostingState.Reversed);
        }
        else if (named.State == PostingState.Refused)
        {
            // It was here and is not in the book: should a person send it again, it is void.
            named.State = PostingState.Tombstone;
            named.Code = 94;
        }

        return posting;
    }

    /// <summary>It came and was refused: it is not in the book, but it was here.</summary>
    public void Refuse(in PostingKey key)
    {
        if (_byKey.TryAdd(key, new Posting(key) { State = PostingState.Refused }))
        {
            Arrivals.Add(key);
        }
    }

    // The completion takes the place of the hold, whether that has come already or is still on its way.
    private Posting Complete(Posting posting, Payment payment, PostingKey? original, Posting? named)
    {
        Posting? hold = named?.CoveredBy ?? named;
        if (hold is { State: PostingState.Posted })
        {
            End(hold, PostingState.Completed);
        }
        else if (original is { } at && named is null or { State: PostingState.Refused })
        {
            _byKey[at] = new Posting(at) { State = PostingState.Completed };
        }

        Post(posting, payment, payment.Amount);
        return posting;
    }

    private Posting? Known(in PostingKey key) =>
        _byKey.TryGetValue(key, out Posting? known) && known.State != PostingState.Refused ? known : null;

    private Posting Add(in PostingKey key)
    {
        if (_byKey.TryGetValue(key, out Posting? refused))
        {
            return refused;
        }

        var posting = new Posting(key);
        _byKey.Add(key, posting);
        Arrivals.Add(key);
        return posting;
    }

    private void Post(Posting posting, Payment payment, long amount)
    {
        posting.State = PostingState.Posted;
        posting.Payment = payment;
        payment.LivePostings++;
        payment.PostedBy |= 1 << index;
        Move(posting, amount);
    }

    private void End(Posting posting, PostingState state)
    {
        Move(posting, 0);
        posting.State = state;
        posting.Payment!.LivePostings--;
    }

    private void Move(Posting posting, long amount)
    {
        Payment payment = posting.Payment!;
        long by = payment.Sign * (amount - posting.Amount);
        posting.Amount = amount;
        payment.Posted += by;
        Net += payment.IsFinancial ? by : 0;
    }
}
