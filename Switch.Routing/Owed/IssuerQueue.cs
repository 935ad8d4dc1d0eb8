using System.Runtime.InteropServices;
using Switch.Protocol.Fields;
using Switch.Routing.Settings;

namespace Switch.Routing.Owed;

/// <summary>
/// What one issuer is owed. Messages of one card stand in a chain and go one at a time, oldest first; the heads of all
/// chains stand in line, oldest first or largest first (<see cref="ReadyLines"/>), as far as the window allows
/// (docs/domain.md section 5.2); only a card for which somebody waits goes before others.
/// </summary>
internal sealed class IssuerQueue(AdviceSettings settings)
{
    private readonly Dictionary<CardToken, Chain> _chains = [];
    private readonly Dictionary<int, OwedItem> _byStan = [];
    private readonly ReadyLines _ready = new(settings.Order);

    public AdviceSettings Settings { get; } = settings;

    /// <summary>What does not stay in memory; null: everything does.</summary>
    public Backlog? Backlog { get; set; }

    /// <summary>Of those in memory, how many came since the backlog was looked after last.</summary>
    public int Fresh { get; private set; }

    /// <summary>Owed and not parked, and in memory.</summary>
    public int CountInMemory => Count - (Backlog?.Count ?? 0);

    /// <summary>Owed and not parked.</summary>
    public int Count
    {
        get;
        private set
        {
            field = value;
            Peak = Math.Max(Peak, value);
        }
    }

    /// <summary>The most that stood here since it was empty last.</summary>
    public int Peak { get; set; }

    public int ParkedCount { get; set; }

    /// <summary>Sent and not answered.</summary>
    public int InFlight { get; set; }

    /// <summary>Pause between attempts while the issuer leaves them unanswered, in ticks; 0: it answers.</summary>
    public long Backoff { get; set; }

    /// <summary>No attempt before this, in monotonic ticks.</summary>
    public long NotBefore { get; set; }

    /// <summary>What the rate still allows now, in ticks of the time that one message takes.</summary>
    public long RateCredit { get; set; }

    /// <summary>How fast it drains now.</summary>
    public DrainRate Rate { get; } = new(settings.RatePerSecond);

    /// <summary>Who wants it to wait; changed by <c>AdvicePauses</c> only.</summary>
    public AdvicePause PausedBy { get; set; }

    /// <summary>The message that goes next, or null.</summary>
    public OwedItem? FirstReady => _ready.First;

    /// <summary>One of the messages here that bear a STAN, for a walk by <c>NextOfStan</c>; null: none does.</summary>
    public OwedItem? FirstBearer(int stan) => _byStan.GetValueOrDefault(stan);

    /// <summary>The message that bears a STAN and waits for the end of its own original, or null.</summary>
    public OwedItem? FindHeld(int stan)
    {
        OwedItem? item = FirstBearer(stan);
        while (item is { IsHeld: false })
        {
            item = item.NextOfStan;
        }

        return item;
    }

    /// <summary>The message that bears a STAN and belongs to a transaction, or null.</summary>
    public OwedItem? FindOf(int stan, ulong transaction)
    {
        OwedItem? item = FirstBearer(stan);
        while (item is not null && item.Transaction != transaction)
        {
            item = item.NextOfStan;
        }

        return item;
    }

    /// <summary>The message that bears a STAN and is about the card of a remembered payment, or null.</summary>
    public OwedItem? FindOfCard(int stan, ulong remembered)
    {
        OwedItem? item = FirstBearer(stan);
        while (item is not null && !item.IsOf(remembered))
        {
            item = item.NextOfStan;
        }

        return item;
    }

    /// <summary>
    /// How many messages bear a STAN; -1 when one of them has this DE 7, is of this card, or waits for its original.
    /// </summary>
    public int BearersBeside(int stan, long time, in CardToken card)
    {
        int count = Backlog?.BearersBeside(stan, time, card.Short) ?? 0;
        for (OwedItem? item = FirstBearer(stan); item is not null && count >= 0; item = item.NextOfStan)
        {
            bool isInTheWay = item.IsHeld || item.Time == time || item.Card == card || item.IsOf(card.Short);
            count = isInTheWay ? -1 : count + 1;
        }

        return count;
    }

    /// <summary>Whether a message bears a STAN.</summary>
    public bool Bears(int stan) => FirstBearer(stan) is not null || Backlog?.Bears(stan) == true;

    /// <summary>Whether something of a card stands here.</summary>
    public bool Knows(in CardToken card) => _chains.ContainsKey(card) || Backlog?.Knows(card.Short) == true;

    /// <summary>The oldest message of a card in memory, for a walk by <c>NextOfCard</c>; null: there is none.</summary>
    public OwedItem? FirstOfCard(in CardToken card) =>
        _chains.TryGetValue(card, out Chain chain) ? chain.First : null;

