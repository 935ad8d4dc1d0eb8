using Switch.Protocol.Fields;
using Switch.Routing.Context;
using Switch.Routing.Issuers;
using Switch.Routing.Owed;

namespace Switch.Routing.StoreAndForward;

/// <summary>
/// Keeps what an issuer is owed in memory up to a bound. Beyond it the youngest messages rest on a disk, and come back
/// as the queue gets shorter, or at once when something is about the same card. Of a card, what rests is younger than
/// what is in memory, so that its order stays.
/// </summary>
internal sealed class BacklogMoves
{
    // Of a tick and an issuer. A hundred ticks a second: more come back than can be sent.
    private const int WakesPerTick = 256;

    private readonly CoreContext _context;
    private readonly OwedTable _table;
    private readonly int _inMemory;
    private readonly IBacklogStore? _store;
    private readonly List<(OwedItem Item, uint Generation)> _fresh = [];
    private readonly List<long> _rows = [];
    private readonly OwedItem _seen = new(-1);

    /// <param name="store">Where messages rest; null: all of them stay in memory.</param>
    public BacklogMoves(CoreContext context, OwedTable table, IBacklogStore? store)
    {
        _context = context;
        _table = table;
        _inMemory = context.Configuration.OwedInMemory;
        _store = _inMemory > 0 ? store : null;
        foreach (IssuerState issuer in context.Issuers)
        {
            issuer.Queue.Backlog = _store is null ? null : new Backlog(_store);
        }
    }

    /// <summary>A message was put in line.</summary>
    public void Came(OwedItem item)
    {
        if (_store is not null)
        {
            _context.Issuers[item.Issuer].Queue.SetFresh(item, true);
            _fresh.Add((item, item.Generation));
        }
    }

    /// <summary>A message was put in line before another.</summary>
    public void CameBefore(OwedItem item)
    {
        if (item.IsFresh)
        {
            _fresh.Add((item, item.Generation));
        }
    }

    /// <summary>
    /// Sends to rest what came since the last time and is too much for memory. Before anything is sent.
    /// </summary>
    public void Settle()
    {
        foreach ((OwedItem item, uint generation) in _fresh)
        {
            if (item.Generation != generation || !item.IsFresh)
            {
                continue;
            }

            IssuerQueue queue = _context.Issuers[item.Issuer].Queue;
            if (MayRest(queue, item))
            {
                Rest(queue, item);
                continue;
            }

            Wake(queue, item.ChainKey.Short, mayWait: true); // What rests of its card is older: see IssuerQueue.Wake.
            queue.SetFresh(item, false);
        }

        _fresh.Clear();
    }

    /// <summary>Brings back what there is room for in memory, and what requests wait for.</summary>
    /// <param name="mayWait">For the disk: in recovery only.</param>
    public void Refill(bool mayWait)
    {
        if (_table.InBacklogs == 0)
        {
            return;
        }

        foreach (IssuerState issuer in _context.Issuers)
        {
            Backlog backlog = issuer.Queue.Backlog!;
            foreach (ulong card in backlog.Wanted)
            {
                Wake(issuer.Queue, card, mayWait); // Those whose requests still wait ask again.
            }

            backlog.Wanted.Clear();
            for (int woken = 0; IsShort(issuer.Queue) && (mayWait || woken < WakesPerTick); woken++)
            {
                if (!TryWake(issuer.Queue, backlog.First, mayWait))
                {
                    break;
                }
            }
        }
    }

    /// <summary>A message that a checkpoint has rests again, where that is possible.</summary>
    public void RestAgain(OwedItem item)
    {
        IssuerQueue queue = _context.Issuers[item.Issuer].Queue;
        if (queue.Backlog is { } backlog && backlog.Takes(item))
        {
            Rest(queue, item);
        }
    }

    /// <summary>What stands behind a message of a card that is gone waits for a record.</summary>
    public static void SendAfter(IssuerQueue queue, OwedItem gone, long lsn)
    {
        if (gone.NextOfCard is { } next)
        {
            next.Lsn = Math.Max(next.Lsn, lsn);
        }

        if (queue.Backlog is { Count: > 0 } backlog)
        {
            backlog.SendAfter = Math.Max(backlog.SendAfter, lsn);
        }
    }

