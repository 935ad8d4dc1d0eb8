using Switch.Host.Connections;
using Switch.Routing.Admission;

namespace Switch.Host.Core;

/// <summary>
/// The order in which the core's thread takes what waits in the inbox: first all that must not be shed, as it came,
/// then requests, of each acquirer in turn by its weight. What is left of them waits here for the next turn, in which
/// sockets are read first: so one that floods delays others by one turn at most, and issuers' replies by none.
/// </summary>
internal sealed class CoreLine(Inbox inbox, IReadOnlyList<int> weights, int capacity, ReadingTurns? turns = null)
{
    private readonly RequestLine<InboxEvent> _requests = new(weights, capacity);
    private int _served;
    private bool _isHeld;

    /// <summary>Requests that wait here.</summary>
    public int Count => _requests.Count;

    /// <summary>
    /// Takes what waits in the inbox: the requests into the line, and the rest is the result, valid until the next
    /// call.
    /// </summary>
    public Span<InboxEvent> Drain()
    {
        Span<InboxEvent> waiting = inbox.Drain();
        int urgent = 0;
        for (int i = 0; i < waiting.Length; i++)
        {
            ref InboxEvent item = ref waiting[i];
            if (!item.IsSheddable || !_requests.TryAdd(item.Acquirer, in item))
            {
                waiting[urgent++] = item;
            }
        }

        return waiting[..urgent];
    }

    /// <summary>The next request in turn; false: none waits.</summary>
    public bool TryTake(out InboxEvent item)
    {
        bool isTaken = _requests.TryTake(out item);
        _served += isTaken ? 1 : 0;
        return isTaken;
    }

    /// <summary>The consumer is gone: no connection waits for it any more.</summary>
    public void Close() => turns?.Turned(0, isBusy: false, now: 0);

    /// <summary>A turn has ended.</summary>
    /// <param name="now">In ticks.</param>
    public void EndTurn(long now)
    {
        bool isHeld = Count > 0;
        if (isHeld || _isHeld)
        {
            inbox.Hold(_requests, _served, now);
            turns?.Turned(_served, isHeld && inbox.IsAdmitting, now);
        }

        _isHeld = isHeld;
        _served = 0;
    }
}