    /// <summary>A card has another token from here on: what it is owed stays in its order.</summary>
    public void Rename(in CardToken from, in CardToken to)
    {
        if (from == to || !_chains.Remove(from, out Chain chain))
        {
            return;
        }

        for (OwedItem? item = chain.First; item is not null; item = item.NextOfCard)
        {
            item.Rename(to);
        }

        if (_chains.TryGetValue(to, out Chain younger))
        {
            // Not so unless records were lost to damage: a card is met before anything of it is added.
            if (younger.First.State == OwedState.Ready)
            {
                Unready(younger.First);
                younger.First.State = OwedState.Blocked;
            }

            chain.Last.NextOfCard = younger.First;
            chain = chain with { Last = younger.Last };
        }

        _chains[to] = chain;
    }

    /// <summary>
    /// Whether a card is owed an advice here that is not acknowledged, so that the issuer's balance is behind.
    /// </summary>
    public bool OwesAdvice(in CardToken card)
    {
        OwedItem? item = _chains.TryGetValue(card, out Chain chain) ? chain.First : null;
        while (item is { IsReversal: true } or { Kind: OwedKind.DeclineAdvice })
        {
            item = item.NextOfCard;
        }

        return item is not null || Backlog?.OwesAdvice(card.Short) == true;
    }

    /// <summary>
    /// Those whose turn has come, in their order, each with what stands behind it. That is all of them unless one is
    /// under way.
    /// </summary>
    public IEnumerable<OwedItem> InOrder()
    {
        foreach (OwedItem first in _ready.InOrder())
        {
            for (OwedItem? item = first; item is not null; item = item.NextOfCard)
            {
                yield return item;
            }
        }
    }

    /// <summary>Lets a card's next message go before those of other cards: a request waits for it.</summary>
    public void Prefer(in CardToken card)
    {
        if (_chains.TryGetValue(card, out Chain chain) && chain.First.State == OwedState.Ready)
        {
            Unready(chain.First);
            PushReady(chain.First, atFront: true);
        }
        else if (Backlog?.Knows(card.Short) == true)
        {
            Backlog.Wanted.Add(card.Short);
        }
    }

    /// <summary>Adds a message at the end of its card's chain.</summary>
    /// <param name="isHeld">It must not go before its own original has ended: see <see cref="Release"/>.</param>
    public void Add(OwedItem item, bool isHeld)
    {
        Count++;
        Enter(item, isHeld);
    }

    /// <summary>A message comes from the backlog: behind what is in memory of its card, before what is fresh.</summary>
    public void Wake(OwedItem item)
    {
        if (!_chains.TryGetValue(item.ChainKey, out Chain chain))
        {
            Enter(item, isHeld: false);
            return;
        }

        OwedItem? before = null;
        OwedItem? after = chain.First;
        while (after is { IsFresh: false })
        {
            (before, after) = (after, after.NextOfCard);
        }

        if (after is null)
        {
            Enter(item, isHeld: false);
            return;
        }

        AddBearer(item);
        item.State = OwedState.Blocked;
        item.NextOfCard = after;
        if (before is not null)
        {
            before.NextOfCard = item;
            return;
        }

        if (after.State == OwedState.Ready)
        {
            Unready(after);
            after.State = OwedState.Blocked;
        }

        _chains[item.ChainKey] = chain with { First = item };
        PushReady(item, atFront: false);
    }

    private void Enter(OwedItem item, bool isHeld)
    {
        AddBearer(item);
        ref Chain chain = ref CollectionsMarshal.GetValueRefOrAddDefault(_chains, item.ChainKey, out bool exists);
        item.State = OwedState.Blocked;
        item.IsHeld = isHeld;
        if (exists)
        {
            chain.Last.NextOfCard = item;
            chain = chain with { Last = item };
            return;
        }

        chain = new Chain(item, item);
        if (!isHeld)
        {
            PushReady(item, atFront: false);
        }
    }

    /// <summary>Adds a message in front of an unsent one of the same card.</summary>
    public void AddBefore(OwedItem item, OwedItem before)
    {
        CardToken key = before.ChainKey;
        Chain chain = _chains[key];
        SetFresh(item, before.IsFresh);
        item.MustStay = before.MustStay = true;
        Count++;
        AddBearer(item);
        item.State = OwedState.Blocked;
        item.NextOfCard = before;
        if (chain.First != before)
        {
            OwedItem previous = chain.First;
            while (previous.NextOfCard != before)
            {
                previous = previous.NextOfCard!;
            }

            previous.NextOfCard = item;
            return;
        }

        if (before.State == OwedState.Ready)
        {
            Unready(before);
            before.State = OwedState.Blocked;
        }

        _chains[key] = chain with { First = item };
        PushReady(item, atFront: true);
    }