    /// <summary>The message that bears a STAN and belongs to a transaction, or null.</summary>
    public OwedItem? FindOf(IssuerState issuer, int stan, ulong transaction)
    {
        OwedItem? found = issuer.Queue.FindOf(stan, transaction);
        if (found is null && issuer.Queue.Backlog?.FindOf(stan, transaction) is { } row and not 0)
        {
            WakeCardOf(issuer.Queue, row);
            found = issuer.Queue.FindOf(stan, transaction);
        }

        return found;
    }

    /// <summary>The message that bears a STAN and is about the card of a remembered payment, or null.</summary>
    public OwedItem? FindOfCard(IssuerState issuer, int stan, ulong remembered)
    {
        OwedItem? found = issuer.Queue.FindOfCard(stan, remembered);
        if (found is null && issuer.Queue.Backlog?.FindOfCard(stan, remembered) is { } row and not 0)
        {
            WakeCardOf(issuer.Queue, row);
            found = issuer.Queue.FindOfCard(stan, remembered);
        }

        return found;
    }

    /// <summary>In recovery: a message by its id, in line or parked, or null.</summary>
    public OwedItem? Find(ulong id)
    {
        if (_table.Find(id) is { } found)
        {
            return found;
        }

        foreach (IssuerState issuer in _context.Issuers)
        {
            if (issuer.Queue.Backlog?.Find(id) is { } row and not 0)
            {
                WakeCardOf(issuer.Queue, row);
                return _table.Find(id);
            }
        }

        return null;
    }

    /// <summary>Brings back all that rests of a card.</summary>
    public void Wake(IssuerQueue queue, in CardToken card) => Wake(queue, card.Short, mayWait: true);

    /// <summary>What rests, issuer by issuer, oldest first; each only until the next.</summary>
    public IEnumerable<OwedItem> Resting(IssuerQueue queue)
    {
        for (long row = queue.Backlog?.First ?? 0; row != 0; row = queue.Backlog!.After(row))
        {
            queue.Backlog!.TryPeek(row, _seen, mayWait: true);
            yield return _seen;
            _seen.Reset();
        }
    }

    /// <summary>Zeroes what is kept of messages that rest. Of no use afterwards.</summary>
    public void Forget()
    {
        foreach (IssuerState issuer in _context.Issuers)
        {
            issuer.Queue.Backlog?.Forget();
        }

        _store?.Forget();
    }

    private bool IsShort(IssuerQueue queue) =>
        queue.Backlog!.Count > 0 && queue.CountInMemory < (_inMemory + 1) / 2;

    private bool MayRest(IssuerQueue queue, OwedItem item)
    {
        Backlog backlog = queue.Backlog!;
        bool isTooMuch = backlog.Count > 0 || queue.CountInMemory - queue.Fresh >= _inMemory;
        if (!isTooMuch || item.State is not (OwedState.Ready or OwedState.Blocked) || !IsPlain(item)
            || !backlog.Takes(item))
        {
            return false;
        }

        // Those behind it of its card follow it, or bring it back: see Settle.
        OwedItem? behind = item.NextOfCard;
        while (behind is { IsFresh: true })
        {
            behind = behind.NextOfCard;
        }

        return behind is null;
    }

    private static bool IsPlain(OwedItem item) => !item.MustStay && !item.IsHeld && item.FormerCard == 0;

    private void Rest(IssuerQueue queue, OwedItem item)
    {
        queue.Leave(item);
        queue.Backlog!.Add(item);
        _table.Rest(item);
    }

    private void WakeCardOf(IssuerQueue queue, long row)
    {
        queue.Backlog!.TryPeek(row, _seen, mayWait: true);
        ulong card = _seen.ChainKey.Short;
        _seen.Reset();
        Wake(queue, card, mayWait: true);
    }

    private void Wake(IssuerQueue queue, ulong card, bool mayWait)
    {
        if (queue.Backlog is not { Count: > 0 } backlog)
        {
            return;
        }

        backlog.RowsOf(card, _rows);
        foreach (long row in _rows)
        {
            if (!TryWake(queue, row, mayWait))
            {
                return; // Those behind it come after it.
            }
        }
    }

    private bool TryWake(IssuerQueue queue, long row, bool mayWait)
    {
        OwedItem item = _table.TakeEmpty();
        long sendAfter = queue.Backlog!.SendAfter;
        if (!queue.Backlog.TryTake(row, item, mayWait))
        {
            _table.GiveBack(item);
            return false;
        }

        if (sendAfter > _context.DurableLsn)
        {
            item.Lsn = Math.Max(item.Lsn, sendAfter);
        }

        _table.Woke(item);
        queue.Wake(item);
        return true;
    }
}