    /// <summary>
    /// Adds a message that goes next: before all of its card but one whose turn has begun, and before other cards.
    /// </summary>
    public void AddNext(OwedItem item)
    {
        CardToken key = item.ChainKey;
        item.MustStay = true;
        if (!_chains.TryGetValue(key, out Chain chain))
        {
            Add(item, isHeld: false);
            Unready(item);
            PushReady(item, atFront: true);
            return;
        }

        Count++;
        AddBearer(item);
        item.State = OwedState.Blocked;
        item.IsHeld = false;
        OwedItem first = chain.First;
        if (first.State is OwedState.InFlight or OwedState.Waiting)
        {
            item.NextOfCard = first.NextOfCard;
            first.NextOfCard = item;
            _chains[key] = chain.Last == first ? chain with { Last = item } : chain;
            return;
        }

        if (first.State == OwedState.Ready)
        {
            Unready(first);
            first.State = OwedState.Blocked;
        }

        item.NextOfCard = first;
        _chains[key] = chain with { First = item };
        PushReady(item, atFront: true);
    }

    /// <summary>Says whether a message came since the backlog was looked after last.</summary>
    public void SetFresh(OwedItem item, bool isFresh)
    {
        if (item.IsFresh != isFresh)
        {
            item.IsFresh = isFresh;
            Fresh += isFresh ? 1 : -1;
        }
    }

    /// <summary>Lets a held message go when its turn in the chain has come.</summary>
    public void Release(OwedItem item)
    {
        item.IsHeld = false;
        if (item.State == OwedState.Blocked && _chains[item.ChainKey].First == item)
        {
            PushReady(item, atFront: false);
        }
    }

    /// <summary>Puts a message whose turn has come in line.</summary>
    /// <param name="atFront">Before all others: it was sent, or waited, and is the oldest of its card.</param>
    public void PushReady(OwedItem item, bool atFront)
    {
        if (atFront)
        {
            _ready.AddFirst(item);
        }
        else
        {
            _ready.AddLast(item);
        }
    }

    /// <summary>Puts a message that stood before all others, when the state was saved, there again.</summary>
    public void RestoreInFront(OwedItem item)
    {
        if (item.State == OwedState.Ready)
        {
            _ready.Remove(item);
            _ready.AddLast(item, isInFront: true);
        }
    }

    /// <summary>Lets a message that cannot go now wait behind all others of its line.</summary>
    public void StepBack(OwedItem item)
    {
        _ready.Remove(item);
        _ready.AddLast(item);
    }

    /// <summary>Takes a message out of line.</summary>
    public void Unready(OwedItem item) => _ready.Remove(item);

    /// <summary>Takes a message out of line because it was sent.</summary>
    public void Sent(OwedItem item)
    {
        _ready.Take(item);
        InFlight++;
        item.State = OwedState.InFlight;
    }

    /// <summary>Takes a message out of its chain, wherever it stands, and lets the next of its card go.</summary>
    public void Remove(OwedItem item)
    {
        Leave(item);
        Count--;
    }

    /// <summary>Takes a message out that goes to the backlog.</summary>
    public void Leave(OwedItem item)
    {
        if (item.State == OwedState.Ready)
        {
            Unready(item);
        }

        SetFresh(item, false);
        RemoveBearer(item);
        CardToken key = item.ChainKey;
        Chain chain = _chains[key];
        if (chain.First == item)
        {
            RemoveFirst(key, chain);
            return;
        }

        OwedItem before = chain.First;
        while (before.NextOfCard != item)
        {
            before = before.NextOfCard!;
        }

        before.NextOfCard = item.NextOfCard;
        if (chain.Last == item)
        {
            _chains[key] = chain with { Last = before };
        }
    }

    private void RemoveFirst(in CardToken key, Chain chain)
    {
        OwedItem? next = chain.First.NextOfCard;
        if (next is null)
        {
            _chains.Remove(key);
            return;
        }

        _chains[key] = chain with { First = next };
        if (!next.IsHeld && next.State == OwedState.Blocked)
        {
            PushReady(next, atFront: false);
        }
    }

    private void AddBearer(OwedItem item)
    {
        ref OwedItem? first = ref CollectionsMarshal.GetValueRefOrAddDefault(_byStan, item.Stan, out _);
        item.NextOfStan = first;
        first = item;
    }

    private void RemoveBearer(OwedItem item)
    {
        OwedItem first = _byStan[item.Stan];
        if (first == item && item.NextOfStan is null)
        {
            _byStan.Remove(item.Stan);
        }
        else if (first == item)
        {
            _byStan[item.Stan] = item.NextOfStan!;
        }
        else
        {
            while (first.NextOfStan != item)
            {
                first = first.NextOfStan!;
            }

            first.NextOfStan = item.NextOfStan;
        }

        item.NextOfStan = null;
    }

    private readonly record struct Chain(OwedItem First, OwedItem Last);
}
